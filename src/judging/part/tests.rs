//! Parts: what is read for what has changed.

use super::*;
use crate::collect::ask::{Accounts, DEFAULT_MAX_IN_FLIGHT};
use crate::collect::member::MemberRole;
use crate::report::model::ReportedRemediation;

fn ask(regions: &str) -> Ask {
    Ask {
        accounts: Accounts::Own,
        member: MemberRole::default(),
        regions: regions.split(',').filter(|name| !name.is_empty()).map(|name| name.parse().unwrap()).collect(),
        target: None,
        service_control_policies: true,
        compute_everywhere: false,
        max_in_flight: DEFAULT_MAX_IN_FLIGHT,
        deadline: None,
    }
}

fn cluster(region: &str, name: &str) -> (Region, String) {
    (region.parse().unwrap(), name.to_owned())
}

fn role() -> RoleArn {
    "arn:aws:iam::111122223333:role/node".parse().unwrap()
}

#[test]
fn a_cluster_is_read_where_it_is() {
    let aim = Aim { clusters: [cluster("eu-west-1", "prod")].into(), ..Aim::default() };
    let asked = narrowed(ask(""), &aim).unwrap();
    assert_eq!(asked.regions, ["eu-west-1".parse().unwrap()]);
    assert_eq!(asked.target, Some(Target { clusters: vec!["prod".to_owned()], roles: Vec::new() }));
}

#[test]
fn a_role_is_looked_for_in_every_region_that_is_audited() {
    let aim = Aim { roles: [role()].into(), clusters: [cluster("eu-west-1", "prod")].into(), ..Aim::default() };
    let asked = narrowed(ask("us-east-1,eu-west-1"), &aim).unwrap();
    assert_eq!(asked.regions.len(), 2);
    assert_eq!(asked.target.unwrap().roles, [role().to_string()]);
}

#[test]
fn no_event_leads_into_a_region_that_is_not_audited() {
    let aim = Aim { clusters: [cluster("eu-west-1", "prod")].into(), ..Aim::default() };
    assert_eq!(narrowed(ask("us-east-1"), &aim), None);
}

#[test]
fn a_policy_is_all_of_its_account() {
    let policy = "arn:aws:iam::111122223333:policy/x".to_owned();
    let aim = Aim { policies: [policy].into(), clusters: [cluster("eu-west-1", "prod")].into(), ..Aim::default() };
    assert_eq!(narrowed(ask("us-east-1"), &aim), Some(ask("us-east-1")));
}

#[test]
fn what_was_mended_by_a_change_of_another_role_is_looked_at_as_well() {
    let mut report = crate::report::sample::report();
    let about: RoleArn = "arn:aws:iam::111122223333:role/eks/worker".parse().unwrap();
    report.findings.truncate(2);
    for (finding, account) in report.findings.iter_mut().zip(["111122223333", "000000000002"]) {
        finding.role_arn = Some(about.as_str().replace("111122223333", account));
    }
    let ids = report.findings.iter().map(|finding| finding.id.clone()).collect();
    let came = crate::report::sample::remediation(Some(crate::remediate::journal::Outcome::Applied));
    let done = Done { journal: None, remediations: vec![ReportedRemediation { findings: ids, ..came.clone() }] };
    let earlier = Earlier { report: Some(report), note: None };
    let aim = Aim { roles: [came.role.clone()].into(), ..Aim::default() };
    let account = "111122223333".parse().unwrap();
    let wider = widened(&aim, &account, &done, &earlier);
    assert_eq!(wider.roles, [came.role, about].into(), "of another account nothing is read");
    let refused = Aim::default();
    assert_eq!(widened(&refused, &account, &done, &earlier), refused, "nothing was changed");
}
