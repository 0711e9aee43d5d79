//! The configuration.

use std::path::Path;

use noderole::config::{Config, MAX_PROBLEMS, template};

use super::{seeds, told};

/// The template, with its examples in force too, and configurations as people write them.
pub fn seeds(root: &Path) -> Vec<Vec<u8>> {
    let mut found = seeds::files(&root.join("fuzz/seeds/configuration"), "toml");
    found.push(template().into_bytes());
    let in_force = template().lines().map(in_force).collect::<Vec<_>>().join("\n");
    assert!(Config::parse(&in_force).is_ok(), "the template's examples are a configuration");
    found.push(in_force.into_bytes());
    found
}

fn in_force(line: &str) -> &str {
    line.strip_prefix('#').filter(|toml| !toml.starts_with(':')).unwrap_or(line)
}

/// A configuration is taken or refused with everything that is wrong, each at its place, in order.
pub fn hold(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Err(error) = Config::parse(text) else { return };
    assert!((1..=MAX_PROBLEMS + 1).contains(&error.problems.len()), "{} problems", error.problems.len());
    let lines = text.matches('\n').count() + 1;
    for problem in &error.problems {
        told::is_clear(&problem.to_string());
        assert!((1..=lines).contains(&problem.line) && problem.column > 0, "{problem} of {lines} lines");
        assert!(problem.span.end <= text.len(), "{:?} of {}", problem.span, text.len());
    }
    assert!(error.problems.is_sorted_by_key(|problem| problem.span.start), "{error}");
}
