//! The names that were likely meant by one that does not exist.

use std::collections::BTreeSet;

/// How alike two names must be (Jaro-Winkler, 0 to 1, letter case aside) for one to be meant by the other.
const ALIKE: f64 = 0.8;

/// The longest name that is compared, in bytes: none that can be meant is as long, and what was written may be of any length.
const LONGEST: usize = 256;

/// The name that is nearest, if one is near at all.
pub(crate) fn nearest<'a>(name: &str, among: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let scored = among.into_iter().map(|other| (likeness(name, other), other));
    scored.filter(|(alike, _)| *alike >= ALIKE).max_by(|(a, _), (b, _)| a.total_cmp(b)).map(|(_, other)| other)
}

/// The names, each once, the nearest first.
pub(crate) fn nearest_first(name: &str, among: impl IntoIterator<Item = String>) -> Vec<String> {
    let once: BTreeSet<String> = among.into_iter().collect();
    let mut scored: Vec<(f64, String)> = once.into_iter().map(|other| (likeness(name, &other), other)).collect();
    scored.sort_by(|(a, _), (b, _)| b.total_cmp(a));
    scored.into_iter().map(|(_, other)| other).collect()
}

fn likeness(one: &str, other: &str) -> f64 {
    if one.len() > LONGEST || other.len() > LONGEST {
        return if one == other { 1.0 } else { 0.0 };
    }
    strsim::jaro_winkler(&one.to_ascii_lowercase(), &other.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_pen_has_a_nearest_name_and_nonsense_has_none() {
        let names = ["ecr-pull", "eu-west-1", "StringEquals"];
        assert_eq!(nearest("ecr-pul", names), Some("ecr-pull"));
        assert_eq!(nearest("stringequal", names), Some("StringEquals"));
        assert_eq!(nearest("qqq", names), None);
        assert_eq!(nearest(&format!("StringEquals{}", " ".repeat(LONGEST)), names), None, "nobody meant that");
    }

    #[test]
    fn the_nearest_name_comes_first_and_each_once() {
        let names = ["prod", "staging", "dev", "prod"].map(str::to_owned);
        let sorted = nearest_first("prd", names);
        assert_eq!((sorted.len(), sorted[0].as_str()), (3, "prod"));
    }
}
