//! A call → an SDK operation → a reply: one page a call, pages as long as the service gives them.

mod account;
mod autoscaling;
mod compute;
mod ec2;
mod eks;
mod iam;
mod organizations;
mod state;

pub(crate) use account::all_regions;
pub(crate) use organizations::{
    ListedAccount, Organization, Page, account, accounts, organization, parents, policies_of, policy,
    service_control_enabled, units,
};

pub(crate) use state::state;

use std::error::Error;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::DateTime;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use jiff::{Timestamp, Unit};

use crate::collect::call::{Call, Reply};
use crate::failure::{Failure, FailureClass};
use crate::ids::Region;

use super::classify::{Place, failure};
use super::limits::{Service, service_of};
use super::session::{Client, Sessions};

/// Makes the call, without a second try for credentials that have run out.
pub(super) async fn ask(sessions: &Sessions, call: &Call) -> Result<Reply, Failure> {
    // Each arm is a future of its own on the heap: all in one would be the size of the largest, for every call in flight.
    match service_of(&call.question) {
        Service::Eks => Box::pin(eks::ask(sessions, call)).await,
        Service::Iam => Box::pin(iam::ask(sessions, call)).await,
        Service::Ec2 => Box::pin(ec2::ask(sessions, call)).await,
        Service::AutoScaling => Box::pin(autoscaling::ask(sessions, call)).await,
        Service::Account => Box::pin(account::enabled_regions(sessions, call)).await,
        Service::Sts | Service::Organizations => Err(malformed("not asked here")),
    }
}

/// The failure of a client's operation.
fn failed<C, E>(client: &Client<C>, region: Option<&Region>, error: &SdkError<E, HttpResponse>) -> Failure
where
    E: ProvideErrorMetadata + Error + 'static,
{
    failure(error, Place { region, endpoint: client.watch.endpoint() })
}

/// An answer without what it should hold.
fn malformed(what: &str) -> Failure {
    Failure { class: FailureClass::Malformed, code: "IncompleteAnswer".to_owned(), message: what.to_owned() }
}

/// An answer that holds nothing where the thing should be: it does not exist.
fn gone(what: &str) -> Failure {
    Failure { class: FailureClass::Gone, code: "NotFound".to_owned(), message: what.to_owned() }
}

/// What an answer should hold.
fn needed<T>(value: Option<T>, what: &str) -> Result<T, Failure> {
    value.ok_or_else(|| malformed(&format!("the answer has no {what}")))
}

/// The time as the inventory keeps it, to the millisecond: JSON services send floating-point numbers.
fn timestamp(time: &DateTime) -> Option<Timestamp> {
    let exact = Timestamp::new(time.secs(), i32::try_from(time.subsec_nanos()).ok()?).ok()?;
    exact.round(Unit::Millisecond).ok()
}

#[cfg(test)]
mod tests;
