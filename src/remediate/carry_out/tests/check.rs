//! What is looked at before the first call.

use crate::remediate::carry_out::CarryOut;
use crate::remediate::journal::{Outcome, What};

use super::bench::{Bench, End};
use super::plans::{
    CLUSTER, IPV6, PULL, WIDER, WORKER, attach, create_entry, create_policy, delete_entry, plan, trust, world,
};

fn refused(bench: &mut Bench) -> String {
    let before = bench.aws.truth.clone();
    let end = bench.apply();
    let End::Finished(Outcome::Refused, message) = end else { panic!("{end:?}") };
    assert_eq!((bench.calls, &bench.aws.truth), (0, &before));
    let last = bench.lines().pop().unwrap();
    assert!(matches!(last, What::Ended { outcome: Outcome::Refused, .. }), "{last:?}");
    message
}

#[test]
fn a_role_that_moved_since_the_plan_is_refused_with_the_parts() {
    let mut bench = Bench::new(world(), plan(&world(), &[attach(WORKER)]));
    bench.aws.foreign(|world| {
        let role = world.role.as_mut().unwrap();
        role.trust = "{}".to_owned();
        role.inline.insert("new".to_owned(), "{}".to_owned());
        role.inline.remove("logs");
    });
    let message = refused(&mut bench);
    for part in ["trust policy", "inline policy logs", "inline policy new", "noderole plan"] {
        assert!(message.contains(part), "{message}");
    }
    assert!(!message.contains("attached policies"), "{message}");
}

#[test]
fn what_is_done_already_is_unchanged_whatever_else_moved() {
    let mut bench = Bench::new(world(), plan(&world(), &[trust(), attach(WORKER)]));
    bench.aws.foreign(|world| {
        let role = world.role.as_mut().unwrap();
        role.trust = super::plans::EC2.to_owned();
        role.attached.extend([WORKER, PULL].map(str::to_owned));
    });
    assert_eq!(bench.apply(), End::Finished(Outcome::Unchanged, String::new()));
    assert_eq!(bench.calls, 0);
}

#[test]
fn what_looks_done_but_does_not_pass_is_refused_as_moved() {
    let mut bench = Bench::new(world(), plan(&world(), &[attach(WORKER)]));
    bench.aws.foreign(|world| world.role.as_mut().unwrap().attached.extend([WORKER.to_owned()]));
    let mut machine = CarryOut::new(&bench.plan.clone(), |_| Err("NR201 would fail".to_owned()));
    let end = bench.drive(&mut machine);
    assert!(matches!(end, End::Finished(Outcome::Refused, ref why) if why.contains("attached policies")), "{end:?}");
}

#[test]
fn an_entry_that_somebody_made_anew_is_left_alone_and_one_that_is_stale_is_not() {
    let steps = [delete_entry(), create_entry("EC2_LINUX")];
    let mut bench = Bench::new(world(), plan(&world(), &steps));
    let at = format!("eu-west-1/{CLUSTER}");
    bench.aws.foreign(|world| {
        world.entries.get_mut(&at).unwrap().created_at = Some("2026-11-23T00:00:00Z".parse().unwrap());
    });
    assert_eq!(bench.apply(), End::Finished(Outcome::Unchanged, String::new()));
    let mut stale = Bench::new(world(), plan(&world(), &steps));
    stale.aws.foreign(|world| world.role.as_mut().unwrap().trust = "{}".to_owned());
    assert!(refused(&mut stale).contains("trust policy"));
}

#[test]
fn the_document_of_a_policy_that_the_plan_touches_may_be_news() {
    let mut plan = plan(&world(), &[create_policy(), attach(IPV6)]);
    plan.seen.retain(|part, _| !part.contains(IPV6));
    let mut bench = Bench::new(world(), plan.clone());
    assert_eq!(bench.apply(), End::Finished(Outcome::Applied, String::new()));
    // with the planned document it need not be created
    let mut there = world();
    there.policies.insert(IPV6.to_owned(), ([(1, WIDER.to_owned())].into(), 1));
    let mut bench = Bench::new(there.clone(), plan.clone());
    assert_eq!(bench.apply(), End::Finished(Outcome::Applied, String::new()));
    assert_eq!(bench.calls, 1);
    assert_eq!(bench.undo(false), End::Finished(Outcome::Undone, String::new()));
    assert_eq!(bench.aws.truth, there, "what was there before is not deleted");
    // with another one it is not written over
    there.policies.insert(IPV6.to_owned(), ([(1, "{}".to_owned())].into(), 1));
    let message = refused(&mut Bench::new(there, plan));
    assert!(message.contains("exists already, with another document"), "{message}");
}

#[test]
fn what_aws_would_refuse_is_refused_before_anything_is_called() {
    let mut full = world();
    let policies = (0..6).map(|number| format!("arn:aws:iam::111122223333:policy/p{number}"));
    for arn in policies {
        full.policies.insert(arn.clone(), ([(1, "{}".to_owned())].into(), 1));
        full.role.as_mut().unwrap().attached.insert(arn);
    }
    let steps = [trust(), attach(WORKER), attach(PULL)];
    let message = refused(&mut Bench::new(full.clone(), plan(&full, &steps)));
    assert!(message.contains("attach AmazonEC2ContainerRegistryPullOnly") && message.contains("quota"), "{message}");
}

#[test]
fn a_plan_that_would_not_pass_is_refused_before_anything_is_called() {
    let mut bench = Bench::new(world(), plan(&world(), &[attach(WORKER)]));
    let verify = |state: &crate::remediate::state::State| {
        assert!(state.role.as_ref().unwrap().attached.contains(WORKER), "the planned state is judged");
        Err("NR302 would fail".to_owned())
    };
    let mut machine = CarryOut::new(&bench.plan.clone(), verify);
    assert_eq!(bench.drive(&mut machine), End::Finished(Outcome::Refused, "NR302 would fail".to_owned()));
    assert_eq!(bench.calls, 0);
}

#[test]
fn a_role_that_ended_is_not_touched_by_a_resume() {
    let mut bench = Bench::new(world(), plan(&world(), &[attach(WORKER)]));
    bench.apply();
    bench.aws.foreign(|world| world.role.as_mut().unwrap().trust = "{}".to_owned());
    let mut resumed = bench.later();
    assert_eq!(resumed.resume(), End::Finished(Outcome::Applied, String::new()));
    assert_eq!((resumed.calls, &resumed.journal), (0, &bench.journal));
}
