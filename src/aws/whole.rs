//! Answers in XML that end in their middle: the SDK's reader takes what there is for all of it, and a role without its policies
//! looks like any other. Such an answer is emptied here, and then is none.

use std::fmt;

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;

/// What requests are sent as to the services that answer in XML: IAM, STS, EC2, Auto Scaling, SNS.
const QUERY: &str = "application/x-www-form-urlencoded";

/// An HTTP client whose answers in XML are whole, or empty.
pub(super) struct Whole(pub(super) SharedHttpClient);

/// Its connector.
struct WholeConnector(SharedHttpConnector);

impl fmt::Debug for Whole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Whole")
    }
}

impl fmt::Debug for WholeConnector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WholeConnector")
    }
}

impl HttpClient for Whole {
    fn http_connector(&self, settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(WholeConnector(self.0.http_connector(settings, components)))
    }
}

impl HttpConnector for WholeConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let answers_in_xml = request.headers().get("content-type") == Some(QUERY);
        let answer = self.0.call(request);
        if !answers_in_xml {
            return answer;
        }
        HttpConnectorFuture::new(async move {
            let mut answer = answer.await?;
            let body = std::mem::replace(answer.body_mut(), SdkBody::taken());
            let text =
                ByteStream::new(body).collect().await.map_err(|error| ConnectorError::io(error.into()))?.into_bytes();
            *answer.body_mut() = if ends_in_its_middle(&text) { SdkBody::empty() } else { SdkBody::from(text) };
            Ok(answer)
        })
    }
}

/// Whether a text begins an element that it does not end. What is no XML is for the reader to refuse.
fn ends_in_its_middle(text: &[u8]) -> bool {
    let text = text.trim_ascii();
    let Some(root) = root(text) else { return text.starts_with(b"<") };
    let name = root.split(|byte| byte.is_ascii_whitespace() || *byte == b'/').next().unwrap_or_default();
    let closed = text
        .strip_suffix(b">")
        .and_then(|text| text.trim_ascii_end().strip_suffix(name))
        .is_some_and(|text| text.ends_with(b"</"));
    // an element with nothing in it, and nothing after it
    let empty = root.ends_with(b"/") && text.ends_with(b"/>");
    !closed && !empty
}

/// What stands in the first tag that is an element's; none where none is whole.
fn root(text: &[u8]) -> Option<&[u8]> {
    let mut rest = text;
    // each round is past one tag more
    while let Some(at) = rest.iter().position(|byte| *byte == b'<') {
        let tag = rest.get(at + 1..)?;
        let end = tag.iter().position(|byte| *byte == b'>')?;
        let inside = tag.get(..end)?;
        if !inside.starts_with(b"?") && !inside.starts_with(b"!") {
            return Some(inside);
        }
        rest = tag.get(end..)?;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_whole_stays_and_what_is_cut_off_anywhere_does_not() {
        for whole in [
            "<?xml version=\"1.0\"?>\n<A xmlns=\"x\"><B>1</B><B/></A>\n",
            "<A><B><A>1</A></B></A>",
            "<ListRolesResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><R></R></ListRolesResponse >",
        ] {
            assert!(!ends_in_its_middle(whole.as_bytes()), "{whole}");
            for end in 1..whole.trim_end().len() {
                assert!(ends_in_its_middle(&whole.as_bytes()[..end]) || end == inner_end(whole), "{end} of {whole}");
            }
        }
        for other in ["", "  ", "none of XML", "<A/>", "<A b=\"c\"/>", "{\"a\": 1}"] {
            assert!(!ends_in_its_middle(other.as_bytes()), "{other}");
        }
    }

    /// Where an element within that is called as the root is ends: AWS has no such answer.
    fn inner_end(whole: &str) -> usize {
        if whole.starts_with("<A><B><A>") { "<A><B><A>1</A>".len() } else { 0 }
    }
}
