//! As much of HTTP/1.1 as the program's own clients need of a server on the loopback interface, and Lambda's runtime API for one
//! event. For the tests of the programs, and for the benchmark.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::time::{SystemTime, UNIX_EPOCH};

/// A request.
pub(crate) struct Asked {
    pub(crate) method: String,
    /// Path and query.
    pub(crate) target: String,
    /// By their names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

/// Reads the next request; none where the other side has closed.
pub(crate) fn next(reader: &mut impl BufRead) -> Option<Asked> {
    let first = line(reader)?;
    let (method, rest) = first.split_once(' ')?;
    let target = rest.rsplit_once(' ')?.0.to_owned();
    let mut asked = Asked { method: method.to_owned(), target, headers: Vec::new(), body: Vec::new() };
    while let Some((name, value)) = line(reader)?.split_once(':') {
        asked.headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let length = asked.headers.iter().find(|(name, _)| name == "content-length");
    asked.body = vec![0; length.map_or(0, |(_, length)| length.parse().unwrap())];
    reader.read_exact(&mut asked.body).ok()?;
    Some(asked)
}

fn line(reader: &mut impl BufRead) -> Option<String> {
    let mut text = String::new();
    reader.read_line(&mut text).ok().filter(|length| *length > 0)?;
    Some(text.trim_end().to_owned())
}

/// Writes an answer; none where the other side has closed.
pub(crate) fn answer(writer: &mut impl Write, status: u16, headers: &[(&str, &str)], body: &[u8]) -> Option<()> {
    let mut answer = format!("HTTP/1.1 {status} .\r\ncontent-length: {}\r\n", body.len()).into_bytes();
    for (name, value) in headers {
        write!(answer, "{name}: {value}\r\n").ok()?;
    }
    answer.extend_from_slice(b"\r\n");
    answer.extend_from_slice(body);
    writer.write_all(&answer).ok()
}

/// Hands one event out to a function whose invocation is to end at that time, and takes what it answers.
///
/// Every answer closes its connection, so that each request comes on one of its own.
pub(crate) fn one_event(api: &TcpListener, event: &[u8], end: SystemTime) -> Vec<u8> {
    let end = end.duration_since(UNIX_EPOCH).unwrap().as_millis().to_string();
    let headers =
        [("connection", "close"), ("lambda-runtime-aws-request-id", "1"), ("lambda-runtime-deadline-ms", &end)];
    loop {
        let (mut connection, _) = api.accept().unwrap();
        let asked = next(&mut BufReader::new(&connection)).unwrap();
        if asked.method == "POST" {
            return asked.body;
        }
        answer(&mut connection, 200, &headers, event).unwrap();
    }
}
