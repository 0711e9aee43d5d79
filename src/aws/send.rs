//! What sinks send, one file a service: an SDK operation each, its errors classed once. When and how often is the sinks' to
//! say; beneath them the SDK tries each call again by itself, and the retries of each sink are its own.

mod bus;
mod executions;
mod hub;
mod logs;
mod objects;
mod topic;

use aws_config::SdkConfig;
use aws_sdk_sts::config::retry::RetryPartition;
use aws_types::region::Region as SdkRegion;

use crate::ids::{Partition, Region};
use crate::sinks::SinkKind;

use super::sdk::Sdk;

pub(crate) use bus::Bus;
pub(crate) use executions::start_execution;
pub(crate) use hub::{Hub, Hubs};
pub(crate) use logs::{Logs, Taken};
pub(crate) use objects::{Body, Condition, NO_TAG, Object, Objects};
pub(crate) use topic::Topic;

/// With what a sink sends: the caller's configuration in a region, and retries of its own.
#[derive(Debug)]
pub(crate) struct Outlet {
    config: SdkConfig,
    retries: RetryPartition,
}

impl Sdk {
    /// The outlet of the fan-out, in the region of its state machine.
    pub(crate) fn fan_out_outlet(&self, region: &Region) -> Outlet {
        let retries = RetryPartition::custom(format!("fan-out/{region}")).build();
        Outlet { config: self.config.to_builder().region(SdkRegion::new(region.to_string())).build(), retries }
    }

    /// The outlet of a sink in a region; without one in the caller's, else at the partition's home.
    pub(crate) fn outlet(&self, sink: SinkKind, region: Option<&Region>, partition: Partition) -> Outlet {
        self.outlet_of(&format!("sink/{sink}"), region, partition)
    }

    /// The outlet of what a remediation keeps of itself, as of a sink.
    pub(crate) fn journal_outlet(&self, region: Option<&Region>, partition: Partition) -> Outlet {
        self.outlet_of("journal", region, partition)
    }

    fn outlet_of(&self, whose: &str, region: Option<&Region>, partition: Partition) -> Outlet {
        let own = || self.config.region().map(ToString::to_string);
        let region = region.map(ToString::to_string).or_else(own);
        let region = region.unwrap_or_else(|| partition.home_region().to_owned());
        let retries = RetryPartition::custom(format!("{whose}/{region}")).build();
        let config = self.config.to_builder().region(SdkRegion::new(region)).build();
        Outlet { config, retries }
    }
}

/// Makes a client of one service at an outlet.
macro_rules! client {
    ($outlet:expr, $sdk:ident) => {{
        let watch = $crate::aws::watch::Watch::of_the_endpoint();
        let config = $sdk::config::Builder::from(&$outlet.config)
            .retry_partition($outlet.retries.clone())
            .interceptor(watch.clone())
            .build();
        $crate::aws::session::Client { sdk: $sdk::Client::from_conf(config), watch }
    }};
}

use client;
