//! Lists in pages: read to the end, or said not to be.

use crate::collect::call::{Call, Question, Reply};
use crate::failure::FailureClass;
use crate::inventory::UNLISTED;
use crate::known::Known;

use super::world::{World, fail};
use super::{ACCOUNT_A, ACCOUNT_B, Run, account, cluster, gaps, region_of, sample, scope};

fn page(names: &[&str], next: Option<&str>) -> Reply {
    let names = names.iter().map(|name| (*name).to_owned()).collect();
    Reply::Names { names, next: next.map(str::to_owned) }
}

fn of(call: &Call, question: &Question) -> bool {
    call.question == *question
}

#[test]
fn the_size_of_pages_changes_nothing() {
    let whole = Run::new(&World { page: 1_000, ..sample() }, scope()).go().inventory;
    for size in [1, 2, 3, 5] {
        let mut paged = Run::new(&World { page: size, ..sample() }, scope()).go().inventory;
        paged.api_calls = whole.api_calls.clone();
        assert_eq!(paged, whole, "pages of {size}");
    }
}

#[test]
fn an_empty_page_with_a_token_is_not_the_end() {
    let world = World { page: 1_000, ..sample() };
    let groups = Question::ListNodegroups { cluster: "prod".to_owned() };
    let outcome = Run::new(&world, scope())
        .answering(|call| match (of(call, &groups), call.page.as_deref()) {
            (true, None) => Some(Ok(page(&[], Some("t1")))),
            (true, Some("t1")) => Some(Ok(page(&["ng-1"], Some("t2")))),
            (true, Some("t2")) => Some(Ok(page(&[], Some("t3")))),
            (true, Some("t3")) => Some(Ok(page(&["ng-2", "ng-3"], None))),
            _ => None,
        })
        .go();
    let straight = Run::new(&world, scope()).go().inventory;
    assert_eq!(outcome.inventory.accounts, straight.accounts);
    assert_eq!(outcome.inventory.api_calls["eks:ListNodegroups"], straight.api_calls["eks:ListNodegroups"] + 3);
}

#[test]
fn an_empty_token_is_the_end() {
    let world = World { page: 1_000, ..sample() };
    let outcome = Run::new(&world, scope())
        .answering(|call| match world.answer(call) {
            Ok(Reply::Names { names, next: None }) => Some(Ok(Reply::Names { names, next: Some(String::new()) })),
            _ => None,
        })
        .go();
    assert_eq!(outcome.inventory, Run::new(&world, scope()).go().inventory);
}

#[test]
fn a_token_that_repeats_is_a_malformed_list() {
    let world = sample();
    let groups = Question::ListNodegroups { cluster: "prod".to_owned() };
    let outcome = Run::new(&world, scope())
        .answering(|call| match (of(call, &groups), call.page.as_deref()) {
            (true, None) => Some(Ok(page(&["ng-1"], Some("t1")))),
            (true, Some("t1")) => Some(Ok(page(&["ng-2"], Some("t1")))),
            _ => None,
        })
        .go();
    let missed = &region_of(&outcome.inventory, ACCOUNT_A, "eu-west-1").gaps;
    assert_eq!(
        (missed.len(), missed[0].class, missed[0].error.as_str()),
        (1, FailureClass::Malformed, "RepeatedToken")
    );
    let read = cluster(&outcome.inventory, ACCOUNT_A, "prod").node_groups.value().unwrap();
    assert_eq!(read.keys().collect::<Vec<_>>(), [UNLISTED, "ng-1", "ng-2"]);
    assert_eq!(read[UNLISTED], Known::Missing(missed[0].clone()));
    assert!(read["ng-2"].value().is_some());
}

#[test]
fn a_list_without_end_is_given_up() {
    let world = sample();
    let outcome = Run::new(&world, scope())
        .answering(|call| match &call.question {
            Question::ListFargateProfiles { cluster } if cluster == "prod" => {
                let number: usize = call.page.as_deref().map_or(0, |token| token.parse().unwrap());
                Some(Ok(page(&[], Some(&(number + 1).to_string()))))
            }
            _ => None,
        })
        .go();
    let missed = &region_of(&outcome.inventory, ACCOUNT_A, "eu-west-1").gaps;
    assert_eq!((missed.len(), missed[0].error.as_str()), (1, "TooManyPages"));
    let pages = outcome
        .calls
        .iter()
        .filter(|call| matches!(&call.question, Question::ListFargateProfiles { cluster } if cluster == "prod"));
    assert_eq!(pages.count(), crate::collect::planner::ledger::MAX_PAGES);
}

#[test]
fn an_answer_to_another_question_is_malformed() {
    let world = sample();
    let outcome = Run::new(&world, scope())
        .answering(|call| matches!(call.question, Question::DescribeCluster { .. }).then_some(Ok(Reply::Done)))
        .go();
    let detail = &cluster(&outcome.inventory, ACCOUNT_A, "prod").detail;
    assert_eq!(detail.gap().unwrap().class, FailureClass::Malformed);
    assert!(cluster(&outcome.inventory, ACCOUNT_A, "prod").node_groups.value().is_some());
}

#[test]
fn clusters_of_the_pages_before_a_failing_one_are_read() {
    let world = World { page: 1, ..sample() };
    let outcome = Run::new(&world, scope())
        .failing(|call| {
            let second = call.question == Question::ListClusters && call.page.is_some();
            second.then(|| fail(FailureClass::Throttled, "ThrottlingException"))
        })
        .go();
    let facts = region_of(&outcome.inventory, ACCOUNT_A, "us-east-1");
    let clusters = facts.clusters.value().unwrap();
    assert_eq!(clusters.iter().map(|c| c.name.as_str()).collect::<Vec<_>>(), [UNLISTED, "auto"]);
    assert_eq!(clusters[0].detail, Known::Missing(facts.gaps[0].clone()));
    assert!(clusters[1].detail.value().is_some());
}

#[test]
fn a_list_of_regions_that_is_not_whole_counts_as_none() {
    let world = World { page: 1, ..sample() };
    let outcome = Run::new(&world, scope())
        .failing(|call| {
            let second = call.question == Question::ListRegions && call.page.is_some();
            second.then(|| fail(FailureClass::Denied, "AccessDeniedException"))
        })
        .go();
    let facts = account(&outcome.inventory, ACCOUNT_B);
    assert_eq!(facts.regions, []);
    assert_eq!(gaps(facts).len(), 1);
    assert_eq!(facts.gaps[0].api, "account:ListRegions");
}

#[test]
fn a_region_with_an_unheard_of_name_costs_itself() {
    let world = sample();
    let outcome = Run::new(&world, scope())
        .answering(|call| (call.question == Question::ListRegions).then(|| Ok(page(&["eu-west-1", "Atlantis"], None))))
        .go();
    let facts = account(&outcome.inventory, ACCOUNT_B);
    assert_eq!(facts.regions.len(), 1);
    assert_eq!((facts.gaps[0].class, facts.gaps[0].error.as_str()), (FailureClass::Malformed, "InvalidRegion"));
}
