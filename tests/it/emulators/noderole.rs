//! The command `noderole`, run against a server as a user would run it.

use std::collections::BTreeSet;
use std::process::Command;

use noderole::finding::Status;
use noderole::report::model::{CoverageEntry, Report, ReportedFinding};

use super::seed::Accounts;
use super::server::{Emulator, Server};

/// Credentials for a server.
#[derive(Debug, Clone)]
pub(super) struct Credentials {
    pub(super) key: String,
    pub(super) secret: String,
}

/// How a run ended.
#[derive(Debug)]
pub(super) struct Run {
    pub(super) code: Option<i32>,
    pub(super) stdout: String,
    pub(super) stderr: String,
}

/// A finding, without its text: account (by name), rule, role (by name), status.
pub(super) type Found = (String, String, String, String);

impl Server {
    /// The credentials of the home account's root user.
    pub(super) fn root(&self) -> Credentials {
        let key = match self.emulator {
            Emulator::Moto | Emulator::MotoCompleted => "testing",
            Emulator::Ministack | Emulator::MinistackWithIam => self.emulator.home_account(),
        };
        Credentials { key: key.to_owned(), secret: "test".to_owned() }
    }

    /// `noderole` with these arguments, as the home account's root user.
    pub(super) fn noderole(&self, arguments: &[&str]) -> Run {
        self.noderole_as(&self.root(), arguments)
    }

    /// `noderole` with these arguments, as the home account's root user in a region.
    pub(super) fn noderole_in(&self, region: &str, arguments: &[&str]) -> Run {
        self.run(&self.root(), region, arguments)
    }

    /// `noderole` with these arguments and credentials.
    pub(super) fn noderole_as(&self, credentials: &Credentials, arguments: &[&str]) -> Run {
        self.run(credentials, "eu-west-1", arguments)
    }

    fn run(&self, credentials: &Credentials, region: &str, arguments: &[&str]) -> Run {
        let output = Command::new(env!("CARGO_BIN_EXE_noderole"))
            .args(arguments)
            .current_dir(self.folder())
            .env_clear()
            .env("HOME", self.folder())
            .env("AWS_ENDPOINT_URL", &self.endpoint)
            .env("AWS_REGION", region)
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .env("AWS_ACCESS_KEY_ID", &credentials.key)
            .env("AWS_SECRET_ACCESS_KEY", &credentials.secret)
            .output()
            .unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Run { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
    }
}

impl Run {
    /// The report that was written to standard output.
    pub(super) fn report(&self) -> Report {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("no report ({error}):\n{self:#?}"))
    }
}

/// The findings of a report, less what passes or does not apply, which is in it where it was asked for.
pub(super) fn found(report: &Report, accounts: &Accounts) -> BTreeSet<Found> {
    report
        .findings
        .iter()
        .filter(|finding| !matches!(finding.status, Status::Pass | Status::NotApplicable))
        .map(|finding| {
            let account = accounts.name(&finding.account.to_string()).to_owned();
            (account, finding.rule.clone(), role_of(finding).to_owned(), finding.status.as_str().to_owned())
        })
        .collect()
}

/// The name of the role that a finding is about; empty where there is none.
pub(super) fn role_of(finding: &ReportedFinding) -> &str {
    finding.role_arn.as_deref().and_then(|arn| arn.rsplit('/').next()).unwrap_or_default()
}

/// What a table of expectations says: a line each for account, rule, role and status.
pub(super) fn expected(table: &[(&str, &str, &str, &str)]) -> BTreeSet<Found> {
    table.iter().map(|(a, b, c, d)| (a.to_string(), b.to_string(), c.to_string(), d.to_string())).collect()
}

/// The operations that failed in some entries of the coverage.
pub(super) fn missing<'a>(entries: impl IntoIterator<Item = &'a CoverageEntry>) -> BTreeSet<&'a str> {
    entries.into_iter().flat_map(|entry| &entry.missing).map(|missing| missing.api.as_str()).collect()
}
