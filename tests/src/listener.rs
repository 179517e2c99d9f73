//! A reader of server-sent events, as a page is one.

use std::{
    io::{BufRead, BufReader},
    time::Duration,
};

use serde_json::Value;

use crate::System;

/// How long to wait for a line: more than the word that keeps the stream alive takes.
const PATIENCE: Duration = Duration::from_mins(1);

/// An open stream of events.
pub struct Listener {
    lines: BufReader<ureq::BodyReader<'static>>,
}

impl Listener {
    /// Listens to what the gateway of a system tells.
    pub fn of(system: &System) -> Self {
        let request = ureq::get(format!("{}/api/v1/events", system.address())).config().timeout_recv_body(Some(PATIENCE)).build();
        let answer = request.call().expect("the gateway answers");
        assert_eq!(answer.headers()["content-type"], "text/event-stream");
        Self { lines: BufReader::new(answer.into_body().into_reader()) }
    }

    /// The next event: its name and what it says.
    pub fn event(&mut self) -> (String, Value) {
        let mut name = String::new();
        loop {
            let mut line = String::new();
            let read = self.lines.read_line(&mut line).expect("the stream goes on");
            assert!(read > 0, "the stream has ended");
            match line.trim_end().split_once(": ") {
                Some(("event", event)) => event.clone_into(&mut name),
                Some(("data", data)) => return (name, serde_json::from_str(data).expect("JSON")),
                _ => {}
            }
        }
    }
}
