//! Readers that do not read, and those that do so slowly.

use std::{
    io::{Read, Write},
    net::TcpStream,
    time::Duration,
};

use crate::house::{House, wait_until};

/// Asks so often on one connection that no kernel keeps all answers for it; answers how many bytes they are together, at least.
fn ask(house: &House, path: &str, times: usize) -> (TcpStream, usize) {
    let mut stream = TcpStream::connect(house.url.trim_start_matches("http://")).unwrap();
    stream.write_all(format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n").repeat(times).as_bytes()).unwrap();
    (stream, house.get(path).text.len() * times)
}

fn let_go(house: &House) -> bool {
    house.get("/metrics").text.lines().any(|line| line == "gateway_stalled_connections_total 1")
}

#[test]
fn who_takes_nothing_is_let_go_and_neither_who_is_slow_nor_who_waits_for_events() {
    let house = House::with(&["--write-timeout", "2s"]);
    let (_, events) = house.events();
    let (mut slow, expected) = ask(&house, "/openapi.json", 500);
    let (mut stalled, wanted) = ask(&house, "/openapi.json", 500);
    assert!(wanted > 32 << 20, "the answers fit into buffers: {wanted} bytes");

    // Slow: what it leaves waits in the gateway for longer than the other is waited for.
    let mut taken = 0;
    let mut piece = vec![0; 256 << 10];
    while !let_go(&house) {
        taken += slow.read(&mut piece).unwrap();
        assert!(taken < expected, "it took all before the other was let go");
        std::thread::sleep(Duration::from_millis(20));
    }
    stalled.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let mut rest = Vec::new();
    let ended = stalled.read_to_end(&mut rest).map_err(|error| error.kind());
    assert!(!matches!(ended, Err(std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut)), "the connection is still open");
    assert!(rest.len() < wanted, "it was not let go: all {} bytes came", rest.len());

    // It has waited without a word for longer than that, too.
    house.production.tell(7);
    assert!(events.into_iter().any(|line| line == "event: changed"));
    while taken < expected {
        let count = slow.read(&mut piece).unwrap();
        assert!(count > 0, "the slow reader was let go at {taken} of {expected} bytes");
        taken += count;
    }
    wait_until("nobody else is let go", || let_go(&house));
}
