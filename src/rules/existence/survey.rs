//! How far an account's clusters are known, for rules that hold only if no cluster anywhere says otherwise.

use crate::failure::FailureClass;
use crate::finding::{Evidence, Severity, Status};
use crate::ids::Region;
use crate::inventory::{Account, Target};
use crate::known::Gap;
use crate::rules::verdict::Verdict;

/// The regions of an account by how far their clusters are known.
pub(super) struct Survey<'a> {
    read: Vec<&'a Region>,
    not_enabled: Vec<&'a Region>,
    missing: Vec<&'a Gap>,
}

impl<'a> Survey<'a> {
    /// Looks at the regions that were asked for.
    pub(super) fn of(account: &'a Account) -> Self {
        // Where the regions themselves could not be listed to the end, there may be some that nobody asked.
        let missing = account.gaps.iter().filter(|gap| gap.api == "account:ListRegions").collect();
        let mut survey = Self { read: Vec::new(), not_enabled: Vec::new(), missing };
        for region in &account.regions {
            match region.clusters.gap() {
                None => survey.read.push(&region.name),
                Some(gap) if gap.class == FailureClass::NotEnabled => survey.not_enabled.push(&region.name),
                Some(gap) => survey.missing.push(gap),
            }
        }
        survey
    }

    /// What could not be read.
    pub(super) fn gaps(&self) -> Vec<Evidence> {
        self.missing.iter().map(|gap| Evidence::gap(gap)).collect()
    }

    /// The regions within which a rule judged.
    pub(super) fn evidence(&self, compared: &str, target: Option<&Target>) -> Evidence {
        let mut text = format!("{compared} compared in {}", names(&self.read));
        if !self.not_enabled.is_empty() {
            text = format!("{text}; not enabled: {}", names(&self.not_enabled));
        }
        if target.is_some() {
            text.push_str("; only the clusters that were asked for, and what they touch, were read");
        }
        Evidence::from_api("eks:ListClusters", text)
    }
}

fn names(regions: &[&Region]) -> String {
    if regions.is_empty() {
        return "no region".to_owned();
    }
    regions.iter().map(|region| region.as_str()).collect::<Vec<_>>().join(", ")
}

/// What a rule answers where nothing that was read speaks against the role, but not all was read.
pub(super) fn unknown(severity: Severity, question: &str, gaps: Vec<Evidence>) -> Verdict {
    let first = gaps.first().map(|gap| gap.text.clone()).unwrap_or_default();
    let more = match gaps.len() {
        0 | 1 => String::new(),
        many => format!(", and {} more", many - 1),
    };
    Verdict::new(Status::Unknown, severity, format!("{question} could not be decided: {first}{more}")).with(gaps)
}
