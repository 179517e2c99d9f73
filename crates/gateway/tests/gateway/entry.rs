//! The gateway as a whole process: this test binary starts itself again as one.

use std::{
    io::{BufRead, BufReader, Read},
    net::TcpListener,
    process::{Child, Command, ExitCode, Stdio},
};

use piramide_gateway::{ABOUT, start};
use piramide_service::{config::Sources, run_from};
use rustix::process::{Pid, Signal, kill_process};

/// Set in the child: its arguments as a gateway, one a line.
const ARGUMENTS: &str = "GATEWAY_ARGUMENTS";

/// Not a test of its own: what the child runs. Without the variable it does nothing.
#[test]
fn child() {
    let Ok(arguments) = std::env::var(ARGUMENTS) else { return };
    let code = run_from(&ABOUT, &Sources::new(arguments.lines(), []), start);
    let code = (0..=2).find(|number| code == ExitCode::from(*number)).unwrap();
    std::process::exit(code.into());
}

fn spawn(arguments: &[&str]) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "entry::child", "--nocapture", "--quiet"])
        .env(ARGUMENTS, arguments.join("\n"))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

#[test]
fn the_gateway_says_when_it_is_ready_and_ends_well_on_sigterm() {
    let mut child = spawn(&["--listen", "127.0.0.1:0", "--log-format", "json"]);
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let ready = lines.find(|line| line.as_ref().unwrap().starts_with('{')).unwrap().unwrap();
    let ready: serde_json::Value = serde_json::from_str(&ready).unwrap();
    assert_eq!((&ready["ready"]["service"], ready["ready"]["grpc"].is_null()), (&ABOUT.name.into(), true), "{ready}");
    std::net::TcpStream::connect(ready["ready"]["http"].as_str().unwrap()).unwrap();
    kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
    let mut log = String::new();
    child.stderr.take().unwrap().read_to_string(&mut log).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0), "{log}");
    assert!(log.lines().last().unwrap().contains("\"stopped\""), "{log}");
}

#[test]
fn exit_codes_tell_configuration_from_failure() {
    let ended = |arguments: &[&str]| {
        let output = spawn(arguments).wait_with_output().unwrap();
        (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
    };
    assert_eq!(ended(&["--lsiten", "x"]).0, 2);
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let (code, complaint) = ended(&["--listen", &address]);
    assert_eq!(code, 1);
    assert!(complaint.contains(&format!("piramide-gateway: cannot listen on {address}: Address already in use")), "{complaint}");
}
