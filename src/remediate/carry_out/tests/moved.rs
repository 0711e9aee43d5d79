//! Somebody else changes the same role: before, meanwhile, since, or by the same plan at the same time.

use crate::failure::FailureClass;
use crate::remediate::act::{Act, Answer};
use crate::remediate::carry_out::{CarryOut, Undo};
use crate::remediate::journal::Outcome;

use super::bench::{Bench, End, FOREIGN, Fault, XRAY};
use super::model::{Aws, World, failure};
use super::plans::{IPV6, OWN, TRUST, WORKER, all, attach, create_policy, plan, trust, world};
use super::walk::{done, same, walk};

/// The world without what somebody else did; what the others' work was must be there.
fn without(what: &str, world: &World, unseen: bool) -> World {
    let mut world = world.clone();
    if let Some(role) = &mut world.role
        && !unseen
    {
        assert!(role.attached.remove(XRAY), "{what}: somebody else's policy is gone");
    }
    world.policies.remove(XRAY);
    world
}

#[test]
fn a_policy_that_somebody_else_attaches_stays_attached() {
    walk(Fault::Attached, &[0], |what, world, bench, end| {
        let creates = world.role.is_none();
        // before the role was created there was nothing to attach to
        let unseen = bench.aws.truth.role.as_ref().is_none_or(|role| creates && !role.attached.contains(XRAY));
        let plain = without(what, &bench.aws.truth, unseen);
        match &end {
            End::Finished(Outcome::Applied, _) => assert!(same(&plain, &done(&bench, world)), "{what}"),
            End::Finished(Outcome::Restored, message) => {
                assert!(same(&plain, world), "{what}");
                assert!(message.contains(&format!("+ attached {XRAY}")), "{what}");
            }
            End::Finished(Outcome::Refused, message) => {
                assert!(message.contains("attached policies"), "{what}");
                assert_eq!(bench.calls, 0, "{what}");
            }
            // a role that carries somebody else's policy is not deleted
            End::Finished(Outcome::Failed, message) => assert!(creates && message.contains("DeleteConflict"), "{what}"),
            End::Finished(Outcome::Unchanged | Outcome::Undone, _) | End::Crashed => panic!("{what}: {end:?}"),
        }
        let mut undone = bench.later();
        let back = undone.undo(false);
        let plain = without(what, &undone.aws.truth, unseen);
        if let End::Finished(Outcome::Refused, message) = &back {
            assert!(message.contains(XRAY), "{what}, {message}");
            assert_eq!(undone.calls, 0, "{what}");
            assert_eq!(undone.aws.truth, bench.aws.truth, "{what}");
        } else {
            assert!(same(&plain, world) || creates, "{what}, undone {back:?}");
        }
        let mut forced = bench.later();
        let back = forced.undo(true);
        let plain = without(what, &forced.aws.truth, unseen);
        assert!(same(&plain, world) || creates, "{what}, undone by force {back:?}");
    });
}

#[test]
fn a_trust_policy_that_somebody_else_writes_is_not_written_over_unless_forced() {
    walk(Fault::Trust, &[0], |what, world, bench, end| {
        let Some(was) = &world.role else { return };
        let is = |bench: &Bench| bench.aws.truth.role.as_ref().unwrap().trust.clone();
        if bench.unseen {
            return;
        }
        assert_eq!(is(&bench), FOREIGN, "{what}, {end:?}");
        let mut undone = bench.later();
        let back = undone.undo(false);
        assert_eq!(is(&undone), FOREIGN, "{what}, undone {back:?}");
        let mut forced = bench.later();
        let writes = bench
            .lines()
            .iter()
            .any(|line| format!("{line:?}").contains("Doing") && format!("{line:?}").contains("UpdateTrust"));
        let back = forced.undo(true);
        assert!(matches!(back, End::Finished(Outcome::Undone | Outcome::Unchanged, _)), "{what}, forced {back:?}");
        let standing = matches!(end, End::Finished(Outcome::Applied | Outcome::Failed, _));
        if writes && standing {
            assert_eq!(is(&forced), was.trust, "{what}, forced {back:?}");
        }
        let mut plain = forced.aws.truth.clone();
        plain.role.as_mut().unwrap().trust.clone_from(&was.trust);
        assert!(same(&plain, world), "{what}, forced {back:?}");
    });
}

