//! The sinks of a run on the command line: which are wanted, and the sending.

use std::time::Duration;

use tempfile::NamedTempFile;

use crate::aws::Sdk;
use crate::collect::member::MemberRole;
use crate::config::Config;
use crate::failure::Failure;
use crate::report::Report;
use crate::sinks::settings::want_the_inventory;
use crate::sinks::{Run, Sink, deliver, refuse};

use super::args::AuditArgs;
use super::door_error::DoorError;
use super::{facts, note};

/// The longest that sending to all sinks may take: the report waits for it.
const LONGEST: Duration = Duration::from_mins(5);

/// The sinks of a run.
#[derive(Debug)]
pub(super) struct Sinks {
    wanted: Vec<Sink>,
    member: MemberRole,
}

impl Sinks {
    /// Those that flags name, else those of the configuration.
    pub(super) fn of(args: &AuditArgs, config: &Config) -> Result<Self, DoorError> {
        let wanted = config.sinks.wanted(&args.sinks).map_err(|error| DoorError::Usage {
            message: error.to_string(),
            help: "`noderole config template` shows the keys of [sinks]; docs/sinks.md explains them".to_owned(),
        })?;
        let is_part = !args.clusters.is_empty() || !args.roles.is_empty();
        let wanted: Vec<Sink> = if is_part { wanted.into_iter().map(Sink::of_a_part).collect() } else { wanted };
        // Its variables are no business of a run that tells nobody.
        let needs_member = wanted.iter().any(|sink| matches!(sink, Sink::SecurityHub(_)));
        let member =
            if needs_member { facts::member_role(&args.member, &config.wanted)? } else { MemberRole::default() };
        Ok(Self { wanted, member })
    }

    /// Whether one of them keeps the inventory.
    pub(super) fn want_the_inventory(&self) -> bool {
        want_the_inventory(&self.wanted)
    }

    /// Sends the report to all of them, and notes in it what became of that.
    pub(super) fn deliver(
        &self,
        report: &mut Report,
        kept: Option<&Result<NamedTempFile, Failure>>,
    ) -> Result<(), DoorError> {
        if self.wanted.is_empty() {
            return Ok(());
        }
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
        for delivery in
            report.deliveries.iter().filter(|delivery| !delivery.is_whole() || !delivery.failures.is_empty())
        {
            let why = delivery
                .failures
                .first()
                .map(|failure| format!(": {}: {}: {}", failure.what, failure.error, failure.message));
            note(&format!(
                "the sink {} ({}) took {} of {}{}",
                delivery.sink,
                delivery.target,
                delivery.delivered,
                delivery.offered,
                why.unwrap_or_default()
            ));
        }
        Ok(())
    }
}
