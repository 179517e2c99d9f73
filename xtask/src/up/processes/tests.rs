//! Real processes of the shell: how they end, and that none is left.

use std::{fs, path::Path};

use tempfile::TempDir;

use super::*;

fn processes() -> (Processes, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    (Processes::new(folder.path().to_owned()).unwrap(), folder)
}

fn shell(script: &str) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", script]);
    command
}

fn is_there(process: u32) -> bool {
    Path::new(&format!("/proc/{process}")).exists()
}

/// Waits until a process has written its first line.
fn written(folder: &TempDir, name: &str) {
    let log = folder.path().join(format!("{name}.log"));
    while fs::read_to_string(&log).is_ok_and(|text| !text.contains('\n')) {
        thread::sleep(GLANCE);
    }
}

#[test]
fn nothing_is_left_after_stop_nor_after_drop() {
    let (mut processes, _folder) = processes();
    processes.start("one", shell("exec sleep 600")).unwrap();
    processes.start("two", shell("exec sleep 600")).unwrap();
    let numbers = processes.numbers();
    assert!(numbers.iter().all(|(_, number)| is_there(*number)));
    processes.stop();
    assert!(!numbers.iter().any(|(_, number)| is_there(*number)));
    processes.start("three", shell("exec sleep 600")).unwrap();
    let (_, number) = processes.numbers()[0];
    drop(processes);
    assert!(!is_there(number));
}

#[test]
fn one_that_does_not_listen_is_killed() {
    let (mut processes, folder) = processes();
    processes.stop_within = Duration::from_millis(100);
    processes.start("deaf", shell("trap '' TERM; echo ready; while :; do sleep 0.05; done")).unwrap();
    written(&folder, "deaf");
    let (_, number) = processes.numbers()[0];
    processes.stop();
    assert!(!is_there(number));
}

#[test]
fn a_death_is_told_with_the_end_of_its_log() {
    let (mut processes, _folder) = processes();
    processes.start("healthy", shell("exec sleep 600")).unwrap();
    processes.start("ill", shell("echo first; echo last words >&2; exit 3")).unwrap();
    let death = loop {
        match processes.event().unwrap() {
            Some(Event::Died(death)) => break death.to_string(),
            Some(Event::Told) => panic!("nobody told"),
            None => thread::sleep(GLANCE),
        }
    };
    for expected in ["ill ended (exit status: 3)", "ill.log", "first\n  last words"] {
        assert!(death.contains(expected), "{death}");
    }
}

#[test]
fn a_short_program_beside_the_others() {
    let (mut processes, _folder) = processes();
    processes.start("long", shell("exec sleep 600")).unwrap();
    for code in [0, 2] {
        let (status, output) = processes.beside("short", shell(&format!("echo answer; exit {code}"))).unwrap();
        assert_eq!((status.code(), output.as_str()), (Some(code), "answer\n"));
    }
}

#[test]
fn a_short_program_does_not_outlive_the_others() {
    let (mut processes, _folder) = processes();
    processes.start("ill", shell("exit 4")).unwrap();
    let died = processes.beside("waiting", shell("exec sleep 600")).unwrap_err().to_string();
    assert!(died.contains("ill ended (exit status: 4)"), "{died}");
}
