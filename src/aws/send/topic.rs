//! SNS: a message to a topic.

use aws_sdk_sns::types::MessageAttributeValue;

use crate::aws::classify::{Place, failure};
use crate::aws::session::Client;
use crate::failure::{Failure, FailureClass};
use crate::sinks::sns::digest::{Attribute, Digest};

use super::{Outlet, client};

/// What the name of a topic ends with that keeps an order, and takes each message once.
const FIFO: &str = ".fifo";

/// The group of all messages in such a topic: they are in one order.
const GROUP: &str = "noderole";

/// A topic.
#[derive(Debug)]
pub(crate) struct Topic {
    client: Client<aws_sdk_sns::Client>,
    arn: String,
}

impl Topic {
    /// The topic of that ARN, at the outlet.
    pub(crate) fn new(outlet: &Outlet, arn: &str) -> Self {
        Self { client: client!(outlet, aws_sdk_sns), arn: arn.to_owned() }
    }

    /// Publishes a message; `id` tells it from others to a topic that takes each once.
    pub(crate) async fn publish(&self, digest: &Digest, id: &str) -> Result<(), Failure> {
        let mut call = self.client.sdk.publish().topic_arn(&self.arn).subject(&digest.subject).message(&digest.body);
        for (name, attribute) in &digest.attributes {
            call = call.message_attributes(*name, value(attribute)?);
        }
        if self.arn.ends_with(FIFO) {
            call = call.message_group_id(GROUP).message_deduplication_id(id);
        }
        let place = Place { region: None, endpoint: self.client.watch.endpoint() };
        call.send().await.map(|_| ()).map_err(|error| failure(&error, place))
    }
}

fn value(attribute: &Attribute) -> Result<MessageAttributeValue, Failure> {
    let (kind, text) = match attribute {
        Attribute::Text(text) => ("String", text.clone()),
        Attribute::Number(number) => ("Number", number.to_string()),
    };
    MessageAttributeValue::builder().data_type(kind).string_value(text).build().map_err(|error| Failure {
        class: FailureClass::Other,
        code: "NotSent".to_owned(),
        message: error.to_string(),
    })
}
