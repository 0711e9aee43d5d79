//! Accounts judged as they come, and told as one report: audit, narrowing, assembling. What was judged is let go.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;

use jiff::civil::Date;

use crate::audit::{Results, Settings, Told, audit_telling};
use crate::baseline::{self, BaselineError, Closed};
use crate::ids::AccountId;
use crate::inventory::Inventory;
use crate::report::model::Scope;
use crate::report::narrow::{LookedUp, Narrowing, Seen};
use crate::report::{Assembler, Listed, Report, coverage};
use crate::suppress::Tally;

/// A judgement in the making. It takes the accounts of a run in any number of parts and in any order: no rule looks from
/// one account into another, so that the report is the same as of all at once.
#[derive(Debug)]
pub struct Judgement<'a> {
    settings: &'a Settings,
    asked: Narrowing,
    listed: Listed,
    threads: NonZeroUsize,
    today: Date,
    assembler: Assembler,
    suppressed: Tally,
    seen: Seen,
    names: BTreeMap<AccountId, String>,
    complete: bool,
    baseline: Option<&'a Report>,
}

/// What came of it.
#[derive(Debug)]
pub struct Judged {
    /// The report.
    pub report: Report,
    /// Whether what was asked for is there.
    pub looked_up: LookedUp,
    /// Whether nothing was missed at all, be it asked for or not: what is absent then is certainly absent.
    pub all_read: bool,
    /// Why the report could not be compared with the baseline that was given.
    pub baseline_error: Option<BaselineError>,
}

impl<'a> Judgement<'a> {
    /// Nothing judged yet. `asked` narrows what is told; suppressions hold on the day `today` (UTC).
    pub fn new(settings: &'a Settings, asked: Narrowing, listed: Listed, today: Date) -> Self {
        Self {
            settings,
            asked,
            listed,
            threads: NonZeroUsize::MIN,
            today,
            suppressed: Tally::default(),
            assembler: Assembler::new(listed),
            seen: Seen::default(),
            names: BTreeMap::new(),
            complete: true,
            baseline: None,
        }
    }

    /// Judges the accounts that come together on so many threads; the report is the same.
    #[must_use]
    pub fn on_threads(self, threads: NonZeroUsize) -> Self {
        Self { threads, ..self }
    }

    /// Compares what is found with an earlier report. Before any account is taken: what passes is kept only where that report
    /// names it.
    #[must_use]
    pub fn against(self, baseline: &'a Report) -> Self {
        let assembler = self.assembler.watching(baseline::watched(baseline));
        Self { baseline: Some(baseline), assembler, ..self }
    }

    /// Which results must be told here: what passes only where it is listed, where an earlier report may name it, or where its
    /// place decides whether it counts.
    fn told(&self, asked: &Narrowing) -> Told {
        let open = self.listed == Listed::Open && self.baseline.is_none() && asked.is_everything();
        if open { Told::Open } else { Told::All }
    }

    /// Judges some accounts of the run.
    pub fn take(&mut self, accounts: Inventory) {
        let asked = self.asked.clone().or_target_of(&accounts);
        let Results { mut findings, untold } = audit_telling(&accounts, self.settings, self.told(&asked), self.threads);
        self.assembler.count_untold(untold);
        // Before anything is narrowed: what is matched elsewhere is not unused.
        self.suppressed.add(self.settings.suppressions.apply_to_all(&accounts, &mut findings, self.today));
        self.asked.see(&accounts, &mut self.seen);
        if !self.asked.is_everything() {
            self.complete &= coverage::complete(&coverage::of(&accounts));
        }
        let named = accounts.accounts.iter().filter_map(|account| Some((account.id.clone(), account.name.clone()?)));
        self.names.extend(named);
        let (accounts, findings) = asked.apply(accounts, findings);
        self.assembler.absorb(&accounts, &findings);
    }

