//! Token buckets, as AWS counts calls: for each account, region and service.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

/// So many calls at once, and so many a second.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Rate {
    pub(crate) a_second: f32,
    pub(crate) burst: f32,
}

/// Rates as they are documented (account management) or as users report them (the others; `docs/performance.md`).
pub(crate) fn as_reported(service: &str) -> Option<Rate> {
    let rate = |a_second, burst| Some(Rate { a_second, burst });
    match service {
        "account" => rate(5.0, 5.0),
        "organizations" | "iam" | "eks" => rate(10.0, 20.0),
        "ec2" | "autoscaling" => rate(20.0, 100.0),
        "sts" => rate(200.0, 500.0),
        _other => None,
    }
}

/// One bucket: what is in it, and what was taken out of it.
#[derive(Debug, Clone, Copy)]
struct Bucket {
    tokens: f32,
    taken: u32,
    at: Duration,
}

/// Every bucket of AWS, by service and then by a number that stands for account and region.
#[derive(Debug, Default)]
pub(crate) struct Buckets(BTreeMap<String, HashMap<u64, Bucket>>);

impl Buckets {
    /// Takes a token; whether there was one.
    pub(crate) fn take(&mut self, service: &str, whose: u64, rate: Rate, now: Duration) -> bool {
        if !self.0.contains_key(service) {
            self.0.insert(service.to_owned(), HashMap::new());
        }
        let of_service = self.0.get_mut(service).unwrap();
        let bucket = of_service.entry(whose).or_insert(Bucket { tokens: rate.burst, taken: 0, at: now });
        let since = now.saturating_sub(bucket.at).as_secs_f32();
        bucket.tokens = (bucket.tokens + since * rate.a_second).min(rate.burst);
        bucket.at = now;
        let is_there = bucket.tokens >= 1.0;
        if is_there {
            bucket.tokens -= 1.0;
            bucket.taken += 1;
        }
        is_there
    }

    /// The time that the slowest of all buckets needs for the calls that it granted, if it is asked all the time.
    pub(crate) fn slowest(&self, rates: fn(&str) -> Option<Rate>) -> Duration {
        let of_service = |(service, buckets): (&String, &HashMap<u64, Bucket>)| {
            let rate = rates(service)?;
            let most = buckets.values().map(|bucket| bucket.taken).max()?;
            Some(Duration::from_secs_f32((most as f32 - rate.burst).max(0.0) / rate.a_second))
        };
        self.0.iter().filter_map(of_service).max().unwrap_or_default()
    }
}
