//! What can be typed, and nothing about what it means. The texts are the `--help`.

mod audit;
mod facts;
mod remediation;
mod values;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::collect::member::{ExternalId, MemberRoleName};
use crate::config::Location;
use crate::ids::{AccountId, Region};

pub(super) use audit::{AuditArgs, ReportArgs, ReportFormat};
pub(super) use facts::FactsArgs;
pub(super) use remediation::{ApplyArgs, ChangeArgs, PlanArgs, PlanFormat, RetryArgs, UndoArgs};
pub(super) use values::{Given, NodesOf, Saved};

const EXAMPLES: &str = "\
Examples:
  noderole audit --demo                              a sample organization; needs no AWS account
  noderole audit                                     the account of the current credentials
  noderole audit --organization                      every active account of the organization
  noderole plan --demo                               what would mend them, step by step; changes nothing
  noderole explain --demo ROLE_ARN                   why a role may or may not do what its nodes need
  noderole rules                                     what is checked

Exit codes:
  0  complete, and nothing at or above --fail-on
  1  a failing finding at or above --fail-on
  2  wrong usage, configuration or input, or an output that could not be written
  3  nothing failing, but part of what was asked for could not be audited,
     or a sink did not take everything
  4  a remediation was refused or failed

Credentials, profile, region and endpoints are found as by every AWS tool (AWS_PROFILE, AWS_ENDPOINT_URL, ...).";

