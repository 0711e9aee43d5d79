//! As much of HTTP/1.1 as the program's own clients need of a server on the loopback interface.

use std::io::{BufRead, Write};

/// A request.
pub(crate) struct Asked {
    pub(crate) method: String,
    /// Path and query.
    pub(crate) target: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

/// Reads the next request; none where the other side has closed.
pub(crate) fn next(reader: &mut impl BufRead) -> Option<Asked> {
    let first = line(reader)?;
    let (method, rest) = first.split_once(' ')?;
    let target = rest.rsplit_once(' ')?.0.to_owned();
    let mut headers = Vec::new();
    while let Some((name, value)) = line(reader)?.split_once(':') {
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let length = headers.iter().find(|(name, _)| name == "content-length");
    let mut body = vec![0; length.map_or(0, |(_, length)| length.parse().unwrap())];
    reader.read_exact(&mut body).ok()?;
    Some(Asked { method: method.to_owned(), target, headers, body })
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
