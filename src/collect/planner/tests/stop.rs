//! A run that is ended before its time says so, wherever it was.

use serde_json::to_value;

use crate::collect::scope::Entry;
use crate::failure::FailureClass;
use crate::inventory::Access;
use crate::known::Known;

use super::machines::with_machines;
use super::weaker::contradiction;
use super::world::role_arn;
use super::{ACCOUNT_A, ACCOUNT_B, ACCOUNT_D, Run, account, cluster, gaps, sample, scope};

#[test]
fn what_was_not_reached_is_missing_and_what_was_read_is_true() {
    let world = with_machines();
    let whole = Run::new(&world, scope()).go();
    for seed in 0..4 {
        for answers in 0..whole.calls.len() {
            let stopped = Run::new(&world, scope()).in_order(seed).stopped_after(answers).go().inventory;
            assert_eq!(stopped.accounts.len(), whole.inventory.accounts.len());
            assert_eq!(stopped.api_calls.values().sum::<u64>(), answers as u64);
            let mut missed = 0;
            for facts in &stopped.accounts {
                let full = account(&whole.inventory, facts.id.as_str());
                let open = gaps(facts).iter().filter(|gap| gap.class == FailureClass::NotReached).count();
                missed += open;
                assert!(open > 0 || facts == full, "{} is not whole after {answers}, and says nothing", facts.id);
                let listed = !facts.regions.is_empty() || facts.access != full.access;
                if matches!(facts.access, Access::Entered) && listed {
                    let found = contradiction(&to_value(facts).unwrap(), &to_value(full).unwrap(), facts.id.as_str());
                    assert_eq!(found, None, "after {answers}, seed {seed}");
                }
            }
            assert!(missed > 0, "after {answers} of {} calls something is missed", whole.calls.len());
        }
    }
}

#[test]
fn an_account_that_was_not_entered_in_time_is_listed_so() {
    let stopped = Run::new(&sample(), scope()).stopped_after(0).go().inventory;
    let Access::Refused(gap) = &account(&stopped, ACCOUNT_B).access else { panic!("it was not entered") };
    assert_eq!((gap.class, gap.api.as_str()), (FailureClass::NotReached, "sts:AssumeRole"));
    assert_eq!(account(&stopped, ACCOUNT_D).access, Access::Inactive("SUSPENDED".to_owned()));
    let own = account(&stopped, ACCOUNT_A);
    assert_eq!((own.access.clone(), own.gaps[0].api.as_str()), (Access::Entered, "account:ListRegions"));
}

#[test]
fn regions_that_were_asked_for_are_listed_though_none_was_reached() {
    let mut scope = scope();
    scope.regions = ["us-east-1", "eu-west-1"].map(|region| region.parse().unwrap()).into();
    scope.accounts.retain(|account| account.entry == Entry::Own);
    let stopped = Run::new(&sample(), scope).stopped_after(0).go().inventory;
    let regions = &account(&stopped, ACCOUNT_A).regions;
    assert_eq!(regions.len(), 2);
    for region in regions {
        assert_eq!(region.clusters, Known::Missing(region.gaps[0].clone()));
        assert_eq!(region.gaps[0].class, FailureClass::NotReached);
    }
}

#[test]
fn administrators_that_would_have_been_asked_for_are_missing_and_not_none() {
    let world = sample();
    let calls = Run::new(&world, scope()).go().calls;
    let last = calls.iter().position(|call| format!("{:?}", call.question).starts_with("ListClusterAdmins")).unwrap();
    let stopped = Run::new(&world, scope()).stopped_after(last).go().inventory;
    let admins = &cluster(&stopped, ACCOUNT_A, "prod").cluster_admins;
    assert_eq!(admins.as_ref().unwrap().gap().unwrap().class, FailureClass::NotReached);
    assert_ne!(*admins, Some(Known::Value(vec![role_arn(ACCOUNT_A, "people")])));
}

#[test]
fn an_answer_that_comes_after_the_end_still_counts() {
    let world = sample();
    let mut planner = crate::collect::planner::Planner::new(scope());
    let calls = planner.next();
    planner.stop();
    for call in &calls {
        planner.answer(call.clone(), world.answer(call));
        // The same answer twice, and one to a call that nobody made, change nothing.
        planner.answer(call.clone(), world.answer(call));
    }
    assert_eq!(planner.progress().calls, calls.len() as u64);
    assert!(planner.next().is_empty());
}
