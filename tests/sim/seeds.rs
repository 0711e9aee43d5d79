//! Which seeds are run: so many from a first one on, by two variables of the environment.
//!
//! `NODEROLE_SIM_SEED=4711 NODEROLE_SIM_COUNT=1` makes one run again that failed.

/// The seeds of a test that takes so many where nothing is said.
pub(crate) fn seeds(usual: u64) -> impl Iterator<Item = u64> {
    let first = variable("NODEROLE_SIM_SEED").unwrap_or(1);
    let count = variable("NODEROLE_SIM_COUNT").unwrap_or(usual);
    first..first + count
}

#[expect(clippy::disallowed_methods, reason = "a test's own setting: it may read the environment")]
fn variable(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(text.parse().unwrap_or_else(|_error| panic!("{name} is no number: {text}")))
}

/// Runs each seed, and shows all that fail, with how to run them again.
pub(crate) fn each(test: &str, usual: u64, mut run: impl FnMut(u64) -> Vec<String>) {
    let mut failed = Vec::new();
    for seed in seeds(usual) {
        let wrong = run(seed);
        if !wrong.is_empty() {
            let again = format!("NODEROLE_SIM_SEED={seed} NODEROLE_SIM_COUNT=1 cargo test --test sim {test}");
            failed.push(format!("seed {seed} ({again}):\n  {}", wrong.join("\n  ")));
        }
    }
    let count = failed.len();
    failed.truncate(5);
    assert!(failed.is_empty(), "{count} seeds failed:\n{}", failed.join("\n"));
}
