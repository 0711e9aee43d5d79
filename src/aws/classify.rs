//! Errors of the SDK → failures, once: class, code, and a message that fits on one line and holds no secret.

use std::error::Error;

use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_smithy_types::retry::ErrorKind;

use crate::failure::{Failure, FailureClass};
use crate::ids::Region;

use super::error::AwsError;
use super::regions;

mod cause;

/// The longest message that is kept, in characters.
const MAX_MESSAGE: usize = 1000;

/// Codes by which AWS asks to slow down (those of the SDK, botocore and the services' pages together).
const THROTTLED: &[&str] = &[
    "Throttling",
    "ThrottlingException",
    "ThrottledException",
    "RequestThrottled",
    "RequestThrottledException",
    "RequestLimitExceeded",
    "TooManyRequestsException",
    "TooManyRequests",
    "SlowDown",
    "PriorRequestNotComplete",
    "BandwidthLimitExceeded",
    "EC2ThrottledException",
];

/// Codes of a missing permission, in the spellings of the services.
const DENIED: &[&str] = &[
    "AccessDenied",
    "AccessDeniedException",
    "AccessDeniedForDependencyException",
    "AuthorizationError",
    "AuthorizationErrorException",
    "NotAuthorized",
    "UnauthorizedOperation",
    "UnauthorizedException",
    "Forbidden",
    "ForbiddenException",
];

/// Codes of credentials that ran out.
const EXPIRED: &[&str] = &[
    "ExpiredToken",
    "ExpiredTokenException",
    "TokenRefreshRequired",
    "CredentialsExpired",
    // EC2's.
    "RequestExpired",
];

/// Codes of a region or service that the account has not turned on.
const NOT_ENABLED: &[&str] = &[
    "OptInRequired",
    "SubscriptionRequiredException",
    "RegionDisabledException",
    "RegionDisabled",
    "UnsupportedRegionException",
];

/// Codes of a token that is not known where it was shown. With a token that is good elsewhere this is what a region
/// says that is not enabled; at the partition's home it means that the token is bad.
const TOKEN_UNKNOWN: &[&str] =
    &["UnrecognizedClientException", "UnrecognizedClient", "InvalidClientTokenId", "AuthFailure"];

/// Codes of something that is not there. An HTTP 404 alone is not among them: it may be a proxy, or a path that a
/// service does not know, and must never count as a fact.
const GONE: &[&str] = &[
    "ResourceNotFoundException",
    "ResourceNotFound",
    "NoSuchEntity",
    "NoSuchEntityException",
    "NotFoundException",
    "InvalidLaunchTemplateId.NotFound",
    "InvalidLaunchTemplateId.NotFoundException",
    "InvalidLaunchTemplateId.VersionNotFound",
    // What could not be an id is the id of nothing.
    "InvalidLaunchTemplateId.Malformed",
    "InvalidLaunchTemplateName.NotFoundException",
    "InvalidLaunchTemplateName.MalformedException",
];

/// Codes of a server that has a bad moment.
const TRANSIENT: &[&str] = &[
    "InternalFailure",
    "InternalError",
    "InternalException",
    "InternalServerError",
    "InternalServerException",
    "ServerException",
    "ServiceException",
    "ServiceFailure",
    "ServiceUnavailable",
    "ServiceUnavailableException",
    "RequestTimeout",
    "RequestTimeoutException",
];

/// Where a call went; decides what some codes mean.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Place<'a> {
    /// The region; none for the global services.
    pub(crate) region: Option<&'a Region>,
    /// Scheme and host, where it is known.
    pub(crate) endpoint: Option<&'a str>,
}

/// Puts an error of the SDK into its class.
pub(crate) fn failure<E>(error: &SdkError<E, HttpResponse>, place: Place<'_>) -> Failure
where
    E: ProvideErrorMetadata + Error + 'static,
{
    // Credentials are fetched within the call that needs them; what is wrong with them is already in its class.
    if let Some(of_credentials) = of_credentials(error) {
        return of_credentials;
    }
    match error {
        SdkError::ServiceError(answer) => {
            let status = answer.raw().status().as_u16();
            let meta = answer.err().meta();
            let code = meta.code().unwrap_or_default();
            let class = class_of(code, status, place.region);
            let message = one_line(meta.message().unwrap_or_else(|| without_message(code)));
            let code = if code.is_empty() { format!("HTTP {status}") } else { code.to_owned() };
            Failure { class, code, message }
        }
        SdkError::ResponseError(answer) => {
            let status = answer.raw().status().as_u16();
            let class = if is_throttle("", status) {
                FailureClass::Throttled
            } else if status >= 500 {
                FailureClass::Transient
            } else {
                FailureClass::Malformed
            };
            Failure { class, code: format!("HTTP {status}"), message: chain(error) }
        }
        SdkError::TimeoutError(_) => Failure {
            class: FailureClass::Transient,
            code: "Timeout".to_owned(),
            message: at(place.endpoint, cause::plain(error)),
        },
        SdkError::DispatchFailure(sent) => {
            let cut_off = sent.as_other() == Some(ErrorKind::TransientError);
            if !sent.is_timeout() && !sent.is_io() && !cut_off {
                // Not the network: an endpoint that is no URL, a region that cannot be in one.
                let message = at(place.endpoint, cause::not_sent(error));
                return Failure { class: FailureClass::Other, code: "NotSent".to_owned(), message };
            }
            let code = if sent.is_timeout() { "Timeout" } else { "ConnectionFailed" };
            let class = if names_no_host(&chain(error)) && place.region.is_some_and(|r| !regions::is_known(r.as_str()))
            {
                FailureClass::NotEnabled
            } else {
                FailureClass::Transient
            };
            Failure { class, code: code.to_owned(), message: at(place.endpoint, cause::plain(error)) }
        }
        SdkError::ConstructionFailure(_) | _ => {
            Failure { class: FailureClass::Other, code: "NotSent".to_owned(), message: chain(error) }
        }
    }
}

/// The failure of one thing within a request that was answered.
pub(super) fn of_entry(code: &str, message: Option<&str>) -> Failure {
    let class = if code.is_empty() { FailureClass::Malformed } else { class_of(code, 200, None) };
    let code = if code.is_empty() { "NoErrorCode" } else { code };
    Failure { class, code: code.to_owned(), message: one_line(message.unwrap_or_else(|| without_message(code))) }
}

/// What stands in for a message that did not come.
fn without_message(code: &str) -> &'static str {
    if code.is_empty() { "the answer is none of AWS's: it has no error code" } else { "no message" }
}

