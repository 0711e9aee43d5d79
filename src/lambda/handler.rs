//! Event → audit → log lines and answer. The runtime, the clock and standard output stay in `bin/bootstrap.rs`.

use std::io::Write;

use crate::audit;
use crate::aws::{Sdk, StoredKind};
use crate::config::Config;
use crate::inventory::Inventory;
use crate::judgement::Judgement;
use crate::report::Listed;
use crate::report::narrow::Narrowing;
use crate::sinks::cloudwatch::Log;
use crate::suppress::day_of;

use super::changes;
use super::error::LambdaError;
use super::event::{EventError, Trigger};
use super::invocation::Invocation;
use super::remediation;
use super::response::{Answer, Response};
use super::settings::{Environment, Function, Settings};
use super::telling::tell_report;
use super::work::Work;

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

    /// Takes the text of an event, does what it asks for, writes findings and metrics to `log`, and answers with the summary.
    ///
    /// # Errors
    /// For an event that starts nothing, a run that could not begin, or a log that could not be written. An audit that
    /// is incomplete is no error: its answer says so.
    pub async fn handle(
        &self,
        event: &str,
        invocation: &Invocation,
        log: &mut (dyn Write + Send),
    ) -> Result<Answer, LambdaError> {
        let trigger = Trigger::parse(event)?;
        let function = self.environment.function()?;
        refuse_what_is_the_others(function, &trigger)?;
        let began = self.sdk.now();
        let settings = Box::pin(self.settings()).await?;
        let work = Work { sdk: &self.sdk, settings: &settings, invocation, began };
        match &trigger {
            Trigger::Schedule if function == Function::Remediation => {
                Box::pin(remediation::on_schedule(&work, log)).await
            }
            Trigger::Request(request) => Box::pin(remediation::at_request(&work, request, log)).await,
            Trigger::Schedule => Box::pin(work.audit_all(log)).await,
            Trigger::Task(task) => Box::pin(work.step(task, log)).await,
            Trigger::Changes(messages) => Box::pin(changes::work_off(&work, messages, log)).await,
        }
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

/// One binary, two functions: what the role of one could not do is refused by name.
fn refuse_what_is_the_others(function: Function, trigger: &Trigger) -> Result<(), EventError> {
    match (function, trigger) {
        (Function::Audit, Trigger::Request(_)) => Err(EventError::Remediation),
        (Function::Remediation, Trigger::Task(_) | Trigger::Changes(_)) => Err(EventError::Audit),
        (Function::Audit, Trigger::Schedule | Trigger::Task(_) | Trigger::Changes(_))
        | (Function::Remediation, Trigger::Schedule | Trigger::Request(_)) => Ok(()),
    }
}

/// Judges an inventory and tells it: one line a finding, those of metrics, and the answer.
///
/// # Errors
/// Those of `log`.
pub fn tell(inventory: &Inventory, settings: &audit::Settings, log: &mut dyn Write) -> std::io::Result<Response> {
    // The facts were read just now.
    let today = day_of(inventory.finished_at);
    let mut judgement = Judgement::new(settings, Narrowing::default(), Listed::Open, today);
    judgement.take(inventory.clone());
    let report = judgement.end(inventory).report;
    tell_report(&report, &Log::new(&report, report.finished_at), None, log)
}
