//! The report as Markdown, for issues and pull requests. Everything that comes from AWS is escaped: see [`super::harmless`].
//! It fits into one comment: see `room`.

mod changes;
mod room;
mod suppressed;

use std::io::{self, Write};

use crate::finding::Status;

use super::coverage;
use super::harmless::{markdown as escaped, markdown_block, markdown_code as code};
use super::model::{CoverageEntry, CoverageStatus, Report, ReportedFinding};
use super::unknowns::{self, Causes};

use room::held;

/// How many node groups, and how many roles of an undecided result, are named.
const NAMES_SHOWN: usize = 5;

/// Writes the report.
pub fn write(report: &Report, mut sink: impl Write) -> io::Result<()> {
    let sink = &mut sink;
    writeln!(sink, "# EKS node roles\n")?;
    let verdict = if report.complete { "complete" } else { "incomplete: see Coverage" };
    writeln!(
        sink,
        "Run {}, noderole {}, facts of {:.0}.",
        code(&report.run_id),
        escaped(&report.tool_version),
        report.started_at
    )?;
    writeln!(sink, "Coverage is {verdict}.\n")?;
    summary(report, sink)?;
    held(room::CHANGES, sink, |sink| changes::write(report, sink))?;
    findings(report, sink)?;
    let causes = unknowns::by_cause(report);
    held(room::CALLS, sink, |sink| failed_calls(&causes, sink))?;
    held(room::UNDECIDED, sink, |sink| undecided(&causes, sink))?;
    held(room::SUPPRESSED, sink, |sink| suppressed::write(report, sink))?;
    held(room::SINKS, sink, |sink| sinks(report, sink))?;
    held(room::COVERAGE, sink, |sink| write_coverage(report, sink))
}

/// Writes the counts.
fn summary(report: &Report, sink: &mut impl Write) -> io::Result<()> {
    let summary = &report.summary;
    let by = &summary.by_severity;
    let calls: u64 = summary.api_calls.values().sum();
    writeln!(sink, "| accounts | regions | clusters | node groups | node roles | API calls |")?;
    writeln!(sink, "|---:|---:|---:|---:|---:|---:|")?;
    writeln!(
        sink,
        "| {} | {} | {} | {} | {} | {calls} |\n",
        summary.accounts, summary.regions, summary.clusters, summary.node_groups, summary.node_roles
    )?;
    writeln!(sink, "| critical | high | medium | low | advice | unknown | passed | not applicable |")?;
    writeln!(sink, "|---:|---:|---:|---:|---:|---:|---:|---:|")?;
    writeln!(
        sink,
        "| {} | {} | {} | {} | {} | {} | {} | {} |\n",
        by.critical, by.high, by.medium, by.low, summary.advice, summary.unknown, summary.pass, summary.not_applicable
    )
}

/// Writes what sinks took of the run; nothing where none was told.
fn sinks(report: &Report, sink: &mut impl Write) -> io::Result<()> {
    if report.deliveries.is_empty() {
        return Ok(());
    }
    writeln!(sink, "## Sinks\n")?;
    for delivery in &report.deliveries {
        writeln!(sink, "- {}", escaped(&delivery.told()))?;
    }
    writeln!(sink)
}

/// Writes each finding but the unknown ones, which are told by their causes.
fn findings(report: &Report, sink: &mut impl Write) -> io::Result<()> {
    writeln!(sink, "## Findings\n")?;
    let is_told =
        |finding: &&ReportedFinding| finding.status != Status::Unknown && finding.counts() && !finding.is_resolved();
    let told: Vec<_> = report.findings.iter().filter(is_told).collect();
    if told.is_empty() {
        return writeln!(sink, "None.\n");
    }
    let mut left = room::FINDINGS;
    let mut lines = Vec::new();
    for finding in told {
        let mut text = Vec::new();
        of_finding(finding, &mut text)?;
        let length = String::from_utf8_lossy(&text).chars().count();
        // Those after the first that does not fit follow as lines, so that the order is kept.
        if lines.is_empty() && length <= left {
            left -= length;
            sink.write_all(&text)?;
        } else {
            lines.push(finding);
        }
    }
    if lines.is_empty() {
        return Ok(());
    }
    writeln!(sink, "### {} more\n", lines.len())?;
    held(room::FINDING_LINES, sink, |sink| {
        for finding in lines {
            let about = finding.role_arn.as_deref().unwrap_or(finding.account.as_str());
            let (rule, slug) = (escaped(&finding.rule), escaped(&finding.slug));
            writeln!(sink, "- {}: {rule} {slug}, {}: {}", word(finding), code(about), escaped(&finding.message))?;
        }
        writeln!(sink)
    })
}

