//! The guards: whether the configuration allows what a plan says, now, for exactly these roles. Pure. Whatever stands against it
//! is told in one sentence that names the key to look at.
//!
//! Numbers are held over the whole apply, before anything is changed: a run that would change too much changes nothing.

mod account;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::finding::{RemediationClass, Status};
use crate::ids::RoleArn;
use crate::inventory::{Account, Inventory, RoleRecord};
use crate::rules::RuleId;

use super::owner::{is_of_aws, owner};
use super::plan::{Plan, RolePlan};
use super::settings::{ManagedElsewhere, Settings, VETO};

/// Who wants it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// A person, or a program in a person's place.
    Someone,
    /// Nobody: a scheduled run that applies what it may.
    Nobody,
}

/// What is asked for of a plan; flags and events narrow, and nothing widens.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Narrow {
    /// Only these roles; empty: all.
    pub roles: BTreeSet<RoleArn>,
    /// Only roles for which nothing but these findings is mended; empty: all.
    pub findings: BTreeSet<String>,
}

/// What the guards say of a plan.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Decision {
    /// Why nothing may be changed at all; none: what is allowed may be.
    pub whole: Option<String>,
    /// The roles that may be changed, in the plan's order.
    pub allowed: Vec<RoleArn>,
    /// The roles that may not, with the reason.
    pub refused: BTreeMap<RoleArn, String>,
}

/// The guards, as they stand now.
#[derive(Debug, Clone, Copy)]
pub struct Guard<'a> {
    settings: &'a Settings,
    facts: &'a Inventory,
    asked: Asked,
    now: Timestamp,
}

impl<'a> Guard<'a> {
    /// Guards by the configuration, over facts that hold the accounts and roles of the plan.
    pub fn new(settings: &'a Settings, facts: &'a Inventory, asked: Asked, now: Timestamp) -> Self {
        Self { settings, facts, asked, now }
    }

    /// What is allowed of the roles of a plan that are asked for.
    pub fn decide(&self, plan: &Plan, narrow: &Narrow) -> Decision {
        let mut decision = Decision::default();
        if let Some(role) = twice(plan) {
            decision.whole = Some(format!("the plan names {role} twice, which noderole never does: plan again"));
            return decision;
        }
        for role in plan.roles.iter().filter(|role| narrow.asks_for(role)) {
            match narrow.beside(role).or_else(|| self.refusal(role)) {
                Some(reason) => {
                    decision.refused.insert(role.role.clone(), reason);
                }
                None => decision.allowed.push(role.role.clone()),
            }
        }
        let allowed = decision.allowed.len();
        decision.whole =
            not_now(self.settings, self.now).or_else(|| is_too_much(self.settings, allowed, plan.node_roles));
        decision
    }

    /// Why nothing of a plan may be applied at a time, if the roles that say so themselves are refused: for a plan of which the
    /// facts are not at hand any more.
    pub fn whole(settings: &Settings, plan: &Plan, narrow: &Narrow, now: Timestamp) -> Option<String> {
        let asked_for = plan.roles.iter().filter(|role| narrow.asks_for(role) && role.refused.is_none());
        not_now(settings, now).or_else(|| is_too_much(settings, asked_for.count(), plan.node_roles))
    }

    /// Why a role may not be changed as planned, at whatever time and beside whatever others.
    pub fn refusal(&self, planned: &RolePlan) -> Option<String> {
        let Some(account) = self.facts.accounts.iter().find(|account| account.id == planned.account) else {
            return Some(format!("account {} was not read anew, so that nothing is known of it", planned.account));
        };
        if *planned.role.account() != planned.account {
            return Some(format!("the plan names {} in account {}: plan again", planned.role, planned.account));
        }
        is_off(self.settings)
            .or_else(|| account::refusal(self.settings, account))
            .or_else(|| self.of_findings(planned))
            .or_else(|| self.of_role(planned, account))
    }

    /// Why the findings may not be mended; one that may not is enough.
    fn of_findings(&self, planned: &RolePlan) -> Option<String> {
        if planned.findings.is_empty() {
            return Some("the plan names no finding that it mends: plan again".to_owned());
        }
        let creates = planned.creates_the_role();
        let not_allowed = planned
            .findings
            .iter()
            .find_map(|finding| of_finding(self.settings, finding.rule, finding.status, finding.class, creates));
        let steps = planned.steps.iter().flat_map(|step| &step.rules);
        let mut rules = planned.findings.iter().map(|finding| &finding.rule).chain(steps);
        let mut by_itself = || {
            let rule = rules.find(|rule| !self.settings.automatic.contains(rule))?;
            Some(format!("{rule} is not among `automatic` of [remediation]: somebody has to apply it"))
        };
        not_allowed.or_else(|| if self.asked == Asked::Nobody { by_itself() } else { None })
    }

