//! The quality service: wiring and nothing else.

use std::process::ExitCode;

use piramide_quality::Quality;
use piramide_service::About;

const ABOUT: About = About::new(
    "piramide-quality",
    env!("CARGO_PKG_VERSION"),
    piramide_contracts::domains::QUALITY.port,
    "Quality indices: elementary measures and indices with base 100, against the budget and last year.",
);

fn main() -> ExitCode {
    piramide_domain::run(&ABOUT, Quality)
}
