//! Findings as lines of the log: one JSON object each, none longer than CloudWatch Logs takes whole.

use serde::Serialize;

use crate::report::model::{ReportedFinding, ReportedRemediation};
use crate::sinks::shortened::{LeftOut, harmless_json, shortened, shortened_remediation};

/// The longest line, without its end. An event of CloudWatch Logs was bounded by 256 KB for long, and what reads logs
/// (subscription filters, SNS, EventBridge) still is; some of that is left for what surrounds the line.
pub const MAX_LINE_BYTES: usize = 240 * 1024;

/// One finding in the log.
#[derive(Serialize)]
struct Line<'a> {
    run_id: &'a str,
    finding: &'a ReportedFinding,
    #[serde(skip_serializing_if = "Option::is_none")]
    left_out: Option<LeftOut>,
}

/// The line of a finding, without its end. Where it would be too long, evidence is left out from its end, then node
/// groups, then commands, and `left_out` counts them.
///
/// # Errors
/// Those of the serializer, which plain data does not raise.
pub fn finding_line(run_id: &str, finding: &ReportedFinding) -> Result<String, serde_json::Error> {
    let whole = harmless_json(&Line { run_id, finding, left_out: None })?;
    if whole.len() <= MAX_LINE_BYTES {
        return Ok(whole);
    }
    let (shorter, left_out) = shortened(finding, MAX_LINE_BYTES);
    harmless_json(&Line { run_id, finding: &shorter, left_out: Some(left_out) })
}

/// What came of a role, in the log.
#[derive(Serialize)]
struct OutcomeLine<'a> {
    r#type: &'static str,
    #[serde(flatten)]
    remediation: &'a ReportedRemediation,
}

/// The line of what came of a role, without its end: `"type": "remediation"`, by which metric filters know it. A sentence that
/// is too long is cut.
///
/// # Errors
/// Those of the serializer, which plain data does not raise.
pub fn remediation_line(remediation: &ReportedRemediation) -> Result<String, serde_json::Error> {
    let line = |remediation| harmless_json(&OutcomeLine { r#type: "remediation", remediation });
    let whole = line(remediation)?;
    if whole.len() <= MAX_LINE_BYTES { Ok(whole) } else { line(&shortened_remediation(remediation, MAX_LINE_BYTES)) }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::finding::{NodeGroupRef, NodeKind, Remediation, RemediationClass, Severity, Status};
    use crate::report::model::ReportedEvidence;

    fn finding() -> ReportedFinding {
        ReportedFinding {
            id: "NR202-00".into(),
            rule: "NR202".into(),
            slug: "ecr-pull".into(),
            status: Status::Fail,
            severity: Severity::High,
            account: "111122223333".parse().unwrap(),
            region: "eu-west-1".into(),
            role_arn: Some("arn:aws:iam::111122223333:role/node".into()),
            node_groups: vec![group(0)],
            title: "title".into(),
            message: "message".into(),
            evidence: vec![evidence(10)],
            remediation: Some(Remediation {
                changes: Vec::new(),
                hindered: false,
                class: RemediationClass::Safe,
                text: "attach it".into(),
                commands: vec!["aws iam attach-role-policy".into()],
            }),
            suppressed: None,
            suppression_expired: None,
            change: None,
            previous: None,
            source: "https://docs.aws.amazon.com/eks/latest/userguide/create-node-role.html".into(),
            compliance: Vec::new(),
        }
    }

    fn group(number: usize) -> NodeGroupRef {
        let region = "eu-west-1".parse().unwrap();
        NodeGroupRef { kind: NodeKind::Managed, cluster: "c".into(), region, name: format!("group-{number}") }
    }

    fn evidence(length: usize) -> ReportedEvidence {
        ReportedEvidence::fact("x".repeat(length))
    }

    #[test]
    fn a_line_is_one_json_object_with_the_whole_finding() {
        let line = finding_line("run-1", &finding()).unwrap();
        assert!(!line.contains('\n'));
        let value: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(value["run_id"], "run-1");
        assert_eq!(value["finding"], serde_json::to_value(finding()).unwrap());
        assert!(value.get("left_out").is_none());
    }

    #[test]
    fn a_finding_that_is_too_long_is_cut_and_says_so() {
        let mut long = finding();
        long.evidence = (0..100).map(|_| evidence(5_000)).collect();
        let line = finding_line("run-1", &long).unwrap();
        assert!(line.len() <= MAX_LINE_BYTES, "{}", line.len());
        let value: Value = serde_json::from_str(&line).unwrap();
        let kept = value["finding"]["evidence"].as_array().unwrap();
        let gone = value["left_out"]["evidence"].as_u64().unwrap();
        assert_eq!(kept.len() as u64 - 1 + gone, 100);
        assert!(kept.last().unwrap()["text"].as_str().unwrap().contains("are left out"));
        assert_eq!(value["left_out"]["node_groups"], 0);
    }

    #[test]
    fn a_line_of_an_outcome_says_what_it_is_and_is_never_too_long() {
        let mut refused = crate::report::sample::remediation(Some(crate::remediate::journal::Outcome::Refused));
        let value: Value = serde_json::from_str(&remediation_line(&refused).unwrap()).unwrap();
        assert_eq!((&value["type"], &value["outcome"]), (&"remediation".into(), &"refused".into()));
        assert_eq!(value["journal_id"], refused.journal_id.as_str());
        refused.message = "\u{e0001}\u{1b}".repeat(500_000);
        let line = remediation_line(&refused).unwrap();
        assert!(line.len() <= MAX_LINE_BYTES, "{}", line.len());
        assert!(serde_json::from_str::<Value>(&line).unwrap()["message"].as_str().unwrap().ends_with('…'));
    }

    #[test]
    fn nothing_that_a_finding_can_hold_makes_a_line_too_long() {
        let mut long = finding();
        let control = "\u{e0001}\u{1b}".repeat(500_000);
        long.message.clone_from(&control);
        long.evidence = (0..3).map(|_| evidence(900_000)).collect();
        long.node_groups = (0..50_000).map(group).collect();
        let remediation = long.remediation.as_mut().unwrap();
        remediation.text.clone_from(&control);
        remediation.commands = (0..20_000).map(|number| format!("aws iam detach-role-policy {number}")).collect();
        let line = finding_line("run-1", &long).unwrap();
        assert!(line.len() <= MAX_LINE_BYTES, "{}", line.len());
        let value: Value = serde_json::from_str(&line).unwrap();
        assert!(value["left_out"]["node_groups"].as_u64().unwrap() > 0);
        assert!(value["left_out"]["commands"].as_u64().unwrap() > 0);
        assert_eq!(value["finding"]["id"], "NR202-00");
    }
}