    /// Why the role itself may not be changed.
    fn of_role(&self, planned: &RolePlan, account: &Account) -> Option<String> {
        let role = &planned.role;
        let none = BTreeMap::new();
        let tags = match account.role(role.name()) {
            Some(RoleRecord::Found(found)) if found.arn == *role => &found.tags,
            Some(RoleRecord::Found(found)) => {
                return Some(format!("the role of that name is {}: plan again", found.arn));
            }
            Some(RoleRecord::NoSuchRole) if planned.creates_the_role() => &none,
            Some(RoleRecord::NoSuchRole) => return Some("the role does not exist any more: plan again".to_owned()),
            Some(RoleRecord::Missing(gap)) => return Some(format!("the role's tags could not be read: {gap}")),
            None => return Some("the role was not read anew, so that its tags are not known".to_owned()),
        };
        let (key, value) = VETO;
        if tags.get(key).is_some_and(|set| set.trim().eq_ignore_ascii_case(value)) {
            return Some(format!("the role's tag {key}={value} forbids every change"));
        }
        if let Some(owner) = owner(role, tags) {
            if is_of_aws(role) {
                return Some(format!("the role is kept by {}: change it {}", owner.who, owner.hint));
            }
            if self.settings.managed_elsewhere == ManagedElsewhere::Leave {
                let said = "`managed-elsewhere` of [remediation] is \"leave\"";
                return Some(format!("the role is kept by {} ({said}): change it {}", owner.who, owner.hint));
            }
        }
        let lacks = self.settings.required_tags.iter().find(|tag| !tag.matches(tags));
        if let Some(tag) = lacks {
            return Some(format!("the role has no tag `{tag}`, which `required-tags` of [remediation] asks for"));
        }
        let excluded = self.settings.excluded_tags.iter().find(|tag| tag.matches(tags))?;
        Some(format!("the role has a tag `{excluded}`, which `excluded-tags` of [remediation] excludes"))
    }
}

/// A role that a plan names more than once.
fn twice(plan: &Plan) -> Option<&RoleArn> {
    let mut seen = BTreeSet::new();
    plan.roles.iter().map(|role| &role.role).find(|role| !seen.insert(*role))
}

/// Why nothing may be changed at any time.
fn is_off(settings: &Settings) -> Option<String> {
    let off = "remediation is not enabled: set `enabled = true` under [remediation] of the configuration";
    (!settings.enabled).then(|| off.to_owned())
}

/// Why nothing may be changed now.
fn not_now(settings: &Settings, now: Timestamp) -> Option<String> {
    let windows = &settings.windows;
    let off = is_off(settings);
    if off.is_some() || windows.is_empty() || windows.iter().any(|window| window.holds(now)) {
        return off;
    }
    let windows: Vec<String> = windows.iter().map(ToString::to_string).collect();
    let now = TimeZone::UTC.to_datetime(now).strftime("%a %H:%M");
    Some(format!("it is {now} UTC, outside of `windows` of [remediation]: {}", windows.join("; ")))
}

/// Why so many roles may not be changed at once. Both limits hold; of a small number of roles one may always be changed.
fn is_too_much(settings: &Settings, roles: usize, of: u64) -> Option<String> {
    let fewer = "apply it in parts (--role), or plan for fewer roles";
    let most = usize::from(settings.max_roles);
    if roles > most {
        return Some(format!("{roles} roles would be changed, and `max-roles` of [remediation] is {most}: {fewer}"));
    }
    let percent = settings.max_percent;
    let most = (of.saturating_mul(percent.into()) / 100).max(1);
    (u64::try_from(roles).unwrap_or(u64::MAX) > most).then(|| {
        format!(
            "{roles} of {of} node roles would be changed, and `max-percent` of [remediation] is {percent}, which is {most} of \
             them: {fewer}"
        )
    })
}

/// Why a finding may not be mended, whatever its role is.
pub(super) fn of_finding(
    settings: &Settings,
    rule: RuleId,
    status: Status,
    class: RemediationClass,
    creates: bool,
) -> Option<String> {
    if class == RemediationClass::Manual {
        return Some(format!("what {rule} finds is for people alone: no configuration allows it"));
    }
    if settings.rules.as_ref().is_some_and(|rules| !rules.contains(&rule)) {
        return Some(format!("{rule} is not among `rules` of [remediation]"));
    }
    if !settings.classes.contains(&class) {
        let class = class.as_str();
        return Some(format!("what {rule} asks for is {class}, which `classes` of [remediation] does not allow"));
    }
    if status == Status::Advice && !settings.advice {
        return Some(format!("{rule} is advice here, which `advice` of [remediation] does not allow to mend"));
    }
    (creates && !settings.create_roles)
        .then(|| "it would create a role, which `create-roles` of [remediation] does not allow".to_owned())
}

impl Narrow {
    /// Everything that is named and that the plan does not have.
    pub fn absent(&self, plan: &Plan) -> Vec<String> {
        let roles = self.roles.iter().filter(|role| plan.roles.iter().all(|planned| planned.role != **role));
        let has = |id: &String| plan.roles.iter().flat_map(|role| &role.findings).any(|finding| finding.id == *id);
        let findings = self.findings.iter().filter(|id| !has(id));
        roles.map(ToString::to_string).chain(findings.cloned()).collect()
    }

    /// Whether a role is among what is asked for.
    pub fn asks_for(&self, planned: &RolePlan) -> bool {
        let by_role = self.roles.is_empty() || self.roles.contains(&planned.role);
        let by_finding =
            self.findings.is_empty() || planned.findings.iter().any(|finding| self.findings.contains(&finding.id));
        by_role && by_finding
    }

    /// What a role's plan mends beside the findings that are asked for: a plan is applied as it is, or not.
    fn beside(&self, planned: &RolePlan) -> Option<String> {
        if self.findings.is_empty() {
            return None;
        }
        let other = planned.findings.iter().find(|finding| !self.findings.contains(&finding.id))?;
        Some(format!("the plan mends {} of this role as well: plan for the finding alone (--finding)", other.rule))
    }
}
