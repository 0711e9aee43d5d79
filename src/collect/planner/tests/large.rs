//! A large account: 30 clusters, 120 node groups, 200 roles; what AWS has to answer for it.

use std::collections::BTreeMap;

use crate::collect::call::{Call, Question, Reply};
use crate::collect::scope::{AccountScope, Entry, Scope};
use crate::failure::Failure;

use super::sample::{USUAL, scope};
use super::world::{World, empty_cluster, entry, node_group, role, role_arn};

const ACCOUNT: &str = "555555555555";
const CLUSTERS: usize = 30;
const ROLES: usize = 200;

/// The scope of a run over the account, its clusters spread over so many regions, and who answers its calls.
pub(in crate::collect) fn large(regions: usize) -> (Scope, impl Fn(&Call) -> Result<Reply, Failure>) {
    let mut world = World { accounts: BTreeMap::new(), page: 100 };
    let account = world.account(ACCOUNT);
    for n in 0..ROLES {
        let role = role(ACCOUNT, &format!("nodes-{n}"), "2024-02-01T00:00:00Z", &USUAL);
        account.roles.insert(role.arn.name().to_owned(), role);
    }
    for n in 0..CLUSTERS {
        let region = format!("eu-west-{}", n % regions + 1);
        let mut cluster = empty_cluster(ACCOUNT, &region, &format!("cluster-{n}"));
        for group in 0..4 {
            let nodes = format!("nodes-{}", n * 4 + group);
            cluster.node_groups.insert(format!("group-{group}"), node_group(ACCOUNT, &nodes));
            cluster.entries.insert(role_arn(ACCOUNT, &nodes), entry("EC2_LINUX"));
        }
        account.regions.entry(region).or_default().insert(format!("cluster-{n}"), cluster);
    }
    let alone = AccountScope { id: ACCOUNT.parse().unwrap(), entry: Entry::Assume, ..scope().accounts.remove(0) };
    let scope = Scope { accounts: vec![alone], ..scope() };
    (scope, move |call: &Call| world.answer(call))
}

#[test]
fn a_large_account_is_what_it_is_said_to_be() {
    let (scope, answer) = large(3);
    let region = scope.accounts[0].id.clone();
    let list = Question::GetAccountAuthorizationDetails;
    let call = Call { account: region, region: None, question: list, page: None };
    let Ok(Reply::Authorization { roles, next, .. }) = answer(&call) else { panic!("no page of roles") };
    assert_eq!((roles.len(), next.as_deref()), (100, Some("100")));
}
