//! Runs with a scripted AWS: roles with their attached policies, and calls that go wrong.

mod bench;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::*;
use crate::aws::wire::{Answer, Request, xml_error};
use crate::remediate::place::told;
use bench::{Bench, PULL, WORKER};

const ONE: &str = "000000000002";
const OTHER: &str = "000000000003";

#[tokio::test(start_paused = true)]
async fn a_plan_is_carried_out_role_by_role_and_written_down() {
    let bench = Bench::new(|_| None);
    let plan = bench.plan(&[(ONE, "a"), (ONE, "b"), (OTHER, "c")]);
    let ran = bench.apply(&plan).await.unwrap();
    for carried in &ran.roles {
        assert_eq!((carried.outcome, carried.message.as_str()), (Some(Outcome::Applied), ""), "{}", carried.role);
    }
    assert_eq!((ran.roles.len(), ran.notes.as_slice()), (3, [].as_slice()));
    for (account, name) in [(ONE, "a"), (ONE, "b"), (OTHER, "c")] {
        assert_eq!(bench.attached(account, name), [PULL, WORKER]);
    }
    let journal = bench.place.journal(&ran.journal).await.unwrap();
    let Some(What::Begun { caller, plan: written, .. }) = journal.whats().next() else { panic!() };
    assert_eq!((caller.as_str(), &**written), ("arn:aws:iam::000000000001:user/auditor", &plan));
    let closed = What::Closed { accounts: vec![ONE.parse().unwrap(), OTHER.parse().unwrap()] };
    assert_eq!(journal.whats().next_back(), Some(&closed));
    let times: Vec<_> = journal.lines.iter().map(|line| line.at).collect();
    assert!(times.is_sorted() && times[0] > jiff::Timestamp::UNIX_EPOCH);
}

