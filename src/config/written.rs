//! The configuration as it is written, with positions where something may contradict it. Its form was checked before.

use std::collections::BTreeMap;
use std::fmt;

use jiff::civil::Date;
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use toml::Spanned;

use crate::finding::{RemediationClass, Severity};
use crate::glob::{Glob, TagPattern};
use crate::ids::{AccountId, Region};
use crate::rules::RuleId;
use crate::rules::requirements::{ActionOn, Cni, PolicyPattern};
use crate::sinks::SinkKind;

macro_rules! tables {
    ($($(#[$about:meta])* $name:ident { $($(#[$attribute:meta])* $field:ident: $kind:ty),* $(,)? })*) => { $(
        $(#[$about])*
        #[derive(Debug, Clone, Default, Deserialize)]
        #[serde(default, rename_all = "kebab-case")]
        pub(super) struct $name { $($(#[$attribute])* pub(super) $field: $kind),* }
    )* };
}

tables! {
    /// The whole file.
    File {
        accounts: Accounts,
        scope: Scope,
        rules: Rules,
        requirements: Requirements,
        clusters: Vec<Requirements>,
        suppress: Vec<Suppress>,
        exemptions: Option<Spanned<Exemptions>>,
        remediation: Option<Spanned<Remediation>>,
        sinks: Sinks,
    }
    /// `[accounts]`
    #[expect(clippy::struct_field_names, reason = "the fields are the keys of the file")]
    Accounts {
        organization: Option<Spanned<bool>>,
        ids: Option<Spanned<Vec<AccountId>>>,
        ous: Option<Spanned<Vec<String>>>,
        exclude_accounts: Option<Spanned<Vec<AccountId>>>,
        exclude_ous: Option<Spanned<Vec<String>>>,
        role_name: Option<String>,
        external_id: Option<String>,
    }
    /// `[scope]`
    Scope {
        regions: Vec<Region>,
        ec2_regions: Option<Ec2Regions>,
        service_control_policies: Option<bool>,
        max_in_flight: Option<u16>,
    }
    /// `[rules.NR404]`
    OfRule { severity: Option<Severity> }
    /// `[requirements]`, and an entry of `[[clusters]]`, which has a match and may have severities.
    Requirements {
        #[serde(rename = "match")]
        which: Option<ClusterMatch>,
        severities: BTreeMap<RuleId, Severity>,
        cni: Option<Cni>,
        pull_through_cache: Option<bool>,
        addon_registries: BTreeMap<Region, AccountId>,
        required_policies: Vec<Spanned<PolicyPattern>>,
        forbidden_policies: Vec<Spanned<PolicyPattern>>,
        required_actions: Vec<Spanned<ActionOn>>,
        forbidden_actions: Vec<Spanned<ActionOn>>,
        required_boundary: Option<PolicyPattern>,
        required_tags: Vec<TagPattern>,
        name_pattern: Option<Glob>,
        severity: Option<Spanned<Severity>>,
        needs: Vec<Needs>,
    }
    /// `match` of `[[clusters]]`
    ClusterMatch { account: Vec<Glob>, ou: Vec<Glob>, region: Vec<Glob>, name: Vec<Glob>, tag: Vec<TagPattern> }
    /// `[[requirements.needs]]`
    Needs { set: Option<String>, action: Option<String>, need: Option<String>, on: Vec<String>, reason: Option<String> }
    /// `[[suppress]]`
    Suppress {
        #[serde(rename = "match")]
        which: Option<FindingMatch>,
        reason: Option<String>,
        owner: Option<String>,
        expires: Option<Date>,
    }
    /// `match` of `[[suppress]]`
    FindingMatch {
        account: Vec<Glob>,
        ou: Vec<Glob>,
        region: Vec<Glob>,
        cluster: Vec<Glob>,
        node_group: Vec<Glob>,
        role: Vec<Glob>,
        rule: Vec<RuleId>,
        tag: Vec<TagPattern>,
    }
    /// `[exemptions]`
    Exemptions { by_tag: Option<bool>, rules: Option<Vec<RuleId>>, tag_key: Option<String> }
    /// `[remediation]`
    Remediation {
        enabled: Option<bool>,
        accounts: Vec<Glob>,
        ous: Vec<String>,
        exclude_accounts: Vec<Glob>,
        exclude_ous: Vec<String>,
        rules: Option<Vec<Spanned<RuleId>>>,
        classes: Option<Vec<RemediationClass>>,
        max_roles: Option<u16>,
        max_percent: Option<u16>,
        windows: Vec<String>,
        required_tags: Vec<Spanned<TagPattern>>,
        excluded_tags: Vec<Spanned<TagPattern>>,
        create_roles: Option<bool>,
        managed_elsewhere: Option<ManagedElsewhere>,
        advice: Option<bool>,
        automatic: Vec<Spanned<RuleId>>,
        plan_minutes: Option<u16>,
        role_name: Option<String>,
        external_id: Option<String>,
        journal: Option<String>,
    }
    /// `[sinks]`
    Sinks {
        deliver: Vec<SinkKind>,
        cloudwatch: Option<CloudWatch>,
        eventbridge: Option<EventBridge>,
        security_hub: Option<SecurityHub>,
        sns: Option<Sns>,
        s3: Option<S3>,
    }
    /// `[sinks.cloudwatch]`
    CloudWatch {
        log_group: Option<String>,
        region: Option<Region>,
        retention_days: Option<u16>,
        kms_key: Option<String>,
    }
    /// `[sinks.eventbridge]`
    EventBridge { event_bus: Option<String>, region: Option<Region>, max_request_kb: Option<u16> }
    /// `[sinks.security-hub]`
    SecurityHub {
        file_under: Option<FileUnder>,
        region: Option<Region>,
        role_name: Option<String>,
        product_arn: Option<String>,
    }
    /// `[sinks.sns]`
    Sns { topic: Option<String>, region: Option<Region>, only_changes: Option<bool> }
    /// `[sinks.s3]`
    S3 {
        bucket: Option<String>,
        prefix: Option<String>,
        region: Option<Region>,
        kms_key: Option<String>,
        inventory: Option<bool>,
        expected_bucket_owner: Option<AccountId>,
    }
}

/// `[rules]`
#[derive(Debug, Clone, Default)]
pub(super) struct Rules {
    pub(super) disable: Vec<Spanned<RuleId>>,
    pub(super) of_rule: BTreeMap<RuleId, OfRule>,
}

impl<'de> Deserialize<'de> for Rules {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(RulesVisitor)
    }
}

/// Reads `[rules]` key by key: `flatten` would lose the positions.
struct RulesVisitor;

impl<'de> Visitor<'de> for RulesVisitor {
    type Value = Rules;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a table of rules")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Rules, A::Error> {
        let mut rules = Rules::default();
        while let Some(name) = map.next_key::<String>()? {
            if name == "disable" {
                rules.disable = map.next_value()?;
            } else {
                rules.of_rule.insert(name.parse().map_err(A::Error::custom)?, map.next_value()?);
            }
        }
        Ok(rules)
    }
}

/// Where EC2 is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Ec2Regions {
    Clusters,
    All,
}

/// What becomes of roles that a tool manages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum ManagedElsewhere {
    Leave,
    Change,
}

/// Under which account findings are imported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum FileUnder {
    Finding,
    Auditor,
}
