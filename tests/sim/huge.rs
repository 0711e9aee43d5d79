//! Documents as large as they can come: ten megabytes of roles in one page, a policy with ten thousand statements.

use std::fmt::Write as _;
use std::sync::Arc;

use noderole::audit::{Settings, audit};
use noderole::finding::Status;
use noderole::inventory::{Account, InlinePolicy, Role, RoleRecord};
use noderole::known::Known;
use noderole::rules::RuleId;

use crate::simulation::World;
use crate::simulation::organization::{AUDITOR, REGIONS};
use crate::simulation::run::{everything, fair, run};

/// An account of the sample with clusters; and one of its roles that lacks the right to pull images.
const ACCOUNT: &str = "123456789012";
const SHORT: &str = "p5-eks-node-group-20250407888887128998727170";

/// Roles that are there beside those of the sample; IAM's quota is 5,000.
const ROLES: usize = 4_000;

/// Statements of the largest policy.
const STATEMENTS: usize = 10_000;

/// A policy of many statements, of which the last one alone grants what is asked for.
fn endless() -> InlinePolicy {
    let mut document = r#"{"Version":"2012-10-17","Statement":["#.to_owned();
    for n in 0..STATEMENTS {
        write!(document, r#"{{"Sid":"S{n}","Effect":"Allow","Action":"s3:Get*","Resource":"arn:aws:s3:::b{n}/*"}},"#)
            .unwrap();
    }
    document.push_str(r#"{"Effect":"Allow","Action":"ecr:*","Resource":"*"}]}"#);
    InlinePolicy { name: "endless".to_owned(), document }
}

/// A role that nobody uses, with as much in it as roles of that many have.
fn filler(n: usize, like: &Role) -> Role {
    let name = format!("filler-{n}");
    let document = format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Sid":"{}","Effect":"Allow","Action":"s3:GetObject","Resource":"*"}}]}}"#,
        "x".repeat(1_500)
    );
    Role {
        arn: format!("arn:aws:iam::{ACCOUNT}:role/{name}").parse().unwrap(),
        id: format!("AROAFILLER{n}"),
        trust: r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#.to_owned(),
        inline: Known::Value(vec![Known::Value(InlinePolicy { name: "own".to_owned(), document })]),
        instance_profiles: Known::Value(Vec::new()),
        ..like.clone()
    }
}

#[test]
fn ten_megabytes_of_roles_and_a_policy_of_ten_thousand_statements_are_read_and_judged() {
    let sample = noderole::demo::inventory().unwrap();
    let mut account: Account = sample.accounts.iter().find(|account| account.id.as_str() == ACCOUNT).unwrap().clone();
    let Some(RoleRecord::Found(short)) = account.roles.get_mut(SHORT) else { panic!("the sample has no such role") };
    short.inline = Known::Value(vec![Known::Value(endless())]);
    let like = short.as_ref().clone();
    for n in 0..ROLES {
        let role = filler(n, &like);
        account.roles.insert(role.arn.name().to_owned(), RoleRecord::Found(Box::new(role)));
    }
    let mut world = World { page: 10_000, ..World::of(&sample, AUDITOR) };
    world.add(ACCOUNT.parse().unwrap(), Arc::new(account));
    world.members.retain(|id, _| [ACCOUNT, AUDITOR].contains(&id.as_str()));
    let ask =
        noderole::collect::ask::Ask { regions: REGIONS.map(|region| region.parse().unwrap()).into(), ..everything() };
    let told = run(&Arc::new(world), fair(), &ask, None);
    let read = told.accounts.iter().find(|one| one.accounts[0].id.as_str() == ACCOUNT).unwrap();
    assert!(read.accounts[0].gaps.is_empty(), "{:?}", read.accounts[0].gaps);
    assert!(read.accounts[0].roles.len() < 100, "roles that can be none of nodes are not kept");
    let findings = audit(read, &Settings::default());
    let of_role = |rule| {
        let mut of_role = findings.iter().filter(|one| one.rule == RuleId::new(rule));
        of_role.find(|one| one.role_arn.as_ref().is_some_and(|arn| arn.ends_with(SHORT))).unwrap()
    };
    // What it lacked, the last of the statements grants.
    assert_eq!(of_role(202).status, Status::Pass, "{}", of_role(202).message);
}
