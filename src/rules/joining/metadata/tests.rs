//! What settings of the instance metadata service amount to.

use super::*;

fn options(enabled: Option<bool>, tokens_required: Option<bool>, hop_limit: Option<u8>) -> MetadataOptions {
    MetadataOptions { enabled, tokens_required, hop_limit }
}

fn alone(enabled: Option<bool>, tokens_required: Option<bool>, hop_limit: Option<u8>) -> Reach {
    reach(&options(enabled, tokens_required, hop_limit), &MetadataOptions::default())
}

#[test]
fn pods_are_kept_out_by_tokens_with_one_hop_or_by_no_service_at_all() {
    assert_eq!(alone(Some(true), Some(true), Some(1)), Reach::Closed);
    assert_eq!(alone(Some(false), Some(false), Some(64)), Reach::Closed);
    assert_eq!(alone(None, Some(true), Some(1)), Reach::Closed);
}

#[test]
fn either_setting_lets_pods_in_whatever_the_other_is() {
    assert!(matches!(alone(Some(true), Some(false), Some(1)), Reach::Open(why) if why.contains("IMDSv1")));
    assert!(matches!(alone(Some(true), Some(true), Some(2)), Reach::Open(why) if why.contains("2 hops")));
    assert!(matches!(alone(None, None, Some(64)), Reach::Open(_)));
}

#[test]
fn a_setting_that_nobody_makes_is_not_assumed() {
    assert_eq!(alone(Some(true), Some(true), None), Reach::NotKnown("HttpPutResponseHopLimit"));
    assert_eq!(alone(Some(true), None, Some(1)), Reach::NotKnown("HttpTokens"));
    assert_eq!(alone(None, None, None), Reach::NotKnown("HttpTokens and HttpPutResponseHopLimit"));
}

#[test]
fn what_the_template_leaves_open_the_account_decides() {
    let defaults = options(None, Some(true), Some(1));
    assert_eq!(reach(&options(None, None, None), &defaults), Reach::Closed);
    assert!(matches!(reach(&options(None, None, Some(2)), &defaults), Reach::Open(_)));
    assert_eq!(reach(&options(None, Some(true), None), &options(Some(false), None, None)), Reach::Closed);
}
