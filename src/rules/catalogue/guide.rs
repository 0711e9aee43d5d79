//! What the documentation of a rule says beyond its entry: why, how it is decided, and how a finding is mended.

use serde::Serialize;

pub(super) mod existence;
pub(super) mod permissions;
pub(super) mod privilege;
pub(super) mod trust;

/// The texts of a rule's section in `docs/rules.md`; Markdown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Guide {
    /// Why it matters: what happens to nodes, pods or the account where it fails.
    pub why: &'static str,
    /// How it is decided: which facts are compared, and how.
    pub decided: &'static str,
    /// When each of the rule's outcomes is given, in the order of the rule's `outcomes`.
    pub outcomes: &'static [&'static str],
    /// What a finding shows as evidence.
    pub evidence: &'static str,
    /// How to mend it.
    pub fix: Fix,
}

/// How a finding is mended, by each of the usual ways; empty where that way does not exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Fix {
    /// In the AWS console, in steps.
    pub console: &'static str,
    /// With the AWS CLI: commands, one a line.
    pub cli: &'static str,
    /// In Terraform: configuration.
    pub terraform: &'static str,
    /// With eksctl: commands or configuration.
    pub eksctl: &'static str,
}
