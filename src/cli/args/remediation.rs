//! What can be typed after `noderole plan`, `apply`, `undo` and `retry`.

use std::path::PathBuf;

use clap::builder::{OsStringValueParser, TypedValueParser as _};
use clap::{Args, ValueEnum};

use crate::collect::member::{ExternalId, MemberRoleName};
use crate::config::Location;
use crate::ids::RoleArn;
use crate::remediate::settings::JournalPlace;
use crate::sinks::SinkKind;

use super::values::{Given, Saved, finding, saved};
use super::{FactsArgs, MemberArgs};

const PLAN_EXAMPLES: &str = "\
Examples:
  noderole plan --demo
  noderole plan --config noderole.toml --format table --output - --format json --output plan.json
  noderole plan --organization --config noderole.toml --rule NR202 --output plan.json
  noderole plan --report report.json --role arn:aws:iam::111122223333:role/eks/prod-node

A plan changes nothing. It says for each role what would be done, in which order and from what state, and what is left alone
and why; `noderole apply PLAN` does exactly that, where the configuration allows it. Rules are judged as in an audit; --rule and
--exclude-rule say what is mended. Formats and outputs come in pairs as with `noderole audit` (.json, .txt).";

/// Arguments of `plan`.
#[derive(Debug, Args)]
#[command(after_help = PLAN_EXAMPLES)]
pub(in crate::cli) struct PlanArgs {
    #[command(flatten)]
    pub(in crate::cli) facts: FactsArgs,
    /// Only findings that fail in this report: a file, s3://BUCKET/KEY, or - (standard input)
    #[arg(long, value_name = "REPORT.json", value_parser = OsStringValueParser::new().try_map(saved), help_heading = "Plan")]
    pub(in crate::cli) report: Option<Saved>,
    /// Only this finding, by its id; repeatable
    #[arg(long = "finding", value_name = "ID", value_parser = finding, help_heading = "Plan")]
    pub(in crate::cli) findings: Vec<String>,
    /// Where journals and histories are kept, for what `apply` would leave alone: a folder, or s3://BUCKET/PREFIX
    /// [default: as configured; for AWS else noderole-journals]
    #[arg(long = "journal", value_name = "PLACE", help_heading = "Plan")]
    pub(in crate::cli) place: Option<JournalPlace>,
    /// Plan for advice, too
    #[arg(long, help_heading = "Plan")]
    pub(in crate::cli) advice: bool,
    /// The form of the plan; repeatable [default: table on a terminal, else json]
    #[arg(long = "format", value_enum, value_name = "FORMAT", help_heading = "Plan")]
    pub(in crate::cli) formats: Vec<PlanFormat>,
    /// Where the plan goes (-: standard output); repeatable, in pairs with --format
    #[arg(long = "output", short = 'o', value_name = "FILE", help_heading = "Plan")]
    pub(in crate::cli) outputs: Vec<PathBuf>,
}

/// The forms of a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum PlanFormat {
    /// For people
    Table,
    /// For `noderole apply`
    Json,
}

const APPLY_EXAMPLES: &str = "\
Examples:
  noderole apply plan.json --config noderole.toml
  noderole apply plan.json --config noderole.toml --role arn:aws:iam::111122223333:role/eks/prod-node
  noderole apply plan.json --config noderole.toml --yes               without a question, for scripts
  noderole apply --resume noderole-journals/ID.jsonl --config noderole.toml

Nothing is changed unless the configuration enables it ([remediation], docs/remediation.md). Everything that the plan was made
from is read anew; a role that is not as the plan saw it is left as it is. Each change is written to the journal before it is
made, looked at after it and judged by the rules; what fails is taken back. Exit code 4: something was refused or failed.";

/// Arguments of `apply`.
#[derive(Debug, Args)]
#[command(after_help = APPLY_EXAMPLES)]
pub(in crate::cli) struct ApplyArgs {
    /// The plan, as `noderole plan --format json` made it (-: standard input)
    #[arg(value_name = "PLAN", required_unless_present = "resume", conflicts_with = "resume")]
    pub(in crate::cli) plan: Option<Given>,
    /// Go on with an apply that was cut off: its journal, by id, path or s3:// URL
    #[arg(long, value_name = "JOURNAL")]
    pub(in crate::cli) resume: Option<String>,
    /// Only this role; repeatable
    #[arg(long = "role", value_name = "ARN", conflicts_with = "resume", help_heading = "Scope")]
    pub(in crate::cli) roles: Vec<RoleArn>,
    /// Only roles for which nothing but these findings is mended, by their ids; repeatable
    #[arg(long = "finding", value_name = "ID", value_parser = finding, conflicts_with = "resume", help_heading = "Scope")]
    pub(in crate::cli) findings: Vec<String>,
    #[command(flatten)]
    pub(in crate::cli) door: ChangeArgs,
}

