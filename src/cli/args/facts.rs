//! What facts a command reads, and where: the source, the accounts, the scope.

use clap::Args;

use crate::config::Location;
use crate::ids::{AccountId, Region, RoleArn, UnitId};
use crate::rules::RuleId;

use super::values::{Given, cluster, in_flight, rule};
use super::{MemberArgs, PoliciesArgs, When};

/// What facts are read, and where.
#[derive(Debug, Args)]
pub(in crate::cli) struct FactsArgs {
    /// A sample organization that ships in the program; needs no AWS account and no network
    #[arg(long, group = "source", help_heading = "Source")]
    pub(in crate::cli) demo: bool,
    /// A saved inventory (-: standard input); makes no AWS call
    #[arg(long, value_name = "FILE", group = "source", help_heading = "Source")]
    pub(in crate::cli) inventory: Option<Given>,
    /// Every active account of the organization
    #[arg(long, group = "source", help_heading = "Source")]
    pub(in crate::cli) organization: bool,
    /// This account; repeatable
    #[arg(long = "account", value_name = "ID", group = "source", help_heading = "Source")]
    pub(in crate::cli) accounts: Vec<AccountId>,

    /// Only accounts in this organizational unit and the units below it; repeatable
    #[arg(long = "ou", value_name = "ID", requires = "organization", conflicts_with_all = ["demo", "inventory", "accounts"], help_heading = "Organization")]
    pub(in crate::cli) units: Vec<UnitId>,
    /// But not this account; repeatable
    #[arg(long = "exclude-account", value_name = "ID", requires = "organization", conflicts_with_all = ["demo", "inventory", "accounts"], help_heading = "Organization")]
    pub(in crate::cli) exclude_accounts: Vec<AccountId>,
    /// Nor accounts in this organizational unit and the units below it; repeatable
    #[arg(long = "exclude-ou", value_name = "ID", requires = "organization", conflicts_with_all = ["demo", "inventory", "accounts"], help_heading = "Organization")]
    pub(in crate::cli) exclude_units: Vec<UnitId>,

    #[command(flatten, next_help_heading = "Access")]
    pub(in crate::cli) member: MemberArgs,
    /// API calls in flight at most, over everything [default: 256]
    #[arg(long, value_name = "N", value_parser = in_flight, conflicts_with_all = ["demo", "inventory"])]
    pub(in crate::cli) max_in_flight: Option<u16>,

    #[command(flatten, next_help_heading = "Organization")]
    pub(in crate::cli) policies: PoliciesArgs,

    /// Only this region; repeatable [default: every region enabled in the account]
    #[arg(long = "region", value_name = "REGION", help_heading = "Scope")]
    pub(in crate::cli) regions: Vec<Region>,
    /// Only this cluster and what it touches; repeatable
    #[arg(long = "cluster", value_name = "NAME", value_parser = cluster, help_heading = "Scope")]
    pub(in crate::cli) clusters: Vec<String>,
    /// Only this role and what it touches, in the role's account unless a source is given; repeatable
    #[arg(long = "role", value_name = "ARN", help_heading = "Scope")]
    pub(in crate::cli) roles: Vec<RoleArn>,
    /// Requirements, rules, suppressions and accounts: a file, s3://BUCKET/KEY or ssm:/PARAMETER [env: NODEROLE_CONFIG]
    #[arg(long, value_name = "FILE", help_heading = "Configuration")]
    pub(in crate::cli) config: Option<Location>,
    /// Only this rule, by id or name; repeatable
    #[arg(long = "rule", value_name = "ID", value_parser = rule, help_heading = "Scope")]
    pub(in crate::cli) rules: Vec<RuleId>,
    /// But not this rule; repeatable
    #[arg(long = "exclude-rule", value_name = "ID", value_parser = rule, help_heading = "Scope")]
    pub(in crate::cli) exclude_rules: Vec<RuleId>,
    /// Show progress on standard error (auto: on a terminal)
    #[arg(long, value_enum, value_name = "WHEN", default_value_t, help_heading = "Scope")]
    pub(in crate::cli) progress: When,
}
