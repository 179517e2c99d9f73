//! The five fakes, the gateway before them, and a plain HTTP client.

use std::{
    io::{BufRead, BufReader},
    time::{Duration, Instant},
};

use piramide_contracts::domains;
use piramide_gateway::{ABOUT, GatewayOptions, Running, start};
use piramide_service::{Config, server::Drained};
use serde_json::Value;
use tokio::runtime::Runtime;

use crate::fake::Fake;

/// How long anything may take before a test gives up.
const PATIENCE: Duration = Duration::from_secs(20);

/// Everything, running.
pub(crate) struct House {
    pub(crate) production: Fake,
    pub(crate) quality: Fake,
    pub(crate) finance: Fake,
    pub(crate) workforce: Fake,
    pub(crate) public_value: Fake,
    running: Option<Running>,
    pub(crate) url: String,
    agent: ureq::Agent,
    runtime: Runtime,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: http::HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    #[track_caller]
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).unwrap_or_else(|| panic!("no {name} in {self:?}")).to_str().unwrap()
    }

    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

impl House {
    /// Starts everything and waits until every Watch stream stands.
    pub(crate) fn new() -> Self {
        Self::with(&[])
    }

    pub(crate) fn with(arguments: &[&str]) -> Self {
        let house = Self::before(domains::ALL.map(Fake::start), arguments);
        wait_until("every domain answers", || house.silent().is_empty());
        house
    }

    /// Starts a gateway before these.
    pub(crate) fn before(fakes: [Fake; domains::ALL.len()], arguments: &[&str]) -> Self {
        let [production, quality, finance, workforce, public_value] = fakes;
        let urls = [
            ("--production-url", &production),
            ("--quality-url", &quality),
            ("--finance-url", &finance),
            ("--workforce-url", &workforce),
            ("--public-value-url", &public_value),
        ];
        // Tests count readings: none is made that they did not ask for, unless they say so.
        let ahead = if arguments.contains(&"--read-ahead") { &[][..] } else { &["--read-ahead", "0"] };
        let arguments = arguments.iter().chain(ahead);
        let urls = urls.into_iter().flat_map(|(flag, fake)| [flag.to_owned(), format!("http://{}", fake.address)]);
        let config = Config::<GatewayOptions>::local(&ABOUT, urls.chain(arguments.map(ToString::to_string))).unwrap();
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let running = runtime.block_on(start(config)).unwrap();
        let url = format!("http://{}", running.address);
        let agent = ureq::Agent::config_builder().http_status_as_error(false).timeout_global(Some(PATIENCE)).build().into();
        Self { production, quality, finance, workforce, public_value, running: Some(running), url, agent, runtime }
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        self.get_with(path, &[])
    }

    pub(crate) fn get_with(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        let mut request = self.agent.get(format!("{}{path}", self.url));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        answer(request.call().unwrap())
    }

    pub(crate) fn page(&self, path: &str) -> Answer {
        self.get_with(path, &[("accept", "text/html,*/*")])
    }

    pub(crate) fn post(&self, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let send = || {
            let request = self.agent.post(format!("{}{path}", self.url));
            headers.iter().fold(request, |request, (name, value)| request.header(*name, *value)).send(body)
        };
        // Who is refused by the head of a request alone may find the door closed before the rest is written: as any client, it asks again.
        let written = |sent: &Result<_, ureq::Error>| !matches!(sent, Err(ureq::Error::Io(_)));
        answer((0..5).map(|_| send()).find(written).unwrap_or_else(send).unwrap())
    }

    /// The domains that the gateway knows to be silent.
    pub(crate) fn silent(&self) -> Vec<String> {
        let domains = self.get("/status").json()["domains"].as_array().unwrap().clone();
        let silent = domains.iter().filter(|domain| domain["available"] == false);
        silent.map(|domain| domain["domain"].as_str().unwrap().to_owned()).collect()
    }

    /// The live events, line by line.
    pub(crate) fn events(&self) -> (u16, impl Iterator<Item = String> + use<>) {
        let response = self.agent.get(format!("{}/api/v1/events", self.url)).call().unwrap();
        let status = response.status().as_u16();
        (status, BufReader::new(response.into_body().into_reader()).lines().map_while(Result::ok))
    }

    /// Ends the gateway as SIGTERM does.
    pub(crate) fn stop(&mut self) -> Drained {
        let running = self.running.take().unwrap();
        running.stop();
        self.runtime.block_on(running.join()).unwrap()
    }
}

/// Waits for something that will come, however busy the machine is.
#[track_caller]
pub(crate) fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < PATIENCE, "waited too long until {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn answer(response: http::Response<ureq::Body>) -> Answer {
    let (parts, mut body) = response.into_parts();
    Answer { status: parts.status.as_u16(), headers: parts.headers, text: body.read_to_string().unwrap() }
}
