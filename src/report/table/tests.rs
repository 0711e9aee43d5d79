//! The table as people see it.

use super::*;
use crate::report::sample;

/// The sample's table.
fn table(width: usize, colour: Colour) -> String {
    let mut text = Vec::new();
    let names = sample::inventory().accounts.into_iter().filter_map(|a| Some((a.id, a.name?))).collect();
    write(&sample::report(), &names, Look { width, colour }, &mut text).unwrap();
    String::from_utf8(text).unwrap()
}

#[test]
fn lines_keep_to_the_width() {
    for width in [80, 120] {
        // An option of a command and its value stay on one line: they are there to be copied.
        for line in table(width, Colour::Off).lines().filter(|line| !line.trim_start().starts_with("--")) {
            assert!(line.chars().count() <= width, "{} columns: {line}", line.chars().count());
        }
    }
}

#[test]
fn without_colour_no_control_character_is_left_whatever_the_names_hold() {
    let text = table(100, Colour::Off);
    assert!(text.chars().all(|c| c == '\n' || !c.is_control()) && !text.contains('\u{202e}'), "{text}");
    assert!(text.contains(r"\u{1b}[31m"), "{text}");
}

#[test]
fn with_colour_the_only_control_sequences_are_our_own() {
    let text = table(100, Colour::On);
    assert!(text.contains("\u{1b}["));
    assert!(!text.contains("\u{1b}[31m<b>"), "the name's own colour code came through");
}

#[test]
fn the_worst_stands_first_and_a_denied_permission_is_named_once() {
    let text = table(100, Colour::Off);
    let at = |needle: &str| text.find(needle).unwrap_or_else(|| panic!("no {needle} in:\n{text}"));
    assert!(at("critical") < at("high"));
    assert!(at("NR101") < at("NR202"));
    assert_eq!(text.matches("the audit role needs eks:DescribeNodegroup").count(), 1, "{text}");
    assert!(text.contains("aws iam attach-role-policy"));
}

#[test]
fn the_table_of_the_sample_reads_well() {
    insta::assert_snapshot!(table(80, Colour::Off));
}
