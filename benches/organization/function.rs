//! The Lambda function's program with a runtime API that has one event, of a schedule.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{SystemTime, UNIX_EPOCH};

use super::aws;

const EVENT: &str = include_str!("../../events/scheduler.json");

/// The longest that Lambda lets a function work, in milliseconds.
const LONGEST_MS: u128 = 900_000;

/// The function at work on an organization of so many accounts. It ends when it has answered, and its answer is in `answer`,
/// its log in `log`.
pub(crate) fn invocation(program: &str, accounts: usize, answer: &Path, log: &Path) -> Command {
    let api = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut command = Command::new(program);
    // What fails is in the answer; standard error complains of the end alone.
    command.env_clear().stdin(Stdio::null()).stderr(Stdio::null()).stdout(File::create(log).unwrap());
    command.env("AWS_LAMBDA_RUNTIME_API", api.local_addr().unwrap().to_string());
    command.envs([("AWS_LAMBDA_FUNCTION_NAME", "audit"), ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "512")]);
    command.env("AWS_LAMBDA_FUNCTION_VERSION", "1");
    command.env("AWS_ENDPOINT_URL", aws::serve(accounts)).env("AWS_REGION", "us-east-1");
    command.env("AWS_ACCESS_KEY_ID", format!("AKIA{}", aws::CALLER)).env("AWS_SECRET_ACCESS_KEY", "secret");
    let answer = answer.to_owned();
    std::thread::spawn(move || serve(&api, &answer));
    command
}

/// Hands the event out, takes the answer, and then answers no more, by which the function ends.
fn serve(api: &TcpListener, answer: &Path) {
    loop {
        let (mut connection, _) = api.accept().unwrap();
        let (first, body) = request(&connection);
        if first.starts_with("POST") {
            std::fs::write(answer, body).unwrap();
            return;
        }
        let deadline = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis() + LONGEST_MS;
        write!(
            connection,
            "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {}\r\nLambda-Runtime-Aws-Request-Id: 1\r\n\
             Lambda-Runtime-Deadline-Ms: {deadline}\r\n\r\n{EVENT}",
            EVENT.len()
        )
        .unwrap();
    }
}

/// A request: its first line and its body.
fn request(connection: &TcpStream) -> (String, Vec<u8>) {
    let mut reader = BufReader::new(connection);
    let mut line = || {
        let mut text = String::new();
        reader.read_line(&mut text).unwrap();
        text.trim_end().to_owned()
    };
    let first = line();
    let mut length = 0;
    // A request's headers end with an empty line, or with the connection.
    loop {
        let header = line().to_ascii_lowercase();
        if header.is_empty() {
            break;
        }
        if let Some(value) = header.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    (first, body)
}
