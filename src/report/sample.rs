//! A small organization and findings about it, for the tests of the formats: one account read in part, one refused, one
//! suspended; names that attack whoever shows them.

mod every_kind;

use serde_json::{Value, json};

use crate::baseline::{self, Closed};
use crate::finding::{Evidence, Finding, NodeGroupRef, NodeKind, Remediation, RemediationClass, Severity, Status};
use crate::inventory::Inventory;
use crate::policy::Outcome;
use crate::rules::RuleId;

use super::model::{ReportedFinding, ReportedRemediation, Scope};
use super::{Listed, Report, assemble};

pub(crate) use every_kind::every_kind;

/// A node role's trust policy as AWS writes it.
pub(crate) const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;

/// A name with a line end, a colour code, markup, a table's bar and a turn of the reading direction in it.
pub(crate) const NASTY: &str = "ng|`x`\n\u{1b}[31m<b>\u{202e}";

/// What came of a role.
pub(crate) fn remediation(outcome: Option<crate::remediate::journal::Outcome>) -> ReportedRemediation {
    ReportedRemediation {
        journal_id: "20261124T100000Z-0a1b2c".to_owned(),
        account: "111122223333".parse().unwrap(),
        role: "arn:aws:iam::111122223333:role/node".parse().unwrap(),
        outcome,
        message: "changed since the plan was made: trust policy; plan again".to_owned(),
        findings: vec!["NR202-0123456789abcdef".to_owned()],
    }
}

/// A gap of the class, as saved inventories hold it.
pub(crate) fn gap(api: &str, resource: &str, class: &str, error: &str) -> Value {
    json!({"api": api, "resource": resource, "class": class, "error": error, "message": format!("{error} for {resource}")})
}

/// A node group of role `name`.
fn node_group(cluster: &str, name: &str, role: &str) -> Value {
    json!({"value": {
        "arn": format!("arn:aws:eks:eu-west-1:111122223333:nodegroup/{cluster}/{name}/0a"),
        "node_role": format!("arn:aws:iam::111122223333:role/{role}"),
        "ami_type": "AL2023_x86_64_STANDARD", "version": "1.33", "status": "ACTIVE", "created_at": null,
        "launch_template": null, "health": [], "tags": {}
    }})
}

/// A role of that path and name.
pub(crate) fn role(name: &str) -> Value {
    json!({"found": {
        "arn": format!("arn:aws:iam::111122223333:role/{name}"), "id": "AROAEXAMPLE", "created_at": null, "trust": TRUST,
        "attached": {"value": [{"name": "AmazonEKSWorkerNodePolicy", "arn": "arn:aws:iam::aws:policy/AmazonEKSWorkerNodePolicy"}]},
        "inline": {"value": []}, "boundary": null, "tags": {}, "instance_profiles": {"value": []}, "last_used_at": null
    }})
}

/// The cluster `prod`: two node groups that were read, one that was not.
fn cluster() -> Value {
    let denied = gap("eks:DescribeNodegroup", "cluster prod, node group ng-3", "denied", "AccessDeniedException");
    let mut groups = json!({
        "ng-1": node_group("prod", "ng-1", "eks/prod-node"),
        "ng-3": {"missing": denied},
    });
    groups[NASTY] = node_group("prod", NASTY, "eks/prod-node");
    json!({
        "name": "prod",
        "detail": {"value": {
            "arn": "arn:aws:eks:eu-west-1:111122223333:cluster/prod", "version": "1.33", "status": "ACTIVE",
            "created_at": null, "role_arn": "arn:aws:iam::111122223333:role/prod-cluster", "ip_family": "ipv4",
            "oidc_issuer": null, "authentication_mode": "API", "creator_is_admin": false, "vpc_id": null,
            "compute_config": {"enabled": true, "node_pools": ["system"],
                "node_role_arn": "arn:aws:iam::111122223333:role/auto-node"},
            "tags": {}
        }},
        "node_groups": {"value": groups},
        "fargate_profiles": {"value": {}}, "access_entries": {"value": []}, "cluster_admins": null,
        "vpc_cni": {"value": null}, "pod_identity_agent": {"value": null}, "pod_identity_associations": {"value": 0},
        "aws_node_association": {"value": null}
    })
}

/// The inventory as JSON, for tests that change it.
pub(crate) fn inventory_json() -> Value {
    let listing = gap("eks:ListClusters", "the account", "denied", "AccessDeniedException");
    let assume = gap("sts:AssumeRole", "arn:aws:iam::444455556666:role/NodeRoleAudit", "denied", "AccessDenied");
    let account = |id: &str, name: &str, access: Value| {
        json!({
            "id": id, "name": name, "organization_path": null, "access": access, "regions": [], "roles": {},
            "role_list": {"value": null}, "service_control_policies": null, "gaps": []
        })
    };
    let mut payments = account("111122223333", "payments", json!("entered"));
    payments["regions"] = json!([
        {"name": "eu-west-1", "clusters": {"value": [cluster()]},
            "gaps": [gap("eks:DescribeNodegroup", "cluster prod, node group ng-3", "denied", "AccessDeniedException")]},
        {"name": "us-east-1", "clusters": {"missing": listing}, "gaps": [listing]},
    ]);
    payments["roles"] = json!({"prod-node": role("eks/prod-node"), "auto-node": role("auto-node")});
    json!({
        "schema": "noderole.inventory/1", "run_id": "20261101T090807Z-0a0b0c", "tool_version": "0.1.0",
        "started_at": "2026-11-01T09:08:07Z", "finished_at": "2026-11-01T09:08:11Z", "partition": "aws",
        "organization_id": "o-example", "target": null,
        "accounts": [
            payments,
            account("444455556666", "platform", json!({"refused": assume})),
            account("777788889999", "old-shop", json!({"inactive": "SUSPENDED"})),
        ],
        "policies": {"arn:aws:iam::aws:policy/AmazonEKSWorkerNodePolicy": {"value": {"version_id": "v3",
            "document": r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"ec2:DescribeInstances","Resource":"*"}]}"#}}},
        "api_calls": {"eks:DescribeCluster": 1, "eks:ListClusters": 2}, "throttled": 1
    })
}

