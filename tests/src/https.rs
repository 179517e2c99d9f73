//! As much of HTTPS as asking one question takes, with a certificate to show or without.

use std::{
    io::{self, Read, Write},
    net::TcpStream,
    sync::Arc,
};

use tokio_rustls::rustls::{ClientConfig, ClientConnection, StreamOwned, pki_types::ServerName};

use crate::Answer;

/// Asks a port of this machine for a path; an error when it is not answered.
pub(crate) fn get(port: u16, path: &str, client: Arc<ClientConfig>) -> io::Result<Answer> {
    let name = ServerName::try_from("localhost").map_err(io::Error::other)?;
    let connection = ClientConnection::new(client, name).map_err(io::Error::other)?;
    let mut stream = StreamOwned::new(connection, TcpStream::connect(("127.0.0.1", port))?);
    write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
    let mut text = String::new();
    stream.read_to_string(&mut text)?;
    let (head, body) = text.split_once("\r\n\r\n").ok_or_else(|| io::Error::other(format!("no answer: {text}")))?;
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
    let header = |start: &str| head.lines().find_map(|line| line.strip_prefix(start)).map(str::to_owned);
    let (content_type, retry_after) = (header("content-type: ").unwrap_or_default(), header("retry-after: "));
    Ok(Answer { status: status.unwrap_or_default(), content_type, retry_after, text: body.to_owned() })
}
