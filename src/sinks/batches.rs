//! Batches as the services take them: so many items, so many bytes, in the order in which they came.

/// What one request takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct BatchLimit {
    /// Items at most.
    pub(crate) items: usize,
    /// Bytes at most, over all items.
    pub(crate) bytes: usize,
}

/// Items in batches, and those that no request takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Batches<T> {
    /// Each within the limit, none empty.
    pub(crate) batches: Vec<Vec<T>>,
    /// Items that are too heavy for a request of their own.
    pub(crate) oversize: Vec<T>,
}

/// Puts items into batches; every item ends in exactly one batch, or among those that are too heavy.
pub(crate) fn batches<T>(
    items: impl IntoIterator<Item = T>,
    limit: BatchLimit,
    weight: impl Fn(&T) -> usize,
) -> Batches<T> {
    let mut made = Batches { batches: Vec::new(), oversize: Vec::new() };
    let mut open: Vec<T> = Vec::new();
    let mut bytes = 0;
    for item in items {
        let heavy = weight(&item);
        if heavy > limit.bytes || limit.items == 0 {
            made.oversize.push(item);
            continue;
        }
        if open.len() >= limit.items || bytes + heavy > limit.bytes {
            made.batches.push(std::mem::take(&mut open));
            bytes = 0;
        }
        bytes += heavy;
        open.push(item);
    }
    if !open.is_empty() {
        made.batches.push(open);
    }
    made
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::{prop_assert, prop_assert_eq, proptest};

    use super::*;

    proptest! {
        #[test]
        fn every_item_is_in_one_batch_in_order_and_no_batch_is_beyond_the_limit(
            weights in vec(0_usize..120, 0..200), items in 1_usize..12, bytes in 1_usize..110,
        ) {
            let numbered: Vec<(usize, usize)> = weights.iter().copied().enumerate().collect();
            let made = batches(numbered.clone(), BatchLimit { items, bytes }, |(_, weight)| *weight);
            for batch in &made.batches {
                prop_assert!(!batch.is_empty() && batch.len() <= items);
                prop_assert!(batch.iter().map(|(_, weight)| weight).sum::<usize>() <= bytes);
            }
            let (heavy, light): (Vec<_>, Vec<_>) = numbered.into_iter().partition(|(_, weight)| *weight > bytes);
            prop_assert_eq!(made.batches.concat(), light);
            prop_assert_eq!(made.oversize, heavy);
        }

        #[test]
        fn no_two_batches_that_follow_each_other_would_fit_into_one(weights in vec(1_usize..50, 0..100)) {
            let limit = BatchLimit { items: 10, bytes: 100 };
            let made = batches(weights, limit, |weight| *weight);
            for pair in made.batches.windows(2) {
                let first: usize = pair[0].iter().sum();
                prop_assert!(pair[0].len() == limit.items || first + pair[1][0] > limit.bytes);
            }
        }
    }
}
