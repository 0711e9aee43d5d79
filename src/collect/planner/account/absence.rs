//! Whether "not enabled", said of a region, proves that no cluster is there.

use crate::failure::{Failure, FailureClass};
use crate::ids::Region;
use crate::rules::regions::always_enabled;

/// The code of a service that has no host in a region.
const NO_HOST: &str = "ConnectionFailed";

/// Codes of a service that a region does not have, or that the account has never used: they say nothing of the credentials.
const NO_SERVICE: [&str; 4] = [NO_HOST, "OptInRequired", "SubscriptionRequiredException", "UnsupportedRegionException"];

/// The failure of a list of clusters: "not enabled" stays so only where it proves that nothing is there.
///
/// A region that is switched off answers with the codes of a token that nobody knows (`UnrecognizedClientException`), and so
/// does one that is on to credentials that went bad in the middle of a run, are too old for it, or are of a global session
/// token. So it is believed neither of a region that the account lists, nor of a named one that no account can switch off. Of
/// any other that was named it is believed: nothing else is ever said of a region that is off.
pub(super) fn proven(failure: Failure, region: &Region, was_named: bool) -> Failure {
    let always = || always_enabled(region.partition()).contains(&region.as_str());
    let (believed, why): (&[&str], &str) = match (failure.class == FailureClass::NotEnabled, was_named) {
        (true, false) => (&[NO_HOST], "account:ListRegions lists the region as enabled"),
        (true, true) if always() => (&NO_SERVICE, "the region is enabled in every account"),
        (false, _) | (true, true) => return failure,
    };
    if believed.contains(&failure.code.as_str()) {
        return failure;
    }
    let message = format!("{} ({why})", failure.message);
    Failure { class: FailureClass::Other, message, ..failure }
}
