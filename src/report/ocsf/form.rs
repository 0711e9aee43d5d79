//! The form of an OCSF 1.5.0 Compliance Finding with the profile `cloud`: the attributes that noderole fills.

use serde::Serialize;
use serde_json::Value;

/// The version of the schema.
pub(super) const VERSION: &str = "1.5.0";

/// An event of class 2003.
#[derive(Debug, Serialize)]
pub(super) struct Event<'a> {
    pub(super) activity_id: u8,
    pub(super) activity_name: &'static str,
    pub(super) category_uid: u8,
    pub(super) category_name: &'static str,
    pub(super) class_uid: u16,
    pub(super) class_name: &'static str,
    pub(super) type_uid: u32,
    pub(super) type_name: String,
    pub(super) severity_id: u8,
    pub(super) severity: &'static str,
    pub(super) status_id: u8,
    pub(super) status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) status_detail: Option<String>,
    pub(super) message: String,
    /// Milliseconds since 1970.
    pub(super) time: i64,
    pub(super) start_time: i64,
    pub(super) end_time: i64,
    pub(super) metadata: Metadata<'a>,
    pub(super) cloud: Cloud<'a>,
    pub(super) finding_info: FindingInfo<'a>,
    pub(super) compliance: Compliance<'a>,
    pub(super) resources: Vec<Resource<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) remediation: Option<Remediation<'a>>,
    /// What the schema has no attribute for: the finding or the coverage as the JSON report has it.
    pub(super) unmapped: Value,
}

#[derive(Debug, Serialize)]
pub(super) struct Metadata<'a> {
    pub(super) version: &'static str,
    pub(super) profiles: [&'static str; 1],
    pub(super) product: Product<'a>,
    pub(super) event_code: &'a str,
    pub(super) correlation_uid: &'a str,
}

#[derive(Debug, Serialize)]
pub(super) struct Product<'a> {
    pub(super) name: &'static str,
    pub(super) vendor_name: &'static str,
    pub(super) version: &'a str,
}

#[derive(Debug, Serialize)]
#[expect(clippy::struct_field_names, reason = "the names are those of OCSF")]
pub(super) struct Cloud<'a> {
    pub(super) provider: &'static str,
    pub(super) cloud_partition: &'static str,
    pub(super) region: &'a str,
    pub(super) account: Account<'a>,
}

#[derive(Debug, Serialize)]
pub(super) struct Account<'a> {
    pub(super) uid: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<String>,
    #[serde(rename = "type")]
    pub(super) kind: &'static str,
    pub(super) type_id: u8,
}

#[derive(Debug, Serialize)]
pub(super) struct FindingInfo<'a> {
    pub(super) uid: String,
    pub(super) title: String,
    pub(super) desc: String,
    pub(super) types: [&'static str; 1],
    pub(super) analytic: Analytic<'a>,
}

#[derive(Debug, Serialize)]
pub(super) struct Analytic<'a> {
    pub(super) uid: &'a str,
    pub(super) name: &'a str,
    #[serde(rename = "type")]
    pub(super) kind: &'static str,
    pub(super) type_id: u8,
}

#[derive(Debug, Serialize)]
pub(super) struct Compliance<'a> {
    pub(super) control: String,
    pub(super) status_id: u8,
    pub(super) status: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) status_details: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) standards: Vec<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) requirements: Vec<String>,
}

#[derive(Debug, Serialize)]
pub(super) struct Resource<'a> {
    #[serde(rename = "type")]
    pub(super) kind: &'static str,
    pub(super) uid: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<String>,
    pub(super) cloud_partition: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) region: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) labels: Vec<String>,
}

#[derive(Debug, Serialize)]
pub(super) struct Remediation<'a> {
    pub(super) desc: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) references: Vec<&'a str>,
}
