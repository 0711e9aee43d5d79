//! Matches pieces against text: from left to right, with one place to go back to for each reach of a run.

use super::{Piece, Reach};

/// Whether the pieces match the whole text. A variable counts as a run that reaches anywhere.
///
/// Going back only to the last run of each reach is enough. A run that reaches anywhere takes whatever an earlier one
/// could have taken. A run within a part can only end at the next colon, so two of them never compete for text unless
/// they stand in the same part, where again the later one takes what the earlier one could have.
pub(super) fn matches(pieces: &[Piece], text: &str) -> bool {
    let mut at = 0_usize;
    let mut rest = text;
    let mut anywhere: Option<(usize, &str)> = None;
    let mut in_part: Option<(usize, &str)> = None;
    loop {
        let step = match pieces.get(at) {
            None => {
                if rest.is_empty() {
                    return true;
                }
                None
            }
            Some(Piece::Literal(literal)) => rest.strip_prefix(literal.as_str()),
            Some(Piece::One(reach)) => skip(rest, *reach),
            Some(Piece::Run(Reach::Anywhere) | Piece::Variable(_)) => {
                if at + 1 == pieces.len() {
                    return true;
                }
                anywhere = Some((at + 1, rest));
                in_part = None;
                Some(rest)
            }
            Some(Piece::Run(Reach::InPart)) => {
                in_part = Some((at + 1, rest));
                Some(rest)
            }
        };
        if let Some(after) = step {
            at += 1;
            rest = after;
        } else if let Some((piece, longer)) = in_part.and_then(|back| lengthen(back, Reach::InPart)) {
            in_part = Some((piece, longer));
            (at, rest) = (piece, longer);
        } else if let Some((piece, longer)) = anywhere.and_then(|back| lengthen(back, Reach::Anywhere)) {
            in_part = None;
            anywhere = Some((piece, longer));
            (at, rest) = (piece, longer);
        } else {
            return false;
        }
    }
}

/// The text after one character, if the reach allows that character.
fn skip(text: &str, reach: Reach) -> Option<&str> {
    let mut characters = text.chars();
    let first = characters.next()?;
    match reach {
        Reach::InPart if first == ':' => None,
        Reach::Anywhere | Reach::InPart => Some(characters.as_str()),
    }
}

/// A run that takes one character more.
fn lengthen((piece, text): (usize, &str), reach: Reach) -> Option<(usize, &str)> {
    skip(text, reach).map(|longer| (piece, longer))
}