/// Whether an answer asks to slow down.
pub(super) fn is_throttle(code: &str, status: u16) -> bool {
    // 509 is "bandwidth limit exceeded", which some answers say by their status alone
    THROTTLED.contains(&code) || [429, 509].contains(&status)
}

/// The class of an error code with its HTTP status.
fn class_of(code: &str, status: u16, region: Option<&Region>) -> FailureClass {
    let is = |codes: &[&str]| codes.contains(&code);
    if is_throttle(code, status) {
        FailureClass::Throttled
    } else if is(EXPIRED) {
        FailureClass::Expired
    } else if is(DENIED) {
        FailureClass::Denied
    } else if is(NOT_ENABLED) || (is(TOKEN_UNKNOWN) && region.is_some_and(|r| !regions::is_home(r))) {
        FailureClass::NotEnabled
    } else if is(GONE) {
        FailureClass::Gone
    } else if is(TRANSIENT) || status >= 500 {
        FailureClass::Transient
    } else if code.is_empty() {
        // No AWS service answers an error without a code: this is a proxy, or a path that the server does not know.
        if status == 403 { FailureClass::Denied } else { FailureClass::Malformed }
    } else {
        FailureClass::Other
    }
}

/// The failure of the credentials, if that is what is behind the error.
fn of_credentials(error: &(dyn Error + 'static)) -> Option<Failure> {
    sources(error).find_map(|cause| {
        let carried = cause.downcast_ref::<Failure>().cloned();
        carried.or_else(|| cause.downcast_ref::<CredentialsError>().map(of_provider))
    })
}

/// The failure that a provider of credentials gives as its reason, or one that says what it says.
pub(super) fn of_provider(error: &CredentialsError) -> Failure {
    let carried = sources(error).find_map(|cause| cause.downcast_ref::<Failure>());
    carried.cloned().unwrap_or_else(|| {
        let reason = chain(error);
        let told = if found_nothing(error, &reason) {
            AwsError::NoCredentials
        } else {
            AwsError::CredentialsNotLoaded { reason }
        };
        Failure {
            class: FailureClass::Other,
            code: "CredentialsNotLoaded".to_owned(),
            message: one_line(&told.to_string()),
        }
    })
}

/// Whether the chain of providers came to its end without credentials; `said` is all that the error says. The chain asks the
/// metadata service last, and where there is none, some networks answer for it.
pub(super) fn found_nothing(error: &CredentialsError, said: &str) -> bool {
    matches!(error, CredentialsError::CredentialsNotLoaded(_)) || said.contains("IMDS")
}

/// The error and what is behind it.
pub(super) fn sources<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&cause| cause.source())
}

/// What the error and all behind it say, on one line; what one repeats of the next is left out.
pub(super) fn chain(error: &(dyn Error + 'static)) -> String {
    let mut said: Vec<String> = Vec::new();
    for cause in sources(error) {
        let text = one_line(&cause.to_string());
        if !said.iter().any(|earlier| earlier.contains(&text)) {
            said.push(text);
        }
    }
    one_line(&said.join(": "))
}

/// What went wrong, after where it did.
fn at(endpoint: Option<&str>, cause: String) -> String {
    match endpoint {
        Some(endpoint) => one_line(&format!("{endpoint}: {cause}")),
        None => cause,
    }
}

/// Whether a message says that a host's name does not resolve.
fn names_no_host(message: &str) -> bool {
    ["dns error", "failed to lookup address", "Name or service not known"].iter().any(|sign| message.contains(sign))
}

/// The text on one line, cut to [`MAX_MESSAGE`], and cut where a signature's details begin: those hold the session token.
/// EC2's encoded message about a denial goes as well: it is long, and says nothing without a further permission.
pub(super) fn one_line(text: &str) -> String {
    let lower = text.to_ascii_lowercase();
    // The last of the signs is where the SDK prints the whole request.
    let secret = [
        " to request `request {",
        "the canonical string",
        "x-amz-security-token",
        "aws_secret_access_key",
        "aws_session_token",
        "encoded authorization failure message",
    ]
    .iter()
    .filter_map(|sign| lower.find(sign))
    .min()
    .unwrap_or(text.len());
    let kept = text.get(..secret).unwrap_or_default();
    let words = kept.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(" ").chars().take(MAX_MESSAGE).collect()
}

#[cfg(test)]
mod tests;
