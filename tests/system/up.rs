//! `cargo xtask up` itself: a fresh folder, the same folder again, ports that are taken, and every way to end.

use std::{
    thread,
    time::{Duration, Instant},
};

use piramide_tests::{Ports, Up, fetch, is_running};
use serde_json::Value;

/// The programs of the house: five services and the gateway.
const PROGRAMS: usize = 6;

fn pyramid(address: &str) -> Value {
    let answer = fetch(&format!("{address}/api/v1/public-value?structure=NAZ&period=2020&plan=inps-2021"));
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.json()
}

/// How many batches of 2020 it says that it has brought in, and how many of them were there already.
#[track_caller]
fn imported(said: &str) -> (usize, usize) {
    let figures = said.lines().find_map(|line| line.split_once(" batches of 2020, ")).expect("it says what it imported");
    let number = |text: &str| text.parse().expect("a number");
    let already = figures.1.strip_suffix(" already there").expect("it says what was there");
    (number(figures.0.rsplit(' ').next().unwrap_or_default()), number(already))
}

#[test]
fn a_folder_is_filled_once_and_nothing_is_left_running() {
    let data = tempfile::tempdir().unwrap();
    let ports = Ports::free();
    let mut up = Up::start(data.path(), ports);
    let address = up.address();
    assert_eq!(address, format!("http://127.0.0.1:{}", ports.gateway));
    let (batches, already) = imported(&up.said());
    assert!(batches > 0 && already == 0, "{}", up.said());
    let first = pyramid(&address);
    assert!(first["score"].is_string(), "the pyramid is there: {first}");

    ports_that_are_taken_are_named(ports);
    assert_eq!(pyramid(&address), first, "the one that runs has not noticed");

    let children = up.children();
    assert_eq!(children.len(), PROGRAMS, "{children:?}");
    let (status, said) = up.interrupt();
    assert!(status.success(), "{status}: {said}");
    assert!(said.ends_with("stopped; nothing is left running\n"), "{said}");
    assert!(!children.iter().any(|child| is_running(*child)), "{children:?}");

    let mut again = Up::start(data.path(), ports);
    let address = again.address();
    assert_eq!(imported(&again.said()), (batches, batches), "{}", again.said());
    assert_eq!(pyramid(&address), first, "the same folder, the same answer");

    // Killed, it can stop nothing: the kernel tells its programs.
    let children = again.children();
    assert_eq!(children.len(), PROGRAMS, "{children:?}");
    again.kill();
    let started = Instant::now();
    while children.iter().any(|child| is_running(*child)) {
        assert!(started.elapsed() < Duration::from_secs(30), "{children:?} go on without their parent");
        thread::sleep(Duration::from_millis(20));
    }
}

/// A second one on the ports of the first ends at once, and says what to do.
fn ports_that_are_taken_are_named(ports: Ports) {
    let data = tempfile::tempdir().unwrap();
    let (status, said) = Up::start(data.path(), ports).ended();
    assert_eq!(status.code(), Some(1), "{said}");
    let taken = [(ports.gateway, "gateway"), (ports.services, "production"), (ports.services + 104, "public_value")];
    for (port, name) in taken {
        assert!(said.contains(&format!("port {port}, wanted by {name}, is taken by process ")), "{said}");
    }
    for way_out in ["another cargo xtask up?", "--port", "--service-ports"] {
        assert!(said.contains(way_out), "{said}");
    }
}
