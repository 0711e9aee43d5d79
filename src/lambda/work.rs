//! One invocation's work: what it may do, how long it may take, and what each trigger comes to.

use std::collections::BTreeMap;
use std::future::pending;
use std::io::Write;
use std::pin::pin;
use std::time::Duration;

use jiff::Timestamp;

use crate::aws::Sdk;
use crate::aws::send::start_execution;
use crate::collect::ask::{Accounts, Ask};
use crate::collect::drive::{Control, list, stream};
use crate::collect::scope::Manifest;
use crate::inventory::Inventory;
use crate::judging::{Desk, Ends, Judging};
use crate::report::narrow::Narrowing;
use crate::sinks::{Earlier, bucket};
use crate::suppress::day_of;

use super::error::LambdaError;
use super::event::Task;
use super::fan_out::{self, Folder, named};
use super::invocation::Invocation;
use super::response::{Answer, Response, Started, Summary};
use super::settings::{FanOut, Settings};
use super::telling::Run;

/// Of the time to read, the part that the report of before may take at most.
const PART_FOR_EARLIER: u32 = 4;

/// One invocation's work.
pub(super) struct Work<'a> {
    pub(super) sdk: &'a Sdk,
    pub(super) settings: &'a Settings,
    pub(super) invocation: &'a Invocation,
    /// When the invocation began (UTC).
    pub(super) began: Timestamp,
}

impl Work<'_> {
    /// Since the invocation began.
    pub(super) fn spent(&self) -> Duration {
        self.sdk.now().duration_since(self.began).unsigned_abs()
    }

    /// What to read in the time that is left.
    pub(super) fn ask(&self) -> Ask {
        self.settings.ask_within(self.time_to_read())
    }

    fn time_to_read(&self) -> Duration {
        let working_time = self.invocation.working_time(!self.settings.sinks.is_empty());
        working_time.saturating_sub(self.spent())
    }

    /// The report of before, as far as a part of the time suffices to read it.
    pub(super) async fn earlier(&self) -> Earlier {
        let within = self.time_to_read() / PART_FOR_EARLIER;
        Earlier::latest(bucket(&self.settings.sinks), self.sdk, within).await
    }

    /// What is judged and told with.
    pub(super) fn desk(&self) -> Desk<'_> {
        let Settings { audit, ask, .. } = self.settings;
        Desk { sdk: self.sdk, audit, member: &ask.member, today: day_of(self.began) }
    }

    /// How long sending may take from now on.
    pub(super) fn time_to_send(&self) -> Duration {
        self.invocation.time_to_send(self.spent())
    }

    /// A judgement of all that is audited.
    fn judging<'a>(&'a self, earlier: &'a Earlier) -> Judging<'a> {
        Judging::new(self.desk(), earlier, Narrowing::default(), &self.settings.sinks)
    }

    /// Tells what was judged of all that is audited.
    async fn told(
        &self,
        judging: Judging<'_>,
        run: &Inventory,
        log: &mut (dyn Write + Send),
    ) -> Result<Response, LambdaError> {
        let within = || self.time_to_send();
        let ends = Ends { within: &within, reading: pin!(pending()), sending: pin!(pending()) };
        let told = Box::pin(judging.tell(run, ends)).await;
        Ok(self.tell(&told, Run::Whole, log)?)
    }

    /// Audits what the configuration says; where that is more than one invocation should, begins the state machine.
    pub(super) async fn audit_all(&self, log: &mut (dyn Write + Send)) -> Result<Answer, LambdaError> {
        let mut ask = self.ask();
        let mut listing = BTreeMap::new();
        if let (Some(fan_out), Accounts::Organization { .. }) = (&self.settings.fan_out, &ask.accounts) {
            let control = Control { progress: &mut |_| (), interrupt: pin!(pending()) };
            let manifest = Box::pin(list(&ask, self.sdk, self.invocation.run.as_str(), control)).await?;
            if manifest.ids().count() > fan_out.above {
                self.begin(fan_out, Some(&manifest)).await?;
                let run_id = self.invocation.run.to_string();
                return Ok(Answer::Started(Started { run_id, accounts: manifest.ids().count() }));
            }
            ask = Ask { accounts: Accounts::Found(Box::new(manifest.scope(|_| true))), ..self.ask() };
            listing = manifest.api_calls;
        }
        let earlier = Box::pin(self.earlier()).await;
        ask.deadline = self.ask().deadline;
        let mut judging = self.judging(&earlier);
        let control = Control { progress: &mut |_| (), interrupt: pin!(pending()) };
        let id = self.invocation.run.as_str();
        let mut run = Box::pin(stream(&ask, self.sdk, id, control, &mut |account| judging.take(account))).await?;
        for (api, calls) in listing {
            *run.api_calls.entry(api).or_default() += calls;
        }
        let told = self.told(judging, &run, log).await?;
        // What one invocation did not reach, many do: the report names it, and the next one has all of it.
        if let Some(fan_out) = self.settings.fan_out.as_ref().filter(|_| told.coverage.not_reached > 0) {
            Box::pin(self.begin(fan_out, None)).await?;
        }
        Ok(Answer::Audited(told))
    }

    /// Begins the state machine, under the run's id; `manifest` is what is known of the accounts already.
    async fn begin(&self, fan_out: &FanOut, manifest: Option<&Manifest>) -> Result<(), LambdaError> {
        let run = &self.invocation.run;
        if let Some(manifest) = manifest {
            Folder::of(run, &self.settings.sinks, self.sdk)?.put_manifest(manifest).await?;
        }
        let outlet = self.sdk.fan_out_outlet(&fan_out.region);
        let begun = Box::pin(start_execution(&outlet, &fan_out.state_machine, run.as_str())).await;
        begun.map_err(|source| LambdaError::NoExecution { state_machine: fan_out.state_machine.clone(), source })
    }

    /// Does one step of a fan-out.
    pub(super) async fn step(&self, task: &Task, log: &mut (dyn Write + Send)) -> Result<Answer, LambdaError> {
        match task {
            Task::ListAccounts(run) => {
                let folder = Folder::of(run, &self.settings.sinks, self.sdk)?;
                fan_out::list_accounts(run, &folder, &self.ask(), self.sdk).await.map(Answer::Listed)
            }
            Task::AuditAccount(run, account) => {
                let folder = Folder::of(run, &self.settings.sinks, self.sdk)?;
                fan_out::audit_account(run, account, &folder, self.ask(), self.sdk).await.map(Answer::Read)
            }
            Task::Summarize(run) => {
                let folder = Folder::of(run, &self.settings.sinks, self.sdk)?;
                let earlier = Box::pin(folder.earlier()).await?;
                let mut judging = self.judging(&earlier);
                let gathered =
                    Box::pin(fan_out::summarize(&folder, self.sdk, &mut |account| judging.take(account))).await?;
                let told = self.told(judging, &gathered.run, log).await?;
                Ok(Answer::Summarized(Summary { told, not_written: named(&gathered.not_written) }))
            }
        }
    }
}
