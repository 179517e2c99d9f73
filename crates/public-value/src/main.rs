//! The public-value service: wiring and nothing else.

use std::process::ExitCode;

use piramide_service::About;

const ABOUT: About = About::new(
    "piramide-public-value",
    env!("CARGO_PKG_VERSION"),
    piramide_contracts::domains::PUBLIC_VALUE.port,
    "The pyramid of public value: asks every domain for its indicators and aggregates them into the plan's tree of objectives.",
);

fn main() -> ExitCode {
    piramide_public_value::run(&ABOUT)
}
