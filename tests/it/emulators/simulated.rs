//! The simulation is true to the emulators: an organization that is planted in one, read, and simulated out of what was
//! read, gives the same report.

use std::sync::Arc;

use noderole::audit::Settings;
use noderole::collect::ask::Ask;
use noderole::inventory::{self, Inventory};
use noderole::judgement::Judgement;
use noderole::report::Listed;
use noderole::report::model::Report;
use noderole::report::narrow::Narrowing;

use super::server::{Emulator, Server};
use crate::simulation::World;
use crate::simulation::run::{everything, fair, run};

const REGIONS: [&str; 2] = ["eu-west-1", "us-east-1"];

/// Every kind of node, and service control policies.
const NODES: &str = include_str!("../../emulators/nodes.json");

/// Units, several accounts, a hundred node groups; and calls that the server does not answer.
const ORGANIZATION: &str = include_str!("../../emulators/organization.json");

fn judged(facts: &Inventory) -> Report {
    let settings = Settings::default();
    let mut judgement = Judgement::new(&settings, Narrowing::default(), Listed::All, jiff::civil::date(2026, 11, 24));
    judgement.take(facts.clone());
    judgement.end(facts).report
}

#[test]
fn what_is_planted_in_an_emulator_gives_the_same_report_in_the_simulation() {
    for (emulator, planted, least) in [(Emulator::Ministack, NODES, 60), (Emulator::Moto, ORGANIZATION, 40)] {
        let server = Server::start(emulator);
        server.plant(&serde_json::from_str(planted).unwrap());
        let regions = REGIONS.map(|region| ["--region", region]).concat();
        let arguments =
            ["audit", "--organization", "--format", "json", "--include-passed", "--save-inventory", "facts.json"];
        let report = server.noderole(&[&arguments[..], &regions].concat()).report();
        let facts = inventory::load(std::fs::File::open(server.folder().join("facts.json")).unwrap()).unwrap();

        let world = Arc::new(World { page: 7, ..World::of(&facts, emulator.home_account()) });
        let ask = Ask { regions: REGIONS.map(|region| region.parse().unwrap()).into(), ..everything() };
        let simulated = judged(&run(&world, fair(), &ask, None).inventory());

        assert!(report.findings.len() > least, "{emulator:?}: {} results alone", report.findings.len());
        for (simulated, real) in simulated.findings.iter().zip(&report.findings) {
            assert_eq!(simulated, real, "{emulator:?}");
        }
        assert_eq!(simulated.findings.len(), report.findings.len(), "{emulator:?}");
        assert_eq!(simulated.coverage, report.coverage, "{emulator:?}");
        assert_eq!(simulated.complete, report.complete);
        assert_eq!(simulated.account_names, report.account_names);
    }
}
