//! NR302: whether whoever holds the node's credentials can become more.

mod paths;

use crate::finding::{Severity, Status};
use crate::rules::permissions::called;
use crate::rules::{NodeRole, Verdict};

use super::inquiry::Inquiry;
use super::mend;
use super::weighed::{Weighed, Words};

pub(super) use paths::PATHS;

const SEVERITY: Severity = Severity::High;

/// NR302 no-privilege-escalation: of the known ways to more rights (`PATHS`), those whose actions are all granted, on
/// arbitrary resources of the account or on what the role itself is made of.
///
/// Blind to ways that lead over one named resource: a role that may be passed, a function that may be changed.
pub fn nr302(node_role: &NodeRole<'_>) -> Verdict {
    let inquiry = match Inquiry::of(node_role, SEVERITY, false) {
        Ok(inquiry) => inquiry,
        Err(verdict) => return verdict,
    };
    let weighed = Weighed::of(&inquiry, PATHS);
    let name = called(node_role.arn);
    let words = Words {
        holds: format_args!("whoever holds the credentials of `{name}` can become more"),
        open: format_args!("whether whoever holds the credentials of `{name}` can become more"),
        none: format_args!("none of {} known ways leads from `{name}` to more rights", PATHS.len()),
        status: Status::Fail,
        severity: SEVERITY,
    };
    weighed.verdict(&inquiry, &words, |granted| mend::take_away(&inquiry, granted, "whatever needs them"))
}
