//! Random plans, random faults: whatever comes together, the journal leads back.

use proptest::prelude::*;
use proptest::sample::subsequence;

use crate::failure::FailureClass;
use crate::remediate::Change;

use super::bench::{Bench, Fault};
use super::plans::{
    CNI, IPV6, POWER, PULL, WORKER, add_to_profile, attach, create_entry, create_policy, delete_entry, detach,
    new_version, plan, trust, world,
};
use super::walk::restorable;

fn steps() -> impl Strategy<Value = Vec<Change>> {
    let groups: Vec<Vec<Change>> = vec![
        vec![trust()],
        vec![attach(WORKER)],
        vec![attach(PULL), detach(POWER)],
        vec![detach(CNI)],
        vec![create_policy(), attach(IPV6)],
        vec![new_version()],
        vec![delete_entry(), create_entry("EC2_LINUX")],
        vec![add_to_profile()],
    ];
    subsequence(groups, 1..=5).prop_shuffle().prop_map(|groups| groups.concat())
}

fn fault() -> impl Strategy<Value = Fault> {
    prop_oneof![
        (0..60_usize).prop_map(Fault::CrashBefore),
        (0..60_usize).prop_map(Fault::CrashAfter),
        (0..12_usize).prop_map(Fault::Denied),
        (0..12_usize).prop_map(Fault::Throttled),
        (0..12_usize).prop_map(Fault::Quota),
        (0..12_usize).prop_map(Fault::Lost),
        (0..12_usize).prop_map(Fault::Again),
        (0..12_usize).prop_map(Fault::Dropped),
        (0..12_usize).prop_map(Fault::DeniedFrom),
        (0..40_usize).prop_map(Fault::HalfWritten),
        (0..40_usize).prop_map(Fault::WrittenAllTheSame),
        (0..40_usize, 1..8_usize).prop_map(|(from, times)| Fault::Unread(from, times, FailureClass::Transient)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, max_shrink_iters: 200, ..ProptestConfig::default() })]
    #[test]
    fn whatever_comes_together_the_journal_leads_on_and_back(
        steps in steps(),
        faults in prop::collection::vec(fault(), 0..4),
        lag in 0..10_usize,
        slow in 0..12_usize,
    ) {
        let world = world();
        let mut bench = Bench::new(world.clone(), plan(&world, &steps));
        (bench.aws.lag, bench.aws.slow) = (lag, slow);
        bench.faults = faults;
        let end = bench.apply();
        let what = format!("{:?}, lag {lag}, {slow}, {end:?}", bench.faults);
        restorable(&what, &world, &bench, &end);
    }
}
