//! NR003: the node role is no Fargate profile's pod execution role.

use std::collections::BTreeSet;

use crate::finding::{Evidence, Remediation, Severity, Status};
use crate::ids::Region;
use crate::inventory::{Cluster, FargateProfile};
use crate::known::Known;
use crate::rules::subject::NodeRole;
use crate::rules::trust;
use crate::rules::verdict::Verdict;

use super::survey::{self, Survey};

/// The service as which Fargate runs pods; the same in every partition.
const FARGATE_SERVICE: &str = "eks-fargate-pods.amazonaws.com";

/// NR003: in one cluster nodes and Fargate pods would be one principal with one Kubernetes identity, in several AWS's page
/// still asks for two roles.
pub fn not_fargate_role(role: &NodeRole<'_>) -> Verdict {
    let survey = Survey::of(role.account);
    let mut gaps = survey.gaps();
    let own: BTreeSet<(&Region, &str)> =
        role.nodes.iter().map(|nodes| (nodes.region, nodes.cluster.name.as_str())).collect();
    let mut shared = Vec::new();
    let mut severity = Severity::Medium;
    for (region, cluster) in role.facts.clusters_naming(role.account, role.arn) {
        let uses = uses_in(role, region, cluster, &mut gaps);
        if !uses.is_empty() && own.contains(&(region, cluster.name.as_str())) {
            severity = Severity::High;
        }
        shared.extend(uses);
    }
    let name = role.name();
    if let Some(first) = shared.first() {
        let message = format!("node role `{name}` also runs Fargate pods: {}", first.text);
        return Verdict::new(Status::Fail, severity, message).with(shared).with(gaps).mend(two_roles());
    }
    let (found, document) = match trust::of(role, Severity::High) {
        Ok(trust) => trust,
        Err(verdict) => return verdict.with(gaps),
    };
    if !gaps.is_empty() {
        return survey::unknown(Severity::High, &format!("whether node role `{name}` also runs Fargate pods"), gaps);
    }
    if let Some(statement) = trust::trusts_service(&document, found, FARGATE_SERVICE) {
        let message = format!(
            "node role `{name}` may be assumed by {FARGATE_SERVICE}, though no Fargate profile uses it: remove the \
             statement, so that none can"
        );
        return Verdict::new(Status::Advice, Severity::Low, message).with([statement]).mend(two_roles());
    }
    let message = format!("node role `{name}` is no Fargate profile's pod execution role");
    let compared = survey.evidence("Fargate profiles", role.facts.inventory.target.as_ref());
    Verdict::new(Status::Pass, Severity::High, message).with([compared])
}

/// Where a cluster uses the role for Fargate; what could not be read goes into `gaps`.
fn uses_in(role: &NodeRole<'_>, region: &Region, cluster: &Cluster, gaps: &mut Vec<Evidence>) -> Vec<Evidence> {
    let mut uses = Vec::new();
    let place = format!("cluster `{}` in {region}", cluster.name);
    match cluster.fargate_profiles.as_result() {
        Ok(profiles) => {
            for (name, profile) in profiles {
                match profile {
                    Known::Value(profile) => uses.extend(uses_of(role, &place, name, profile)),
                    Known::Missing(gap) => gaps.push(Evidence::gap(gap)),
                }
            }
        }
        Err(gap) => gaps.push(Evidence::gap(gap)),
    }
    match cluster.access_entries.as_result() {
        Ok(entries) => {
            for entry in entries.iter().filter(|entry| role.is_named_by(&entry.principal_arn)) {
                match &entry.detail {
                    Some(Known::Value(detail)) if detail.kind.eq_ignore_ascii_case("FARGATE_LINUX") => {
                        let text = format!("{place} has an access entry of type FARGATE_LINUX for the role");
                        uses.push(Evidence::from_api("eks:DescribeAccessEntry", text));
                    }
                    Some(Known::Missing(gap)) => gaps.push(Evidence::gap(gap)),
                    Some(Known::Value(_)) | None => {}
                }
            }
        }
        Err(gap) => gaps.push(Evidence::gap(gap)),
    }
    uses
}

/// What one Fargate profile says: its role, and whether EKS finds the role in use elsewhere.
fn uses_of(role: &NodeRole<'_>, place: &str, name: &str, profile: &FargateProfile) -> Vec<Evidence> {
    let api = "eks:DescribeFargateProfile";
    let is_its_role = role.is_named_by(&profile.pod_execution_role);
    let own = is_its_role
        .then(|| Evidence::from_api(api, format!("it is the pod execution role of profile `{name}` of {place}")));
    let issues = profile.health.iter().filter(|issue| {
        issue.code == "PodExecutionRoleAlreadyInUse"
            && (is_its_role || issue.resources.iter().any(|resource| role.is_named_by(resource)))
    });
    let reported = issues.map(|issue| {
        Evidence::from_api(
            api,
            format!("EKS reports {} for profile `{name}` of {place}: {}", issue.code, issue.message),
        )
    });
    own.into_iter().chain(reported).collect()
}

fn two_roles() -> Remediation {
    Remediation::manual(
        format!(
            "Give Fargate a pod execution role of its own (trust {FARGATE_SERVICE} with ArnLike on aws:SourceArn for the \
             cluster's profiles, policy AmazonEKSFargatePodExecutionRolePolicy), create the profiles anew with it, for a \
             profile cannot be changed, and then remove {FARGATE_SERVICE} from the node role's trust policy"
        ),
        Vec::new(),
    )
}
