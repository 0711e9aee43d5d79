//! From what is written under `[sinks]` to the sinks' settings. Its form was checked, and needs no more than that.

use crate::config::written;
use crate::sinks::Settings;
use crate::sinks::settings::{CloudWatch, EventBridge, FileUnder, S3, SecurityHub, Sns};

pub(super) fn sinks(written: written::Sinks) -> Settings {
    Settings {
        deliver: written.deliver,
        cloudwatch: written.cloudwatch.map(cloudwatch),
        eventbridge: written.eventbridge.map(eventbridge),
        security_hub: written.security_hub.map(|hub| SecurityHub {
            file_under: hub.file_under.map_or(FileUnder::default(), |word| match word {
                written::FileUnder::Finding => FileUnder::Finding,
                written::FileUnder::Auditor => FileUnder::Auditor,
            }),
            region: hub.region,
            role_name: hub.role_name.and_then(|name| name.parse().ok()),
            product_arn: hub.product_arn,
        }),
        // What lacks its place to go was told as such.
        sns: written.sns.and_then(|sns| {
            Some(Sns { region: sns.region, only_changes: sns.only_changes.unwrap_or(true), ..Sns::of(sns.topic?) })
        }),
        s3: written.s3.and_then(s3),
    }
}

fn cloudwatch(written: written::CloudWatch) -> CloudWatch {
    let default = CloudWatch::default();
    CloudWatch {
        log_group: written.log_group.unwrap_or(default.log_group),
        region: written.region,
        retention_days: written.retention_days.unwrap_or(default.retention_days),
        kms_key: written.kms_key,
        ..default
    }
}

fn eventbridge(written: written::EventBridge) -> EventBridge {
    let default = EventBridge::default();
    EventBridge {
        event_bus: written.event_bus.unwrap_or(default.event_bus),
        region: written.region,
        max_request_kb: written.max_request_kb.unwrap_or(default.max_request_kb),
    }
}

fn s3(written: written::S3) -> Option<S3> {
    let mut prefix = written.prefix.unwrap_or_default();
    if !prefix.is_empty() && !prefix.ends_with('/') {
        prefix.push('/');
    }
    Some(S3 {
        prefix,
        region: written.region,
        kms_key: written.kms_key,
        inventory: written.inventory.unwrap_or(false),
        expected_bucket_owner: written.expected_bucket_owner,
        ..S3::of(written.bucket?)
    })
}
