//! The function's configuration: its environment variables, parsed once, wrong ones named.

use std::str::FromStr;
use std::time::Duration;

use thiserror::Error;

use crate::audit;
use crate::collect::ask::{Accounts, Ask, DEFAULT_MAX_IN_FLIGHT, LARGEST_MAX_IN_FLIGHT};
use crate::collect::member::{ExternalId, MemberRole, MemberRoleName};
use crate::config::{Config, Location, Wanted};
use crate::ids::{AccountId, IdError, Region, UnitId};
use crate::log;
use crate::nearest::nearest;
use crate::remediate;
use crate::rules::RuleId;
use crate::rules::catalogue::UnknownRule;

use crate::sinks::{Sink, Unconfigured};

mod fan_out;
mod remediation;
mod sinks;

pub use fan_out::FanOut;
pub use remediation::Function;

/// What all variables of the function begin with.
const PREFIX: &str = "NODEROLE_";

/// One environment variable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Variable {
    /// Its name.
    pub name: &'static str,
    /// What holds where it is not set or empty.
    pub default: &'static str,
    /// What it does.
    pub about: &'static str,
}

/// Every variable that the function takes; `docs/lambda.md` shows this table.
pub const VARIABLES: &[Variable] = &[
    Variable {
        name: "NODEROLE_CONFIG",
        default: "none",
        about: "the configuration: `s3://BUCKET/KEY`, `ssm:/PARAMETER` or a file; read anew in each invocation",
    },
    Variable {
        name: "NODEROLE_ACCOUNTS",
        default: "organization",
        about: "`own`: the function's account; `organization`: every active account; else account ids, by commas",
    },
    Variable {
        name: "NODEROLE_ROLE_NAME",
        default: "NodeRoleAudit",
        about: "the member role that is assumed in each account but the function's own",
    },
    Variable { name: "NODEROLE_EXTERNAL_ID", default: "none", about: "the external id that the member role asks for" },
    Variable {
        name: "NODEROLE_REGIONS",
        default: "those enabled in each account",
        about: "the regions to audit, by commas",
    },
    Variable {
        name: "NODEROLE_OUS",
        default: "all",
        about: "with `organization`: only accounts in these organizational units and below, by commas",
    },
    Variable {
        name: "NODEROLE_EXCLUDE_ACCOUNTS",
        default: "none",
        about: "with `organization`: not these accounts, by commas",
    },
    Variable {
        name: "NODEROLE_EXCLUDE_OUS",
        default: "none",
        about: "with `organization`: no accounts in these organizational units and below, by commas",
    },
    Variable {
        name: "NODEROLE_SCP",
        default: "read",
        about: "`read`: service control policies are read where that is allowed; `off`: they are left out",
    },
    Variable { name: "NODEROLE_RULES", default: "all", about: "only these rules (ids or names), by commas" },
    Variable {
        name: "NODEROLE_EXCLUDE_RULES",
        default: "none",
        about: "not these rules (ids or names), by commas; after NODEROLE_RULES",
    },
    Variable {
        name: "NODEROLE_MAX_IN_FLIGHT",
        default: "256",
        about: "API calls in flight at most, over everything: 1 to 1024",
    },
    Variable {
        name: "NODEROLE_SINKS",
        default: "those of the configuration, else none",
        about: "where the run is told besides the function's log: cloudwatch, eventbridge, security-hub, sns, s3, by commas",
    },
    Variable {
        name: "NODEROLE_LOG_GROUP",
        default: "`/noderole/findings`",
        about: "the log group of the sink `cloudwatch`",
    },
    Variable {
        name: "NODEROLE_EVENT_BUS",
        default: "`default`",
        about: "the bus of the sink `eventbridge`, by name or ARN",
    },
    Variable { name: "NODEROLE_SNS_TOPIC", default: "none", about: "the topic of the sink `sns`, by ARN" },
    Variable { name: "NODEROLE_S3_BUCKET", default: "none", about: "the bucket of the sink `s3`" },
    Variable {
        name: "NODEROLE_STATE_MACHINE",
        default: "none",
        about: "the state machine, by ARN, that audits many accounts in an invocation each; needs the sink `s3`",
    },
    Variable {
        name: "NODEROLE_FAN_OUT_ABOVE",
        default: "100",
        about: "with more accounts than this the state machine is started",
    },
    Variable {
        name: "NODEROLE_FUNCTION",
        default: "`audit`",
        about: "`audit`, or `remediation`: the function that changes what the configuration allows",
    },
    Variable {
        name: "NODEROLE_REMEDIATION_ROLE_NAME",
        default: "that of the configuration, else NodeRoleRemediation",
        about: "the role that changes are made by; what it does starts no audit",
    },
    Variable {
        name: "NODEROLE_JOURNAL",
        default: "that of the configuration",
        about: "where plans, journals and locks are kept: `s3://BUCKET/PREFIX`",
    },
    Variable {
        name: "NODEROLE_LOG",
        default: "`RUST_LOG`, else warn",
        about: "the filter of the diagnostics, such as `noderole=debug`",
    },
];