    /// Tells what was found; `run` is what is to be said of the run itself.
    pub fn end(mut self, run: &Inventory) -> Judged {
        let looked_up = self.asked.look_up_among(&self.seen, run.partition);
        let suppressions = &self.settings.suppressions;
        let closed = self.assembler.take_closed();
        let mut report = self.assembler.finish(run).with_suppressions(suppressions, &self.suppressed, self.today);
        let asked = self.asked.or_target_of(run);
        report.scope = Some(Scope {
            rules: self.settings.rules.iter().map(ToString::to_string).collect(),
            clusters: asked.clusters,
            roles: asked.roles.iter().map(ToString::to_string).collect(),
        });
        report.account_names = self.names;
        let mut baseline_error = None;
        if let Some(baseline) = self.baseline {
            match baseline::comparable(&report, baseline) {
                Ok(()) => report = baseline::compare(report, Closed::Judged(closed), baseline),
                Err(error) => baseline_error = Some(error),
            }
        }
        Judged { report, looked_up, all_read: self.complete, baseline_error }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::audit::audit;
    use crate::inventory::{Account, RoleRecord};

    /// The sample, account by account as the collector hands them out: each with the policies that its roles name.
    fn one_by_one(whole: &Inventory) -> Vec<Inventory> {
        let alone = |account: &Account| {
            let roles = account.roles.values().filter_map(|record| match record {
                RoleRecord::Found(role) => Some(role),
                RoleRecord::NoSuchRole | RoleRecord::Missing(_) => None,
            });
            let named: BTreeSet<&str> = roles
                .flat_map(|role| {
                    role.attached
                        .value()
                        .into_iter()
                        .flatten()
                        .map(|policy| policy.arn.as_str())
                        .chain(role.boundary.as_deref())
                })
                .collect();
            let mut one = Inventory { accounts: vec![account.clone()], ..whole.clone() };
            one.policies.retain(|arn, _| named.contains(arn.as_str()));
            one
        };
        whole.accounts.iter().map(alone).collect()
    }

    fn told(
        parts: impl IntoIterator<Item = Inventory>,
        run: &Inventory,
        asked: &Narrowing,
    ) -> (String, LookedUp, bool) {
        let settings = Settings::default();
        let mut judgement = Judgement::new(&settings, asked.clone(), Listed::All, jiff::civil::date(2026, 11, 24));
        for part in parts {
            judgement.take(part);
        }
        let judged = judgement.end(run);
        (serde_json::to_string(&judged.report).unwrap(), judged.looked_up, judged.all_read)
    }

    #[test]
    fn accounts_judged_one_by_one_in_any_order_give_the_report_of_all_at_once() {
        let whole = crate::demo::inventory().unwrap();
        let cluster = Narrowing { clusters: vec!["prod".to_owned(), "nowhere".to_owned()], ..Narrowing::default() };
        let region = Narrowing { regions: vec!["eu-west-1".parse().unwrap()], ..Narrowing::default() };
        let role = "arn:aws:iam::222233334444:role/absent".parse().unwrap();
        let role = Narrowing { roles: vec![role], ..Narrowing::default() };
        for asked in [Narrowing::default(), cluster, region, role] {
            let at_once = told([whole.clone()], &whole, &asked);
            let forwards = one_by_one(&whole);
            let backwards: Vec<Inventory> = forwards.iter().rev().cloned().collect();
            for parts in [forwards, backwards] {
                assert_eq!(told(parts, &whole, &asked), at_once, "{asked:?}");
            }
        }
    }

    #[test]
    fn the_report_of_all_at_once_is_that_of_the_assembled_findings() {
        let whole = crate::demo::inventory().unwrap();
        let findings = audit(&whole, &Settings::default());
        let mut assembled = crate::report::assemble(&whole, &findings, Listed::All);
        let rules = crate::rules::CATALOGUE.iter().map(|rule| rule.id.to_string()).collect();
        assembled.scope = Some(Scope { rules, ..Scope::default() });
        let names = whole.accounts.iter().filter_map(|account| Some((account.id.clone(), account.name.clone()?)));
        assembled.account_names = names.collect();
        let (judged, ..) = told([whole.clone()], &whole, &Narrowing::default());
        assert_eq!(judged, serde_json::to_string(&assembled).unwrap());
    }

    #[test]
    fn what_is_not_listed_is_counted_alike_on_however_many_threads() {
        let whole = crate::demo::inventory().unwrap();
        let (settings, today) = (Settings::default(), jiff::civil::date(2026, 11, 24));
        let all = crate::report::assemble(&whole, &audit(&whole, &settings), Listed::Open);
        for threads in [1, 2, 16] {
            let threads = NonZeroUsize::new(threads).unwrap();
            let mut judgement =
                Judgement::new(&settings, Narrowing::default(), Listed::Open, today).on_threads(threads);
            judgement.take(whole.clone());
            let report = judgement.end(&whole).report;
            assert_eq!((&report.summary, &report.findings), (&all.summary, &all.findings), "{threads}");
        }
        assert!(all.summary.pass > 0 && all.summary.not_applicable > 0);
    }
}
