//! An emulator that runs as long as its value lives.

use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, ChildStderr, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tempfile::TempDir;

use super::environment::{SCRIPTS, python};

/// How long a server may take until it answers; on a busy machine it takes some seconds.
const START_LIMIT: Duration = Duration::from_mins(1);

/// How often a start is tried: a port that was free may be taken before the server takes it.
const START_ATTEMPTS: usize = 3;

/// How many of the log's last lines are shown beside a failure.
const LOG_LINES_SHOWN: usize = 60;

/// Which emulator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Emulator {
    /// moto, with AWS's managed policies.
    Moto,
    /// moto, with what it lacks of EKS (`completed_moto.py`).
    MotoCompleted,
    /// ministack; every call is allowed.
    Ministack,
    /// ministack, where a call needs a signature and a permission.
    MinistackWithIam,
}

impl Emulator {
    /// Its name to the scripts.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Moto => "moto",
            Self::MotoCompleted => "moto-completed",
            Self::Ministack | Self::MinistackWithIam => "ministack",
        }
    }

    /// The account of whoever calls without an account.
    pub(super) fn home_account(self) -> &'static str {
        match self {
            Self::Moto | Self::MotoCompleted => "123456789012",
            Self::Ministack | Self::MinistackWithIam => "111122223333",
        }
    }

    fn settings(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Moto | Self::MotoCompleted => &[("MOTO_IAM_LOAD_MANAGED_POLICIES", "true")],
            // Its brokers listen on fixed ports, which two servers cannot share.
            Self::Ministack => &[("BIND_HOST", "127.0.0.1"), ("IOT_MTLS_ENABLED", "0"), ("SFTP_ENABLED", "0")],
            Self::MinistackWithIam => {
                &[("BIND_HOST", "127.0.0.1"), ("IOT_MTLS_ENABLED", "0"), ("SFTP_ENABLED", "0"), ("AUTH", "true")]
            }
        }
    }
}

/// A running emulator; it ends with its value, and with the test's process.
#[derive(Debug)]
pub(super) struct Server {
    pub(super) emulator: Emulator,
    /// `http://127.0.0.1:PORT`
    pub(super) endpoint: String,
    process: Child,
    log: Arc<Mutex<Vec<String>>>,
    /// Its home, working and temporary folder.
    folder: TempDir,
}

impl Server {
    /// Starts an emulator and waits until it answers.
    pub(super) fn start(emulator: Emulator) -> Self {
        let mut problems = Vec::new();
        for _ in 0..START_ATTEMPTS {
            match Self::try_start(emulator) {
                Ok(server) => return server,
                Err(problem) => problems.push(problem),
            }
        }
        panic!("{} did not start:\n{}", emulator.name(), problems.join("\n"));
    }

    fn try_start(emulator: Emulator) -> Result<Self, String> {
        let folder = tempfile::Builder::new().prefix("noderole-emulator-").tempdir().unwrap();
        let port = free_port();
        let mut process = command(emulator, port, folder.path()).spawn().unwrap();
        let log = Arc::new(Mutex::new(Vec::new()));
        let ready = follow(process.stderr.take().unwrap(), port, Arc::clone(&log));
        let endpoint = format!("http://127.0.0.1:{port}");
        let server = Self { emulator, endpoint, process, log, folder };
        match ready.recv_timeout(START_LIMIT) {
            Ok(()) => Ok(server),
            Err(RecvTimeoutError::Timeout) => Err(format!("no answer in {START_LIMIT:?}\n{}", server.last_lines())),
            Err(RecvTimeoutError::Disconnected) => Err(format!("it ended\n{}", server.last_lines())),
        }
    }

    /// A folder that lives as long as the server.
    pub(super) fn folder(&self) -> &Path {
        self.folder.path()
    }

    fn last_lines(&self) -> String {
        let log = self.log.lock().unwrap();
        let last = log.get(log.len().saturating_sub(LOG_LINES_SHOWN)..).unwrap_or_default();
        last.join("\n")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("the end of the log of {} at {}:\n{}", self.emulator.name(), self.endpoint, self.last_lines());
        }
        // The end of its standard input is its end, and that of all that it started (serve.py).
        drop(self.process.stdin.take());
        self.process.wait().unwrap();
    }
}

/// A port that nothing listens on now.
fn free_port() -> u16 {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port()
}

/// The server's command: a process group of its own, and nothing of this process's environment but the search path.
fn command(emulator: Emulator, port: u16, folder: &Path) -> Command {
    let mut command = Command::new(python());
    command
        .arg(format!("{SCRIPTS}/serve.py"))
        .args([emulator.name(), &port.to_string()])
        .current_dir(folder)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", folder)
        .env("TMPDIR", folder)
        .env("PYTHONUNBUFFERED", "1")
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .envs(emulator.settings().iter().copied())
        .process_group(0)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    command
}

/// Keeps the server's log, and tells when it says that it listens. The end of the log without that is told by the
/// channel's end.
fn follow(stderr: ChildStderr, port: u16, log: Arc<Mutex<Vec<String>>>) -> Receiver<()> {
    let (tell, ready) = mpsc::channel();
    let sign = format!("Running on http://127.0.0.1:{port}");
    std::thread::spawn(move || {
        let mut tell = Some(tell);
        for line in BufReader::new(stderr).lines().map_while(Result::ok) {
            let listening = line.contains(&sign);
            log.lock().unwrap().push(line);
            if listening && let Some(tell) = tell.take() {
                // Nobody waits any more: the start took too long, which is told there.
                tell.send(()).ok();
            }
        }
    });
    ready
}

#[test]
fn a_server_ends_with_its_value() {
    let server = Server::start(Emulator::Ministack);
    let address = server.endpoint.trim_start_matches("http://").to_owned();
    std::net::TcpStream::connect(&address).unwrap();
    drop(server);
    std::net::TcpStream::connect(&address).unwrap_err();
}
