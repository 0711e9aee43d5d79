//! What must hold after every run, whatever went wrong in it.

use std::collections::{BTreeMap, BTreeSet};

use noderole::audit::{Settings, audit};
use noderole::failure::FailureClass;
use noderole::finding::{Finding, Status};
use noderole::inventory::{Access, Account, Inventory, RegionFacts};
use noderole::report::coverage;
use noderole::report::model::CoverageEntry;
use noderole::rules::RuleId;

use crate::simulation::organization::{Known, Organization, REGIONS};

/// A run, and what is to be known of it.
pub(crate) struct Case<'a> {
    pub(crate) organization: &'a Organization,
    /// Each account by itself.
    pub(crate) accounts: &'a [Inventory],
    /// Whether the regions were named; if not, those were read that each account lists.
    pub(crate) named: bool,
    /// Accounts of which a request was met by a fault that costs something, or that were not read to the end.
    pub(crate) affected: BTreeSet<String>,
}

/// How planted violations are told of, over many runs.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) accounts: usize,
    pub(crate) found: usize,
    /// By the rule itself, as unknown.
    pub(crate) unknown: usize,
    /// By the coverage of an account or a region in which nothing was read.
    pub(crate) unread: usize,
    pub(crate) passes: usize,
}

/// One in so many accounts that were read whole is judged nevertheless.
const JUDGED_ALL_THE_SAME: usize = 5;

/// The one spelling of "not enabled" that can be true of a region that is enabled in every account, as all of [`REGIONS`] are.
const SERVICE_NOT_THERE: &str = "OptInRequired";

/// Rules about a role that ask what nodes have it in any region.
const OF_ALL_REGIONS: [RuleId; 2] = [RuleId::new(205), RuleId::new(306)];

/// What breaks the rules.
pub(crate) fn breaches(case: &Case<'_>, tally: &mut Tally) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut told: BTreeMap<&str, &Inventory> = BTreeMap::new();
    for one in case.accounts {
        for account in &one.accounts {
            if told.insert(account.id.as_str(), one).is_some() {
                wrong.push(format!("account {} is told twice", account.id));
            }
        }
    }
    for (id, known) in &case.organization.accounts {
        let Some(one) = told.get(id.as_str()) else {
            wrong.push(format!("account {id} is not told of"));
            continue;
        };
        let account = &one.accounts[0];
        tally.accounts += 1;
        if *account == *known.facts
            && !tally.accounts.is_multiple_of(JUDGED_ALL_THE_SAME)
            && case.organization.holds(&one.policies)
        {
            // The judgement is pure: of the same facts it is the same.
            tally.found += known.findings.iter().filter(|finding| finding.status == Status::Fail).count();
            tally.passes += known.findings.iter().filter(|finding| finding.status == Status::Pass).count();
            wrong.extend(not_covered(account, &coverage::of(one)));
            continue;
        }
        let findings = audit(one, &Settings::default());
        let entries = coverage::of(one);
        wrong.extend(not_covered(account, &entries));
        wrong.extend(twice(&findings, &entries));
        wrong.extend(unsound(known, account, &findings, case.named, tally));
        wrong.extend(lost(known, account, &findings, &entries, tally));
        if !case.affected.contains(id) {
            wrong.extend(touched(known, account, &findings));
        }
    }
    wrong
}

/// Every region that was asked for stands in the coverage, or all at once.
fn not_covered(account: &Account, entries: &[CoverageEntry]) -> Vec<String> {
    let seen: BTreeSet<&str> = entries.iter().map(|entry| entry.region.as_str()).collect();
    let missing = REGIONS.into_iter().filter(|region| !seen.contains(region) && !seen.contains(coverage::EVERY_REGION));
    missing.map(|region| format!("{} {region} is not in the coverage", account.id)).collect()
}

fn twice(findings: &[Finding], entries: &[CoverageEntry]) -> Vec<String> {
    let mut ids = BTreeSet::new();
    let again = findings.iter().filter(|finding| !ids.insert(&finding.id));
    let mut wrong: Vec<String> = again.map(|finding| format!("told twice: {}", line(finding))).collect();
    let mut places = BTreeSet::new();
    let again = entries.iter().filter(|entry| !places.insert(&entry.region));
    wrong.extend(again.map(|entry| format!("covered twice: {} {}", entry.account, entry.region)));
    wrong
}

/// Nothing passes, and nothing fails, that would not where everything is read.
fn unsound(known: &Known, account: &Account, findings: &[Finding], named: bool, tally: &mut Tally) -> Vec<String> {
    let truth: BTreeMap<&str, &Finding> = known.findings.iter().map(|one| (one.id.as_str(), one)).collect();
    // What nodes are called, and with it the identity, depends on what tells of them: machines, an entry, the cluster.
    let same = |finding: &Finding| {
        let about = |one: &&Finding| one.rule == finding.rule && one.role_arn == finding.role_arn;
        let of_status = known.findings.iter().filter(about).filter(|one| one.status == finding.status);
        of_status.into_iter().find(|one| is_about_the_same(finding, one))
    };
    // AWS is believed that the service is not there in a region which was named: nothing there speaks against what is so
    // elsewhere. It is not believed of a region that the account lists, nor that a token is not known in one that is never off.
    let is_off = |region: &RegionFacts| {
        region.clusters.gap().is_some_and(|gap| gap.class == FailureClass::NotEnabled && gap.error == SERVICE_NOT_THERE)
    };
    let one_is_off = named && account.regions.iter().any(is_off);
    let decided = findings.iter().filter(|one| matches!(one.status, Status::Pass | Status::Fail));
    let mut wrong = Vec::new();
    for finding in decided {
        tally.passes += usize::from(finding.status == Status::Pass);
        match truth.get(finding.id.as_str()).copied().or_else(|| same(finding)) {
            Some(truth) if truth.status == finding.status => {}
            // A rule that does not apply is not broken: that it is kept can be known before it is known not to apply.
            Some(truth) if (finding.status, truth.status) == (Status::Pass, Status::NotApplicable) => {}
            Some(_) if one_is_off && OF_ALL_REGIONS.contains(&finding.rule) => {}
            Some(truth) => wrong.push(format!("{} and is {}", line(finding), truth.status.as_str())),
            None => wrong.push(format!("{} of which nothing is known", line(finding))),
        }
    }
    wrong
}

