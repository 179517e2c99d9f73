//! The workforce service: wiring and nothing else.

use std::process::ExitCode;

use piramide_service::About;
use piramide_workforce::Workforce;

const ABOUT: About = About::new(
    "piramide-workforce",
    env!("CARGO_PKG_VERSION"),
    piramide_contracts::domains::WORKFORCE.port,
    "Agile work and staff: shares, days, technology.",
);

fn main() -> ExitCode {
    piramide_domain::run(&ABOUT, Workforce)
}
