//! What can be typed after `noderole audit`.

use std::path::PathBuf;

use clap::builder::{OsStringValueParser, TypedValueParser as _};
use clap::{Args, ValueEnum};

use crate::config::Location;
use crate::finding::Severity;
use crate::sinks::SinkKind;

use super::FactsArgs;
use super::values::{Saved, saved};

const EXAMPLES: &str = "\
Examples:
  noderole audit --demo
  noderole audit --region eu-west-1 --format json --output report.json
  noderole audit --account 111122223333 --account 444455556666 --role-name NodeRoleAudit --external-id team-7
  noderole audit --organization --ou ou-ab12-11111111 --fail-on high --save-inventory facts.json
  noderole audit --inventory facts.json --format table --output - --format markdown --output report.md
  noderole audit --config noderole.toml              (noderole config template prints one)
  noderole audit --role arn:aws:iam::111122223333:role/eks/prod-node
  noderole audit --organization --baseline yesterday.json --fail-on-new --output today.json

Formats and outputs come in pairs: the first --output takes the first --format, and so on. One --format alone goes to
standard output; an --output alone takes the format of its file's name (.json, .jsonl, .md, .html, .txt, .csv, .sarif, .xml for
junit, .ocsf.json, .asff.json, .sarif.json).

What could not be read stands in the report's coverage and, where nothing fails, gives exit code 3. An account that is not
active is listed and does not count; a region that is named here but not enabled in an account does. Ctrl-C (and SIGTERM)
ends the asking: what was read by then is reported, the rest stands in the coverage.";

/// Arguments of `audit`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct AuditArgs {
    #[command(flatten)]
    pub(in crate::cli) facts: FactsArgs,

    #[command(flatten)]
    pub(in crate::cli) told: TellArgs,
    /// List results that pass or do not apply, too
    #[arg(long, help_heading = "Report")]
    pub(in crate::cli) include_passed: bool,
    /// Save the facts that were read, for --inventory; no secrets are read
    #[arg(long, value_name = "FILE", help_heading = "Report")]
    pub(in crate::cli) save_inventory: Option<PathBuf>,
    /// Tell this sink too, as configured; repeatable, in the place of the configuration's list
    #[arg(long = "sink", value_enum, value_name = "SINK", help_heading = "Report")]
    pub(in crate::cli) sinks: Vec<SinkKind>,
}

/// How a report is told, be it of a run or a saved one.
#[derive(Debug, Args)]
pub(in crate::cli) struct TellArgs {
    /// The form of the report; repeatable [default: table on a terminal, else json]
    #[arg(long = "format", value_enum, value_name = "FORMAT", help_heading = "Report")]
    pub(in crate::cli) formats: Vec<ReportFormat>,
    /// Where the report goes (-: standard output); repeatable, in pairs with --format
    #[arg(long = "output", short = 'o', value_name = "FILE", help_heading = "Report")]
    pub(in crate::cli) outputs: Vec<PathBuf>,
    /// Mark each finding new, unchanged or resolved against this earlier report: a file, s3://BUCKET/KEY, or - (standard input)
    #[arg(long, value_name = "REPORT.json", value_parser = OsStringValueParser::new().try_map(saved), help_heading = "Report")]
    pub(in crate::cli) baseline: Option<Saved>,
    /// The least severity of a finding that gives exit code 1
    #[arg(long, value_enum, value_name = "SEVERITY", default_value_t, help_heading = "Report")]
    pub(in crate::cli) fail_on: FailOn,
    /// Only findings that are new against the baseline give exit code 1
    #[arg(long, help_heading = "Report")]
    pub(in crate::cli) fail_on_new: bool,
}

const REPORT_EXAMPLES: &str = "\
Examples:
  noderole report report.json                        as a table on a terminal
  noderole report report.json -o report.md -o findings.jsonl
  noderole report monday.json --baseline sunday.json --fail-on-new
  noderole report s3://reports/noderole/latest/report.json --format markdown
  noderole report report.json --config noderole.toml --sink sns

The exit codes are those of an audit with the same report.";

/// Arguments of `report`.
#[derive(Debug, Args)]
#[command(after_help = REPORT_EXAMPLES)]
pub(in crate::cli) struct ReportArgs {
    /// A report that was saved as JSON: a file, s3://BUCKET/KEY, or - (standard input)
    #[arg(value_name = "FILE", value_parser = OsStringValueParser::new().try_map(saved))]
    pub(in crate::cli) file: Saved,
    #[command(flatten)]
    pub(in crate::cli) told: TellArgs,
    /// Tell this sink (again), as configured; repeatable. Without it none is told, whatever the configuration says
    #[arg(long = "sink", value_enum, value_name = "SINK", help_heading = "Report")]
    pub(in crate::cli) sinks: Vec<SinkKind>,
    /// Where sinks are, with --sink: a file, s3://BUCKET/KEY or ssm:/PARAMETER [env: NODEROLE_CONFIG]
    #[arg(long, value_name = "FILE", requires = "sinks", help_heading = "Configuration")]
    pub(in crate::cli) config: Option<Location>,
}

/// The forms of the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum ReportFormat {
    /// For people, on a terminal
    Table,
    /// The whole report (docs/report.schema.json)
    Json,
    /// One finding a line
    Jsonl,
    /// For issues, pull requests and wikis
    Markdown,
    /// One page for browsers, with filters and charts
    Html,
    /// For spreadsheets: a row a finding, no cell a formula
    Csv,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// JUnit XML, for CI systems
    Junit,
    /// OCSF 1.5.0 Compliance Findings, for Security Lake and SIEMs
    Ocsf,
    /// AWS Security Finding Format, for Security Hub
    Asff,
}

/// The least severity that fails.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum FailOn {
    /// Any failing finding
    Low,
    /// Medium and worse
    #[default]
    Medium,
    /// High and worse
    High,
    /// Critical alone
    Critical,
    /// No finding
    Never,
}

impl FailOn {
    /// The severity; none: no finding fails.
    pub(in crate::cli) fn severity(self) -> Option<Severity> {
        match self {
            Self::Low => Some(Severity::Low),
            Self::Medium => Some(Severity::Medium),
            Self::High => Some(Severity::High),
            Self::Critical => Some(Severity::Critical),
            Self::Never => None,
        }
    }
}
