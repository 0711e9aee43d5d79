//! From what is written to what holds; what contradicts itself is told.

mod remediation;
mod sinks;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;
use std::ops::Range;

use toml::Spanned;

use crate::audit::{ClusterMatch, ClusterSettings, Settings};
use crate::finding::Severity;
use crate::ids::UnitId;
use crate::rules::requirements::{Changes, Force, NeedChange, On, Own, SetName};
use crate::rules::{CATALOGUE, RuleId};
use crate::suppress::{DEFAULT_TAG_KEY, Exemptions, FindingMatch, Suppression, Suppressions};

use super::problem::Problems;
use super::scope::Wanted;
use super::{Config, written};

/// The rule of the organization's own requirements.
const OWN: RuleId = RuleId::new(307);

/// What is written as a configuration, with what contradicts itself there.
pub(super) fn validated(problems: Problems<'_>, file: written::File) -> (Config, Problems<'_>) {
    let mut validation = Validation { problems };
    let wanted = validation.wanted(file.accounts, file.scope);
    let severities: BTreeMap<RuleId, Severity> =
        file.rules.of_rule.iter().filter_map(|(rule, of)| Some((*rule, of.severity?))).collect();
    let rules = validation.rules(&file.rules.disable, &severities);
    validation.severity_of_own(file.requirements.severity.as_ref(), &severities);
    let mut settings = Settings { rules, ..Settings::default() };
    validation.changes(file.requirements).apply(&mut settings.requirements);
    settings.clusters = file.clusters.into_iter().filter_map(|entry| validation.cluster(entry)).collect();
    settings.suppressions = Suppressions {
        entries: file.suppress.into_iter().filter_map(suppression).collect(),
        exemptions: file.exemptions.and_then(|exemptions| validation.exemptions(exemptions)),
    };
    settings.severities = severities;
    let remediation = validation.remediation(file.remediation);
    let sinks = sinks::sinks(file.sinks);
    (Config { wanted, settings, remediation, sinks }, validation.problems)
}

struct Validation<'t> {
    problems: Problems<'t>,
}

