//! Batches as the services take them: so many items, so many bytes, in the order in which they come; made as they are sent.

/// What one request takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct BatchLimit {
    /// Items at most.
    pub(crate) items: usize,
    /// Bytes at most, over all items.
    pub(crate) bytes: usize,
}

/// What items become.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Piece<T> {
    /// Within the limit, and not empty.
    Batch(Vec<T>),
    /// Too heavy for a request of its own.
    Oversize(T),
}

/// Items in batches; every item ends in exactly one piece.
#[derive(Debug)]
pub(crate) struct Batches<T, I, W> {
    items: I,
    weight: W,
    limit: BatchLimit,
    open: Vec<T>,
    bytes: usize,
}

impl<T, I: Iterator<Item = T>, W: Fn(&T) -> usize> Batches<T, I, W> {
    /// Puts items into batches; `weight` is what one takes of a request, in bytes.
    pub(crate) fn new(items: I, limit: BatchLimit, weight: W) -> Self {
        Self { items, weight, limit, open: Vec::new(), bytes: 0 }
    }
}

impl<T, I: Iterator<Item = T>, W: Fn(&T) -> usize> Iterator for Batches<T, I, W> {
    type Item = Piece<T>;

    fn next(&mut self) -> Option<Piece<T>> {
        for item in self.items.by_ref() {
            let heavy = (self.weight)(&item);
            if heavy > self.limit.bytes {
                return Some(Piece::Oversize(item));
            }
            if !self.open.is_empty() && (self.open.len() >= self.limit.items || self.bytes + heavy > self.limit.bytes) {
                self.bytes = heavy;
                return Some(Piece::Batch(std::mem::replace(&mut self.open, vec![item])));
            }
            self.bytes += heavy;
            self.open.push(item);
        }
        let last = std::mem::take(&mut self.open);
        (!last.is_empty()).then_some(Piece::Batch(last))
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::{prop_assert, prop_assert_eq, proptest};

    use super::*;

    /// An item's number and its weight.
    type Item = (usize, usize);

    /// The batches, and what was too heavy.
    fn made(weights: &[usize], limit: BatchLimit) -> (Vec<Vec<Item>>, Vec<Item>) {
        let numbered = weights.iter().copied().enumerate();
        let (mut batches, mut oversize) = (Vec::new(), Vec::new());
        for piece in Batches::new(numbered, limit, |(_, weight)| *weight) {
            match piece {
                Piece::Batch(batch) => batches.push(batch),
                Piece::Oversize(item) => oversize.push(item),
            }
        }
        (batches, oversize)
    }

    proptest! {
        #[test]
        fn every_item_is_in_one_batch_in_order_and_no_batch_is_beyond_the_limit(
            weights in vec(0_usize..120, 0..200), items in 1_usize..12, bytes in 1_usize..110,
        ) {
            let (batches, oversize) = made(&weights, BatchLimit { items, bytes });
            for batch in &batches {
                prop_assert!(!batch.is_empty() && batch.len() <= items);
                prop_assert!(batch.iter().map(|(_, weight)| weight).sum::<usize>() <= bytes);
            }
            let numbered = weights.iter().copied().enumerate();
            let (heavy, light): (Vec<_>, Vec<_>) = numbered.partition(|(_, weight)| *weight > bytes);
            prop_assert_eq!(batches.concat(), light);
            prop_assert_eq!(oversize, heavy);
        }

        #[test]
        fn no_two_batches_that_follow_each_other_would_fit_into_one(weights in vec(1_usize..50, 0..100)) {
            let limit = BatchLimit { items: 10, bytes: 100 };
            let (batches, _) = made(&weights, limit);
            for pair in batches.windows(2) {
                let first: usize = pair[0].iter().map(|(_, weight)| weight).sum();
                prop_assert!(pair[0].len() == limit.items || first + pair[1][0].1 > limit.bytes);
            }
        }
    }
}
