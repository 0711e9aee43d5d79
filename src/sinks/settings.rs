//! What the configuration says about sinks, and which of them a run uses.

pub(crate) mod names;

use thiserror::Error;

use crate::collect::member::MemberRoleName;
use crate::ids::{AccountId, Region};

use super::SinkKind;

/// The log group where none is named.
pub const DEFAULT_LOG_GROUP: &str = "/noderole/findings";

/// For how many days the events of a log group that is created are kept, where nothing is said: a quarter year.
pub const DEFAULT_RETENTION_DAYS: u16 = 90;

/// The days that CloudWatch Logs can keep events (API reference, PutRetentionPolicy).
pub const RETENTION_DAYS: &[u16] =
    &[1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653];

/// The largest request to EventBridge where nothing is said, in kilobytes of 1024 bytes: what every region and target takes.
pub const DEFAULT_MAX_REQUEST_KB: u16 = 256;

/// The bus where none is named.
pub const DEFAULT_EVENT_BUS: &str = "default";

/// `[sinks]`
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settings {
    /// The sinks of a run to which nobody says otherwise.
    pub deliver: Vec<SinkKind>,
    /// `[sinks.cloudwatch]`
    pub cloudwatch: Option<CloudWatch>,
    /// `[sinks.eventbridge]`
    pub eventbridge: Option<EventBridge>,
    /// `[sinks.security-hub]`
    pub security_hub: Option<SecurityHub>,
    /// `[sinks.sns]`
    pub sns: Option<Sns>,
    /// `[sinks.s3]`
    pub s3: Option<S3>,
}

/// A log group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CloudWatch {
    /// Its name.
    pub log_group: String,
    /// Its region; none: the caller's.
    pub region: Option<Region>,
    /// For how many days events are kept, if the group is to be created: one of [`RETENTION_DAYS`].
    pub retention_days: u16,
    /// The ARN of the key that encrypts it, if it is to be created; none: CloudWatch's own.
    pub kms_key: Option<String>,
    /// Whether the run's metrics are told too: not those of a part of it (see [`Sink::of_a_part`]).
    pub metrics: bool,
}

impl Default for CloudWatch {
    fn default() -> Self {
        Self {
            log_group: DEFAULT_LOG_GROUP.to_owned(),
            region: None,
            retention_days: DEFAULT_RETENTION_DAYS,
            kms_key: None,
            metrics: true,
        }
    }
}

/// An event bus.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventBridge {
    /// Its name or ARN.
    pub event_bus: String,
    /// Its region; none: that of its ARN, else the caller's.
    pub region: Option<Region>,
    /// The largest request, in kilobytes of 1024 bytes.
    pub max_request_kb: u16,
}

impl Default for EventBridge {
    fn default() -> Self {
        Self { event_bus: DEFAULT_EVENT_BUS.to_owned(), region: None, max_request_kb: DEFAULT_MAX_REQUEST_KB }
    }
}

/// Under which account findings are imported into Security Hub.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum FileUnder {
    /// Under the account that each is about, from within that account.
    #[default]
    Finding,
    /// Under the caller's own account, all of them.
    Auditor,
}

/// Security Hub.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SecurityHub {
    /// Under which account findings are imported.
    pub file_under: FileUnder,
    /// The region of the hub; none: that of the product, else that of each finding, or the caller's for what has none.
    pub region: Option<Region>,
    /// The role that imports in each account, with findings filed there; none: the member role.
    pub role_name: Option<MemberRoleName>,
    /// The ARN of the product; none: the default product of each account and region.
    pub product_arn: Option<String>,
}

/// A topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sns {
    /// Its ARN.
    pub topic: String,
    /// Its region; none: that of its ARN.
    pub region: Option<Region>,
    /// Whether a run without news sends nothing: nothing new, changed or resolved, and everything could be read.
    pub only_changes: bool,
}

/// A bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct S3 {
    /// Its name.
    pub bucket: String,
    /// What the keys of all objects begin with: empty, or with a slash at its end.
    pub prefix: String,
    /// Its region; none: the caller's.
    pub region: Option<Region>,
    /// The id, alias or ARN of the key that encrypts the objects; none: as the bucket says.
    pub kms_key: Option<String>,
    /// Whether the inventory is kept too.
    pub inventory: bool,
    /// Whether the run's report becomes the latest one: not that of a part (see [`Sink::of_a_part`]).
    pub latest: bool,
    /// The account that must own the bucket; none: whoever does.
    pub expected_bucket_owner: Option<AccountId>,
}

impl S3 {
    /// A bucket, and nothing else said.
    #[must_use]
    pub fn of(bucket: String) -> Self {
        Self {
            bucket,
            prefix: String::new(),
            region: None,
            kms_key: None,
            inventory: false,
            latest: true,
            expected_bucket_owner: None,
        }
    }
}

impl EventBridge {
    /// The region to ask: the one that is named, else the bus's own; none: the caller's.
    #[must_use]
    pub fn region(&self) -> Option<Region> {
        self.region.clone().or_else(|| names::region_of_arn(&self.event_bus))
    }
}

impl SecurityHub {
    /// The one region to import into: the one that is named, else that of the product; none: that of each finding.
    #[must_use]
    pub fn region(&self) -> Option<Region> {
        self.region.clone().or_else(|| self.product_arn.as_deref().and_then(names::region_of_arn))
    }
}

impl Sns {
    /// A topic, and nothing else said.
    #[must_use]
    pub fn of(topic: String) -> Self {
        Self { topic, region: None, only_changes: true }
    }

