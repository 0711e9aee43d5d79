//! Why no answer came, in the words of the network and not of the libraries that carry the request.

use std::error::Error;

use super::{chain, one_line, sources};

/// What the causes say that everybody knows, and how it is told; the first that fits.
const KNOWN: &[(&str, &str)] = &[
    ("connection refused", "connection refused"),
    ("connection reset", "the connection was reset"),
    ("broken pipe", "the connection was closed"),
    ("unexpected end of file", "the connection was closed"),
    ("connection closed before message completed", "the connection was closed"),
    ("network is unreachable", "the network is unreachable"),
    ("no route to host", "no route to the host"),
    ("temporary failure in name resolution", "the name of the host could not be resolved for now"),
    ("minimum throughput", "time-out: no answer"),
    ("dns error", "no such host"),
    ("failed to lookup address", "no such host"),
    ("name or service not known", "no such host"),
];

/// What a cause says that is about encryption.
const ABOUT_TLS: &[&str] = &["certificate", "tls", "handshake", "corrupt message"];

/// How the SDK ends a message about a limit that passed.
const PASSED: &str = " occurred after ";

/// Why no answer came, on one line.
pub(super) fn plain(error: &(dyn Error + 'static)) -> String {
    let said = chain(error);
    let lower = said.to_ascii_lowercase();
    if let Some((_, told)) = KNOWN.iter().find(|(sign, _)| lower.contains(sign)) {
        return (*told).to_owned();
    }
    let innermost = sources(error).last().map(|cause| one_line(&cause.to_string())).unwrap_or_default();
    if let Some((limit, after)) = innermost.split_once(PASSED) {
        let missed = if limit.to_ascii_lowercase().contains("connect") { "no connection" } else { "no answer" };
        return format!("time-out: {missed} within {after}");
    }
    let inner = innermost.to_ascii_lowercase();
    if ABOUT_TLS.iter().any(|sign| inner.contains(sign)) {
        return format!("TLS: {innermost}");
    }
    if innermost.is_empty() { said } else { innermost }
}

/// Why no request could be made, on one line: what the SDK says behind its two wrappings.
pub(super) fn not_sent(error: &(dyn Error + 'static)) -> String {
    chain(sources(error).nth(2).unwrap_or(error))
}

#[cfg(test)]
mod tests {
    use std::io;

    use aws_smithy_runtime_api::client::result::ConnectorError;

    use super::*;

    /// What the connector says of an I/O error.
    fn told(cause: io::Error) -> String {
        plain(&ConnectorError::io(Box::new(cause)))
    }

    #[test]
    fn what_the_network_says_is_told_without_the_libraries() {
        assert_eq!(told(io::Error::from_raw_os_error(111)), "connection refused");
        assert_eq!(told(io::Error::other("dns error: failed to lookup address information")), "no such host");
        let temporary = "failed to lookup address information: Temporary failure in name resolution";
        assert_eq!(told(io::Error::other(temporary)), "the name of the host could not be resolved for now");
        assert_eq!(
            told(io::Error::other("invalid peer certificate: UnknownIssuer")),
            "TLS: invalid peer certificate: UnknownIssuer"
        );
        assert_eq!(
            told(io::Error::other("HTTP connect timeout occurred after 5s")),
            "time-out: no connection within 5s"
        );
        assert_eq!(told(io::Error::other("HTTP read timeout occurred after 30s")), "time-out: no answer within 30s");
    }

    #[test]
    fn what_nobody_has_heard_of_is_told_as_it_is() {
        assert_eq!(told(io::Error::other("the moon\nis full")), "the moon is full");
    }
}