#[tokio::test(start_paused = true)]
async fn reads_are_the_audit_roles_and_each_role_is_changed_in_a_session_of_its_own() {
    let bench = Bench::new(|_| None);
    bench.apply(&bench.plan(&[(ONE, "a"), (ONE, "b")])).await.unwrap();
    let assumed: Vec<String> = bench.wire.log_of("AssumeRole").into_iter().map(|request| request.text).collect();
    let (writing, reading): (Vec<_>, Vec<_>) = assumed.iter().partition(|text| text.contains("/NodeRoleRemediation&"));
    assert_eq!((writing.len(), reading.len()), (2, 1));
    assert!(reading[0].contains("/NodeRoleAudit&") && !reading[0].contains("Policy="));
    for (text, name) in writing.iter().zip(["a", "b"]) {
        assert!(text.contains(&format!(r#""Resource":"arn:aws:iam::{ONE}:role/{name}""#)), "{text}");
        assert!(text.contains("SourceIdentity=noderole") && text.contains("RoleSessionName=noderole-journal-1"));
    }
    let keys = |operation: &str| -> Vec<String> {
        bench.wire.log_of(operation).into_iter().map(|request| request.access_key).collect()
    };
    let (read, written) = (keys("GetRole"), keys("AttachRolePolicy"));
    assert!(written.len() == 2 && written[0] != written[1] && !read.contains(&written[0]), "{read:?} {written:?}");
}

#[tokio::test(start_paused = true)]
async fn a_role_whose_call_is_denied_stays_as_it_was_and_the_others_are_carried_out() {
    let denied = |r: &Request| {
        (r.operation == "AttachRolePolicy" && r.text.contains("RoleName=a&")).then(|| xml_error(403, "AccessDenied"))
    };
    let bench = Bench::new(denied);
    let ran = bench.apply(&bench.plan(&[(ONE, "a"), (ONE, "b")])).await.unwrap();
    let outcomes: Vec<_> = ran.roles.iter().map(|carried| carried.outcome).collect();
    assert_eq!(outcomes, [Some(Outcome::Restored), Some(Outcome::Applied)]);
    assert!(ran.roles[0].message.contains("AccessDenied"), "{}", ran.roles[0].message);
    assert_eq!(
        (bench.attached(ONE, "a"), bench.attached(ONE, "b")),
        (vec![WORKER.to_owned()], vec![PULL.to_owned(), WORKER.to_owned()])
    );
}

#[tokio::test(start_paused = true)]
async fn what_is_refused_by_plan_or_rules_is_not_called() {
    let bench = Bench::new(|_| None);
    let mut plan = bench.plan(&[(ONE, "a"), (ONE, "b")]);
    plan.roles[0].refused = Some("not in an account that may be changed".to_owned());
    let judge = |plan: &RolePlan, _: &State| {
        if plan.role.name() == "b" { Err("NR305 would fail".to_owned()) } else { Ok(()) }
    };
    let ran = bench.apply_judged(&plan, &judge).await.unwrap();
    let told: Vec<_> = ran.roles.iter().map(|carried| (carried.outcome, carried.message.as_str())).collect();
    let refused = Some(Outcome::Refused);
    assert_eq!(told, [(refused, "not in an account that may be changed"), (refused, "NR305 would fail")]);
    assert!(bench.wire.log_of("AttachRolePolicy").is_empty());
    let journal = bench.place.journal("journal-1").await.unwrap();
    assert_eq!(journal.whats().filter(|what| matches!(what, What::Ended { .. })).count(), 2);
}

#[tokio::test(start_paused = true)]
async fn an_interrupt_lets_the_role_come_to_its_end_and_a_resumed_run_does_the_rest() {
    let interrupt = Arc::new(tokio::sync::Notify::new());
    let inside = Arc::clone(&interrupt);
    let bench = Bench::new(move |r: &Request| {
        if r.operation == "AttachRolePolicy" {
            inside.notify_one();
        }
        None
    });
    let plan = bench.plan(&[(ONE, "a"), (ONE, "b")]);
    let mut heard = std::pin::pin!(interrupt.notified());
    let mut told = Vec::new();
    let control = Control { told: &mut |carried| told.push(carried.outcome), interrupt: heard.as_mut() };
    let ran = bench.apply_controlled(&plan, &bench::passes, control).await.unwrap();
    assert_eq!(told, [Some(Outcome::Applied), None]);
    assert!(ran.roles[1].message.contains("interrupted"), "{}", ran.roles[1].message);
    assert_eq!(bench.attached(ONE, "b"), [WORKER]);
    let journal = bench.place.journal("journal-1").await.unwrap();
    assert!(!journal.whats().any(|what| matches!(what, What::Closed { .. })), "it is to be gone on with");

    let ran = bench.resume().await.unwrap();
    let outcomes: Vec<_> = ran.roles.iter().map(|carried| carried.outcome).collect();
    assert_eq!(outcomes, [Some(Outcome::Applied); 2]);
    assert_eq!(bench.attached(ONE, "b"), [PULL, WORKER]);
    assert_eq!(bench.wire.log_of("AttachRolePolicy").len(), 2, "what is done is not done again");
}

#[tokio::test(start_paused = true)]
async fn after_the_deadline_no_role_is_begun_and_nothing_is_asked() {
    let bench = Bench::new(|_| None).within(Some(Duration::ZERO), None);
    let ran = bench.apply(&bench.plan(&[(ONE, "a")])).await.unwrap();
    assert_eq!(ran.roles[0].outcome, None);
    assert!(ran.roles[0].message.contains("the time was over"), "{}", ran.roles[0].message);
    assert!(bench.wire.log().iter().all(|request| request.service == "sts"));
}

#[tokio::test(start_paused = true)]
async fn a_role_that_the_end_cuts_off_is_left_to_its_journal() {
    let stuck = Arc::new(Mutex::new(true));
    let inside = Arc::clone(&stuck);
    let bench = Bench::new(move |r: &Request| {
        (r.operation == "AttachRolePolicy" && *inside.lock().unwrap()).then_some(Answer::Never)
    });
    let bench = bench.within(None, Some(Duration::from_secs(20)));
    let ran = bench.apply(&bench.plan(&[(ONE, "a"), (ONE, "b")])).await.unwrap();
    let outcomes: Vec<_> = ran.roles.iter().map(|carried| carried.outcome).collect();
    assert_eq!(outcomes, [Some(Outcome::Failed), None]);
    assert!(ran.roles[0].message.contains("apply --resume"), "{}", ran.roles[0].message);
    *stuck.lock().unwrap() = false;
    let ran = bench.within(None, None).resume().await.unwrap();
    assert!(ran.roles.iter().all(|carried| carried.outcome == Some(Outcome::Applied)), "{ran:?}");
}

#[tokio::test(start_paused = true)]
async fn undo_takes_back_what_the_journal_tells_and_once_is_enough() {
    let bench = Bench::new(|_| None);
    bench.apply(&bench.plan(&[(ONE, "a"), (OTHER, "c")])).await.unwrap();
    let ran = bench.undo().await.unwrap();
    let told: Vec<_> = ran.roles.iter().map(|carried| (carried.role.name(), carried.outcome)).collect();
    assert_eq!(told, [("c", Some(Outcome::Undone)), ("a", Some(Outcome::Undone))], "the last one first");
    assert_eq!(
        (bench.attached(ONE, "a"), bench.attached(OTHER, "c")),
        (vec![WORKER.to_owned()], vec![WORKER.to_owned()])
    );
    assert_eq!(bench.wire.log_of("DetachRolePolicy").len(), 2);
    bench.undo().await.unwrap();
    assert_eq!(bench.wire.log_of("DetachRolePolicy").len(), 2);
}

#[tokio::test(start_paused = true)]
async fn an_account_that_another_run_changes_is_left_to_it() {
    let bench = Bench::new(|_| None);
    let lock = bench.place.lock(&ONE.parse().unwrap(), "journal-of-another", bench.sdk.now()).await.unwrap();
    let ran = bench.apply(&bench.plan(&[(ONE, "a"), (OTHER, "c")])).await.unwrap();
    let outcomes: Vec<_> = ran.roles.iter().map(|carried| carried.outcome).collect();
    assert_eq!(outcomes, [Some(Outcome::Refused), Some(Outcome::Applied)]);
    assert!(ran.roles[0].message.contains("journal-of-another"), "{}", ran.roles[0].message);
    bench.place.unlock(&lock, bench.sdk.now()).await.unwrap();
    // the other account's was given back
    bench.place.lock(&OTHER.parse().unwrap(), "journal-of-another", bench.sdk.now()).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_lock_is_renewed_in_time_and_nothing_is_called_without_it() {
    let bench = Bench::new(|_| None);
    let account: AccountId = ONE.parse().unwrap();
    let mut holding = Holding::new(&bench.place, &bench.sdk, "journal-1");
    holding.take(&account).await.unwrap();
    // for an hour, four minutes at a time
    for _ in 0..15 {
        tokio::time::advance(Duration::from_mins(4)).await;
        holding.keep().await.unwrap();
    }
    tokio::time::advance(Duration::from_mins(12)).await;
    bench.place.lock(&account, "journal-of-another", bench.sdk.now()).await.unwrap();
    let failure = holding.keep().await.unwrap_err();
    assert_eq!(failure.code, "LockLost");
    assert!(failure.message.contains("journal-of-another"), "{}", failure.message);
    assert!(holding.take(&account).await.is_err(), "nor for the next role");
    assert_eq!(holding.end().await.len(), 1);
    assert!(holding.given_back().is_empty());
}

#[tokio::test(start_paused = true)]
async fn nothing_is_begun_without_a_journal_or_a_caller() {
    let bench = Bench::new(|r: &Request| (r.service == "sts").then(|| xml_error(403, "ExpiredToken")));
    let error = bench.apply(&bench.plan(&[(ONE, "a")])).await.unwrap_err();
    assert!(matches!(error, DriveError::Aws(_)), "{error}");
    let bench = Bench::new(|_| None);
    let plan = bench.plan(&[(ONE, "a")]);
    bench.apply(&plan).await.unwrap();
    let error = bench.apply(&plan).await.unwrap_err();
    assert!(told(&error).contains("exists already"), "{}", told(&error));
}
