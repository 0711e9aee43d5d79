//! The html report in a headless browser: `tests/browser/check.py` asks it, one question a test.

mod install;

use std::path::{Path, PathBuf};
use std::process::Command;

use noderole::finding::Status;
use noderole::ids::AccountId;
use noderole::report::{self, Report};
use tempfile::TempDir;

use crate::cli::Noderole;
use crate::cli::hostile_names::hostile;
use install::{Installed, SCRIPTS, installed};

/// A page in a folder of its own.
struct Page {
    _folder: TempDir,
    path: PathBuf,
}

impl Page {
    /// A page with this text. Not in /tmp: a browser in a sandbox may have another one.
    fn new(text: &str) -> Self {
        let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let path = folder.path().join("report.html");
        std::fs::write(&path, text).unwrap();
        Self { _folder: folder, path }
    }
}

/// The page that the program makes of the sample organization.
fn of_sample() -> Page {
    let told = Noderole::new().run(&["audit", "--demo", "--format", "html"]);
    assert_eq!(told.code, 1, "{}", told.err);
    Page::new(&told.out)
}

/// The page of the sample's findings, repeated until there are that many.
fn of_many(number: usize) -> Page {
    let told = Noderole::new().run(&["audit", "--demo", "--format", "json"]);
    let mut report: Report = serde_json::from_str(&told.out).unwrap();
    let open: Vec<_> = report.findings.drain(..).filter(|finding| finding.suppressed.is_none()).collect();
    for (at, finding) in open.iter().cycle().take(number).enumerate() {
        let mut finding = finding.clone();
        finding.id = format!("{}-{at}", finding.id);
        finding.account = format!("{:012}", at % 1_000).parse().unwrap();
        report.findings.push(finding);
    }
    let mut text = Vec::new();
    report::html::write(&report, &[].into(), &mut text).unwrap();
    Page::new(&String::from_utf8(text).unwrap())
}

/// Asks a question about a page.
fn ask(installed: &Installed, question: &str, page: &Page) {
    let mut command = Command::new(&installed.python);
    command.arg(Path::new(SCRIPTS).join("check.py"));
    command.arg(&installed.browser.executable).arg(question).arg(&page.path);
    if let Some(own) = &installed.browser.own {
        command.env("LD_LIBRARY_PATH", own.join("lib")).env("FONTCONFIG_FILE", own.join("fonts.conf"));
    }
    let output = command.output().unwrap();
    let said = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes).into_owned()).concat();
    assert!(output.status.success(), "{question}: {said}");
}

#[test]
fn filters_let_through_what_they_name() {
    ask(installed(), "filters", &of_sample());
}

#[test]
fn what_is_new_and_resolved_since_the_baseline_can_be_listed() {
    let noderole = Noderole::new();
    let told = noderole.run(&["audit", "--demo", "--format", "json"]);
    let mut before: Report = serde_json::from_str(&told.out).unwrap();
    // A result that is met today is made a failure of the baseline; a failure of today is taken out of it.
    let all = noderole.run(&["audit", "--demo", "--format", "json", "--include-passed"]);
    let all: Report = serde_json::from_str(&all.out).unwrap();
    let read_whole =
        |account: &AccountId| before.coverage.iter().all(|e| e.account != *account || e.missing.is_empty());
    let mut met = all.findings.iter().find(|f| f.status == Status::Pass && read_whole(&f.account)).unwrap().clone();
    met.status = Status::Fail;
    before.findings.remove(0);
    before.findings.push(met);
    // The sample's run has always the same id; a run has one row in the trend.
    before.run_id = "earlier".to_owned();
    noderole.write("before.json", &serde_json::to_string(&before).unwrap());
    let told = noderole.run(&["audit", "--demo", "--baseline", "before.json", "--format", "html"]);
    assert_eq!(told.code, 1, "{}", told.err);
    ask(installed(), "changes", &Page::new(&told.out));
}

#[test]
fn the_search_finds_words_in_any_order_and_case() {
    ask(installed(), "search", &of_sample());
}

#[test]
fn an_address_shows_another_reader_the_same_findings() {
    ask(installed(), "links", &of_sample());
}

#[test]
fn the_page_works_by_keyboard_and_shows_the_focus() {
    ask(installed(), "keyboard", &of_sample());
}

#[test]
fn a_finding_shows_its_statement_and_gives_its_command_to_copy() {
    ask(installed(), "evidence", &of_sample());
}

#[test]
fn colours_are_the_systems_or_the_readers() {
    ask(installed(), "colours", &of_sample());
}

#[test]
fn on_paper_every_finding_is_open_and_nothing_wants_a_click() {
    ask(installed(), "paper", &of_sample());
}

#[test]
fn ten_thousand_findings_are_drawn_a_page_at_a_time() {
    ask(installed(), "many", &of_many(10_000));
}

#[test]
fn without_scripts_every_finding_is_there() {
    ask(installed(), "without_scripts", &of_sample());
}

#[test]
fn axe_finds_nothing_that_shuts_a_reader_out() {
    ask(installed(), "accessible", &of_sample());
}

#[test]
fn hostile_names_are_read_as_text() {
    let noderole = Noderole::new();
    hostile(&noderole);
    let told = noderole.run(&["audit", "--inventory", "facts.json", "--format", "html"]);
    assert_eq!(told.code, 1, "{}", told.err);
    ask(installed(), "hostile", &Page::new(&told.out));
}
