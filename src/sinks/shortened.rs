//! A finding cut to the size that a sink takes: what is left out is counted, and the finding says so.

use serde::Serialize;

use crate::report::harmless;
use crate::report::model::{ReportedEvidence, ReportedFinding, ReportedRemediation};

/// What did not fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) struct LeftOut {
    /// Pieces of evidence.
    pub evidence: usize,
    /// Node groups.
    pub node_groups: usize,
    /// Commands of the remediation.
    pub commands: usize,
}

/// A finding that surely takes less than `budget` bytes of JSON, as far as AWS's names are as short as AWS keeps them:
/// evidence is left out from its end, then node groups, then commands; long sentences are cut.
pub(crate) fn shortened(finding: &ReportedFinding, budget: usize) -> (ReportedFinding, LeftOut) {
    let mut shorter = finding.clone();
    let commands = shorter.remediation.as_mut().map(|remediation| &mut remediation.commands);
    let left_out = LeftOut {
        evidence: keep(&mut shorter.evidence, budget / 4),
        node_groups: keep(&mut shorter.node_groups, budget / 4),
        commands: commands.map_or(0, |commands| keep(commands, budget / 8)),
    };
    if left_out.evidence > 0 {
        shorter.evidence.push(ReportedEvidence::fact(format!(
            "{} more pieces of evidence are left out: it would be too long",
            left_out.evidence
        )));
    }
    // What else a finding has is made of AWS names, which are short, in sentences of ours; reasons are the user's.
    shorter.message = cut(&shorter.message, budget / 16);
    if let Some(remediation) = &mut shorter.remediation {
        remediation.text = cut(&remediation.text, budget / 16);
    }
    if let Some(previous) = &mut shorter.previous {
        previous.message = cut(&previous.message, budget / 16);
    }
    for suppressed in [&mut shorter.suppressed, &mut shorter.suppression_expired].into_iter().flatten() {
        suppressed.reason = cut(&suppressed.reason, budget / 32);
        suppressed.owner = suppressed.owner.as_deref().map(|owner| cut(owner, budget / 64));
    }
    (shorter, left_out)
}

/// What came of a role, in surely less than `budget` bytes of JSON: its sentence is cut.
pub(crate) fn shortened_remediation(remediation: &ReportedRemediation, budget: usize) -> ReportedRemediation {
    let mut shorter = remediation.clone();
    shorter.message = cut(&shorter.message, budget / 2);
    // as many as a role has rules
    keep(&mut shorter.findings, budget / 4);
    shorter
}

/// JSON in which no character of an AWS name or document can deceive whoever reads it.
///
/// # Errors
/// Those of the serializer, which plain data does not raise.
pub(crate) fn harmless_json<T: Serialize>(value: &T) -> Result<String, serde_json::Error> {
    serde_json::to_string(value).map(|text| harmless::json(&text).into_owned())
}

/// Keeps as many items from the start as fit into `budget` bytes of JSON, and counts those that went.
fn keep<T: Serialize>(items: &mut Vec<T>, budget: usize) -> usize {
    let mut used = 0;
    let fits = |item: &T| {
        // A serializer that failed here fails for the whole finding, and is reported there.
        used += harmless_json(item).map_or(0, |text| text.len() + 1);
        used <= budget
    };
    let kept = items.iter().map(fits).take_while(|fits| *fits).count();
    let gone = items.len() - kept;
    items.truncate(kept);
    gone
}

/// The first characters of a text, as many as `budget` bytes of JSON surely hold.
fn cut(text: &str, budget: usize) -> String {
    // A character takes at most 12 bytes in JSON: two escapes of 6 where it is outside the basic plane.
    let limit = budget / 12;
    if text.chars().nth(limit).is_none() {
        return text.to_owned();
    }
    text.chars().take(limit).chain(['…']).collect()
}
