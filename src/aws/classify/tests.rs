//! The table of classes, and what a message may hold.

use super::*;
use FailureClass::{Denied, Expired, Gone, Malformed, NotEnabled, Other, Throttled, Transient};

fn class(code: &str, status: u16, region: Option<&str>) -> FailureClass {
    let region: Option<Region> = region.map(|name| name.parse().unwrap());
    class_of(code, status, region.as_ref())
}

#[test]
fn codes_have_their_class_whatever_the_status() {
    for (code, expected) in [
        ("AccessDenied", Denied),
        ("AccessDeniedException", Denied),
        ("UnauthorizedOperation", Denied),
        ("AuthorizationError", Denied),
        ("Throttling", Throttled),
        ("ThrottlingException", Throttled),
        ("TooManyRequestsException", Throttled),
        ("TooManyRequests", Throttled),
        ("RequestLimitExceeded", Throttled),
        ("PriorRequestNotComplete", Throttled),
        ("ExpiredToken", Expired),
        ("ExpiredTokenException", Expired),
        ("OptInRequired", NotEnabled),
        ("SubscriptionRequiredException", NotEnabled),
        ("RegionDisabledException", NotEnabled),
        ("RequestExpired", Expired),
        ("ResourceNotFoundException", Gone),
        ("InvalidLaunchTemplateId.NotFound", Gone),
        ("InvalidLaunchTemplateId.VersionNotFound", Gone),
        ("InvalidLaunchTemplateId.Malformed", Gone),
        ("InvalidLaunchTemplateName.NotFoundException", Gone),
        ("NoSuchEntity", Gone),
        ("NotFoundException", Gone),
        ("ServiceUnavailable", Transient),
        ("InternalFailure", Transient),
        ("InvalidParameterException", Other),
    ] {
        assert_eq!(class(code, 400, Some("eu-west-1")), expected, "{code}");
    }
}

#[test]
fn without_a_code_the_status_decides_and_a_bare_404_is_no_fact() {
    for (status, expected) in [(429, Throttled), (500, Transient), (503, Transient), (403, Denied), (404, Malformed)] {
        assert_eq!(class("", status, None), expected, "{status}");
    }
    assert_eq!(class("SomethingNew", 502, None), Transient);
}

#[test]
fn a_token_that_is_unknown_means_a_region_that_is_not_enabled_but_at_home_a_bad_token() {
    for code in ["UnrecognizedClientException", "InvalidClientTokenId", "AuthFailure"] {
        assert_eq!(class(code, 403, Some("ap-east-1")), NotEnabled, "{code}");
        assert_eq!(class(code, 403, Some("us-east-1")), Other, "{code}");
        assert_eq!(class(code, 403, None), Other, "{code}");
    }
}

#[test]
fn a_message_is_one_line_without_secrets() {
    assert_eq!(one_line(" a\n\tb\r\n c\u{0} "), "a b c");
    let signature = "The request signature does not match.\n\nThe Canonical String for this request should have been\n\
                     'GET\n/\nx-amz-security-token:FwoGZXIvYXdzE'";
    assert_eq!(one_line(signature), "The request signature does not match.");
    assert_eq!(one_line(&"x".repeat(5000)).len(), MAX_MESSAGE);
    assert_eq!(one_line("bad X-Amz-Security-Token: abc"), "bad");
    let denied = "You are not authorized to perform this operation. Encoded authorization failure message: 3Xo-_abc";
    assert_eq!(one_line(denied), "You are not authorized to perform this operation.");
}
