//! The gateway as a process: wiring and nothing else.

use std::process::ExitCode;

use piramide_gateway::{ABOUT, start};

fn main() -> ExitCode {
    piramide_service::run(&ABOUT, start)
}
