//! The command line as its users see it: arguments in; standard output, standard error and exit code out. No test here
//! reaches AWS or a network: the environment is empty but for what a test puts into it.

mod audit;
mod bad_input;
mod baseline;
mod configuration;
pub(crate) mod hostile_names;
mod interrupt;
mod member_role;
mod other_commands;
mod outputs;
mod remediation;
mod sinks;

use std::path::PathBuf;

use assert_cmd::Command;
use serde_json::Value;
use tempfile::TempDir;

/// The program in an empty environment and home.
pub(crate) struct Noderole {
    home: TempDir,
}

/// What one call gave.
pub(crate) struct Told {
    pub(crate) out: String,
    pub(crate) err: String,
    pub(crate) code: i32,
}

impl Noderole {
    pub(crate) fn new() -> Self {
        Self { home: tempfile::tempdir().unwrap() }
    }

    /// A command that sees nothing of the developer's environment.
    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_noderole"));
        command.env_clear().current_dir(self.home.path());
        command.env("HOME", self.home.path()).env("AWS_EC2_METADATA_DISABLED", "true");
        command
    }

    /// Runs it with these arguments.
    pub(crate) fn run(&self, arguments: &[&str]) -> Told {
        told(self.command().args(arguments))
    }

    /// A path in the home.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    /// Writes a file into the home; its name is a relative path there.
    pub(crate) fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).unwrap();
    }

    /// The sample organization's inventory after a change, as `facts.json`.
    pub(crate) fn sample(&self, change: impl FnOnce(&mut Value)) {
        let saved = self.run(&["audit", "--demo", "--save-inventory", "facts.json", "--fail-on", "never"]);
        assert_eq!(saved.code, 3, "{}", saved.err);
        let mut facts: Value =
            serde_json::from_str(&std::fs::read_to_string(self.path("facts.json")).unwrap()).unwrap();
        change(&mut facts);
        self.write("facts.json", &facts.to_string());
    }
}

/// Runs a command.
pub(crate) fn told(command: &mut Command) -> Told {
    let output = command.output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Told {
        code: output.status.code().unwrap_or_else(|| panic!("ended by a signal: {:?}", output.status)),
        out: text(output.stdout),
        err: text(output.stderr),
    }
}

impl Told {
    /// Standard output as JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {}{}", self.out, self.err))
    }

    /// Asserts an error with that exit code that names each of the parts, in words meant for people.
    #[track_caller]
    pub(crate) fn is_error(&self, code: i32, parts: &[&str]) {
        assert_eq!(self.code, code, "{}{}", self.out, self.err);
        assert!(self.err.starts_with("error: "), "{}", self.err);
        for part in parts {
            assert!(self.err.contains(part), "no `{part}` in: {}", self.err);
        }
        for leak in ["panicked", "RUST_BACKTRACE", "Error {", "Os {", "src/"] {
            assert!(!self.err.contains(leak), "`{leak}` in: {}", self.err);
        }
    }
}
