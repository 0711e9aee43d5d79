//! Event → audit → log lines and answer. The runtime, the clock and standard output stay in `bin/bootstrap.rs`.

use std::future::pending;
use std::io::Write;
use std::pin::pin;

use jiff::Timestamp;

use crate::audit;
use crate::aws::{Sdk, StoredKind};
use crate::collect::drive::{Control, stream};
use crate::config::Config;
use crate::inventory::Inventory;
use crate::judgement::Judgement;
use crate::report::Listed;
use crate::report::narrow::Narrowing;
use crate::suppress::day_of;

use super::error::LambdaError;
use super::event::Trigger;
use super::invocation::Invocation;
use super::lines::finding_line;
use super::metrics::metric_line;
use super::response::Response;
use super::settings::{Environment, Settings};

/// What outlives an invocation: the configuration, and the SDK's connections and credentials.
#[derive(Debug)]
pub struct Door {
    environment: Environment,
    sdk: Sdk,
}

impl Door {
    /// Reads the environment and prepares the SDK; no call is made.
    ///
    /// # Errors
    /// Where the environment is not a configuration, or the SDK's own is not to be had.
    pub async fn open(vars: impl IntoIterator<Item = (String, String)>) -> Result<Self, LambdaError> {
        let environment = Environment::read(vars)?;
        // Wrong variables are told by the first invocation, whatever the configuration says.
        environment.settings(Config::default())?;
        let sdk = Sdk::from_environment().await?;
        Ok(Self { environment, sdk })
    }

    /// Takes the text of an event, audits what the configuration says, writes findings and metrics to `log`, and answers with the summary.
    ///
    /// # Errors
    /// For an event that starts nothing, a run that could not begin, or a log that could not be written. An audit that
    /// is incomplete is no error: its answer says so.
    pub async fn handle(
        &self,
        event: &str,
        invocation: &Invocation,
        log: &mut (dyn Write + Send),
    ) -> Result<Response, LambdaError> {
        // Both triggers mean the same; nothing else of an event is looked at.
        match Trigger::parse(event)? {
            Trigger::EventBridgeRule | Trigger::Scheduler => {}
        }
        let began = self.sdk.now();
        let settings = Box::pin(self.settings()).await?;
        let spent = self.sdk.now().duration_since(began).unsigned_abs();
        let ask = settings.ask_within(invocation.working_time().saturating_sub(spent));
        let mut judgement = judgement(&settings.audit, began);
        let control = Control { progress: &mut |_| (), interrupt: pin!(pending()) };
        let run = stream(&ask, &self.sdk, &invocation.run_id, control, &mut |account| judgement.take(account)).await?;
        Ok(tell_judged(judgement, &run, log)?)
    }

    /// What this invocation audits, and by what. The configuration is read anew each time: one call beside hundreds, and
    /// a change is in force at once.
    async fn settings(&self) -> Result<Settings, LambdaError> {
        let config = match self.environment.config()? {
            None => Config::default(),
            Some(place) => {
                let text = self.sdk.read_stored(&place, StoredKind::Configuration).await?;
                Config::parse(&text).map_err(|source| LambdaError::Config { place, source })?
            }
        };
        Ok(self.environment.settings(config)?)
    }
}

/// Judges an inventory and tells it: one line a finding, one of metrics, and the answer.
///
/// # Errors
/// Those of `log`.
pub fn tell(inventory: &Inventory, settings: &audit::Settings, log: &mut dyn Write) -> std::io::Result<Response> {
    // The facts were read just now.
    let mut judgement = judgement(settings, inventory.finished_at);
    judgement.take(inventory.clone());
    tell_judged(judgement, inventory, log)
}

/// The judgement of whole accounts, at a time: suppressions hold on its day.
fn judgement(settings: &audit::Settings, now: Timestamp) -> Judgement<'_> {
    Judgement::new(settings, Narrowing::default(), Listed::Open, day_of(now))
}

/// Tells what was judged.
fn tell_judged(judgement: Judgement<'_>, run: &Inventory, log: &mut dyn Write) -> std::io::Result<Response> {
    let report = judgement.end(run).report;
    for finding in &report.findings {
        writeln!(log, "{}", finding_line(&report.run_id, finding)?)?;
    }
    writeln!(log, "{}", metric_line(&report))?;
    log.flush()?;
    Ok(Response::of(&report, report.findings.len()))
}
