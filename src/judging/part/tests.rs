//! Parts: what is read for what has changed.

use super::*;
use crate::collect::ask::{Accounts, DEFAULT_MAX_IN_FLIGHT};
use crate::collect::member::MemberRole;

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