impl Validation<'_> {
    fn tell(&mut self, span: Range<usize>, message: impl Into<String>, help: impl Into<String>) {
        self.problems.tell(span, message, help);
    }

    fn wanted(&mut self, accounts: written::Accounts, scope: written::Scope) -> Wanted {
        let organization = accounts.organization.as_ref().is_some_and(|flag| *flag.get_ref());
        let ids = accounts.ids.filter(|ids| !ids.get_ref().is_empty());
        if let (true, Some(ids)) = (organization, &ids) {
            self.tell(
                ids.span(),
                "`ids` names accounts, and `organization` asks for all of them",
                "remove one of them; `exclude-accounts` leaves accounts out",
            );
        }
        if !organization {
            let narrowing = [
                ("ous", accounts.ous.as_ref().map(|list| (list.span(), list.get_ref().is_empty()))),
                ("exclude-accounts", accounts.exclude_accounts.as_ref().map(|l| (l.span(), l.get_ref().is_empty()))),
                ("exclude-ous", accounts.exclude_ous.as_ref().map(|list| (list.span(), list.get_ref().is_empty()))),
            ];
            let explicit = accounts.organization.is_some() || ids.is_some();
            for (name, list) in narrowing {
                // Without a word about the accounts, a flag or a variable may still ask for the organization.
                if let (Some((span, false)), true) = (list, explicit) {
                    let message = format!("`{name}` narrows an organization, which is not asked for");
                    self.tell(span, message, "set `organization = true`, or remove it");
                }
            }
        }
        // Their form was checked.
        let units = |list: Option<Spanned<Vec<String>>>| -> Vec<UnitId> {
            list.iter().flat_map(Spanned::get_ref).filter_map(|unit| unit.parse().ok()).collect()
        };
        Wanted {
            organization: accounts.organization.map(Spanned::into_inner),
            ids: ids.map(Spanned::into_inner).unwrap_or_default(),
            units: units(accounts.ous),
            exclude_accounts: accounts.exclude_accounts.map(Spanned::into_inner).unwrap_or_default(),
            exclude_units: units(accounts.exclude_ous),
            role_name: accounts.role_name.and_then(|name| name.parse().ok()),
            external_id: accounts.external_id.and_then(|id| id.parse().ok()),
            regions: scope.regions,
            compute_everywhere: scope.ec2_regions.map(|regions| regions == written::Ec2Regions::All),
            service_control_policies: scope.service_control_policies,
            max_in_flight: scope.max_in_flight,
        }
    }

    fn rules(&mut self, off: &[Spanned<RuleId>], severities: &BTreeMap<RuleId, Severity>) -> BTreeSet<RuleId> {
        let mut rules: BTreeSet<RuleId> = CATALOGUE.iter().map(|rule| rule.id).collect();
        for rule in off {
            let id = *rule.get_ref();
            rules.remove(&id);
            if severities.contains_key(&id) {
                let message = format!("{id} is off, and yet has a severity under [rules.{id}]");
                self.tell(rule.span(), message, "remove one of them");
            }
        }
        if let (true, Some(last)) = (rules.is_empty(), off.last()) {
            self.tell(last.span(), "no rule is left to judge by", "disable fewer rules");
        }
        rules
    }

    /// One severity is enough for NR307.
    fn severity_of_own(&mut self, own: Option<&Spanned<Severity>>, severities: &BTreeMap<RuleId, Severity>) {
        if let (Some(own), true) = (own, severities.contains_key(&OWN)) {
            self.tell(
                own.span(),
                format!("the severity of {OWN} is given here and for the rule"),
                "remove one of them",
            );
        }
    }

    fn changes(&mut self, written: written::Requirements) -> Changes {
        let policies = (&written.required_policies, &written.forbidden_policies);
        self.contradictions(policies.0, policies.1, "policy");
        self.contradictions(&written.required_actions, &written.forbidden_actions, "action");
        Changes {
            cni: written.cni,
            pull_through_cache: written.pull_through_cache,
            addon_registries: written.addon_registries,
            needs: written.needs.into_iter().filter_map(need).collect(),
            own: Own {
                required_policies: inner(written.required_policies),
                forbidden_policies: inner(written.forbidden_policies),
                required_actions: inner(written.required_actions),
                forbidden_actions: inner(written.forbidden_actions),
                required_boundary: written.required_boundary,
                required_tags: written.required_tags,
                name_patterns: written.name_pattern.into_iter().collect(),
                severity: written.severity.map(Spanned::into_inner),
                undecided: Vec::new(),
            },
        }
    }

    /// What is both required and forbidden.
    fn contradictions<T: PartialEq + Display>(
        &mut self,
        required: &[Spanned<T>],
        forbidden: &[Spanned<T>],
        what: &str,
    ) {
        let both = forbidden.iter().filter(|one| required.iter().any(|other| one.get_ref() == other.get_ref()));
        for one in both {
            let message = format!("the {what} `{}` is required and forbidden", one.get_ref());
            self.tell(one.span(), message, "remove it from one of the lists");
        }
    }

    fn cluster(&mut self, mut entry: written::Requirements) -> Option<ClusterSettings> {
        let severities = std::mem::take(&mut entry.severities);
        self.severity_of_own(entry.severity.as_ref(), &severities);
        // Without a match the entry was told as one that lacks it.
        let which = entry.which.take();
        let changes = self.changes(entry);
        let written::ClusterMatch { account, ou, region, name, tag } = which?;
        let which = ClusterMatch { accounts: account, units: ou, regions: region, names: name, tags: tag };
        Some(ClusterSettings { which, changes, severities })
    }

    fn exemptions(&mut self, exemptions: Spanned<written::Exemptions>) -> Option<Exemptions> {
        let span = exemptions.span();
        let written::Exemptions { by_tag, rules, tag_key } = exemptions.into_inner();
        let allowed = by_tag?;
        if !allowed && rules.is_some() {
            self.tell(
                span,
                "exemption by tag is off, and yet there are rules for it",
                "set `by-tag = true`, or remove them",
            );
        }
        allowed.then(|| Exemptions {
            tag_key: tag_key.unwrap_or_else(|| DEFAULT_TAG_KEY.to_owned()),
            rules: rules.map(|rules| rules.into_iter().collect()),
        })
    }
}

fn inner<T>(list: Vec<Spanned<T>>) -> Vec<T> {
    list.into_iter().map(Spanned::into_inner).collect()
}

/// A change of a set; its words were checked, and what lacks one was told.
fn need(written: written::Needs) -> Option<NeedChange> {
    const SETS: [SetName; 6] = [
        SetName::Worker,
        SetName::EcrPull,
        SetName::PodIdentity,
        SetName::CniIpv4,
        SetName::CniIpv6,
        SetName::AutoMode,
    ];
    let set = written.set?;
    let force = match written.need?.as_str() {
        "required" => Force::Required,
        "recommended" => Force::Recommended,
        _not_needed => Force::NotNeeded,
    };
    Some(NeedChange {
        set: SETS.into_iter().find(|known| known.as_str() == set)?,
        action: written.action?,
        force,
        on: written.on.iter().filter_map(|word| on(word)).collect(),
        reason: written.reason,
    })
}

fn on(word: &str) -> Option<On> {
    Some(match word {
        "anything" => On::Anything,
        "cluster" => On::Cluster,
        "addon-repositories" => On::AddonRepositories,
        "own-repositories" => On::OwnRepositories,
        "network-interfaces" => On::NetworkInterfaces,
        "subnets" => On::Subnets,
        "security-groups" => On::SecurityGroups,
        "instances" => On::Instances,
        _other => return None,
    })
}

/// An entry; what lacks something was told.
fn suppression(entry: written::Suppress) -> Option<Suppression> {
    let written::Suppress { which, reason, owner, expires } = entry;
    let written::FindingMatch { account, ou, region, cluster, node_group, role, rule, tag } = which?;
    let which = FindingMatch {
        accounts: account,
        units: ou,
        regions: region,
        clusters: cluster,
        node_groups: node_group,
        roles: role,
        rules: rule,
        tags: tag,
    };
    // It had keys, but none that could be read: that was told.
    if which.is_empty() {
        return None;
    }
    Some(Suppression { which, reason: reason?, owner, expires })
}
