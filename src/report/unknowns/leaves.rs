//! What a failed call says of itself: why it failed, what would mend it, and what it leaves open or unseen.

use std::collections::BTreeSet;

use crate::counted::counted;
use crate::failure::FailureClass;
use crate::known::needed_for;
use crate::report::coverage::{EVERY_REGION, LIST_REGIONS};

use super::FailedCalls;

/// How many characters of AWS's message are shown.
const MESSAGE_MAX: usize = 200;

/// How many clusters are named.
const CLUSTERS_SHOWN: usize = 2;

impl FailedCalls {
    /// What would mend it, where AWS refused the calls: the permission that is missing.
    pub fn mend(&self) -> Option<String> {
        self.classes.contains(&FailureClass::Denied).then(|| needed_for(&self.api))
    }

    /// What stands behind the error code: the missing permission, else AWS's message, shortened; and a way around it. None
    /// where nothing stands behind it.
    pub fn explained(&self) -> Option<String> {
        let message = || (!self.message.is_empty() && self.message != self.error).then(|| shortened(&self.message));
        let around = (self.api == LIST_REGIONS).then(|| "`--region` names the regions instead".to_owned());
        let parts: Vec<String> = self.mend().or_else(message).into_iter().chain(around).collect();
        (!parts.is_empty()).then(|| parts.join("; "))
    }

    /// What is not seen, and which results are open, in words: `1 region unseen and 3 results open`.
    pub fn leaves(&self) -> String {
        let open = (self.open_results > 0).then(|| format!("{} open", counted(self.open_results, "result")));
        let parts: Vec<String> = self.unseen().into_iter().chain(open).collect();
        if parts.is_empty() { "no result open".to_owned() } else { parts.join(" and ") }
    }

    /// The whole things that may be there and that no result speaks of.
    fn unseen(&self) -> Option<String> {
        if self.places.iter().all(|(_, region)| region == EVERY_REGION) {
            return Some(format!("{} unseen", counted(self.places.len(), "whole account")));
        }
        let perhaps = |what: &str, of: String| Some(format!("{what} of {of} perhaps unseen"));
        match self.api.as_str() {
            "eks:ListClusters" => Some(format!("{} unseen", counted(self.places.len(), "region"))),
            "eks:ListNodegroups" => perhaps("node groups", self.clusters()),
            "eks:DescribeCluster" => perhaps("the settings and Auto Mode nodes", self.clusters()),
            "eks:ListFargateProfiles" | "eks:DescribeFargateProfile" => perhaps("Fargate profiles", self.clusters()),
            "eks:ListAccessEntries" | "eks:DescribeAccessEntry" => perhaps("access entries", self.clusters()),
            "iam:GetAccountAuthorizationDetails" => {
                let accounts: BTreeSet<_> = self.places.iter().map(|(account, _)| account).collect();
                perhaps("unused node roles", counted(accounts.len(), "account"))
            }
            "eks:DescribeNodegroup" if self.open_results == 0 => {
                Some(format!("{} unseen", counted(self.resources.len(), "node group")))
            }
            api if api.starts_with("organizations:") && !self.classes.contains(&FailureClass::Malformed) => {
                Some("service control policies unread".to_owned())
            }
            _hides_nothing_whole => None,
        }
    }

    /// The clusters that the calls were about: `cluster a, cluster b and 3 more`.
    fn clusters(&self) -> String {
        let names: BTreeSet<String> = self.resources.iter().map(|resource| cluster(resource)).collect();
        let shown: Vec<String> = names.iter().take(CLUSTERS_SHOWN).cloned().collect();
        match names.len().saturating_sub(CLUSTERS_SHOWN) {
            0 => shown.join(", "),
            more => format!("{} and {more} more", shown.join(", ")),
        }
    }
}

/// `cluster prod`, of `arn:aws:eks:...:cluster/prod` or `...:fargateprofile/prod/x/*`; what is no ARN, as it is.
fn cluster(resource: &str) -> String {
    let name = resource.strip_prefix("arn:").and_then(|arn| arn.split('/').nth(1));
    name.map_or_else(|| resource.to_owned(), |name| format!("cluster {name}"))
}

/// The first characters of a message, cut at a blank.
fn shortened(message: &str) -> String {
    let Some((end, _)) = message.char_indices().nth(MESSAGE_MAX) else { return message.to_owned() };
    let head = message.get(..end).unwrap_or(message);
    format!("{} ...", head.rsplit_once(' ').map_or(head, |(whole, _cut)| whole))
}
