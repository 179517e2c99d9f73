//! The gateway, as a program sees it.

use std::{
    io::{BufRead, BufReader, Write},
    net::TcpStream,
    time::{Duration, Instant},
};

use serde_json::Value;

use crate::{System, https};

/// Where a process says whether it takes work.
const READY: &str = "/health/ready";

/// An answer of the gateway.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The media type.
    pub content_type: String,
    /// After how many seconds to come back, where it says so.
    pub retry_after: Option<String>,
    /// The body as it came.
    pub text: String,
}

impl Answer {
    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error} in {}", self.text))
    }
}

impl System {
    /// Gets a path, whatever the status.
    pub fn get(&self, path: &str) -> Answer {
        match &self.setting.authority {
            None => fetch(&format!("{}{path}", self.address())),
            Some(_) => self.get_showing(Some("visitor"), path).unwrap_or_else(|error| panic!("the gateway does not answer: {error}")),
        }
    }

    /// Gets a path with a header more, whatever the status.
    pub fn get_with(&self, path: &str, (name, value): (&str, &str)) -> Answer {
        let request = ureq::get(format!("{}{path}", self.address())).config().http_status_as_error(false).build();
        read(request.header(name, value).call())
    }

    /// Gets a path over TLS showing a certificate for that name, or none.
    ///
    /// # Errors
    ///
    /// When it is not answered.
    pub fn get_showing(&self, name: Option<&str>, path: &str) -> std::io::Result<Answer> {
        let authority = self.setting.authority.as_ref().expect("a system that speaks TLS");
        https::get(self.port("gateway"), path, authority.client(name))
    }

    /// Whether a service takes work.
    pub(crate) fn is_ready(&self, service: &str) -> bool {
        if service == "gateway" && self.setting.authority.is_some() {
            return self.get_showing(Some("visitor"), READY).is_ok_and(|answer| answer.status == 200);
        }
        is_ready(self.http_port(service))
    }

    /// Gets a path that must answer 200, as JSON.
    pub fn json(&self, path: &str) -> Value {
        let answer = self.get(path);
        assert_eq!(answer.status, 200, "{path}: {}", answer.text);
        answer.json()
    }

    /// The answer to a path once it is as expected: a lost connection takes a moment to be noticed, and what was right just before is shown till
    /// then.
    pub fn eventually(&self, path: &str, expected: impl Fn(&Value) -> bool) -> Value {
        let start = Instant::now();
        loop {
            let now = self.json(path);
            if expected(&now) {
                return now;
            }
            assert!(start.elapsed() < Duration::from_secs(30), "still {now}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// The sum of a service's counters of that name whose labels contain a text.
    pub fn counted(&self, service: &str, name: &str, label: &str) -> u64 {
        let url = format!("http://127.0.0.1:{}/metrics", self.http_port(service));
        let text = read(ureq::get(url).call()).text;
        let ours = text.lines().filter(|line| line.starts_with(name) && line.contains(label));
        ours.filter_map(|line| line.rsplit(' ').next()?.parse::<u64>().ok()).sum()
    }

    /// Submits a CSV batch, whatever the status.
    pub fn submit(&self, domain: &str, id: &str, query: &str, csv: &[u8]) -> Answer {
        self.submit_as("text/csv", domain, id, query, csv)
    }

    /// Submits a batch of some media type, whatever the status.
    pub fn submit_as(&self, media: &str, domain: &str, id: &str, query: &str, csv: &[u8]) -> Answer {
        let url = format!("{}/api/v1/{domain}/batches?{query}", self.address());
        let request = ureq::post(url).config().http_status_as_error(false).build();
        read(request.header("Idempotency-Key", id).content_type(media).send(csv))
    }

    /// Announces a batch of so many bytes without sending it, and returns the status line of the answer.
    pub fn announce(&self, domain: &str, bytes: u64) -> String {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port("gateway"))).expect("the gateway listens");
        let head = format!(
            "POST /api/v1/{domain}/batches?provenance=submitted&origin=test HTTP/1.1\r\nHost: localhost\r\nIdempotency-Key: large\r\n\
             Content-Type: text/csv\r\nContent-Length: {bytes}\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).expect("the gateway reads");
        let mut line = String::new();
        BufReader::new(stream).read_line(&mut line).expect("the gateway answers");
        line
    }

    /// Posts a text of some media type, whatever the status.
    pub fn post_text(&self, path: &str, media: &str, body: &str) -> Answer {
        let request = ureq::post(format!("{}{path}", self.address())).config().http_status_as_error(false).build();
        read(request.content_type(media).send(body))
    }

    /// Posts JSON, whatever the status.
    pub fn post(&self, path: &str, id: &str, body: &Value) -> Answer {
        let request = ureq::post(format!("{}{path}", self.address())).config().http_status_as_error(false).build();
        read(request.header("Idempotency-Key", id).send_json(body))
    }
}

/// Gets an address, whatever the status.
pub fn fetch(url: &str) -> Answer {
    read(ureq::get(url).config().http_status_as_error(false).build().call())
}

/// Whether what listens on a port takes work.
pub(crate) fn is_ready(port: u16) -> bool {
    ureq::get(format!("http://127.0.0.1:{port}{READY}")).call().is_ok_and(|answer| answer.status() == 200)
}

fn read(answer: Result<ureq::http::Response<ureq::Body>, ureq::Error>) -> Answer {
    let mut answer = answer.unwrap_or_else(|error| panic!("the gateway does not answer: {error}"));
    let header = |name: &str| answer.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let (content_type, retry_after) = (header("content-type").unwrap_or_default(), header("retry-after"));
    Answer { status: answer.status().as_u16(), content_type, retry_after, text: answer.body_mut().read_to_string().unwrap_or_default() }
}