    /// The region to ask: the one that is named, else the topic's own.
    #[must_use]
    pub fn region(&self) -> Option<Region> {
        self.region.clone().or_else(|| names::region_of_arn(&self.topic))
    }
}

/// A sink that a run uses, with all that it needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sink {
    /// CloudWatch Logs.
    Cloudwatch(CloudWatch),
    /// EventBridge.
    Eventbridge(EventBridge),
    /// Security Hub.
    SecurityHub(SecurityHub),
    /// SNS.
    Sns(Sns),
    /// S3.
    S3(S3),
}

/// A sink that is wanted and lacks what nothing can stand in for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the sink {sink} is wanted, but nothing says where to: set `{key}` under [sinks.{sink}] in the configuration")]
pub struct Unconfigured {
    /// The sink.
    pub sink: SinkKind,
    /// The key that is missing.
    pub key: &'static str,
}

impl Settings {
    /// The sinks of a run: those that are named, else those of the configuration; each once, in the order of
    /// [`SinkKind::ALL`].
    ///
    /// # Errors
    /// [`Unconfigured`] for the first that lacks what nothing can stand in for.
    pub fn wanted(&self, named: &[SinkKind]) -> Result<Vec<Sink>, Unconfigured> {
        let wanted = if named.is_empty() { self.deliver.as_slice() } else { named };
        SinkKind::ALL.into_iter().filter(|kind| wanted.contains(kind)).map(|kind| self.sink(kind)).collect()
    }

    fn sink(&self, kind: SinkKind) -> Result<Sink, Unconfigured> {
        let without = |key| Unconfigured { sink: kind, key };
        Ok(match kind {
            SinkKind::Cloudwatch => Sink::Cloudwatch(self.cloudwatch.clone().unwrap_or_default()),
            SinkKind::Eventbridge => Sink::Eventbridge(self.eventbridge.clone().unwrap_or_default()),
            SinkKind::SecurityHub => Sink::SecurityHub(self.security_hub.clone().unwrap_or_default()),
            SinkKind::Sns => Sink::Sns(self.sns.clone().ok_or_else(|| without("topic"))?),
            SinkKind::S3 => Sink::S3(self.s3.clone().ok_or_else(|| without("bucket"))?),
        })
    }
}

impl Sink {
    /// The sink for a run over a part of what is audited otherwise (some roles or clusters, or what has just changed): its
    /// numbers are none of the whole, and its report does not stand in the place of the whole one.
    #[must_use]
    pub fn of_a_part(self) -> Self {
        match self {
            Self::Cloudwatch(settings) => Self::Cloudwatch(CloudWatch { metrics: false, ..settings }),
            Self::S3(settings) => Self::S3(S3 { latest: false, ..settings }),
            other @ (Self::Eventbridge(_) | Self::SecurityHub(_) | Self::Sns(_)) => other,
        }
    }

    /// Which it is.
    pub fn kind(&self) -> SinkKind {
        match self {
            Self::Cloudwatch(_) => SinkKind::Cloudwatch,
            Self::Eventbridge(_) => SinkKind::Eventbridge,
            Self::SecurityHub(_) => SinkKind::SecurityHub,
            Self::Sns(_) => SinkKind::Sns,
            Self::S3(_) => SinkKind::S3,
        }
    }

    /// Where it goes, in words: the log group, the bus, the topic, the bucket with its prefix.
    pub fn target(&self) -> String {
        match self {
            Self::Cloudwatch(settings) => settings.log_group.clone(),
            Self::Eventbridge(settings) => settings.event_bus.clone(),
            Self::SecurityHub(settings) => match settings.file_under {
                FileUnder::Finding => "the account of each finding".to_owned(),
                FileUnder::Auditor => "the auditor's account".to_owned(),
            },
            Self::Sns(settings) => settings.topic.clone(),
            Self::S3(settings) => format!("s3://{}/{}", settings.bucket, settings.prefix),
        }
    }
}

/// Whether the inventory is to be kept for one of the sinks.
pub fn want_the_inventory(sinks: &[Sink]) -> bool {
    sinks.iter().any(|sink| matches!(sink, Sink::S3(settings) if settings.inventory))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_named_replaces_what_is_configured_and_each_is_used_once() {
        let settings = Settings { deliver: vec![SinkKind::Eventbridge], ..Settings::default() };
        let kinds =
            |named: &[SinkKind]| -> Vec<SinkKind> { settings.wanted(named).unwrap().iter().map(Sink::kind).collect() };
        assert_eq!(kinds(&[]), [SinkKind::Eventbridge]);
        let named = [SinkKind::SecurityHub, SinkKind::Cloudwatch, SinkKind::SecurityHub];
        assert_eq!(kinds(&named), [SinkKind::Cloudwatch, SinkKind::SecurityHub]);
        assert!(Settings::default().wanted(&[]).unwrap().is_empty());
    }

    #[test]
    fn a_sink_without_a_place_to_go_is_told_with_the_key_to_set() {
        for (kind, key) in [(SinkKind::Sns, "`topic` under [sinks.sns]"), (SinkKind::S3, "`bucket` under [sinks.s3]")] {
            let message = Settings::default().wanted(&[kind]).unwrap_err().to_string();
            assert!(message.contains(key), "{message}");
        }
    }

    #[test]
    fn cloudwatch_needs_no_configuration() {
        let sinks = Settings::default().wanted(&[SinkKind::Cloudwatch]).unwrap();
        assert_eq!(sinks, [Sink::Cloudwatch(CloudWatch::default())]);
        assert_eq!(sinks[0].target(), "/noderole/findings");
        assert!(RETENTION_DAYS.contains(&DEFAULT_RETENTION_DAYS));
    }
}