/// Why the environment is not a configuration.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SettingsError {
    /// A variable that there is not: most likely a slip of the pen, which would leave its meaning out in silence.
    #[error("`{name}` is not a variable of noderole: remove it or mend its name{hint}")]
    Unknown {
        /// Its name.
        name: String,
        /// The variable that was likely meant.
        hint: String,
    },
    /// A value that is not what it should be.
    #[error("`{name}`: {problem}")]
    Value {
        /// The variable.
        name: &'static str,
        /// What is wrong, and what was expected.
        problem: String,
    },
    /// A variable that another one makes meaningless.
    #[error("`{name}` narrows an organization, but NODEROLE_ACCOUNTS is `{accounts}`: remove one of them")]
    Needless {
        /// The variable.
        name: &'static str,
        /// The accounts that were asked for.
        accounts: String,
    },
    /// A sink that lacks its place to go.
    #[error("{0}, or the variable of that name (docs/lambda.md)")]
    Sink(Unconfigured),
}

/// What the function audits, and by what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// What to read; without the deadline, which each invocation has of its own.
    pub ask: Ask,
    /// What to judge by.
    pub audit: audit::Settings,
    /// Where to tell it, besides the function's log.
    pub sinks: Vec<Sink>,
    /// How a run goes over many invocations; none: each run is one.
    pub fan_out: Option<FanOut>,
    /// What may be changed, by which role.
    pub remediation: remediate::settings::Settings,
}

