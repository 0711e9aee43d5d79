//! The form of a finding as Security Hub's `BatchImportFindings` takes it: the members of `AwsSecurityFinding` that noderole fills.

use std::collections::BTreeMap;

use serde::Serialize;

/// The version of the format; there is one.
pub const SCHEMA_VERSION: &str = "2018-10-08";

/// A finding. Every text is within its limit: see [`super::limits`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct AsffFinding {
    /// [`SCHEMA_VERSION`].
    pub schema_version: &'static str,
    /// Stable over runs, and unique under a product.
    pub id: String,
    /// The product that it is filed under.
    pub product_arn: String,
    /// What consoles show of the product.
    pub product_name: &'static str,
    /// What consoles show of the product's maker.
    pub company_name: &'static str,
    /// The rule.
    pub generator_id: String,
    /// The account that it is filed under.
    pub aws_account_id: String,
    /// When it was made (RFC 3339, UTC).
    pub created_at: String,
    /// When it was last looked at (RFC 3339, UTC).
    pub updated_at: String,
    /// The rule's title.
    pub title: String,
    /// What is wrong here.
    pub description: String,
    /// What would mend it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remediation: Option<Remediation>,
    /// What the format has no member for.
    pub product_fields: BTreeMap<String, String>,
    /// The role, its clusters and its node groups.
    pub resources: Vec<Resource>,
    /// Whether the requirement is met.
    pub compliance: Compliance,
    /// Whether it is shown.
    pub record_state: RecordState,
    /// Severity and types, as the provider of a finding is to give them.
    pub finding_provider_fields: FindingProviderFields,
}

/// What would mend it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Remediation {
    /// The only member.
    pub recommendation: Recommendation,
}

/// What to do, and where to read about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Recommendation {
    /// What to do.
    pub text: String,
    /// The page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

/// Something that the finding is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Resource {
    /// `AwsIamRole`, `AwsEksCluster`, `AwsAccount`; `Other` for a node group.
    #[serde(rename = "Type")]
    pub kind: &'static str,
    /// Its ARN, or what comes nearest.
    pub id: String,
    /// Its partition; left out where Security Hub does not know the partition.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub partition: Option<&'static str>,
    /// Its region; left out of what is global.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// Its names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub details: Option<Details>,
}

/// A resource's names, by its type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub enum Details {
    /// Of a role.
    AwsIamRole {
        /// Its name without the path.
        #[serde(rename = "RoleName")]
        name: String,
        /// Its path.
        #[serde(rename = "Path")]
        path: String,
    },
    /// Of a cluster.
    AwsEksCluster {
        /// Its name.
        #[serde(rename = "Name")]
        name: String,
        /// Its ARN.
        #[serde(rename = "Arn")]
        arn: String,
    },
    /// Of anything else.
    Other(BTreeMap<&'static str, String>),
}

/// Whether the requirement is met.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Compliance {
    /// The word.
    pub status: ComplianceStatus,
    /// The controls of benchmarks that the rule speaks to.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub related_requirements: Vec<String>,
}

/// The words of `Compliance.Status`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ComplianceStatus {
    /// Met.
    Passed,
    /// Some information is missing.
    Warning,
    /// Not met.
    Failed,
    /// It does not apply, or could not be looked at.
    NotAvailable,
}

/// Whether a finding is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum RecordState {
    /// It is.
    Active,
    /// It is not, and is forgotten after a while.
    Archived,
}

/// What the provider of a finding says and others may overrule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct FindingProviderFields {
    /// How urgent it is.
    pub severity: Severity,
    /// What kind of finding it is: `namespace/category/classifier`.
    pub types: Vec<&'static str>,
}

/// How urgent it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Severity {
    /// `INFORMATIONAL` to `CRITICAL`.
    pub label: &'static str,
    /// noderole's own word: `critical`, `advice`, `unknown (critical)`.
    pub original: String,
}