/// The inventory.
pub(crate) fn inventory() -> Inventory {
    serde_json::from_value(inventory_json()).unwrap()
}

/// A result of `rule` about the role `name`.
fn finding(rule: u16, name: &str, status: Status, severity: Severity, message: &str) -> Finding {
    let arn = format!("arn:aws:iam::111122223333:role/{name}");
    let group = |name: &str| NodeGroupRef {
        kind: NodeKind::Managed,
        cluster: "prod".to_owned(),
        region: "eu-west-1".parse().unwrap(),
        name: name.to_owned(),
    };
    Finding {
        id: Finding::id_of(RuleId::new(rule), &arn),
        rule: RuleId::new(rule),
        status,
        severity,
        account: "111122223333".parse().unwrap(),
        region: Some("eu-west-1".parse().unwrap()),
        role_arn: Some(arn),
        node_groups: vec![group("ng-1"), group(NASTY)],
        message: message.to_owned(),
        evidence: vec![Evidence::fact("the trust policy has 1 statement")],
        remediation: None,
        suppressed: None,
        suppression_expired: None,
    }
}

/// Results of every status, in no order.
pub(crate) fn findings() -> Vec<Finding> {
    let mut pull =
        finding(202, "eks/prod-node", Status::Fail, Severity::High, "prod-node may not pull images of add-ons");
    pull.evidence = vec![Evidence {
        action: Some("ecr:BatchGetImage".to_owned()),
        resource: Some("arn:aws:ecr:eu-west-1:602401143452:repository/*".to_owned()),
        outcome: Some(Outcome::ImplicitDeny),
        ..Evidence::fact("ecr:BatchGetImage is granted by no policy")
    }];
    pull.remediation = Some(Remediation {
        changes: Vec::new(),
 hindered: false,
        class: RemediationClass::Safe,
        text: "attach AmazonEC2ContainerRegistryPullOnly".to_owned(),
        commands: vec![
            "aws iam attach-role-policy --role-name prod-node --policy-arn arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryPullOnly".to_owned(),
        ],
    });
    let mut unread =
        finding(1, "eks/prod-node", Status::Unknown, Severity::Critical, "the node group could not be read");
    unread.evidence = vec![Evidence {
        resource: Some("cluster prod, node group ng-3".to_owned()),
        ..Evidence::from_api("eks:DescribeNodegroup", "eks:DescribeNodegroup failed with AccessDeniedException")
    }];
    vec![
        finding(203, "auto-node", Status::Pass, Severity::High, "granted"),
        finding(206, "auto-node", Status::NotApplicable, Severity::Medium, "IPv4"),
        finding(205, "eks/prod-node", Status::Advice, Severity::Low, "prod-node carries the CNI's rights"),
        unread,
        finding(102, "eks/prod-node", Status::Unknown, Severity::Medium, "the trust hangs on aws:SourceVpc"),
        pull,
        finding(
            101,
            "auto-node",
            Status::Fail,
            Severity::Critical,
            &format!("EC2 may not assume auto-node of {NASTY}"),
        ),
    ]
}

/// The report of both.
pub(crate) fn report() -> Report {
    assemble(&inventory(), &findings(), Listed::Open)
}

/// The same against the report of an earlier run: one finding new, one that could not be told before, one resolved, one not
/// looked at.
pub(crate) fn compared() -> Report {
    let now = Report {
        scope: Some(Scope { rules: vec!["NR202".to_owned(), "NR203".to_owned()], ..Scope::default() }),
        ..report()
    };
    let mut before = Report {
        run_id: "20261031T090807Z-0a0b0c".to_owned(),
        finished_at: "2026-10-31T09:08:11Z".parse().unwrap(),
        ..assemble(&inventory(), &findings(), Listed::All)
    };
    before.summary.fail = 4;
    before.summary.by_severity.high = 3;
    before.findings.retain(|finding| finding.rule != "NR101");
    for finding in &mut before.findings {
        match finding.rule.as_str() {
            "NR202" => finding.status = Status::Unknown,
            "NR203" => (finding.status, finding.message) = (Status::Fail, format!("auto-node may not pull of {NASTY}")),
            _ => {}
        }
    }
    before.findings.extend(report().findings.into_iter().take(1).map(|finding| ReportedFinding {
        id: "NR306-00".to_owned(),
        rule: "NR306".to_owned(),
        ..finding
    }));
    let closed = assemble(&inventory(), &findings(), Listed::All).findings;
    let closed = closed.into_iter().filter(|finding| finding.status == Status::Pass).collect();
    baseline::compare(now, Closed::Judged(closed), &before)
}
