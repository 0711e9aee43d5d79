//! Decides evaluation cases: JSON lines in, JSON lines out (`noderole simulate`). Pure but for the reader and writer
//! that it is given.

mod answer;
mod case;
#[cfg(test)]
mod tests;

use std::io::{BufRead, Read, Write};

use serde::Serialize;

use crate::report::harmless;
use answer::{Answer, Failed};
pub use case::CaseError;

/// The longest line that is read, in bytes; a case carries a dozen policies of at most 10 kB each.
pub const MAX_LINE_BYTES: u64 = 16 * 1024 * 1024;

/// The longest resource, in bytes: IAM's ARNs have at most 2,048 characters (IAM API reference, data type `arnType`).
pub const MAX_RESOURCE_BYTES: usize = 2048;

/// The longest action, in bytes (IAM API reference, SimulateCustomPolicy: 128 characters).
pub const MAX_ACTION_BYTES: usize = 128;

/// The longest name of a policy, in bytes: it may be an ARN, and stands in the answer for each statement that decides.
pub const MAX_POLICY_NAME_BYTES: usize = 2048;

/// The largest context, in bytes of keys and values: each value is held against each pattern of its key.
pub const MAX_CONTEXT_BYTES: usize = 64 * 1024;

/// The most levels of service control policies: organizational units nest five deep, between root and account.
pub const MAX_LEVELS: usize = 16;

/// How many cases were decided, and how many were not.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Summary {
    /// Lines answered with a decision.
    pub decided: usize,
    /// Lines answered with an error.
    pub failed: usize,
}

/// Answers each line of `cases` by a line of `answers`, in order: `{id, decision, by}`, or `{id, error}` where the case
/// or a policy document in it is malformed.
///
/// `decision` is that of [`crate::policy::Outcome`]. `by` lists who decided: `{layer, policy, statement, sid, effect}`,
/// in the layer of service control policies also `level`. A conditional decision has `hinges`: the keys and policies on
/// which it hangs. A case has no members but those of `noderole simulate --help`, `expected` and `description`; the last
/// two are not read, any other is an error. The `id` of a line that is not JSON, or has none, is null, and the error names the line. Empty
/// lines are skipped.
///
/// # Errors
/// Only where reading or writing fails; what is wrong with a case is in its answer, and counted in [`Summary::failed`].
pub fn run(mut cases: impl BufRead, mut answers: impl Write) -> std::io::Result<Summary> {
    let mut summary = Summary::default();
    let mut line = Vec::new();
    for number in 1_usize.. {
        line.clear();
        if (&mut cases).take(MAX_LINE_BYTES).read_until(b'\n', &mut line)? == 0 {
            break;
        }
        let is_whole = line.ends_with(b"\n") || line.len() as u64 != MAX_LINE_BYTES;
        if !is_whole {
            skip_line(&mut cases)?;
        }
        if line.trim_ascii().is_empty() {
            continue;
        }
        let outcome = if is_whole { case::decide(&line) } else { Err(CaseError::TooLong { limit: MAX_LINE_BYTES }) };
        match outcome {
            Ok((id, decision)) => {
                summary.decided += 1;
                write_harmless(&mut answers, &Answer::of(&id, &decision))?;
            }
            Err(error) => {
                summary.failed += 1;
                write_harmless(&mut answers, &Failed::of(case::id(&line), number, &error))?;
            }
        }
        answers.write_all(b"\n")?;
    }
    answers.flush()?;
    Ok(summary)
}

/// Writes an answer; what its names could do to a terminal is escaped.
fn write_harmless(answers: &mut impl Write, answer: &impl Serialize) -> std::io::Result<()> {
    let text = serde_json::to_string(answer)?;
    answers.write_all(harmless::json(&text).as_bytes())
}

/// Reads to the end of a line without keeping it.
fn skip_line(cases: &mut impl BufRead) -> std::io::Result<()> {
    loop {
        let buffer = cases.fill_buf()?;
        let end = buffer.iter().position(|byte| *byte == b'\n');
        let read = end.map_or(buffer.len(), |at| at + 1);
        cases.consume(read);
        if read == 0 || end.is_some() {
            return Ok(());
        }
    }
}
