//! NR404's remediation: instances that run, and what new ones are launched from.

use serde_json::json;

use crate::finding::{NodeKind, Remediation};
use crate::rules::command::aws;
use crate::rules::subject::Nodes;

use super::{INSTANCES_TOLD, template_of};

/// Manual in any case: pods that use the node role by the service lose it, and nodes are replaced.
pub(super) fn of(nodes: &Nodes<'_>, open: &[&str]) -> Remediation {
    let region = nodes.region.as_str();
    let of_instance = |id: &&str| {
        let settings =
            ["--http-tokens", "required", "--http-put-response-hop-limit", "1", "--http-endpoint", "enabled"];
        let modify = ["ec2", "modify-instance-metadata-options", "--region", region, "--instance-id", id];
        aws(&[modify.as_slice(), &settings].concat())
    };
    let mut commands: Vec<String> = open.iter().take(INSTANCES_TOLD).map(of_instance).collect();
    let more = match open.len().saturating_sub(INSTANCES_TOLD) {
        0 => String::new(),
        more => format!(" (and in the same way for {more} more)"),
    };
    commands.extend(new_version(nodes));
    let rest = match (nodes.kind, template_of(nodes)) {
        (NodeKind::Karpenter, _) => {
            "set metadataOptions (httpTokens: required, httpPutResponseHopLimit: 1) in the EC2NodeClass, and let Karpenter \
             replace the nodes"
        }
        (NodeKind::Managed, None) => {
            "create a new node group with a launch template that sets it: one that was made without cannot take one"
        }
        (NodeKind::Managed, Some(_)) => "give the node group a new version of its launch template",
        (NodeKind::SelfManaged | NodeKind::AutoMode | NodeKind::Hybrid | NodeKind::Hyperpod, _) => {
            "give the launch template a new version, and let the Auto Scaling group use it"
        }
    };
    Remediation::manual(
        format!(
            "First give pods that use AWS's APIs a role of their own (Pod Identity or IRSA), for they lose the node role; then \
             require tokens and one hop on the instances that run{more}, and {rest}"
        ),
        commands,
    )
}

/// A new version of the launch template with the settings, from the one in use.
fn new_version(nodes: &Nodes<'_>) -> Option<String> {
    if nodes.kind == NodeKind::Karpenter {
        return None;
    }
    let template = template_of(nodes)?;
    let data = json!({"MetadataOptions": {"HttpTokens": "required", "HttpPutResponseHopLimit": 1}}).to_string();
    let mut words = vec!["ec2", "create-launch-template-version", "--region", nodes.region.as_str()];
    match (&template.id, &template.name) {
        (Some(id), _) => words.extend(["--launch-template-id", id]),
        (None, Some(name)) => words.extend(["--launch-template-name", name]),
        (None, None) => return None,
    }
    words.extend([
        "--source-version",
        template.version.as_deref().unwrap_or("$Default"),
        "--launch-template-data",
        &data,
    ]);
    Some(aws(&words))
}
