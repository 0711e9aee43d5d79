//! The sinks that the function's variables name, and where they go.

use crate::sinks::settings::{S3, Sns, names};
use crate::sinks::{self, Sink, SinkKind};

use super::{Environment, SettingsError};

impl Environment {
    /// The sinks, as the variables say, else the configuration.
    ///
    /// # Errors
    /// [`SettingsError`] for the first variable that is wrong, or a sink that lacks its place to go.
    pub(super) fn sinks(&self, mut configured: sinks::Settings) -> Result<Vec<Sink>, SettingsError> {
        let named = self.list("NODEROLE_SINKS", str::parse::<SinkKind>)?;
        if let Some(group) = self.name("NODEROLE_LOG_GROUP", names::log_group)? {
            configured.cloudwatch.get_or_insert_default().log_group = group;
        }
        if let Some(bus) = self.name("NODEROLE_EVENT_BUS", names::event_bus)? {
            configured.eventbridge.get_or_insert_default().event_bus = bus;
        }
        if let Some(topic) = self.name("NODEROLE_SNS_TOPIC", names::topic)? {
            match &mut configured.sns {
                // The region that is named is that of the topic that is named beside it.
                Some(settings) => (settings.topic, settings.region) = (topic, None),
                None => configured.sns = Some(Sns::of(topic)),
            }
        }
        if let Some(bucket) = self.name("NODEROLE_S3_BUCKET", names::bucket)? {
            match &mut configured.s3 {
                Some(settings) => settings.bucket = bucket,
                None => configured.s3 = Some(S3::of(bucket)),
            }
        }
        configured.wanted(&named).map_err(SettingsError::Sink)
    }

    /// A name, checked.
    fn name(&self, name: &'static str, check: fn(&str) -> Result<(), String>) -> Result<Option<String>, SettingsError> {
        let Some(text) = self.get(name) else { return Ok(None) };
        check(text).map(|()| Some(text.to_owned())).map_err(|problem| SettingsError::Value { name, problem })
    }
}
