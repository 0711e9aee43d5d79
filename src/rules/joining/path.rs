//! NR402: the role's ARN has no path where aws-auth has to match it.

use crate::finding::{Evidence, NodeKind, Remediation, Severity, Status};
use crate::ids::RoleArn;
use crate::inventory::{AuthenticationMode, RoleRecord};
use crate::rules::command::{aws, create_access_entry};
use crate::rules::subject::{NodeRole, Nodes};
use crate::rules::verdict::Verdict;

use super::{mode_of, spelled};

const SEVERITY: Severity = Severity::Medium;

/// NR402 role-path: aws-iam-authenticator compares the ARN in aws-auth without the path, so that a role with one is never
/// matched; Auto Mode's node pools do not become ready with one.
pub fn role_path(role: &NodeRole<'_>, nodes: &Nodes<'_>) -> Verdict {
    let arn = match role.record() {
        Some(RoleRecord::Found(found)) => Some(found.arn.clone()),
        Some(RoleRecord::NoSuchRole | RoleRecord::Missing(_)) | None => role.parsed().cloned(),
    };
    let Some(arn) = arn else {
        let message = format!("`{}` is not the ARN of a role (NR001)", role.arn);
        return Verdict::new(Status::NotApplicable, SEVERITY, message);
    };
    let evidence = Evidence::fact(format!("the role is {arn}, its path {}", arn.path()));
    if arn.path() == "/" {
        let message = format!("role `{}` has no path", arn.name());
        return Verdict::new(Status::Pass, SEVERITY, message).with([evidence]);
    }
    let mode = match mode_of(nodes.cluster) {
        Ok(mode) => mode,
        Err(gap) => {
            let what = format!("the authentication mode of cluster `{}`", nodes.cluster.name);
            return Verdict::unread(SEVERITY, gap, &what).with([evidence]);
        }
    };
    let mode_told = Evidence::from_api(
        "eks:DescribeCluster",
        format!("authentication mode of cluster `{}`: {}", nodes.cluster.name, spelled(mode)),
    );
    let (status, severity, message) = answer(&arn, nodes, mode);
    let verdict = Verdict::new(status, severity, message).with([evidence, mode_told]);
    if status == Status::Pass { verdict } else { verdict.mend(mend(&arn, nodes, mode)) }
}

fn answer(arn: &RoleArn, nodes: &Nodes<'_>, mode: AuthenticationMode) -> (Status, Severity, String) {
    let (name, path, place) = (arn.name(), arn.path(), nodes.described());
    match (nodes.kind, mode) {
        (NodeKind::AutoMode, _) => (
            Status::Advice,
            Severity::Low,
            format!(
                "role `{name}` has the path {path}, with which node pools of Auto Mode have not become ready: {place}"
            ),
        ),
        (_, AuthenticationMode::ConfigMap) => (
            Status::Fail,
            SEVERITY,
            format!(
                "role `{name}` has the path {path}, and aws-auth matches no ARN with a path, so that nodes cannot join by it: {place}"
            ),
        ),
        (_, AuthenticationMode::ApiAndConfigMap) => (
            Status::Advice,
            Severity::Low,
            format!(
                "role `{name}` has the path {path}: its access entry lets {place} in, but what EKS writes into aws-auth for it \
                 does not match"
            ),
        ),
        (_, AuthenticationMode::Api) => {
            (Status::Pass, SEVERITY, format!("role `{name}` has the path {path}, which access entries take: {place}"))
        }
    }
}

fn mend(arn: &RoleArn, nodes: &Nodes<'_>, mode: AuthenticationMode) -> Remediation {
    let (cluster, region) = (nodes.cluster.name.as_str(), nodes.region);
    let switch = |mode: &str| {
        let access = format!("authenticationMode={mode}");
        let of_cluster = ["eks", "update-cluster-config", "--name", cluster, "--region", region.as_str()];
        aws(&[of_cluster.as_slice(), &["--access-config", &access]].concat())
    };
    match (nodes.kind, mode) {
        (NodeKind::AutoMode, _) => Remediation::manual("Use a role without a path: a role cannot be moved, so create one and name it in its place".to_owned(), Vec::new()),
        (_, AuthenticationMode::ConfigMap) => {
            let entry = if nodes.windows == Some(true) { "EC2_WINDOWS" } else { "EC2_LINUX" };
            let create = create_access_entry(cluster, region, arn, entry);
            Remediation::manual("Let the cluster read access entries too (it cannot go back) and create one for the role; or use a role \
                       without a path"
                    .to_owned(), std::iter::once(switch("API_AND_CONFIG_MAP")).chain(create).collect())
        }
        (_, AuthenticationMode::ApiAndConfigMap | AuthenticationMode::Api) => Remediation::manual("Leave aws-auth behind once everyone in it has an access entry (the cluster cannot go back), or use a role \
                   without a path"
                .to_owned(), vec![switch("API")]),
    }
}
