//! From what is written under `[remediation]` to what is allowed; what allows nothing, or what never could be, is told.

use toml::Spanned;

use crate::config::written;
use crate::finding::RemediationClass;
use crate::ids::UnitId;
use crate::remediate::settings::{ManagedElsewhere, Settings};
use crate::rules::{CATALOGUE, RuleId};

use super::{Validation, inner};

/// The rule that creates roles.
const CREATES: RuleId = RuleId::new(1);

impl Validation<'_> {
    /// What is allowed.
    pub(super) fn remediation(&mut self, written: Option<Spanned<written::Remediation>>) -> Settings {
        let Some(written) = written else { return Settings::default() };
        let span = written.span();
        let written = written.into_inner();
        let default = Settings::default();
        let allows_none = |list: Option<bool>, name: &'static str| list.filter(|empty| *empty).map(|_| name);
        let nothing = [
            (written.accounts.is_empty() && written.ous.is_empty()).then_some("`accounts` or `ous`"),
            allows_none(written.rules.as_ref().map(Vec::is_empty), "`rules`"),
            allows_none(written.classes.as_ref().map(Vec::is_empty), "`classes`"),
        ];
        if written.enabled == Some(true) {
            for name in nothing.into_iter().flatten() {
                let message = format!("remediation is enabled, and {name} names nothing: nothing would be allowed");
                self.tell(span.clone(), message, "name what may be changed, or set `enabled = false`");
            }
        }
        self.contradictions(&written.required_tags, &written.excluded_tags, "tag");
        let settings = Settings {
            enabled: written.enabled.unwrap_or(default.enabled),
            accounts: written.accounts,
            // Their form was checked.
            units: written.ous.iter().filter_map(|unit| unit.parse::<UnitId>().ok()).collect(),
            exclude_accounts: written.exclude_accounts,
            exclude_units: written.exclude_ous.iter().filter_map(|unit| unit.parse::<UnitId>().ok()).collect(),
            rules: written.rules.as_ref().map(|rules| rules.iter().map(|rule| *rule.get_ref()).collect()),
            classes: written.classes.map_or(default.classes, |classes| classes.into_iter().collect()),
            max_roles: written.max_roles.unwrap_or(default.max_roles),
            max_percent: written.max_percent.unwrap_or(default.max_percent),
            windows: written.windows.iter().filter_map(|window| window.parse().ok()).collect(),
            required_tags: inner(written.required_tags),
            excluded_tags: inner(written.excluded_tags),
            create_roles: written.create_roles.unwrap_or(default.create_roles),
            managed_elsewhere: written.managed_elsewhere.map_or(default.managed_elsewhere, |word| match word {
                written::ManagedElsewhere::Leave => ManagedElsewhere::Leave,
                written::ManagedElsewhere::Change => ManagedElsewhere::Change,
            }),
            advice: written.advice.unwrap_or(default.advice),
            automatic: written.automatic.iter().map(|rule| *rule.get_ref()).collect(),
            plan_minutes: written.plan_minutes.unwrap_or(default.plan_minutes),
            role_name: written.role_name.and_then(|name| name.parse().ok()).unwrap_or(default.role_name),
            external_id: written.external_id.and_then(|id| id.parse().ok()),
            journal: written.journal.and_then(|place| place.parse().ok()),
        };
        self.mendable(written.rules.iter().flatten().chain(&written.automatic), &settings);
        self.automatic(&written.automatic, &settings);
        settings
    }

    /// Rules whose findings noderole never mends, or not under these settings.
    fn mendable<'r>(&mut self, rules: impl Iterator<Item = &'r Spanned<RuleId>>, settings: &Settings) {
        for rule in rules {
            let id = *rule.get_ref();
            if class(id) == RemediationClass::Manual {
                let message = format!("what {id} finds is only ever explained, never changed");
                self.tell(rule.span(), message, "remove it; docs/remediation.md lists what can be changed");
            } else if id == CREATES && !settings.create_roles {
                let message = format!("{id} creates roles, which has a key of its own");
                self.tell(rule.span(), message, "set `create-roles = true`, or remove it");
            }
        }
    }

    /// What runs on its own is allowed at all.
    fn automatic(&mut self, automatic: &[Spanned<RuleId>], settings: &Settings) {
        for rule in automatic {
            let id = *rule.get_ref();
            if settings.rules.as_ref().is_some_and(|rules| !rules.contains(&id)) {
                let message = format!("{id} is to be mended automatically, and `rules` does not allow it");
                self.tell(rule.span(), message, "add it to `rules`, or remove it here");
            }
            let class = class(id);
            if class != RemediationClass::Manual && !settings.classes.contains(&class) {
                let message = format!(
                    "{id} is to be mended automatically, and `classes` does not allow what is {}",
                    class.as_str()
                );
                self.tell(rule.span(), message, format!("add \"{}\" to `classes`, or remove it here", class.as_str()));
            }
        }
    }
}

/// The class of what a rule's findings ask for.
fn class(rule: RuleId) -> RemediationClass {
    let known = CATALOGUE.iter().find(|known| known.id == rule);
    known.map_or(RemediationClass::Manual, |known| known.remediation)
}
