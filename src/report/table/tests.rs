//! The table as people see it.

use super::*;
use crate::report::sample;

/// The sample's table.
fn table(width: usize, colour: Colour) -> String {
    table_of(&sample::report(), width, colour)
}

/// The table of a report of the sample.
fn table_of(report: &Report, width: usize, colour: Colour) -> String {
    let mut text = Vec::new();
    let names = sample::inventory().accounts.into_iter().filter_map(|a| Some((a.id, a.name?))).collect();
    write(report, &names, Look { width, colour }, &mut text).unwrap();
    String::from_utf8(text).unwrap()
}

#[test]
fn lines_keep_to_the_width() {
    for width in [80, 120] {
        // An option of a command and its value stay on one line, and so does a word: they are there to be copied.
        let text = table_of(&sample::compared(), width, Colour::Off);
        let may_break = |line: &&str| !line.trim_start().starts_with("--") && line.trim().contains(' ');
        for line in text.lines().filter(may_break) {
            assert!(line.chars().count() <= width, "{} columns: {line}", line.chars().count());
        }
    }
}

#[test]
fn an_arn_is_never_broken_and_no_line_begins_with_a_comma() {
    let arn = "arn:aws:iam::111122223333:role/a-long-path/a-role-whose-name-has-no-blank-and-is-wider-than-its-line";
    let look = Look { width: 60, colour: Colour::Off };
    let lines = look.wrap("  ", "  ", &format!("see {arn}, {arn} and more"));
    assert_eq!(lines, ["  see".to_owned(), format!("  {arn},"), format!("  {arn}"), "  and more".to_owned()]);
}

#[test]
fn the_table_of_a_comparison_tells_what_is_new_what_it_was_and_what_is_resolved() {
    insta::assert_snapshot!(table_of(&sample::compared(), 100, Colour::Off));
}

#[test]
fn what_sinks_took_and_what_they_did_not_is_told() {
    let text = table_of(&sample::every_kind("x"), 100, Colour::Off);
    assert!(text.contains("\n  sink        s3 (x) took 1 of 2: x: NotFound: x\n"), "{text}");
}

#[test]
fn times_are_whole_seconds() {
    let mut report = sample::report();
    report.started_at = "2026-11-01T09:08:07.123456789Z".parse().unwrap();
    let mut text = Vec::new();
    write(&report, &BTreeMap::new(), Look { width: 80, colour: Colour::Off }, &mut text).unwrap();
    let text = String::from_utf8(text).unwrap();
    assert!(text.contains("2026-11-01T09:08:07Z"), "{text}");
}

#[test]
fn without_colour_no_control_character_is_left_whatever_the_names_hold() {
    let text = table_of(&sample::compared(), 100, Colour::Off)
        + &table_of(&sample::every_kind(sample::NASTY), 100, Colour::Off);
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
    assert_eq!(text.matches("needs the permission eks:DescribeNodegroup").count(), 1, "{text}");
    assert!(text.contains("aws iam attach-role-policy"));
}

#[test]
fn how_to_mend_it_and_what_decided_stand_above_the_command() {
    let text = table(100, Colour::Off);
    let at = |needle: &str| text.find(needle).unwrap_or_else(|| panic!("no {needle} in:\n{text}"));
    let fix = at("fix (safe): attach AmazonEC2ContainerRegistryPullOnly");
    assert!(at("may not pull images") < fix && fix < at("aws iam attach-role-policy"), "{text}");
    assert!(at("EC2 may not assume") < at("the trust policy has 1 statement"), "{text}");
    let painted = table(100, Colour::On);
    assert!(painted.contains("fix (safe):\u{1b}[0m attach AmazonEC2"), "the text is not dimmed: {painted}");
}

#[test]
fn the_table_of_the_sample_reads_well() {
    insta::assert_snapshot!(table(80, Colour::Off));
}