/// The variables of the function, by the names in [`VARIABLES`]; empty ones count as not set.
#[derive(Debug, Clone)]
pub(super) struct Environment(Vec<(&'static str, String)>);

impl Settings {
    /// From the function's environment alone; variables that do not begin with `NODEROLE_` are not looked at, but `RUST_LOG`.
    ///
    /// # Errors
    /// [`SettingsError`] for the first variable that is wrong.
    pub fn from_vars(vars: impl IntoIterator<Item = (String, String)>) -> Result<Self, SettingsError> {
        Environment::read(vars)?.settings(Config::default())
    }

    /// What to read in an invocation in which new work may be begun for `working_time`.
    #[must_use]
    pub fn ask_within(&self, working_time: Duration) -> Ask {
        Ask { deadline: Some(working_time), ..self.ask.clone() }
    }
}

impl Environment {
    /// Reads the variables; their values are looked at later, but for those that no configuration changes.
    ///
    /// # Errors
    /// [`SettingsError`] for the first variable that is wrong.
    pub(super) fn read(vars: impl IntoIterator<Item = (String, String)>) -> Result<Self, SettingsError> {
        let vars: Vec<(String, String)> = vars.into_iter().collect();
        // Already in force; but only here can whoever invokes be told that it is no filter.
        let value = |name: &str| Some(vars.iter().find(|(known, _)| known == name)?.1.clone());
        log::filter(value).map_err(|error| SettingsError::Value {
            name: error.name,
            problem: format!("{error}: expected one such as noderole=debug"),
        })?;
        let mut known = Vec::new();
        for (name, value) in vars {
            if !name.starts_with(PREFIX) {
                continue;
            }
            let Some(variable) = VARIABLES.iter().find(|variable| variable.name == name) else {
                return Err(SettingsError::Unknown { hint: hint(&name), name });
            };
            let value = value.trim();
            if !value.is_empty() {
                known.push((variable.name, value.to_owned()));
            }
        }
        Ok(Self(known))
    }

    /// Where the configuration is; none where no variable says so.
    ///
    /// # Errors
    /// [`SettingsError::Value`] where the variable names no place.
    pub(super) fn config(&self) -> Result<Option<Location>, SettingsError> {
        self.one("NODEROLE_CONFIG")
    }

    /// What is audited, and by what: as the variables say, else the configuration, else the defaults.
    ///
    /// # Errors
    /// [`SettingsError`] for the first variable that is wrong.
    pub(super) fn settings(&self, config: Config) -> Result<Settings, SettingsError> {
        let Config { wanted, settings, remediation, sinks } = config;
        self.config()?;
        let name: Option<MemberRoleName> = self.one("NODEROLE_ROLE_NAME")?;
        let external_id: Option<ExternalId> = self.one("NODEROLE_EXTERNAL_ID")?;
        let ask = Ask {
            accounts: self.accounts(&wanted)?,
            member: MemberRole {
                name: name.or_else(|| wanted.role_name.clone()).unwrap_or_default(),
                external_id: external_id.or_else(|| wanted.external_id.clone()),
            },
            regions: Wanted::list(self.list("NODEROLE_REGIONS", str::parse::<Region>)?, &wanted.regions),
            target: None,
            service_control_policies: self.service_control_policies(wanted.service_control_policies)?,
            compute_everywhere: wanted.compute_everywhere.unwrap_or(false),
            max_in_flight: self.max_in_flight(wanted.max_in_flight)?,
            deadline: None,
        };
        let remediation = self.remediation(remediation)?;
        let (sinks, fan_out) = (self.sinks(sinks)?, self.fan_out()?);
        Ok(Settings { ask, audit: self.audit(settings)?, sinks, fan_out, remediation })
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str())
    }

    /// A list by commas, each part parsed; empty only where the variable is not set: one that is set and names nothing
    /// would otherwise mean everything, or nothing at all.
    fn list<T, E: ToString>(
        &self,
        name: &'static str,
        parse: impl Fn(&str) -> Result<T, E>,
    ) -> Result<Vec<T>, SettingsError> {
        let Some(text) = self.get(name) else { return Ok(Vec::new()) };
        let parts: Vec<&str> = text.split(',').map(str::trim).filter(|part| !part.is_empty()).collect();
        if parts.is_empty() {
            let problem = format!("`{text}` is a list without an element: name at least one, or remove the variable");
            return Err(SettingsError::Value { name, problem });
        }
        let parsed = parts.into_iter().map(parse);
        parsed.map(|part| part.map_err(|error| SettingsError::Value { name, problem: error.to_string() })).collect()
    }

    fn accounts(&self, wanted: &Wanted) -> Result<Accounts, SettingsError> {
        let units = self.list("NODEROLE_OUS", str::parse::<UnitId>)?;
        let exclude_accounts = self.list("NODEROLE_EXCLUDE_ACCOUNTS", str::parse::<AccountId>)?;
        let exclude_units = self.list("NODEROLE_EXCLUDE_OUS", str::parse::<UnitId>)?;
        let configured = match (wanted.ids.as_slice(), wanted.organization) {
            ([], Some(false)) => "own",
            ([], Some(true) | None) => "organization",
            ([_, ..], _) => "those of the configuration",
        };
        let text = self.get("NODEROLE_ACCOUNTS").unwrap_or(configured);
        if text == "organization" {
            return Ok(Accounts::Organization {
                units: Wanted::list(units, &wanted.units),
                exclude_accounts: Wanted::list(exclude_accounts, &wanted.exclude_accounts),
                exclude_units: Wanted::list(exclude_units, &wanted.exclude_units),
            });
        }
        let narrowing = ["NODEROLE_OUS", "NODEROLE_EXCLUDE_ACCOUNTS", "NODEROLE_EXCLUDE_OUS"];
        if let Some(name) = narrowing.into_iter().find(|name| self.get(name).is_some()) {
            return Err(SettingsError::Needless { name, accounts: text.to_owned() });
        }
        if text == "own" {
            return Ok(Accounts::Own);
        }
        let parse = |part: &str| {
            part.parse::<AccountId>().map_err(|error: IdError| format!("{error}, or `own`, or `organization`"))
        };
        Ok(Accounts::Listed(Wanted::list(self.list("NODEROLE_ACCOUNTS", parse)?, &wanted.ids)))
    }

    /// The value, parsed; none where the variable is not set.
    fn one<T>(&self, name: &'static str) -> Result<Option<T>, SettingsError>
    where
        T: FromStr<Err: ToString>,
    {
        let parse = |text: &str| {
            text.parse().map_err(|error: T::Err| SettingsError::Value { name, problem: error.to_string() })
        };
        self.get(name).map(parse).transpose()
    }

    fn service_control_policies(&self, configured: Option<bool>) -> Result<bool, SettingsError> {
        match self.get("NODEROLE_SCP") {
            None => Ok(configured.unwrap_or(true)),
            Some("read") => Ok(true),
            Some("off") => Ok(false),
            Some(other) => {
                let problem = format!("`{other}` is neither `read` nor `off`");
                Err(SettingsError::Value { name: "NODEROLE_SCP", problem })
            }
        }
    }

    fn max_in_flight(&self, configured: Option<u16>) -> Result<usize, SettingsError> {
        let Some(text) = self.get("NODEROLE_MAX_IN_FLIGHT") else {
            return Ok(configured.map_or(DEFAULT_MAX_IN_FLIGHT, usize::from));
        };
        match text.parse() {
            Ok(number) if (1..=LARGEST_MAX_IN_FLIGHT).contains(&number) => Ok(usize::from(number)),
            Ok(_) | Err(_) => {
                let problem = format!("`{text}` is not a number from 1 to {LARGEST_MAX_IN_FLIGHT}");
                Err(SettingsError::Value { name: "NODEROLE_MAX_IN_FLIGHT", problem })
            }
        }
    }

    fn audit(&self, mut settings: audit::Settings) -> Result<audit::Settings, SettingsError> {
        let parse = |text: &str| text.parse::<RuleId>().map_err(|error: UnknownRule| error.to_string());
        let only = self.list("NODEROLE_RULES", parse)?;
        let exclude = self.list("NODEROLE_EXCLUDE_RULES", parse)?;
        if !only.is_empty() {
            settings.rules = only.into_iter().collect();
        }
        settings.rules.retain(|rule| !exclude.contains(rule));
        if settings.rules.is_empty() {
            let problem = "no rule is left to judge by: name fewer rules".to_owned();
            return Err(SettingsError::Value { name: "NODEROLE_EXCLUDE_RULES", problem });
        }
        Ok(settings)
    }
}

/// The variable that was likely meant.
fn hint(name: &str) -> String {
    // What they all begin with would make them all alike.
    let ends = VARIABLES.iter().filter_map(|variable| variable.name.strip_prefix(PREFIX));
    let near = name.strip_prefix(PREFIX).and_then(|end| nearest(end, ends));
    near.map_or_else(String::new, |near| format!("; did you mean `{PREFIX}{near}`?"))
}

#[cfg(test)]
mod tests;
