//! The production service: wiring and nothing else.

use std::process::ExitCode;

use piramide_production::Production;
use piramide_service::About;

const ABOUT: About = About::new(
    "piramide-production",
    env!("CARGO_PKG_VERSION"),
    piramide_contracts::domains::PRODUCTION.port,
    "Production accounting: homogenised points, plan realisation, productivity, backlog days, clearance.",
);

fn main() -> ExitCode {
    piramide_domain::run(&ABOUT, Production)
}
