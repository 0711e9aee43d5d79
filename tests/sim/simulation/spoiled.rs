//! What a fault makes of a call beneath the SDK, and of what is answered to it.

use noderole::collect::call::{Call, Reply};
use noderole::failure::{Failure, FailureClass};

use super::answers::{Answer, answer};
use super::fault::{DENIED, Fault, NOT_ENABLED, SLOW_DOWN};
use super::world::{AFTER_NOTHING, Member, World};

/// What is answered to a call, whole or with what a fault makes of lists.
pub(crate) fn replied(world: &World, member: &Member, call: &Call, fault: Option<Fault>) -> Answer {
    match fault {
        Some(Fault::Twice) => Ok(with_twins(answer(world, &member.facts, &overlapping(call))?)),
        Some(Fault::EmptyPage) => Ok(nothing_before(call, answer(world, &member.facts, call)?)),
        _whole => answer(world, &member.facts, call),
    }
}

/// The failure that a fault is in the end beneath the SDK, which has tried again; none where the fault is in what is answered,
/// or one that the SDK gets over.
pub(crate) fn failure(fault: Fault) -> Option<Failure> {
    let (class, code) = match fault {
        Fault::Throttled(spelling) => (FailureClass::Throttled, SLOW_DOWN[spelling].1),
        Fault::Server { .. } => (FailureClass::Transient, "InternalFailure"),
        Fault::Reset => (FailureClass::Transient, "ConnectionFailed"),
        Fault::Hang | Fault::Drips => (FailureClass::Transient, "Timeout"),
        Fault::Truncated | Fault::Garbled => (FailureClass::Malformed, "HTTP 200"),
        Fault::Denied(word) => (FailureClass::Denied, DENIED[word]),
        Fault::DeniedByControl => (FailureClass::Denied, "AccessDeniedException"),
        Fault::Skewed => (FailureClass::Other, "RequestTimeTooSkewed"),
        Fault::NotEnabled(word) => (FailureClass::NotEnabled, NOT_ENABLED[word]),
        Fault::Gone => (FailureClass::Gone, "ResourceNotFoundException"),
        Fault::TokenOfPage => (FailureClass::Other, "InvalidParameterException"),
        Fault::Expired => (FailureClass::Expired, "ExpiredToken"),
        Fault::Halting | Fault::EmptyPage | Fault::Twice => return None,
    };
    Some(Failure { class, code: code.to_owned(), message: format!("the message of {code}") })
}

/// The question as it is answered: of a page that begins with the last thing of the page before it.
fn overlapping(call: &Call) -> Call {
    let start = call.page.as_ref().map(|token| token.trim_start_matches(AFTER_NOTHING).parse::<usize>().unwrap());
    let page = start.map(|start| start.saturating_sub(1).to_string());
    Call { page, ..call.clone() }
}

/// The reply with its first thing once more at its end.
fn with_twins(mut reply: Reply) -> Reply {
    fn twin<T: Clone>(list: &mut Vec<T>) {
        list.extend(list.first().cloned());
    }
    match &mut reply {
        Reply::Names { names, .. } => twin(names),
        Reply::Associations { associations, .. } => twin(associations),
        Reply::Authorization { roles, .. } => twin(roles),
        Reply::AttachedPolicies { policies, .. } => twin(policies),
        Reply::InstanceProfiles { profiles, .. } => twin(profiles),
        Reply::Instances { instances, .. } => twin(instances),
        Reply::AutoScalingGroups { groups, .. } => twin(groups),
        _not_a_list => {}
    }
    reply
}

/// The page with nothing on it before the one that is asked for; none where that comes after such a page, or is no list.
fn nothing_before(call: &Call, mut reply: Reply) -> Reply {
    if call.page.as_deref().is_some_and(|token| token.starts_with(AFTER_NOTHING)) {
        return reply;
    }
    let token = format!("{AFTER_NOTHING}{}", call.page.as_deref().unwrap_or("0"));
    match &mut reply {
        Reply::Names { names: list, next } => {
            list.clear();
            *next = Some(token);
        }
        Reply::Associations { associations, next } => {
            associations.clear();
            *next = Some(token);
        }
        Reply::Authorization { roles, policies, next } => {
            roles.clear();
            policies.clear();
            *next = Some(token);
        }
        Reply::AttachedPolicies { policies, next } => {
            policies.clear();
            *next = Some(token);
        }
        Reply::InstanceProfiles { profiles, next } => {
            profiles.clear();
            *next = Some(token);
        }
        Reply::Instances { instances, next } => {
            instances.clear();
            *next = Some(token);
        }
        Reply::AutoScalingGroups { groups, next } => {
            groups.clear();
            *next = Some(token);
        }
        _not_a_list => {}
    }
    reply
}
