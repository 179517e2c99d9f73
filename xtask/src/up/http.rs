//! As much of HTTP/1.1 as asking one question takes: GET on a connection that stays open, answers of a stated length.
//!
//! Written here because the load of `cargo xtask bench` shares two cores with what it measures: a client that does more would
//! measure itself.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

use anyhow::{Context, Result, ensure};

/// How long to wait for a connection or an answer.
const PATIENCE: Duration = Duration::from_secs(30);
/// The longest answer that is read.
const LONGEST: usize = 64 << 20;
/// Room for an answer that is there before anything is asked: a client that has to be given memory while it is timed measures the kernel.
const ROOM: usize = 512 << 10;

/// A connection to a server.
#[derive(Debug)]
pub(crate) struct Connection {
    stream: BufReader<TcpStream>,
    host: String,
    body: Vec<u8>,
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer<'c> {
    /// The status: 200.
    pub(crate) status: u16,
    /// The content.
    pub(crate) body: &'c [u8],
}

impl Connection {
    /// Opens a connection.
    pub(crate) fn open(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect_timeout(&address, PATIENCE).with_context(|| format!("connecting to {address}"))?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_nodelay(true)?;
        // Written to, so that it is not only promised.
        Ok(Self { stream: BufReader::new(stream), host: address.to_string(), body: vec![u8::MAX; ROOM] })
    }

    /// Asks for a path and reads the answer.
    pub(crate) fn get(&mut self, path: &str) -> Result<Answer<'_>> {
        let request = format!("GET {path} HTTP/1.1\r\nHost: {}\r\nAccept: */*\r\n\r\n", self.host);
        self.stream.get_mut().write_all(request.as_bytes()).with_context(|| format!("asking for {path}"))?;
        let head = self.line()?;
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).with_context(|| format!("\"{head}\" is no answer"))?;
        let mut length = None;
        loop {
            let line = self.line()?;
            if line.is_empty() {
                break;
            }
            if let Some((name, value)) = line.split_once(':')
                && name.eq_ignore_ascii_case("content-length")
            {
                length = value.trim().parse::<usize>().ok();
            }
        }
        let length = length.with_context(|| format!("the answer to {path} does not state its length"))?;
        ensure!(length <= LONGEST, "the answer to {path} has {length} bytes, at most {LONGEST} are read");
        if self.body.len() < length {
            self.body.resize(length, 0);
        }
        let body = self.body.get_mut(..length).context("no room for the answer")?;
        self.stream.read_exact(body).with_context(|| format!("reading the answer to {path}"))?;
        Ok(Answer { status, body })
    }

    fn line(&mut self) -> Result<String> {
        let mut line = String::new();
        let read = self.stream.by_ref().take(64 << 10).read_line(&mut line).context("reading an answer")?;
        ensure!(read > 0, "the server closed the connection");
        Ok(line.trim_end().to_owned())
    }
}

#[cfg(test)]
mod tests {
    use std::{net::TcpListener, thread};

    use super::*;

    /// What a client makes of these bytes: status and content.
    fn answers(bytes: &'static str, questions: usize) -> Vec<Result<(u16, Vec<u8>)>> {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let server = thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            stream.write_all(bytes.as_bytes()).unwrap();
            stream.shutdown(std::net::Shutdown::Write).unwrap();
            let mut asked = String::new();
            stream.read_to_string(&mut asked).unwrap();
            asked
        });
        let mut connection = Connection::open(address).unwrap();
        let answers = (0..questions).map(|_| connection.get("/a?b=c").map(|answer| (answer.status, answer.body.to_vec()))).collect();
        drop(connection);
        assert!(server.join().unwrap().starts_with("GET /a?b=c HTTP/1.1\r\nHost: 127.0.0.1:"));
        answers
    }

    #[test]
    fn several_answers_on_one_connection() {
        let bytes = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nokHTTP/1.1 503 No\r\nContent-Length: 0\r\nx: y\r\n\r\n";
        let read: Vec<_> = answers(bytes, 2).into_iter().map(Result::unwrap).collect();
        assert_eq!(read, [(200, b"ok".to_vec()), (503, Vec::new())]);
    }

    #[test]
    fn what_is_not_understood_is_an_error() {
        for bytes in ["", "HTTP/1.1 200 OK\r\n\r\n", "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nab", "nonsense\r\n\r\n"] {
            assert!(answers(bytes, 1).remove(0).is_err(), "{bytes:?}");
        }
    }
}
