//! The size limits of the AWS Security Finding Format, and how text is made to fit them.
//!
//! Source: the members' documentation in Security Hub's API model (`AwsSecurityFinding` and what it holds).

use std::fmt::Write;

use sha2::{Digest, Sha256};

use crate::report::harmless;

/// `Title`, characters.
pub const TITLE: usize = 256;
/// `Description`, characters.
pub const DESCRIPTION: usize = 1024;
/// `Id`, `GeneratorId` and a resource's `Id`, characters.
pub const ID: usize = 512;
/// `Remediation.Recommendation.Text`, characters.
pub const RECOMMENDATION: usize = 512;
/// `ProductFields`, pairs.
pub const FIELDS: usize = 50;
/// The value of a field of `ProductFields` and of `Details.Other`, characters. A field's key may have 128; ours are fixed.
pub const FIELD: usize = 2048;
/// `Resources`, items.
pub const RESOURCES: usize = 32;
/// `Compliance.RelatedRequirements`, items.
pub const REQUIREMENTS: usize = 32;
/// One of `Compliance.RelatedRequirements`, characters.
pub const REQUIREMENT: usize = 64;
/// One finding as JSON, bytes: 240 KB, taken as the smaller of the two meanings.
pub const FINDING_BYTES: usize = 240_000;

/// What stands at the end of text that was cut.
const CUT: char = '…';

/// How many hexadecimal digits tell apart ids that were cut.
const TELLING: usize = 16;

/// The length that the limits are held against: UTF-16 units, the largest of the ways to count characters.
pub fn length(text: &str) -> usize {
    text.chars().map(char::len_utf16).sum()
}

/// One line of harmless text of at most `limit` characters, never blank: Security Hub refuses blank text.
pub fn fit(text: &str, limit: usize) -> String {
    let line = harmless::line(text);
    if line.trim().is_empty() {
        return "-".to_owned();
    }
    if length(&line) <= limit {
        return line.into_owned();
    }
    let mut short = head(&line, limit.saturating_sub(CUT.len_utf16()));
    short.push(CUT);
    short
}

/// An id of at most [`ID`] characters: two that differ still differ when they are cut.
pub fn fit_id(text: &str) -> String {
    let line = fit(text, usize::MAX);
    if length(&line) <= ID {
        return line;
    }
    let mut short = head(&line, ID - TELLING - 1);
    short.push('-');
    for byte in Sha256::digest(text.as_bytes()).iter().take(TELLING / 2) {
        // Writing to a String cannot fail.
        write!(short, "{byte:02x}").ok();
    }
    short
}

/// As many whole characters from the start as fit into `limit`.
fn head(text: &str, limit: usize) -> String {
    let mut used = 0;
    text.chars()
        .take_while(|c| {
            used += c.len_utf16();
            used <= limit
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_cut_between_characters_and_says_that_it_was() {
        assert_eq!(fit("short", 5), "short");
        assert_eq!(fit("longer", 5), "long…");
        // An emoji has two UTF-16 units: the second does not fit in half.
        assert_eq!(fit("😀😀😀", 4), "😀…");
        assert_eq!(length(&fit(&"😀".repeat(300), TITLE)), 255);
    }

    #[test]
    fn blank_text_becomes_visible() {
        for blank in ["", " ", "   "] {
            assert_eq!(fit(blank, TITLE), "-");
        }
        assert_eq!(fit("\n", TITLE), r"\n");
    }

    #[test]
    fn ids_that_differ_only_past_the_limit_still_differ() {
        let [one, other] = ["a", "b"].map(|end| fit_id(&format!("{}{end}", "x".repeat(ID))));
        assert_ne!(one, other);
        assert_eq!((length(&one), length(&other)), (ID, ID));
        let arn = "arn:aws:iam::111122223333:role/x";
        assert_eq!(fit_id(arn), arn);
    }
}
