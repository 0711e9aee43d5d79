//! Lines in batches that PutLogEvents takes: in order, each line once.
//!
//! Limits: <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html>. All events of a
//! batch bear one time, that at which it is sent: they are in order, and never more than 24 hours apart.

/// The largest batch, in bytes: the UTF-8 of each message and [`EVENT_OVERHEAD`].
pub const MAX_BATCH_BYTES: usize = 1_048_576;

/// What each event counts beside its message, in bytes.
pub const EVENT_OVERHEAD: usize = 26;

/// The most events of a batch.
pub const MAX_BATCH_EVENTS: usize = 10_000;

/// Lines that go together.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Batch {
    /// The lines with their numbers.
    pub lines: Vec<(usize, String)>,
    bytes: usize,
}

impl Batch {
    fn has_room_for(&self, line: &str) -> bool {
        self.lines.len() < MAX_BATCH_EVENTS && self.bytes + line.len() + EVENT_OVERHEAD <= MAX_BATCH_BYTES
    }

    fn push(&mut self, number: usize, line: String) {
        self.bytes += line.len() + EVENT_OVERHEAD;
        self.lines.push((number, line));
    }
}

/// What comes next.
#[derive(Debug, PartialEq, Eq)]
pub enum Piece {
    /// Lines that go together; never empty.
    Batch(Batch),
    /// A line that is too long for any batch, by number.
    TooLong(usize),
}

/// Batches of numbered lines.
#[derive(Debug)]
pub struct Batches<I> {
    lines: I,
    /// The line that did not fit into the last batch.
    held: Option<(usize, String)>,
}

impl<I: Iterator<Item = (usize, String)>> Batches<I> {
    /// Batches of these lines.
    pub fn of(lines: I) -> Self {
        Self { lines, held: None }
    }
}

impl<I: Iterator<Item = (usize, String)>> Iterator for Batches<I> {
    type Item = Piece;

    fn next(&mut self) -> Option<Piece> {
        let mut batch = Batch::default();
        while let Some((number, line)) = self.held.take().or_else(|| self.lines.next()) {
            if batch.has_room_for(&line) {
                batch.push(number, line);
            } else if batch.lines.is_empty() {
                return Some(Piece::TooLong(number));
            } else {
                self.held = Some((number, line));
                break;
            }
        }
        (!batch.lines.is_empty()).then_some(Piece::Batch(batch))
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    fn pieces(lengths: &[usize]) -> Vec<Piece> {
        Batches::of(lengths.iter().map(|length| "x".repeat(*length)).enumerate()).collect()
    }

    fn bytes(batch: &Batch) -> usize {
        batch.lines.iter().map(|(_, line)| line.len() + 26).sum()
    }

    proptest! {
        #[test]
        fn every_line_goes_once_and_in_order_and_no_batch_is_over_the_limits(
            lengths in vec(prop_oneof![1..200_usize, 1..300_000_usize, 1_048_540..1_048_560_usize], 0..60)
        ) {
            let mut numbers = Vec::new();
            let mut before: Option<usize> = None;
            for piece in pieces(&lengths) {
                match piece {
                    Piece::TooLong(number) => {
                        prop_assert!(lengths[number] > 1_048_550);
                        numbers.push(number);
                        before = None;
                    }
                    Piece::Batch(batch) => {
                        prop_assert!(!batch.lines.is_empty() && batch.lines.len() <= 10_000);
                        prop_assert!(bytes(&batch) <= 1_048_576);
                        for (number, line) in &batch.lines {
                            prop_assert_eq!(line.len(), lengths[*number]);
                            numbers.push(*number);
                        }
                        // No batch could have gone with the one before it.
                        let first = batch.lines[0].1.len() + 26;
                        prop_assert!(before.is_none_or(|before| before + first > 1_048_576));
                        before = Some(bytes(&batch));
                    }
                }
            }
            prop_assert_eq!(numbers, (0..lengths.len()).collect::<Vec<_>>());
        }
    }

    #[test]
    fn short_lines_are_bounded_by_their_number() {
        let sizes: Vec<usize> = pieces(&vec![2; 25_000])
            .iter()
            .map(|piece| match piece {
                Piece::Batch(batch) => batch.lines.len(),
                Piece::TooLong(_) => panic!("none is too long"),
            })
            .collect();
        assert_eq!(sizes, [10_000, 10_000, 5_000]);
    }

    #[test]
    fn the_longest_message_goes_alone_and_a_longer_one_does_not_go() {
        let text = |length: usize| "é".repeat(length / 2);
        let lines = [text(1_048_550), text(1_048_552), "x".to_owned()];
        let pieces: Vec<Piece> = Batches::of(lines.into_iter().enumerate()).collect();
        assert!(matches!(&pieces[0], Piece::Batch(batch) if batch.lines.len() == 1));
        assert_eq!(pieces[1], Piece::TooLong(1));
        assert!(matches!(&pieces[2], Piece::Batch(batch) if batch.lines == [(2, "x".to_owned())]));
    }
}
