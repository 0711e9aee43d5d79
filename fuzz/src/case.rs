//! Cases of `noderole simulate`: a line in, a line out.

use std::path::Path;

use noderole::simulate;
use serde_json::Value;

use super::{seeds, told};

/// Every hundredth case of the independent evaluator.
pub fn seeds(root: &Path) -> Vec<Vec<u8>> {
    seeds::lines(&root.join("tests/policy/iam-cases.jsonl"), 50)
}

/// Each line is answered, by a decision or by an error, in one line that steers no terminal.
pub fn hold(data: &[u8]) {
    let mut out = Vec::new();
    let summary = simulate::run(data, &mut out).unwrap();
    let asked = data.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty()).count();
    let answers = String::from_utf8(out).unwrap();
    assert_eq!((answers.lines().count(), summary.decided + summary.failed), (asked, asked));
    for line in answers.lines() {
        assert!(!line.chars().any(told::steers), "{}", line.escape_debug());
        let answer: Value = serde_json::from_str(line).unwrap();
        match (answer["decision"].as_str(), answer["error"].as_str()) {
            (Some(decision), None) => {
                assert_eq!(decision == "conditional", answer["hinges"].is_array(), "{answer}");
                assert!(answer["by"].as_array().is_some_and(|by| !by.is_empty()), "{answer}");
            }
            // the name of a policy is its author's, and may be as long as an ARN
            (None, Some(error)) => assert!(!error.is_empty() && error.len() < 5_000, "{} bytes", error.len()),
            (decision, error) => panic!("{decision:?} and {error:?}"),
        }
    }
}
