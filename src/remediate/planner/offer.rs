//! What is offered for a finding, before anything is tried: by whom it may be changed at all, and what has to be proven.

use std::collections::BTreeMap;

use crate::audit::Settings;
use crate::finding::{Finding, RemediationClass, Status};
use crate::ids::RoleArn;
use crate::inventory::{Account, Inventory, RoleRecord};
use crate::policy::Outcome;
use crate::remediate::Change;
use crate::remediate::guard;
use crate::remediate::owner::{is_of_aws, owner};
use crate::remediate::plan::Reason;
use crate::remediate::settings::VETO;
use crate::rules::permissions::unproven;
use crate::rules::{Facts, Found, RuleId};

use super::Wish;

/// The rule whose remediation needs the proof that aws-node does without the node role.
const NR205: RuleId = RuleId::new(205);

/// What a rule offers for a finding.
#[derive(Debug, Clone)]
pub(super) struct Offer {
    /// The finding.
    pub(super) finding: Finding,
    /// The role that is changed.
    pub(super) role: RoleArn,
    /// How it may be carried out.
    pub(super) class: RemediationClass,
    /// What is done.
    pub(super) changes: Vec<Change>,
    /// What the rule says of it.
    pub(super) text: String,
}

impl Offer {
    /// Whether it takes anything away: that comes last.
    pub(super) fn takes_away(&self) -> bool {
        self.changes.iter().any(|change| matches!(change, Change::Detach { .. } | Change::DeleteEntry { .. }))
    }
}

/// Where offers are made: the facts of one account.
pub(super) struct Desk<'a> {
    inventory: &'a Inventory,
    account: &'a Account,
    settings: &'a Settings,
    wish: &'a Wish,
}

/// Why nothing is offered.
type Refusal = (Reason, String);

impl<'a> Desk<'a> {
    pub(super) fn new(inventory: &'a Inventory, account: &'a Account, settings: &'a Settings, wish: &'a Wish) -> Self {
        Self { inventory, account, settings, wish }
    }

    /// Whether the finding is to be planned for.
    pub(super) fn wants(&self, finding: &Finding) -> bool {
        let named = self.wish.findings.as_ref().is_some_and(|ids| ids.contains(&finding.id));
        let by_rule = self.wish.rules.as_ref().is_none_or(|rules| rules.contains(&finding.rule));
        let open = match finding.status {
            Status::Fail | Status::Unknown => true,
            Status::Advice => named || self.wish.advice,
            Status::Pass | Status::NotApplicable => false,
        };
        open && by_rule && (named || self.wish.findings.is_none())
    }

    /// Whether the role that is offered to be changed, or that the finding is about, is among those that are asked for.
    pub(super) fn wants_to_change(&self, offer: &Offer) -> bool {
        let roles = &self.wish.roles;
        let about = |role: &RoleArn| offer.finding.role_arn.as_deref() == Some(role.as_str());
        roles.is_empty() || roles.contains(&offer.role) || roles.iter().any(about)
    }

    /// What is offered for a finding.
    pub(super) fn offer(&self, finding: &Finding) -> Result<Offer, Refusal> {
        if let Some(suppressed) = &finding.suppressed {
            return Err((Reason::Suppressed, format!("the finding is accepted: {}", suppressed.reason)));
        }
        if finding.status == Status::Unknown {
            return Err((Reason::Unknown, finding.message.clone()));
        }
        if let Some(reason) = self.wish.left_alone.get(&finding.id) {
            return Err((Reason::LeftAlone, reason.clone()));
        }
        let Some(told) = &finding.remediation else {
            return Err((Reason::Manual, "nothing is known that would mend it".to_owned()));
        };
        let role = told.changes.iter().find_map(Change::role).cloned();
        let Some(role) = role.filter(|_| told.class != RemediationClass::Manual) else {
            let denied =
                told.hindered || finding.evidence.iter().any(|fact| fact.outcome == Some(Outcome::ExplicitDeny));
            return Err((if denied { Reason::Denied } else { Reason::Manual }, told.text.clone()));
        };
        if let Some(allowed) = &self.wish.allowed {
            let creates = told.changes.iter().any(|change| matches!(change, Change::CreateRole { .. }));
            let text = guard::of_finding(allowed, finding.rule, finding.status, told.class, creates);
            text.map_or(Ok(()), |text| Err((Reason::NotAllowed, text)))?;
        }
        self.may_be_changed(&role)?;
        if finding.rule == NR205 {
            self.may_go(finding)?;
        }
        let (changes, text) = (told.changes.clone(), told.text.clone());
        Ok(Offer { finding: finding.clone(), role, class: told.class, changes, text })
    }

    /// Whether anybody speaks against changing the role.
    fn may_be_changed(&self, role: &RoleArn) -> Result<(), Refusal> {
        if *role.account() != self.account.id {
            let text = format!("the role {role} is in another account: plan there");
            return Err((Reason::Manual, text));
        }
        let none = BTreeMap::new();
        let tags = match self.account.role(role.name()) {
            Some(RoleRecord::Found(found)) => &found.tags,
            Some(RoleRecord::NoSuchRole | RoleRecord::Missing(_)) | None => &none,
        };
        let (key, value) = VETO;
        if tags.get(key).is_some_and(|set| set.eq_ignore_ascii_case(value)) {
            return Err((Reason::Forbidden, format!("the role's tag {key} = {value} forbids it")));
        }
        match owner(role, tags) {
            Some(owner) if is_of_aws(role) || !self.wish.managed_elsewhere => {
                let text = format!("the role is kept by {}: change it {}", owner.who, owner.hint);
                Err((Reason::ManagedElsewhere, text))
            }
            Some(_) | None => Ok(()),
        }
    }

    /// Whether the CNI's rights may leave the node role.
    fn may_go(&self, finding: &Finding) -> Result<(), Refusal> {
        let facts = Facts::new(self.inventory, self.settings);
        let found = Found::of(&facts, self.account);
        let node_role = found.roles.iter().find(|role| finding.role_arn.as_deref() == Some(role.arn));
        match node_role.map(unproven) {
            Some(None) => Ok(()),
            Some(Some(reason)) => Err((Reason::NotProven, reason)),
            None => Err((Reason::NotProven, "the role's nodes were not seen".to_owned())),
        }
    }
}
