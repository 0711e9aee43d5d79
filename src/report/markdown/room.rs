//! How much room each section has: a comment on a pull request takes 65,536 characters (GitHub), and the whole must fit into one.
//!
//! What does not fit is counted, never dropped in silence; the JSON report has all of it.

use std::io::{self, Write};

/// The most that a comment on a pull request takes, characters.
#[cfg(test)]
pub(super) const COMMENT: usize = 65_536;

/// The changes against the baseline, characters.
pub(super) const CHANGES: usize = 4_000;
/// The findings in full.
pub(super) const FINDINGS: usize = 25_000;
/// The findings that have a line only.
pub(super) const FINDING_LINES: usize = 18_000;
/// The calls that failed.
pub(super) const CALLS: usize = 4_000;
/// The results that could not be decided.
pub(super) const UNDECIDED: usize = 4_000;
/// What is suppressed.
pub(super) const SUPPRESSED: usize = 3_000;
/// The sinks.
pub(super) const SINKS: usize = 1_500;
/// The coverage.
pub(super) const COVERAGE: usize = 4_000;

/// Writes a section of lines that each say one thing, as many as there is room for, and the number of the others.
pub(super) fn held(
    room: usize,
    sink: &mut impl Write,
    section: impl FnOnce(&mut Vec<u8>) -> io::Result<()>,
) -> io::Result<()> {
    let mut all = Vec::new();
    section(&mut all)?;
    let all = String::from_utf8(all).map_err(io::Error::other)?;
    let (mut left, mut more) = (room, 0_usize);
    for line in all.lines() {
        let length = line.chars().count() + 1;
        if more == 0 && length <= left {
            left -= length;
            writeln!(sink, "{line}")?;
        } else if !line.is_empty() {
            more += 1;
        }
    }
    if more > 0 {
        writeln!(sink, "\n{more} lines more do not fit into a comment: the JSON report has them.\n")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(room: usize, lines: &str) -> String {
        let mut told = Vec::new();
        held(room, &mut told, |sink| write!(sink, "{lines}")).unwrap();
        String::from_utf8(told).unwrap()
    }

    #[test]
    fn what_fits_is_left_as_it_is() {
        assert_eq!(text(9, "a\n\nbcd\n\n"), "a\n\nbcd\n\n");
    }

    #[test]
    fn lines_that_do_not_fit_are_counted() {
        let told = text(4, "a\né\nc\n\nd\n");
        assert!(told.starts_with("a\né\n\n2 lines more"), "{told}");
    }
}
