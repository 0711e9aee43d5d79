//! What came of a remediation, account by account: where roles were changed, with the audit that follows; else alone.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::time::Duration;

use crate::change::Aim;
use crate::ids::AccountId;
use crate::remediate::apply::Applied;
use crate::report::Report;
use crate::report::model::ReportedRemediation;
use crate::sinks::settings::S3;
use crate::sinks::{Run, Sink, deliver};

use super::{Desk, Done, Told};

/// What came of a remediation, and is not told yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcomes {
    journal: String,
    roles: Vec<ReportedRemediation>,
    changed: BTreeMap<AccountId, Aim>,
    notes: Vec<String>,
}

impl Outcomes {
    /// Those of a run.
    pub fn of(applied: &Applied) -> Self {
        let mut outcomes = Self {
            journal: applied.journal_id.clone(),
            roles: Vec::new(),
            changed: BTreeMap::new(),
            notes: Vec::new(),
        };
        for carried in &applied.ran.roles {
            let told = ReportedRemediation {
                journal_id: applied.journal_id.clone(),
                account: carried.account.clone(),
                role: carried.role.clone(),
                outcome: carried.outcome,
                message: carried.message.clone(),
                findings: applied.findings.get(&carried.role).cloned().unwrap_or_default(),
            };
            outcomes.roles.push(told);
        }
        for role in applied.changed() {
            outcomes.changed.entry(role.account().clone()).or_default().roles.insert(role.clone());
        }
        outcomes
    }

    /// Those of every role, in the order of the run.
    pub fn roles(&self) -> &[ReportedRemediation] {
        &self.roles
    }

    /// The accounts in which roles were changed, each with those: they are to be audited again.
    pub fn changed(&self) -> BTreeMap<AccountId, Aim> {
        self.changed.clone()
    }

    /// What the audit of an account says besides its findings.
    pub fn done(&self, account: &AccountId) -> Done {
        let of_account = self.roles.iter().filter(|role| role.account == *account);
        Done { journal: Some(self.journal.clone()), remediations: of_account.cloned().collect() }
    }

    /// An account was audited, and its outcomes are told.
    pub fn told(&mut self, account: &AccountId) {
        self.roles.retain(|role| role.account != *account);
        self.changed.remove(account);
    }

    /// An account was not audited, though it should be: its outcomes are told with the others that stand alone.
    pub fn not_audited(&mut self, account: &AccountId) -> String {
        let note =
            format!("account {account} was not audited after it was changed: the next run tells what came of it");
        self.notes.push(note.clone());
        note
    }

    /// Tells the sinks what no audit has told; none where nothing is left.
    pub async fn tell_the_rest(
        self,
        desk: Desk<'_>,
        sinks: &[Sink],
        run_id: &str,
        within: Duration,
        interrupt: Pin<&mut (dyn Future<Output = ()> + Send)>,
    ) -> Option<Told> {
        let Self { journal: _, roles, changed, notes } = self;
        let partition = roles.first()?.role.partition();
        let at = desk.sdk.now();
        let mut report = Report::of_remediations(run_id.to_owned(), partition, at, changed.is_empty(), roles);
        report.notes = notes;
        let sinks: Vec<Sink> = sinks.iter().cloned().map(without_facts).collect();
        let run = Run { sdk: desk.sdk, member: desk.member, inventory: None, within };
        let left = Box::pin(deliver(&mut report, &sinks, run, interrupt)).await;
        Some(Told { report, left })
    }
}

/// The sink for a report of which there is no inventory, and which is of no whole run.
fn without_facts(sink: Sink) -> Sink {
    match sink.of_a_part() {
        Sink::S3(settings) => Sink::S3(S3 { inventory: false, ..settings }),
        other @ (Sink::Cloudwatch(_) | Sink::Eventbridge(_) | Sink::SecurityHub(_) | Sink::Sns(_)) => other,
    }
}

#[cfg(test)]
mod tests;
