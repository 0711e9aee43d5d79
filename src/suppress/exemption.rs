//! Exemption by tag: whoever may tag a role, a cluster or a node group may take it out of a rule, where that is allowed.

use std::collections::{BTreeMap, BTreeSet};

use crate::finding::{Finding, Suppressed, SuppressedBy};
use crate::rules::RuleId;

use super::place::Places;

/// The key of the tag, where the configuration names no other.
pub const DEFAULT_TAG_KEY: &str = "noderole:exempt";

/// What separates rules in a tag's value. Tags of IAM and EKS take letters, digits, spaces and `_.:/=+-@`, so that the comma
/// that people write by habit is not to be had there; `-` and `_` may be part of a name.
const SEPARATORS: [char; 6] = [',', ' ', '+', '/', ':', ';'];

/// Which exemptions by tag count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exemptions {
    /// The key of the tag.
    pub tag_key: String,
    /// The rules from which a tag may exempt; none: every rule.
    pub rules: Option<BTreeSet<RuleId>>,
}

/// What the tags of an account exempt from.
pub(super) struct Exempting<'a> {
    tag_key: &'a str,
    /// The rules by the tag's value, less those that may not be exempted from.
    by_value: BTreeMap<&'a str, BTreeSet<RuleId>>,
}

impl Exemptions {
    /// Reads the tags of an account; what is wrong with them becomes a note.
    pub(super) fn read<'a>(&'a self, places: &Places<'a>, notes: &mut BTreeSet<String>) -> Exempting<'a> {
        let mut by_value = BTreeMap::new();
        for (what, tags) in places.tagged() {
            let Some(value) = tags.get(&self.tag_key) else { continue };
            let mut rules = BTreeSet::new();
            let told = |problem: String| {
                format!("tag {} = `{value}` of {what} (account {}): {problem}", self.tag_key, places.account.id)
            };
            for word in value.split(SEPARATORS).filter(|word| !word.is_empty()) {
                match word.parse::<RuleId>() {
                    Ok(rule) if self.rules.as_ref().is_none_or(|allowed| allowed.contains(&rule)) => {
                        rules.insert(rule);
                    }
                    Ok(rule) => {
                        notes.insert(told(format!(
                            "the configuration allows no exemption from {rule}, which still counts"
                        )));
                    }
                    Err(error) => {
                        notes.insert(told(error.to_string()));
                    }
                }
            }
            if value.split(SEPARATORS).all(str::is_empty) {
                notes.insert(told("it names no rule, and exempts from none".to_owned()));
            }
            by_value.insert(value.as_str(), rules);
        }
        Exempting { tag_key: &self.tag_key, by_value }
    }
}

impl Exempting<'_> {
    /// The exemption that covers a finding: by the role's tag, or by tags of each of its clusters or node groups.
    pub(super) fn of(&self, places: &Places<'_>, finding: &Finding) -> Option<Suppressed> {
        let exempts = |tags: Option<&BTreeMap<String, String>>| {
            let rules = tags.and_then(|tags| self.by_value.get(tags.get(self.tag_key)?.as_str()));
            rules.is_some_and(|rules| rules.contains(&finding.rule))
        };
        let told = |on: String| Suppressed {
            reason: format!("tag {} on {on}", self.tag_key),
            owner: None,
            expires: None,
            by: SuppressedBy::Tag,
        };
        if exempts(places.role_tags(finding)) {
            let name = finding.role_arn.as_deref().and_then(|arn| arn.rsplit('/').next()).unwrap_or_default();
            return Some(told(format!("role {name}")));
        }
        let mut on = BTreeSet::new();
        for group in &finding.node_groups {
            if exempts(places.group_tags(group)) {
                on.insert(format!("node group {}/{}", group.cluster, group.name));
            } else if exempts(places.cluster_tags(group)) {
                on.insert(format!("cluster {}", group.cluster));
            } else {
                return None;
            }
        }
        let on: Vec<String> = on.into_iter().collect();
        (!on.is_empty()).then(|| told(on.join(", ")))
    }
}