/// Every planted violation is found, or is unknown by the same rule with the cause, or stands in what was not read at all.
fn lost(
    known: &Known,
    account: &Account,
    findings: &[Finding],
    entries: &[CoverageEntry],
    tally: &mut Tally,
) -> Vec<String> {
    let mut wrong = Vec::new();
    for truth in known.findings.iter().filter(|finding| finding.status == Status::Fail) {
        if findings.iter().any(|finding| finding.id == truth.id && finding.status == Status::Fail) {
            tally.found += 1;
            continue;
        }
        let missed: BTreeSet<&str> =
            entries.iter().flat_map(|entry| &entry.missing).map(|missing| missing.api.as_str()).collect();
        let names_the_cause = |finding: &&Finding| {
            let evidence =
                finding.evidence.iter().map(|one| format!("{} {}", one.text, one.api.as_deref().unwrap_or("")));
            let said = format!("{} {}", finding.message, evidence.collect::<String>());
            missed.iter().any(|api| said.contains(api))
        };
        let open = findings.iter().filter(|finding| finding.rule == truth.rule && finding.status == Status::Unknown);
        if open.filter(names_the_cause).any(|finding| is_about_the_same(finding, truth)) {
            tally.unknown += 1;
            continue;
        }
        if is_unread(truth, account, entries) {
            tally.unread += 1;
            continue;
        }
        let said: Vec<String> = findings.iter().filter(|one| one.rule == truth.rule).map(line).collect();
        wrong.push(format!("lost: {}; of the same rule: {said:?}", line(truth)));
    }
    wrong
}

/// Whether a result that is open is about the role, the cluster or all of the account that another is about.
fn is_about_the_same(open: &Finding, truth: &Finding) -> bool {
    let places = |finding: &Finding| -> BTreeSet<(String, String)> {
        let groups = finding.node_groups.iter();
        groups.map(|group| (group.region.to_string(), group.cluster.clone())).collect()
    };
    let of_all = |finding: &Finding| finding.node_groups.is_empty() && finding.role_arn.is_none();
    let of_further = open.node_groups.iter().any(|group| group.cluster == noderole::inventory::UNLISTED);
    let same_role = open.role_arn.is_some() && open.role_arn == truth.role_arn;
    same_role || of_further || of_all(open) || !places(open).is_disjoint(&places(truth))
}

/// Whether the place of a violation was not read at all, and the coverage says so: the account, or the clusters of a region.
fn is_unread(truth: &Finding, account: &Account, entries: &[CoverageEntry]) -> bool {
    let says_so = |region: &str| entries.iter().any(|entry| entry.region == region && !entry.missing.is_empty());
    if matches!(account.access, Access::Refused(_)) || account.regions.is_empty() {
        return says_so(coverage::EVERY_REGION);
    }
    let unlisted = |region: &str| {
        let facts = account.regions.iter().find(|facts| facts.name.as_str() == region);
        facts.is_some_and(|facts| facts.clusters.value().is_none())
    };
    let mut regions = truth
        .node_groups
        .iter()
        .map(|group| group.region.as_str())
        .chain(truth.region.as_ref().map(noderole::ids::Region::as_str));
    regions.any(|region| unlisted(region) && says_so(region))
}

/// What differs in an account that no fault met.
fn touched(known: &Known, account: &Account, findings: &[Finding]) -> Vec<String> {
    let mut wrong = Vec::new();
    if *account != *known.facts {
        let [was, is] = [&*known.facts, account].map(|facts| serde_json::to_string_pretty(facts).unwrap());
        let first = was.lines().zip(is.lines()).find(|(was, is)| was != is);
        wrong.push(format!("the facts of {} differ, and nothing went wrong there: {first:?}", account.id));
    }
    let differ = findings.iter().filter(|finding| !known.findings.contains(finding));
    wrong.extend(differ.map(|finding| format!("no fault, and yet: {}", line(finding))));
    if findings.len() != known.findings.len() {
        wrong.push(format!("{}: {} results instead of {}", account.id, findings.len(), known.findings.len()));
    }
    wrong
}

fn line(finding: &Finding) -> String {
    let about = finding.role_arn.as_deref().unwrap_or("-");
    let groups: Vec<String> =
        finding.node_groups.iter().map(|g| format!("{}/{}/{}", g.region, g.cluster, g.name)).collect();
    let said = format!("{}: {:?}", finding.message, finding.evidence);
    format!("{} {} {} {about} {groups:?} {said}", finding.account, finding.rule, finding.status.as_str())
}
