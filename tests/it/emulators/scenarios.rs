//! The troubles from the field that are golden cases (`tests/rules/*/sNN-*.json`), planted where an emulator can hold them,
//! and judged there as the golden cases are. `docs/emulators.md` lists them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use serde_json::Value;

use super::noderole::{Found, Run, found};
use super::planted::{list, results, text};
use super::server::{Emulator, Server};

/// Where scenarios are planted: file and what is in it.
const RIGHTS_AND_JOINING: (&str, &str) = ("scenarios.json", include_str!("../../emulators/scenarios.json"));
const NETWORKS: (&str, &str) = ("networks.json", include_str!("../../emulators/networks.json"));
const CHINA: (&str, &str) = ("china.json", include_str!("../../emulators/china.json"));

const PLANTED: [(Emulator, (&str, &str)); 3] =
    [(Emulator::Ministack, RIGHTS_AND_JOINING), (Emulator::Ministack, NETWORKS), (Emulator::Moto, CHINA)];

const DOCS: &str = include_str!("../../../docs/emulators.md");

/// The scenarios of the list from the field.
const SCENARIOS: u8 = 32;

/// A rule and an outcome.
type Outcome = (String, String);

/// The golden cases of scenarios: name to what neither passes nor is not applicable of the rules that it stands under.
fn golden() -> BTreeMap<String, BTreeMap<String, BTreeSet<String>>> {
    let mut golden: BTreeMap<String, BTreeMap<String, BTreeSet<String>>> = BTreeMap::new();
    let rules = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/rules");
    for rule in fs::read_dir(rules).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()) {
        for case in fs::read_dir(&rule).unwrap().map(|entry| entry.unwrap().path()) {
            let name = case.file_stem().unwrap().to_str().unwrap();
            let number = name.strip_prefix('s').and_then(|rest| rest.get(..2));
            let is_scenario = number.is_some_and(|number| number.parse::<u8>().is_ok());
            if !is_scenario || case.extension().is_none_or(|extension| extension != "json") {
                continue;
            }
            let content: Value = serde_json::from_str(&fs::read_to_string(&case).unwrap()).unwrap();
            let outcomes = content["expect"].as_object().unwrap().values().map(text);
            let outcomes = outcomes.map(|outcome| outcome.split(' ').next().unwrap().to_owned());
            let outcomes = outcomes.filter(|outcome| outcome != "pass" && outcome != "not_applicable").collect();
            let rule = rule.file_name().unwrap().to_str().unwrap().to_owned();
            golden.entry(name.to_owned()).or_default().insert(rule, outcomes);
        }
    }
    golden
}

/// The scenarios that descriptions plant: name to file, emulator, cluster, and what is expected of the roles that show it.
fn planted() -> BTreeMap<String, (&'static str, &'static str, String, BTreeSet<Outcome>)> {
    let mut planted = BTreeMap::new();
    for (emulator, (file, content)) in PLANTED {
        let description: Value = serde_json::from_str(content).unwrap();
        let results = results(&description);
        for account in list(&description["accounts"]) {
            for cluster in list(&account["clusters"]) {
                for (name, roles) in cluster["scenarios"].as_object().into_iter().flatten() {
                    let shown = shown(&results, text(&account["name"]), roles);
                    let place = (emulator.name(), file, text(&cluster["name"]).to_owned(), shown);
                    assert!(planted.insert(name.clone(), place).is_none(), "{name} is planted twice");
                }
            }
        }
    }
    planted
}

/// What is expected of some roles of an account.
fn shown(results: &BTreeSet<Found>, account: &str, roles: &Value) -> BTreeSet<Outcome> {
    let roles: Vec<&str> = list(roles).iter().map(text).collect();
    let of_roles = results.iter().filter(|(of, _, role, _)| of == account && roles.contains(&role.as_str()));
    of_roles.map(|(_, rule, _, outcome)| (rule.clone(), outcome.clone())).collect()
}

/// The rows of the table in the docs: name, emulator, and where it is planted or why it is not.
fn rows() -> Vec<[&'static str; 3]> {
    let cells = |row: &'static str| {
        let mut cells = row.trim_matches('|').split('|').map(str::trim);
        [cells.next().unwrap(), cells.next().unwrap(), cells.next().unwrap()]
    };
    DOCS.lines().filter(|line| line.starts_with("| `s")).map(cells).collect()
}

/// Plants a description, audits, and compares.
fn is_judged_as_planted(emulator: Emulator, content: &str, audit: impl Fn(&Server, &[&str]) -> Run) {
    let server = Server::start(emulator);
    let description: Value = serde_json::from_str(content).unwrap();
    let accounts = server.plant(&description);
    let file = server.folder().join("noderole.toml");
    let lines: Vec<&str> = list(&description["config"]).iter().map(text).collect();
    fs::write(&file, lines.join("\n")).unwrap();
    let run = audit(&server, &["audit", "--format", "json", "--config", file.to_str().unwrap()]);
    assert_eq!(found(&run.report(), &accounts), results(&description), "{}", run.stderr);
}

#[test]
fn scenarios_of_rights_and_of_joining_the_cluster_are_judged_as_planted() {
    is_judged_as_planted(Emulator::Ministack, RIGHTS_AND_JOINING.1, |server, arguments| {
        server.noderole(&[arguments, &["--organization", "--region", "eu-west-1"]].concat())
    });
}

#[test]
fn scenarios_of_the_network_are_judged_as_planted() {
    is_judged_as_planted(Emulator::Ministack, NETWORKS.1, |server, arguments| {
        server.noderole(&[arguments, &["--organization", "--region", "eu-west-1"]].concat())
    });
}

#[test]
fn the_scenario_of_another_partition_is_judged_as_planted() {
    is_judged_as_planted(Emulator::Moto, CHINA.1, |server, arguments| {
        server.noderole_in("cn-north-1", &[arguments, &["--region", "cn-north-1"]].concat())
    });
}

#[test]
fn what_is_expected_of_a_planted_scenario_is_what_its_golden_cases_say() {
    let golden = golden();
    for (name, (_, file, _, shown)) in planted() {
        let rules = golden.get(&name).unwrap_or_else(|| panic!("{file}: {name} is no golden case"));
        for (rule, outcomes) in rules {
            let here: BTreeSet<String> =
                shown.iter().filter(|(of, _)| of == rule).map(|(_, outcome)| outcome.clone()).collect();
            // Two golden cases may bear one name, and then two roles show it.
            let alike = if outcomes.is_empty() { here.is_empty() } else { outcomes.is_subset(&here) };
            assert!(alike, "{file}: {rule} of {name} is {outcomes:?}, not {here:?}");
        }
    }
}

#[test]
fn the_docs_say_of_every_scenario_where_it_is_planted_or_why_not() {
    let planted = planted();
    let rows = rows();
    let named: Vec<&str> = rows.iter().map(|[name, ..]| name.trim_matches('`')).collect();
    let golden: Vec<String> = golden().into_keys().collect();
    assert_eq!(named, golden, "the rows are the golden cases, in order");
    for number in 1..=SCENARIOS {
        assert!(
            named.iter().any(|name| name.starts_with(&format!("s{number:02}-"))),
            "S{number:02} has no golden case"
        );
    }
    for [name, emulator, place] in &rows {
        match planted.get(name.trim_matches('`')) {
            Some((in_emulator, file, cluster, _)) => {
                assert_eq!(emulator, in_emulator, "{name}");
                assert_eq!(*place, format!("`{file}`, cluster `{cluster}`"), "{name}");
            }
            None => assert!(*emulator == "none" && !place.is_empty(), "{name} is not planted: say why"),
        }
    }
}