/// Audits every EKS node IAM role by its effective permissions, over one account or a whole AWS organization.
#[derive(Debug, Parser)]
#[command(name = "noderole", version, after_help = EXAMPLES, max_term_width = 110, arg_required_else_help = true)]
pub(super) struct Cli {
    #[command(flatten)]
    pub(super) global: Global,
    #[command(subcommand)]
    pub(super) command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Audit node roles; without a source flag those of the current credentials' own account
    Audit(Box<AuditArgs>),
    /// Tell a saved report in any format, and against any baseline
    Report(Box<ReportArgs>),
    /// Plan what would mend the findings: which calls, in which order, from what state. Changes nothing
    Plan(Box<PlanArgs>),
    /// Apply exactly a plan, where the configuration allows it: each change is written down, verified and can be undone
    Apply(Box<ApplyArgs>),
    /// Take back what a journal tells of
    Undo(Box<UndoArgs>),
    /// Let findings be mended again that are left alone since their remediation failed or did not last
    Retry(RetryArgs),
    /// Explain a role action by action: granted or not, by which statement of which policy, denied by what
    Explain(Box<ExplainArgs>),
    /// Decide IAM cases: JSON lines in, JSON lines out
    Simulate(SimulateArgs),
    /// List the rules
    Rules(RulesArgs),
    /// The configuration file: a template, a check, its JSON schema
    Config {
        #[command(subcommand)]
        command: ConfigCommand,
    },
    /// Print the completions for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

/// What can be done with the configuration.
#[derive(Debug, Subcommand)]
pub(super) enum ConfigCommand {
    /// Print a commented template of the whole configuration
    Template,
    /// Tell everything that is wrong with a configuration (exit code 2), or that nothing is
    Check {
        /// A file, s3://BUCKET/KEY or ssm:/PARAMETER
        #[arg(value_name = "FILE")]
        file: Location,
    },
    /// Print the JSON schema of the configuration, for editors
    Schema,
}

/// Options of every command.
#[derive(Debug, Args)]
pub(super) struct Global {
    /// Colour the output and the log (auto: on a terminal, unless NO_COLOR is set)
    #[arg(long, value_enum, default_value_t, value_name = "WHEN", global = true, help_heading = "Global options")]
    pub(super) color: When,
    /// Log more: -v what is done, -vv details, -vvv the AWS SDK too (NODEROLE_LOG takes a filter)
    #[arg(short, long, action = clap::ArgAction::Count, global = true, help_heading = "Global options")]
    pub(super) verbose: u8,
    /// Show no progress, log nothing but errors
    #[arg(short, long, conflicts_with = "verbose", global = true, help_heading = "Global options")]
    pub(super) quiet: bool,
}

/// When to do something that suits terminals.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum When {
    /// On a terminal
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// The flags of the member role.
#[derive(Debug, Default, Args)]
pub(super) struct MemberArgs {
    /// The role to assume in each account but the caller's own [env: NODEROLE_ROLE_NAME] [default: NodeRoleAudit]
    #[arg(long, value_name = "NAME", conflicts_with_all = ["demo", "inventory"])]
    pub(super) role_name: Option<MemberRoleName>,
    /// The external id that the role asks for [env: NODEROLE_EXTERNAL_ID]
    #[arg(long, value_name = "ID", conflicts_with_all = ["demo", "inventory"])]
    pub(super) external_id: Option<ExternalId>,
}

const EXPLAIN_EXAMPLES: &str = "\
Examples:
  noderole explain arn:aws:iam::111122223333:role/eks/prod-node
  noderole explain prod/ng-1 --region eu-west-1
  noderole explain prod/ng-1 --inventory facts.json --format json";

/// Arguments of `explain`.
#[derive(Debug, Args)]
#[command(after_help = EXPLAIN_EXAMPLES)]
pub(super) struct ExplainArgs {
    /// The ARN of a role, or CLUSTER/NODE_GROUP
    #[arg(value_name = "TARGET")]
    pub(super) target: NodesOf,
    /// Explain from the sample organization
    #[arg(long, group = "source")]
    pub(super) demo: bool,
    /// Explain from a saved inventory (-: standard input)
    #[arg(long, value_name = "FILE", group = "source")]
    pub(super) inventory: Option<Given>,
    /// The account [default: that of the role's ARN, else the caller's own]
    #[arg(long, value_name = "ID", group = "source")]
    pub(super) account: Option<AccountId>,
    /// The regions to look into; repeatable [default: every region enabled in the account]
    #[arg(long = "region", value_name = "REGION")]
    pub(super) regions: Vec<Region>,
    #[command(flatten)]
    pub(super) member: MemberArgs,
    #[command(flatten)]
    pub(super) policies: PoliciesArgs,
    /// Requirements and regions from this configuration: a file, s3://BUCKET/KEY or ssm:/PARAMETER [env: NODEROLE_CONFIG]
    #[arg(long, value_name = "FILE")]
    pub(super) config: Option<Location>,
    /// The form of the explanation [default: table on a terminal, else json]
    #[arg(long, value_enum, value_name = "FORMAT")]
    pub(super) format: Option<ExplainFormat>,
}

/// Which policies beside the roles' own count.
#[derive(Debug, Args)]
pub(super) struct PoliciesArgs {
    /// Leave service control policies out: read none, judge by none
    #[arg(long)]
    pub(super) no_scp: bool,
}

/// The forms of an explanation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum ExplainFormat {
    /// For people
    Table,
    /// For programs
    Json,
}

const SIMULATE_HELP: &str = "\
A case is a line {\"id\", \"principal\", \"action\", \"resource\", \"context\", \"identity_policies\": [{\"name\", \"document\"}],
\"permissions_boundary\", \"service_control_policies\": [[document, ...], ...]}; its context is complete, but for the keys in
\"unknown_context\". Each answer is a line {\"id\", \"decision\", \"by\"}. A case that is malformed is answered by
{\"id\", \"error\"}, the others are decided, and the exit code is 2.";

/// Arguments of `simulate`.
#[derive(Debug, Args)]
#[command(after_help = SIMULATE_HELP)]
pub(super) struct SimulateArgs {
    /// The cases, one JSON object a line (-: standard input)
    #[arg(long, value_name = "FILE")]
    pub(super) cases: Given,
}

/// Arguments of `rules`.
#[derive(Debug, Args)]
pub(super) struct RulesArgs {
    /// The form of the list
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub(super) format: RulesFormat,
}

/// The forms of the list of rules.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum RulesFormat {
    /// One line a rule
    #[default]
    Table,
    /// The documentation of the rules
    Markdown,
    /// For programs
    Json,
}