#[test]
fn an_undo_refuses_with_the_difference_where_somebody_changed_the_role_since() {
    let mut bench = Bench::new(world(), plan(&world(), &[trust(), attach(WORKER)]));
    assert_eq!(bench.apply(), End::Finished(Outcome::Applied, String::new()));
    bench.aws.foreign(|world| world.role.as_mut().unwrap().trust = FOREIGN.to_owned());
    let mut undone = bench.later();
    let End::Finished(Outcome::Refused, message) = undone.undo(false) else { panic!("it went on") };
    assert!(message.contains("--force") && message.contains("mine"), "{message}");
    assert_eq!((undone.calls, &undone.journal), (0, &bench.journal), "nothing was called or written");
    let mut forced = bench.later();
    assert_eq!(forced.undo(true), End::Finished(Outcome::Undone, String::new()));
    assert_eq!(forced.aws.truth, world());
}

#[test]
fn by_force_nothing_is_taken_away_that_is_another_thing_by_now() {
    let mut bench = Bench::new(super::plans::without_the_role(), {
        let steps = [super::plans::create_role(), attach(WORKER), super::plans::add_to_profile()];
        plan(&super::plans::without_the_role(), &steps)
    });
    assert_eq!(bench.apply(), End::Finished(Outcome::Applied, String::new()));
    bench.aws.foreign(|world| {
        world.role.as_mut().unwrap().id = "AROATHEIRS".to_owned();
        world.profiles.insert("node".to_owned(), Some("arn:aws:iam::111122223333:role/theirs".to_owned()));
    });
    let mut forced = bench.later();
    let End::Finished(Outcome::Undone, message) = forced.undo(true) else { panic!("it stopped") };
    assert!(message.contains("create the role") && message.contains("not noderole's"), "{message}");
    let role = forced.aws.truth.role.unwrap();
    assert_eq!((role.id.as_str(), role.attached.len()), ("AROATHEIRS", 0));
    assert!(forced.aws.truth.profiles["node"].is_some());
}

#[test]
fn a_policy_that_others_use_by_now_stays_and_is_told() {
    let before = world();
    let mut bench = Bench::new(before.clone(), plan(&before, &[create_policy(), attach(IPV6)]));
    assert_eq!(bench.apply(), End::Finished(Outcome::Applied, String::new()));
    bench.aws.truth.used.insert(IPV6.to_owned());
    let mut undone = bench.later();
    let End::Finished(Outcome::Undone, message) = undone.undo(false) else { panic!("it failed") };
    assert!(message.contains("AmazonEKS_CNI_IPv6_Policy stays: something else uses it"), "{message}");
    assert_eq!(undone.aws.truth.role, before.role);
}

#[test]
fn a_role_that_somebody_changed_while_noderole_was_gone_is_left_as_it_is() {
    let mut bench = Bench::new(world(), plan(&world(), &[trust(), attach(WORKER)]));
    // the trust policy is written; the next step is announced
    bench.faults = vec![Fault::CrashBefore(9)];
    assert_eq!(bench.apply(), End::Crashed);
    assert_ne!(bench.aws.truth.role.as_ref().unwrap().trust, TRUST);
    bench.aws.foreign(|world| world.role.as_mut().unwrap().trust = FOREIGN.to_owned());
    let mut resumed = bench.later();
    let End::Finished(Outcome::Failed, message) = resumed.resume() else { panic!("it went on") };
    assert!(message.contains("somebody else changed the role since") && message.contains("mine"), "{message}");
    assert_eq!(resumed.calls, 0);
}

