//! Token buckets, as AWS counts calls: for each account, region and service.

use std::collections::HashMap;
use std::time::Duration;

/// So many calls at once, and so many a second.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Rate {
    pub(crate) a_second: f64,
    pub(crate) burst: f64,
}

/// Rates as they are documented (account management) or as users report them (the others; `docs/performance.md`).
pub(crate) fn as_reported(service: &str) -> Option<Rate> {
    let rate = |a_second, burst| Some(Rate { a_second, burst });
    match service {
        "account" => rate(5.0, 5.0),
        "organizations" => rate(10.0, 20.0),
        "iam" | "eks" => rate(10.0, 20.0),
        "ec2" | "autoscaling" => rate(20.0, 100.0),
        "sts" => rate(200.0, 500.0),
        _other => None,
    }
}

/// What AWS counts by.
pub(crate) type Counted = (String, String, String);

#[derive(Debug, Clone, Copy)]
struct Bucket {
    tokens: f64,
    at: Duration,
}

/// Every bucket of AWS.
#[derive(Debug, Default)]
pub(crate) struct Buckets {
    buckets: HashMap<Counted, Bucket>,
    /// Good answers by bucket.
    pub(crate) taken: HashMap<Counted, u64>,
}

impl Buckets {
    /// Takes a token; whether there was one.
    pub(crate) fn take(&mut self, counted: Counted, rate: Rate, now: Duration) -> bool {
        let bucket = self.buckets.entry(counted.clone()).or_insert(Bucket { tokens: rate.burst, at: now });
        let since = now.saturating_sub(bucket.at).as_secs_f64();
        bucket.tokens = (bucket.tokens + since * rate.a_second).min(rate.burst);
        bucket.at = now;
        let is_there = bucket.tokens >= 1.0;
        if is_there {
            bucket.tokens -= 1.0;
            *self.taken.entry(counted).or_default() += 1;
        }
        is_there
    }

    /// The time that the slowest bucket of a service needs for the calls that it granted, where it is asked all the time.
    pub(crate) fn slowest(&self, service: &str, rate: Rate) -> Duration {
        let of_service = self.taken.iter().filter(|((_, _, counted), _)| counted == service);
        let most = of_service.map(|(_, taken)| *taken).max().unwrap_or_default();
        Duration::from_secs_f64((most as f64 - rate.burst).max(0.0) / rate.a_second)
    }
}
