//! Policy documents that do not parse, as gaps: they came, but what they say could not be had.

use std::collections::HashMap;

use crate::failure::FailureClass;
use crate::inventory::{Account, Cluster, PolicyVersion, Role};
use crate::known::{Gap, Known};
use crate::policy::{Document, DocumentError};

/// The error code of such a gap; it is noderole's, not one of AWS.
const MALFORMED: &str = "MalformedPolicyDocument";

/// How evidence names the list of a role's managed policies.
pub(in crate::report) const ATTACHED: &str = "the attached policies";

/// How evidence names the list of a role's inline policies.
pub(in crate::report) const INLINE: &str = "the inline policies";

/// Why each text does not parse, none where it does: an organization's roles repeat the same few texts, and a managed
/// policy is named by many roles, so that each text is parsed once.
#[derive(Debug, Default)]
pub(super) struct Readings<'a> {
    documents: Errors<'a>,
    trusts: Errors<'a>,
}

/// The errors of texts that are read as documents of one kind.
type Errors<'a> = HashMap<&'a str, Option<String>>;

impl<'a> Readings<'a> {
    /// The gap of a document that does not parse.
    fn malformed(&mut self, api: &str, resource: impl FnOnce() -> String, text: &'a str) -> Option<Gap> {
        gap(&mut self.documents, Document::parse, api, resource, text)
    }

    /// The gap of a trust policy that does not parse as the rules read it.
    fn malformed_trust(&mut self, resource: impl FnOnce() -> String, text: &'a str) -> Option<Gap> {
        gap(&mut self.trusts, Document::parse_trust, "iam:GetRole", resource, text)
    }

    /// How many texts were parsed.
    #[cfg(test)]
    pub(super) fn parsed(&self) -> usize {
        self.documents.len() + self.trusts.len()
    }
}

/// The gap of a text that does not parse, which is tried once.
fn gap<'a>(
    errors: &mut Errors<'a>,
    parse: impl FnOnce(&str) -> Result<Document, DocumentError>,
    api: &str,
    resource: impl FnOnce() -> String,
    text: &'a str,
) -> Option<Gap> {
    let error = errors.entry(text).or_insert_with(|| parse(text).err().map(|error| error.to_string()));
    let message = error.clone()?;
    Some(Gap {
        api: api.to_owned(),
        resource: resource(),
        class: FailureClass::Malformed,
        error: MALFORMED.to_owned(),
        message,
    })
}

/// The trust policy and the inline policies of a role that do not parse.
pub(super) fn of_role<'a>(role: &'a Role, read: &mut Readings<'a>) -> Vec<Gap> {
    let arn = role.arn.as_str();
    let trust = read.malformed_trust(|| format!("trust policy of {arn}"), &role.trust);
    let inline = role.inline.value().into_iter().flatten().filter_map(Known::value).filter_map(|policy| {
        read.malformed("iam:GetRolePolicy", || inline_policy(arn, &policy.name), &policy.document)
    });
    trust.into_iter().chain(inline).collect()
}

/// How an inline policy is named as a resource; the collector names it so too.
pub(in crate::report) fn inline_policy(role_arn: &str, name: &str) -> String {
    format!("{role_arn}, inline policy {name}")
}

/// How a service control policy is named as a resource.
pub(in crate::report) fn service_control_policy(name: &str) -> String {
    format!("service control policy {name}")
}

/// How the session policy of a Pod Identity association is named as a resource.
pub(in crate::report) fn session_policy(association: &str) -> String {
    format!("session policy of {association}")
}

/// The managed policy, if it does not parse.
pub(super) fn of_managed_policy<'a>(arn: &str, version: &'a PolicyVersion, read: &mut Readings<'a>) -> Option<Gap> {
    read.malformed("iam:GetPolicyVersion", || arn.to_owned(), &version.document)
}

/// The service control policies of an account that do not parse.
pub(super) fn of_service_control_policies<'a>(account: &'a Account, read: &mut Readings<'a>) -> Vec<Gap> {
    let levels = account.service_control_policies.iter().flatten().flatten();
    levels
        .filter_map(|policy| {
            let resource = || service_control_policy(&policy.name);
            read.malformed("organizations:DescribePolicy", resource, &policy.document)
        })
        .collect()
}

/// The session policy of aws-node's association, if it does not parse.
pub(super) fn of_cluster<'a>(cluster: &'a Cluster, read: &mut Readings<'a>) -> Option<Gap> {
    let association = cluster.aws_node_association.value()?.as_ref()?;
    let policy = association.policy.as_ref()?;
    read.malformed("eks:DescribePodIdentityAssociation", || session_policy(association.arn.as_str()), policy)
}