/// The severity of what fails, else the status.
fn word(finding: &ReportedFinding) -> &'static str {
    match finding.status {
        Status::Fail => finding.severity.as_str(),
        Status::Advice | Status::Unknown | Status::Pass | Status::NotApplicable => finding.status.as_str(),
    }
}

/// Writes one finding.
fn of_finding(finding: &ReportedFinding, sink: &mut impl Write) -> io::Result<()> {
    let word = word(finding);
    let change = finding.change.map(|change| format!(" ({})", change.as_str())).unwrap_or_default();
    writeln!(sink, "### {word}: {} {}{change}\n", escaped(&finding.rule), escaped(&finding.slug))?;
    writeln!(sink, "{}\n", escaped(&finding.message))?;
    writeln!(sink, "- account {}, region {}", code(finding.account.as_str()), code(&finding.region))?;
    if let Some(role) = &finding.role_arn {
        writeln!(sink, "- role {}", code(role))?;
    }
    if !finding.node_groups.is_empty() {
        let groups = finding.node_groups.iter().map(|group| format!("{}/{}", group.cluster, group.name));
        writeln!(sink, "- node groups {}", few(groups))?;
    }
    if let Some(before) = &finding.previous {
        writeln!(sink, "- before: {}", before.words())?;
    }
    if let Some(expired) = &finding.suppression_expired {
        writeln!(sink, "- its suppression has expired: {}", escaped(&expired.told()))?;
    }
    for evidence in &finding.evidence {
        writeln!(sink, "- {}", escaped(&evidence.text))?;
    }
    if let Some(controls) = finding.controls() {
        writeln!(sink, "- compliance: {}", escaped(&controls))?;
    }
    if let Some(remediation) = &finding.remediation {
        writeln!(sink, "- to do ({}): {}", remediation.class.as_str(), escaped(&remediation.text))?;
        if !remediation.commands.is_empty() {
            writeln!(sink, "\n{}", markdown_block("sh", &remediation.commands).trim_end())?;
        }
    }
    writeln!(sink)
}

/// Writes what could not be read, by cause.
fn failed_calls(causes: &Causes, sink: &mut impl Write) -> io::Result<()> {
    if !causes.failed_calls.is_empty() {
        writeln!(sink, "## Could not be read\n")?;
        writeln!(sink, "| call | failed with | accounts and regions | resources | leaves |")?;
        writeln!(sink, "|---|---|---|---:|---|")?;
        for call in &causes.failed_calls {
            let needs = call.explained().map(|text| format!(" ({})", escaped(&text))).unwrap_or_default();
            let places = few(call.places.iter().map(|(account, region)| format!("{account} {region}")));
            writeln!(
                sink,
                "| {} | {}{needs} | {places} | {} | {} |",
                code(&call.api),
                code(&call.error),
                call.resources.len(),
                escaped(&call.leaves())
            )?;
        }
        writeln!(sink)?;
    }
    Ok(())
}

/// Writes what could not be decided, by rule and reason.
fn undecided(causes: &Causes, sink: &mut impl Write) -> io::Result<()> {
    if !causes.undecided.is_empty() {
        writeln!(sink, "## Could not be decided\n")?;
        for group in &causes.undecided {
            let about = group.findings.iter().filter_map(|finding| finding.role_arn.clone());
            let rule = format!("{} {}", escaped(&group.rule), escaped(&group.slug));
            let number = match group.findings.len() {
                1 => String::new(),
                many => format!(", {many} results"),
            };
            writeln!(sink, "- {rule}{number}: {} ({})", escaped(group.why()), few(about))?;
        }
        writeln!(sink)?;
    }
    Ok(())
}