const UNDO_EXAMPLES: &str = "\
Examples:
  noderole undo noderole-journals/20261124T100000Z-0a1b2c.jsonl --config noderole.toml
  noderole undo 20261124T100000Z-0a1b2c --config noderole.toml --role arn:aws:iam::111122223333:role/eks/prod-node
  noderole undo s3://noderole-journals-111122223333/noderole/journals/20261124T100000Z-0a1b2c/ --config noderole.toml --yes

Each role is put back to how it was before the plan was applied, step by step. A role that somebody else has changed since is
left as it is, and the difference is shown. An undo does not ask for windows, limits or rules: going back is always allowed where
noderole was.";

/// Arguments of `undo`.
#[derive(Debug, Args)]
#[command(after_help = UNDO_EXAMPLES)]
pub(in crate::cli) struct UndoArgs {
    /// The journal, by id, path or s3:// URL
    #[arg(id = "what", value_name = "JOURNAL")]
    pub(in crate::cli) journal: String,
    /// Only this role; repeatable
    #[arg(long = "role", value_name = "ARN", help_heading = "Scope")]
    pub(in crate::cli) roles: Vec<RoleArn>,
    /// Take back what is noderole's even where somebody else has changed the role since
    #[arg(long)]
    pub(in crate::cli) force: bool,
    #[command(flatten)]
    pub(in crate::cli) door: ChangeArgs,
}

/// Arguments of `retry`.
#[derive(Debug, Args)]
pub(in crate::cli) struct RetryArgs {
    /// The finding's id; repeatable
    #[arg(value_name = "FINDING", required = true, value_parser = finding)]
    pub(in crate::cli) findings: Vec<String>,
    /// Where journals and histories are kept: a folder, or s3://BUCKET/PREFIX [default: as configured, else noderole-journals]
    #[arg(long, value_name = "PLACE")]
    pub(in crate::cli) journal: Option<JournalPlace>,
    /// The configuration: a file, s3://BUCKET/KEY or ssm:/PARAMETER [env: NODEROLE_CONFIG]
    #[arg(long, value_name = "FILE", help_heading = "Configuration")]
    pub(in crate::cli) config: Option<Location>,
}

/// What every command that changes something takes.
#[derive(Debug, Args)]
pub(in crate::cli) struct ChangeArgs {
    /// Do not ask: for scripts, and wherever there is no terminal
    #[arg(long, short = 'y')]
    pub(in crate::cli) yes: bool,
    /// What is allowed: a file, s3://BUCKET/KEY or ssm:/PARAMETER [env: NODEROLE_CONFIG]
    #[arg(long, value_name = "FILE", help_heading = "Configuration")]
    pub(in crate::cli) config: Option<Location>,
    #[command(flatten, next_help_heading = "Access")]
    pub(in crate::cli) member: ReadingArgs,
    /// Tell this sink what came of it, as configured; repeatable, in the place of the configuration's list
    #[arg(long = "sink", value_enum, value_name = "SINK", help_heading = "Report")]
    pub(in crate::cli) sinks: Vec<SinkKind>,
    /// The role to assume for changes, in each account [default: as configured, else NodeRoleRemediation]
    #[arg(long, value_name = "NAME", help_heading = "Access")]
    pub(in crate::cli) remediation_role_name: Option<MemberRoleName>,
    /// Where the journal is kept: a folder, or s3://BUCKET/PREFIX [default: as configured, else noderole-journals]
    #[arg(long = "journal", value_name = "PLACE")]
    pub(in crate::cli) place: Option<JournalPlace>,
}

/// The role that reads.
#[derive(Debug, Args)]
pub(in crate::cli) struct ReadingArgs {
    /// The role to assume for reading, in each account but the caller's own [env: NODEROLE_ROLE_NAME] [default: NodeRoleAudit]
    #[arg(long, value_name = "NAME")]
    pub(in crate::cli) role_name: Option<MemberRoleName>,
    /// The external id that the role for reading asks for [env: NODEROLE_EXTERNAL_ID]
    #[arg(long, value_name = "ID")]
    pub(in crate::cli) external_id: Option<ExternalId>,
}

impl ReadingArgs {
    /// The same, as commands that only read have it.
    pub(in crate::cli) fn member(&self) -> MemberArgs {
        MemberArgs { role_name: self.role_name.clone(), external_id: self.external_id.clone() }
    }
}
