//! A report with everything that a report may have, and text of the caller's wherever a report has free text.

use crate::failure::FailureClass;
use crate::finding::{Status, SuppressedBy};
use crate::report::model::{
    Baseline, Change, Delivery, DeliveryFailure, Missing, NotCompared, NotComparedReason, Previous, ReportedEvidence,
    ReportedRemediation, ReportedSuppressed, ReportedSuppression,
};
use crate::report::{Listed, Report, assemble};
use crate::sinks::SinkKind;
use crate::suppress::State;

/// Every status, every change, suppressed and expired, not compared, noted; with `text` in every free text.
pub(crate) fn every_kind(text: &str) -> Report {
    let mut report = assemble(&super::inventory(), &super::findings(), Listed::All);
    let accepted = |by| ReportedSuppressed {
        reason: text.to_owned(),
        owner: Some(text.to_owned()),
        expires: Some("2027-01-01".parse().unwrap()),
        by,
    };
    let previous = Previous {
        journal: None,
        run_id: "20261001T090807Z-0a0b0c".to_owned(),
        status: Status::Fail,
        severity: report.findings[0].severity,
        message: text.to_owned(),
        suppressed: false,
    };
    let mut lost = report.findings[0].clone();
    lost.id = "NR101-0000000000000000".to_owned();
    report.findings[0].change = Some(Change::New);
    report.findings[1].change = Some(Change::Unchanged);
    report.findings[1].suppression_expired = Some(accepted(SuppressedBy::Tag));
    let resolved = report.findings.iter_mut().find(|finding| finding.status == Status::Pass).unwrap();
    (resolved.change, resolved.previous) = (Some(Change::Resolved), Some(previous));
    let mut suppressed = report.findings[1].clone();
    suppressed.id = "NR202-0000000000000000".to_owned();
    suppressed.suppression_expired = None;
    suppressed.suppressed = Some(accepted(SuppressedBy::Configuration));
    report.findings.push(suppressed);
    report.summary.suppressed = 1;
    for finding in &mut report.findings {
        finding.message = format!("{} {text}", finding.message);
        finding.evidence.push(ReportedEvidence::fact(text));
        for group in &mut finding.node_groups {
            text.clone_into(&mut group.name);
        }
        if let Some(remediation) = &mut finding.remediation {
            remediation.text = text.to_owned();
            remediation.commands.push(text.to_owned());
        }
    }
    report.deliveries = vec![delivery(text)];
    report.remediations = vec![ReportedRemediation { message: text.to_owned(), ..super::remediation(None) }];
    report.suppressions = [State::Expired, State::Unused]
        .map(|state| ReportedSuppression {
            reason: text.to_owned(),
            owner: None,
            expires: Some("2026-10-01".parse().unwrap()),
            matched: 1,
            state,
        })
        .to_vec();
    report.notes.push(text.to_owned());
    report.account_names.insert("111122223333".parse().unwrap(), text.to_owned());
    report.coverage[0].notes.push(text.to_owned());
    let missing = report.coverage.iter_mut().find_map(|entry| entry.missing.first_mut()).unwrap();
    *missing = Missing { resource: text.to_owned(), message: text.to_owned(), ..missing.clone() };
    report.baseline = Some(Baseline {
        run_id: "20261001T090807Z-0a0b0c".to_owned(),
        tool_version: "0.1.0".to_owned(),
        finished_at: report.started_at,
        complete: true,
        not_compared: vec![NotCompared {
            run_id: report.run_id.clone(),
            reason: NotComparedReason::NotRead,
            finding: lost,
        }],
    });
    report
}

/// A sink that took half of what there was.
fn delivery(text: &str) -> Delivery {
    let failure = DeliveryFailure {
        what: text.to_owned(),
        error: "NotFound".to_owned(),
        message: text.to_owned(),
        class: FailureClass::Gone,
    };
    Delivery {
        sink: SinkKind::S3,
        target: text.to_owned(),
        offered: 2,
        delivered: 1,
        failures: vec![failure],
        more_failures: 0,
    }
}
