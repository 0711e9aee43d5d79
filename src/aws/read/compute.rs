//! What EC2 and Auto Scaling tell alike: tags, the settings of instance metadata, texts that say nothing.

use std::collections::BTreeMap;

use crate::inventory::{MetadataOptions, TAGS_OF_NODES};

/// The most hops that an answer of the instance metadata service can make.
const MAX_HOPS: u8 = 64;

/// The tags that tell whose node it is; all others stay with AWS.
pub(super) fn tags_of_nodes(
    tags: impl IntoIterator<Item = (Option<String>, Option<String>)>,
) -> BTreeMap<String, String> {
    let kept = tags.into_iter().filter_map(|(key, value)| Some((key?, value.unwrap_or_default())));
    kept.filter(|(key, _)| TAGS_OF_NODES.iter().any(|beginning| key.starts_with(beginning))).collect()
}

/// The settings of instance metadata in the words of AWS. Words that say no preference, or are not known, set nothing; so
/// do numbers of hops that cannot be (`-1` stands for no preference).
pub(super) fn metadata(endpoint: Option<&str>, tokens: Option<&str>, hops: Option<i32>) -> MetadataOptions {
    MetadataOptions {
        enabled: one_of(endpoint, "enabled", "disabled"),
        tokens_required: one_of(tokens, "required", "optional"),
        hop_limit: hops.and_then(|hops| u8::try_from(hops).ok()).filter(|hops| (1..=MAX_HOPS).contains(hops)),
    }
}

fn one_of(word: Option<&str>, yes: &str, no: &str) -> Option<bool> {
    match word {
        Some(word) if word == yes => Some(true),
        Some(word) if word == no => Some(false),
        Some(_) | None => None,
    }
}

/// What the answer says. An empty text says nothing: the SDK puts one for what a service must say and does not, and some
/// last pages have an empty token.
pub(super) fn said(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_set_or_says_nothing_stays_open() {
        assert_eq!(metadata(None, None, None), MetadataOptions::default());
        assert_eq!(metadata(Some("no-preference"), Some("no-preference"), Some(-1)), MetadataOptions::default());
        for (hops, expected) in [(0, None), (1, Some(1)), (64, Some(64)), (65, None), (300, None)] {
            assert_eq!(metadata(None, None, Some(hops)).hop_limit, expected, "{hops}");
        }
        let set = metadata(Some("disabled"), Some("optional"), Some(2));
        assert_eq!(set, MetadataOptions { enabled: Some(false), tokens_required: Some(false), hop_limit: Some(2) });
    }

    #[test]
    fn only_the_tags_that_tell_whose_node_it_is_are_kept() {
        let tag = |key: &str, value: Option<&str>| (Some(key.to_owned()), value.map(str::to_owned));
        let kept = tags_of_nodes([
            tag("kubernetes.io/cluster/prod", Some("owned")),
            tag("karpenter.sh/nodepool", None),
            tag("Name", Some("secret project")),
            tag("kubernetes.io/role", Some("x")),
            (None, Some("x".to_owned())),
        ]);
        let expected = [("karpenter.sh/nodepool", ""), ("kubernetes.io/cluster/prod", "owned")];
        assert_eq!(kept, expected.map(|(key, value)| (key.to_owned(), value.to_owned())).into());
    }
}
