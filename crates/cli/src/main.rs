//! The command line: arguments in, an answer out, an exit code.

use std::{
    io::{self, Write},
    process::ExitCode,
};

use clap::Parser;
use piramide_cli::{
    arguments::Arguments,
    failure::{self, Failure},
};

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let json = arguments.json;
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return say_failures(&[Failure::Broken { what: format!("the runtime cannot be started: {error}") }]),
    };
    match runtime.block_on(piramide_cli::run(arguments)) {
        Ok(answer) => {
            let text = if json { format!("{:#}\n", answer.json) } else { answer.text };
            // A reader that has seen enough and left is no failure.
            let _ = io::stdout().lock().write_all(text.as_bytes());
            say_failures(&answer.failures)
        }
        Err(failure) => say_failures(&[failure]),
    }
}

fn say_failures(failures: &[Failure]) -> ExitCode {
    let mut errors = io::stderr().lock();
    for failure in failures {
        let _ = writeln!(errors, "{failure}");
    }
    ExitCode::from(failure::exit_code(failures))
}
