//! Tests of the map.

use super::*;
use crate::report::sample;

#[test]
fn each_place_has_a_cell_and_a_letter_and_an_account_not_entered_one_over_all_regions() {
    let map = Map::of(&sample::report(), &BTreeMap::new());
    let letters: Vec<&str> = map.letters.iter().map(|letters| letters.text.as_str()).collect();
    assert_eq!(letters, ["PD", "D", "X"]);
    let denied = map.cells.iter().find(|cells| cells.status == "denied").unwrap();
    let wide = 2 * CELL - 2;
    assert!(denied.path.contains(&format!("h{wide}v")), "{}", denied.path);
    assert_eq!(map.columns.iter().map(|label| label.text.as_str()).collect::<Vec<_>>(), ["eu-west-1", "us-east-1"]);
}

#[test]
fn accounts_that_miss_something_come_first_and_those_not_drawn_are_counted() {
    let mut report = sample::report();
    let gap = report.coverage[0].clone();
    let entry = |number: usize, missing: bool| CoverageEntry {
        account: format!("{number:012}").parse().unwrap(),
        missing: if missing { gap.missing.clone() } else { Vec::new() },
        status: if missing { CoverageStatus::Partial } else { CoverageStatus::Audited },
        ..gap.clone()
    };
    report.coverage = (0..ROWS_SHOWN).map(|number| entry(number, false)).chain([entry(999, true)]).collect();
    let map = Map::of(&report, &BTreeMap::new());
    assert_eq!((map.rows.len(), map.further_accounts), (ROWS_SHOWN, 1));
    assert_eq!((map.rows[0].text.as_str(), map.letters[0].text.as_str()), ("000000000999", "P"));
}

#[test]
fn more_regions_than_fit_are_counted() {
    let mut report = sample::report();
    let entry = report.coverage[0].clone();
    report.coverage = (0..COLUMNS_SHOWN + 2)
        .map(|number| CoverageEntry { region: format!("xx-east-{number}"), ..entry.clone() })
        .collect();
    let map = Map::of(&report, &BTreeMap::new());
    assert_eq!((map.columns.len(), map.further_regions), (COLUMNS_SHOWN, 2));
    assert_eq!(map.letters[0].text.len(), COLUMNS_SHOWN);
}

#[test]
fn every_status_has_a_letter_of_its_own() {
    let letters: BTreeSet<char> = keys(&sample::report()).iter().map(|key| key.letter).collect();
    assert_eq!(letters.len(), STATUSES.len());
}
