//! The simulation tells the truth: an inventory that is simulated and read over the wire comes back as it was.

use std::sync::Arc;

use noderole::collect::ask::Ask;
use noderole::inventory::Inventory;

use crate::simulation::World;
use crate::simulation::run::{everything, fair, run};

/// The account that audits the sample.
const AUDITOR: &str = "222233334444";

#[test]
fn the_sample_comes_back_over_the_wire_as_it_was() {
    let sample = noderole::demo::inventory().unwrap();
    for page in [1000, 3] {
        let world = Arc::new(World { page, ..World::of(&sample, AUDITOR) });
        let ask = Ask {
            regions: ["ap-southeast-2", "eu-west-1", "us-east-1"].map(|r| r.parse().unwrap()).into(),
            ..everything()
        };
        let read = run(&world, fair(), &ask, None).inventory();
        for (read, wanted) in read.accounts.iter().zip(&sample.accounts) {
            assert_eq!(read.roles, wanted.roles, "account {}", wanted.id);
            assert_eq!(read.regions, wanted.regions, "account {}", wanted.id);
            assert_eq!(read, wanted);
        }
        assert_eq!(read.policies, sample.policies);
        let Inventory {
            run_id, tool_version, started_at, finished_at, api_calls, throttled, retries, throttles, ..
        } = sample.clone();
        let read = Inventory {
            run_id,
            tool_version,
            started_at,
            finished_at,
            api_calls,
            throttled,
            retries,
            throttles,
            ..read
        };
        assert!(read == sample, "other members differ");
    }
}