/// Writes the coverage, one line an account and region that was not audited in full.
fn write_coverage(report: &Report, sink: &mut impl Write) -> io::Result<()> {
    writeln!(sink, "## Coverage\n")?;
    let whole = |entry: &&CoverageEntry| entry.status == CoverageStatus::Audited;
    let audited = report.coverage.iter().filter(whole).count();
    writeln!(sink, "Audited in full: {audited} of {} accounts and regions.", report.coverage.len())?;
    if audited < report.coverage.len() {
        writeln!(sink, "\n| account | region | status | failed calls |")?;
        writeln!(sink, "|---|---|---|---|")?;
    }
    for entry in report.coverage.iter().filter(|entry| !whole(entry)) {
        let CoverageEntry { account, region, status, missing, notes: _ } = entry;
        let failed =
            few(missing.iter().map(|missing| format!("{} on {}: {}", missing.api, missing.resource, missing.error)));
        writeln!(sink, "| {account} | {} | {} | {failed} |", escaped(region), status.as_str())?;
    }
    let notes = coverage::notes_of(report);
    if !notes.is_empty() {
        writeln!(sink)?;
    }
    for (note, accounts) in notes {
        writeln!(sink, "- {} ({})", escaped(note), few(accounts.iter().map(ToString::to_string)))?;
    }
    Ok(())
}

/// The first few names as code, and the number of the others.
fn few(names: impl Iterator<Item = String>) -> String {
    let names: Vec<String> = names.collect();
    let shown: Vec<String> = names.iter().take(NAMES_SHOWN).map(|name| code(name)).collect();
    match names.len().saturating_sub(NAMES_SHOWN) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    fn markdown() -> String {
        markdown_of(&sample::report())
    }

    fn markdown_of(report: &Report) -> String {
        let mut text = Vec::new();
        write(report, &mut text).unwrap();
        String::from_utf8(text).unwrap()
    }

    #[test]
    fn names_from_aws_cannot_leave_their_place() {
        let text = markdown_of(&sample::compared());
        assert!(!text.contains("<b>") && !text.contains('\u{1b}') && !text.contains('\u{202e}'), "{text}");
        assert!(text.contains(r"\\n"), "the line end in the name is spelled out: {text}");
    }

    #[test]
    fn each_row_of_a_table_has_as_many_cells_as_its_head() {
        let text = markdown_of(&sample::compared());
        let cells = |line: &str| line.replace("\\|", "").matches('|').count();
        for table in text.split("\n\n").filter(|block| block.starts_with('|')) {
            let head = cells(table.lines().next().unwrap());
            for line in table.lines() {
                assert_eq!(cells(line), head, "{line}");
            }
        }
    }

    #[test]
    fn every_finding_place_and_failed_call_is_there() {
        let text = markdown();
        for part in
            ["critical: NR101", "high: NR202", "advice: NR205", "444455556666", "777788889999", "sts:AssumeRole"]
        {
            assert!(text.contains(part), "{part} is missing in {text}");
        }
        assert!(text.contains("```sh\naws iam attach-role-policy"), "{text}");
    }

    #[test]
    fn the_markdown_of_a_comparison_tells_what_is_new_what_it_was_and_what_is_resolved() {
        let text = markdown_of(&sample::compared());
        insta::assert_snapshot!(text.split_once("## Could not be").unwrap().0);
    }

    #[test]
    fn however_much_there_is_it_fits_into_one_comment_and_says_what_it_leaves_out() {
        let mut report = sample::every_kind(&"<|*".repeat(200));
        let (one, place) = (report.findings[0].clone(), report.coverage[0].clone());
        report.findings.extend(std::iter::repeat_n(one, 3_000));
        report.coverage.extend(std::iter::repeat_n(place, 3_000));
        let mut text = Vec::new();
        write(&report, &mut text).unwrap();
        let text = String::from_utf8(text).unwrap();
        assert!(text.chars().count() <= room::COMMENT, "{}", text.chars().count());
        assert!(text.contains("## Coverage") && text.matches("lines more do not fit").count() >= 2, "{text}");
        assert!(text.contains("### critical: NR101"), "the worst come first and in full: {text}");
    }

    #[test]
    fn the_markdown_of_the_sample_reads_well() {
        insta::assert_snapshot!(markdown());
    }
}
