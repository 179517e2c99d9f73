//! The finance service: wiring and nothing else.

use std::process::ExitCode;

use piramide_finance::Finance;
use piramide_service::About;

const ABOUT: About = About::new(
    "piramide-finance",
    env!("CARGO_PKG_VERSION"),
    piramide_contracts::domains::FINANCE.port,
    "Economic and financial effectiveness: the IEEP, its items and sections, costs.",
);

fn main() -> ExitCode {
    piramide_domain::run(&ABOUT, Finance)
}
