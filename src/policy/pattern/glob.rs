//! Matches pieces against text: from left to right, with one place to go back to for each reach of a run.

#[cfg(test)]
mod tests;

use super::{Piece, Reach, Variable};

/// Whether the pieces match the whole text. A variable counts as a run that reaches anywhere.
///
/// Going back only to the last run of each reach is enough. A run that reaches anywhere takes whatever an earlier one
/// could have taken. A run within a part can only end at the next colon, so two of them never compete for text unless
/// they stand in the same part, where again the later one takes what the earlier one could have.
pub(super) fn matches(pieces: &[Piece], text: &str) -> bool {
    walk(pieces, |_| None, text, || ())
}

/// As [`matches`], with the values of the variables. A wildcard in a value is text: whoever chose a tag must not choose a
/// pattern.
pub(super) fn matches_filled<'p>(
    pieces: &'p [Piece],
    value: impl Fn(&'p Variable) -> Option<&'p str>,
    text: &str,
) -> bool {
    walk(pieces, value, text, || ())
}

/// As [`matches_filled`]; a variable without value counts as a run that reaches anywhere. `step` is called for each piece that is held against the text. There are at most as many steps as
/// `2 * (pieces + 1) * (characters + 1)`: no pattern can make it more, however its runs are nested.
fn walk<'p>(
    pieces: &'p [Piece],
    value: impl Fn(&'p Variable) -> Option<&'p str>,
    text: &str,
    mut step: impl FnMut(),
) -> bool {
    let mut at = 0_usize;
    let mut rest = text;
    let mut anywhere: Option<(usize, &str)> = None;
    let mut in_part = InPart::default();
    loop {
        step();
        let piece = pieces.get(at);
        let literal = match piece {
            Some(Piece::Literal(literal)) => Some(literal.as_str()),
            Some(Piece::Variable(variable)) => value(variable),
            Some(Piece::One(_) | Piece::Run(_)) | None => None,
        };
        let next = match (piece, literal) {
            (_, Some(literal)) => rest.strip_prefix(literal),
            (None, None) => {
                if rest.is_empty() {
                    return true;
                }
                None
            }
            (Some(Piece::One(reach)), None) => skip(rest, *reach),
            (Some(Piece::Run(Reach::Anywhere) | Piece::Variable(_) | Piece::Literal(_)), None) => {
                if at + 1 == pieces.len() {
                    return true;
                }
                anywhere = Some((at + 1, rest));
                in_part = InPart::default();
                Some(rest)
            }
            (Some(Piece::Run(Reach::InPart)), None) => in_part.begin(at + 1, rest).then_some(rest),
        };
        if let Some(after) = next {
            at += 1;
            rest = after;
        } else if let Some(back) = in_part.lengthen() {
            (at, rest) = back;
        } else if let Some((piece, longer)) = anywhere.and_then(|back| lengthen(back, Reach::Anywhere)) {
            in_part.fail();
            anywhere = Some((piece, longer));
            (at, rest) = (piece, longer);
        } else {
            return false;
        }
    }
}

/// The runs within a part since the last run that reaches anywhere.
#[derive(Default)]
struct InPart<'t> {
    /// The first of them: the piece after it, and the text where it began.
    first: Option<(usize, &'t str)>,
    /// The last of them: the piece after it, and the text that it has not taken.
    last: Option<(usize, &'t str)>,
    /// The piece after the first one, and how much text was left at the end of the part in which it failed for good.
    failed: Option<(usize, usize)>,
}

impl<'t> InPart<'t> {
    /// Begins a run before `piece`; false where the same run began further left in the same part and failed: it could
    /// have taken whatever this one can.
    fn begin(&mut self, piece: usize, rest: &'t str) -> bool {
        if self.first.is_none() {
            if self.failed.is_some_and(|(failed, end)| failed == piece && rest.len() >= end) {
                return false;
            }
            self.first = Some((piece, rest));
        }
        self.last = Some((piece, rest));
        true
    }

    /// The last run takes one character more, if it can.
    fn lengthen(&mut self) -> Option<(usize, &'t str)> {
        self.last = lengthen(self.last?, Reach::InPart);
        self.last
    }

    /// Nothing that the runs could take leads on: the run that reaches anywhere has to take more.
    fn fail(&mut self) {
        if let Some((piece, began)) = self.first.take() {
            let end = began.split_once(':').map_or(0, |(_, after)| after.len() + 1);
            self.failed = Some((piece, end));
        }
        self.last = None;
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
