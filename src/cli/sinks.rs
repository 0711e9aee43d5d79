//! The sinks of a run on the command line: which are wanted, and the sending.

use std::time::Duration;

use tempfile::NamedTempFile;

use crate::aws::Sdk;
use crate::collect::member::MemberRole;
use crate::config::Config;
use crate::failure::Failure;
use crate::report::Report;
use crate::sinks::settings::want_the_inventory;
use crate::sinks::{Run, Sink, SinkKind, Unconfigured, deliver, refuse};

use super::args::{AuditArgs, ChangeArgs, MemberArgs};
use super::door_error::DoorError;
use super::{facts, note};

/// The longest that sending to all sinks may take, and with it what is audited again after a change: the report waits for it.
pub(super) const LONGEST: Duration = Duration::from_mins(5);

/// The sinks of a run.
#[derive(Debug)]
pub(super) struct Sinks {
    wanted: Vec<Sink>,
    member: MemberRole,
}

/// Refuses a configuration whose every run would be refused: it delivers to sinks, and does not say where they are.
pub(super) fn check(config: &Config) -> Result<(), DoorError> {
    let delivered = SinkKind::ALL.into_iter().filter(|kind| config.sinks.deliver.contains(kind));
    let lacking: Vec<Unconfigured> = delivered.filter_map(|kind| config.sinks.wanted(&[kind]).err()).collect();
    if lacking.is_empty() { Ok(()) } else { Err(unconfigured(&lacking)) }
}

fn unconfigured(lacking: &[Unconfigured]) -> DoorError {
    let told: Vec<String> = lacking.iter().map(ToString::to_string).collect();
    DoorError::Usage {
        message: told.join("; and "),
        help: "`noderole config template` shows the keys of [sinks]; docs/sinks.md explains them".to_owned(),
    }
}

impl Sinks {
    /// Those that flags name, else those of the configuration.
    pub(super) fn of(args: &AuditArgs, config: &Config) -> Result<Self, DoorError> {
        let is_part = !args.facts.clusters.is_empty() || !args.facts.roles.is_empty();
        Self::wanted(&args.sinks, &args.facts.member, is_part, config)
    }

    fn wanted(kinds: &[SinkKind], member: &MemberArgs, is_part: bool, config: &Config) -> Result<Self, DoorError> {
        let wanted = config.sinks.wanted(kinds).map_err(|error| unconfigured(&[error]))?;
        let wanted: Vec<Sink> = if is_part { wanted.into_iter().map(Sink::of_a_part).collect() } else { wanted };
        // Its variables are no business of a run that tells nobody.
        let needs_member = wanted.iter().any(|sink| matches!(sink, Sink::SecurityHub(_)));
        let member = if needs_member { facts::member_role(member, &config.wanted)? } else { MemberRole::default() };
        Ok(Self { wanted, member })
    }

    /// Those of what is changed, and audited again in part.
    pub(super) fn of_a_change(args: &ChangeArgs, config: &Config) -> Result<Self, DoorError> {
        Self::wanted(&args.sinks, &args.member.member(), true, config)
    }

    /// All of them.
    pub(super) fn list(&self) -> &[Sink] {
        &self.wanted
    }

    /// The member role: for what must be sent from within other accounts.
    pub(super) fn member(&self) -> &MemberRole {
        &self.member
    }

    /// Those that flags name, for a report that was saved: its facts are elsewhere, and the variables of a member role may be
    /// set. It is told as a part is: its metrics are not of now, and it may be one account of many, so that it does not
    /// become the latest report. What the configuration delivers to by itself was told by the run.
    pub(super) fn again(
        kinds: &[SinkKind],
        config: impl FnOnce() -> Result<Config, DoorError>,
    ) -> Result<Self, DoorError> {
        if kinds.is_empty() {
            return Ok(Self { wanted: Vec::new(), member: MemberRole::default() });
        }
        let mut sinks = Self::wanted(kinds, &MemberArgs::default(), true, &config()?)?;
        for sink in &mut sinks.wanted {
            if let Sink::S3(settings) = sink {
                settings.inventory = false;
            }
        }
        Ok(sinks)
    }

    /// Whether one of them keeps the inventory.
    pub(super) fn want_the_inventory(&self) -> bool {
        want_the_inventory(&self.wanted)
    }

    /// Sends the report to all of them, and notes in it what became of that, in the place of what became of them before.
    pub(super) fn deliver(
        &self,
        report: &mut Report,
        kept: Option<&Result<NamedTempFile, Failure>>,
    ) -> Result<(), DoorError> {
        if self.wanted.is_empty() {
            return Ok(());
        }
        report.deliveries.retain(|earlier| self.wanted.iter().all(|sink| sink.kind() != earlier.sink));
        let runtime = tokio::runtime::Runtime::new().map_err(DoorError::Runtime)?;
        runtime.block_on(async {
            match Sdk::from_environment().await {
                Ok(sdk) => {
                    let inventory = kept.map(|kept| kept.as_ref().map(NamedTempFile::path).map_err(Clone::clone));
                    let run = Run { sdk: &sdk, member: &self.member, inventory, within: LONGEST };
                    let mut interrupt = std::pin::pin!(facts::interrupted());
                    Box::pin(deliver(report, &self.wanted, run, interrupt.as_mut())).await;
                }
                Err(error) => refuse(report, &self.wanted, &error),
            }
        });
        for delivery in report.deliveries.iter().filter(|delivery| !delivery.is_clean()) {
            note(&format!("the sink {}", delivery.told()));
        }
        Ok(())
    }
}
