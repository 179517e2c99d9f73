//! The smallest service: health, reflection, metrics, and a drain on SIGTERM. Its `main` is that of every service.
//!
//! `cargo run -p piramide-service --example minimal -- --help`

use std::process::ExitCode;

use piramide_service::server::{Running, StartError};
use piramide_service::{About, Config, Server};

const ABOUT: About = About::new("minimal", env!("CARGO_PKG_VERSION"), 50_099, "Answers whether it is well, and nothing else.")
    .examples("minimal --listen 127.0.0.1:0\nminimal --print-config");

async fn start(config: Config) -> Result<Running, StartError> {
    Server::new(ABOUT.name, &config.options).start().await
}

fn main() -> ExitCode {
    piramide_service::run(&ABOUT, start)
}