/// Two machines in turns on one AWS, in an order that a number gives.
fn in_turns(first: &mut Bench, second: &mut Bench, mut order: u64) -> (End, End) {
    let mut one = CarryOut::new(&first.plan.clone(), |_| Ok(()));
    let mut two = CarryOut::new(&second.plan.clone(), |_| Ok(()));
    let (mut ends, mut aws): (_, Aws) = ((None, None), first.aws.clone());
    for _ in 0..10_000 {
        order = order.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let turn = order >> 60 < 8;
        let (bench, end) = if turn { (&mut *first, &mut ends.0) } else { (&mut *second, &mut ends.1) };
        if end.is_none() {
            std::mem::swap(&mut bench.aws, &mut aws);
            *end = if turn { bench.step(&mut one) } else { bench.step(&mut two) };
            std::mem::swap(&mut bench.aws, &mut aws);
        }
        if let (Some(one), Some(two)) = &ends {
            (first.aws, second.aws) = (aws.clone(), aws);
            return (one.clone(), two.clone());
        }
    }
    panic!("no end");
}

#[test]
fn of_two_at_once_both_journals_lead_back_to_before() {
    for (name, world, steps) in all() {
        for order in 0..60 {
            let mut first = Bench::new(world.clone(), plan(&world, &steps));
            let mut second = first.clone();
            let ends = in_turns(&mut first, &mut second, order);
            let what = format!("{name}, order {order}, {ends:?}");
            let mut undone = first.later();
            let one = undone.undo(true);
            let mut both = second.later();
            both.aws = undone.aws.clone();
            let two = both.undo(true);
            let default = |world: &World| {
                let mut world = world.timeless();
                for (versions, default) in world.policies.values_mut() {
                    versions.retain(|version, _| version == default);
                }
                world
            };
            assert_eq!(default(&both.aws.truth), default(&world), "{what}, {one:?}, {two:?}");
        }
    }
}

#[test]
fn a_journal_that_is_out_of_order_leads_to_no_call() {
    let mut bench = Bench::new(world(), plan(&world(), &[attach(WORKER)]));
    bench.apply();
    let mut lines = bench.lines();
    lines.retain(|line| !format!("{line:?}").starts_with("Doing"));
    let machine = Undo::new(&bench.plan.role, &lines, true);
    let end = bench.later().drive(&mut { machine });
    assert!(matches!(end, End::Finished(Outcome::Failed, ref message) if message.contains("out of order")), "{end:?}");
}

#[test]
fn a_version_that_may_be_left_is_told() {
    let mut bench = Bench::new(world(), plan(&world(), &[super::plans::new_version()]));
    assert_eq!(bench.apply(), End::Finished(Outcome::Applied, String::new()));
    let mut machine = Undo::new(&bench.plan.role, &bench.lines(), false);
    let end = loop {
        if let Act::Call(_) = machine.next() {
            // the first half of it was made
            bench.aws.foreign(|world| world.policies.get_mut(OWN).unwrap().1 = 1);
            machine.answer(Answer::Called(Err(failure(FailureClass::Denied, "AccessDenied"))));
        } else if let Some(end) = bench.step(&mut machine) {
            break end;
        }
    };
    let End::Finished(Outcome::Undone, message) = end else { panic!("{end:?}") };
    assert!(message.contains("the version v2 of the policy own may be left (AccessDenied"), "{message}");
}

#[test]
fn a_role_that_was_created_and_that_somebody_deletes_leaves_nothing_to_take_back() {
    for (name, world, steps) in all().into_iter().filter(|(_, world, _)| world.role.is_none()) {
        let mut bench = Bench::new(world.clone(), plan(&world, &steps));
        bench.apply();
        let mut gone = bench.later();
        gone.aws.foreign(|world| {
            world.role = None;
            world.profiles.values_mut().for_each(|holds| *holds = None);
        });
        gone.aws.settle();
        let end = gone.undo(false);
        let End::Finished(Outcome::Undone, message) = &end else { panic!("{name}: {end:?}") };
        assert!(message.contains("somebody has deleted it"), "{name}: {message}");
        let entries = steps.iter().filter(|change| change.entry().is_some()).count();
        assert_eq!(gone.calls, entries, "{name}: what is not the role's own is taken back");
        assert_eq!(gone.aws.truth.timeless(), world.timeless(), "{name}");
    }
}
