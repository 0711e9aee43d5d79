//! Trust policies: who may assume a role, by which action, under which conditions.

mod cover;
mod grant;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use super::decision::{Decision, Layer};
use super::document::{Document, PrincipalKind, PrincipalScope, Principals, Statement, Test};
use super::evaluate::Tally;
use super::request::Context;
use super::truth::Truth;
pub use grant::grants;

/// The name of the trust policy in [`super::Decider::policy`]: it has none of its own.
pub const TRUST_POLICY: &str = "trust policy";

/// The actions that open a session of a role; `sts:TagSession` and `sts:SetSourceIdentity` only go with them.
pub const SESSION_ACTIONS: [&str; 3] = ["sts:AssumeRole", "sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity"];

/// Somebody who may appear in a trust policy's Principal.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Principal {
    /// Everyone: `*`, or `{"AWS": "*"}`.
    Everyone,
    /// An AWS service: `ec2.amazonaws.com`.
    Service(String),
    /// An account (its root): 12 digits.
    Account(String),
    /// An ARN of a role, user or session.
    Arn(String),
    /// The unique id of a principal that was deleted: `AROA...`, `AIDA...`.
    Deleted(String),
    /// An identity provider: an ARN, or `accounts.google.com`.
    Federated(String),
    /// A canonical user id.
    CanonicalUser(String),
    /// Everyone but those named (`NotPrincipal`).
    EveryoneBut(Vec<String>),
}

/// One right to assume the role that a trust policy gives: an effective Allow, less what Deny statements take away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustGrant {
    /// Who.
    pub principal: Principal,
    /// The sts actions it is given, of those that open a session: `sts:AssumeRole`, `sts:AssumeRoleWithWebIdentity`,
    /// `sts:AssumeRoleWithSAML`.
    pub actions: Vec<&'static str>,
    /// The statement's position, from 0.
    pub statement: usize,
    /// Its Sid.
    pub sid: Option<Arc<str>>,
    /// The condition as JSON text, if the statement has one.
    pub condition: Option<Arc<str>>,
    /// The condition keys that must hold, in lower case, with operator and values as written.
    pub condition_keys: Arc<[ConditionEntry]>,
    /// The Deny statements that take a part of it away: under a condition, or from some of those it is given to.
    pub narrowed_by: Vec<Arc<Narrowing>>,
}

/// A Deny statement that takes a part of a grant away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Narrowing {
    /// The statement's position, from 0.
    pub statement: usize,
    /// Its Sid.
    pub sid: Option<String>,
    /// The sts actions that it denies, of [`SESSION_ACTIONS`]; of the others that a grant gives it takes nothing.
    pub actions: Vec<&'static str>,
    /// The tests that must hold for it to deny; none where it denies some of the grant's principals in any case.
    pub condition_keys: Vec<ConditionEntry>,
    /// Whether it is for everyone: `*` or `{"AWS": "*"}`; one for some keeps nobody else out.
    pub for_everyone: bool,
}

/// One test of a Condition block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConditionEntry {
    /// The operator as written: `StringEquals`, `ForAnyValue:StringLike`.
    pub operator: String,
    /// The key in lower case.
    pub key: String,
    /// The values as written.
    pub values: Vec<String>,
}

/// A token of an OpenID Connect provider, as a Kubernetes service account has it.
#[derive(Debug, Clone, Copy)]
pub struct WebIdentity<'a> {
    /// The provider's issuer, with or without `https://`.
    pub issuer: &'a str,
    /// The subject: `system:serviceaccount:NAMESPACE:NAME`.
    pub subject: &'a str,
    /// The audience: `sts.amazonaws.com`.
    pub audience: &'a str,
}

/// Whether the AWS service may call `action` (`sts:AssumeRole`) on the role, by any spelling of the document.
///
/// `Conditional` where the statement that grants it, or one that denies it, has a condition: of the context of a
/// service's call nothing is documented but that the caller is a service, and which (IAM user guide, *AWS global
/// condition context keys*).
pub fn service_may(trust: &Document, service: &str, action: &str) -> Decision {
    decide(trust, action, &called_by(service), |principals| principals.include(Caller::Service(service)))
}

/// The tests of a statement on which it hangs whether it concerns a call of the service: those that hold in any case are not
/// among them.
pub fn open_tests<'a>(statement: &'a Statement, service: &str) -> Vec<Test<'a>> {
    statement.open_tests(&called_by(service)).collect()
}

/// What is known of a call that the service makes.
fn called_by(service: &str) -> Context {
    let mut context = Context::partial();
    context.set("aws:PrincipalIsAWSService", vec!["true".to_owned()]);
    context.set("aws:PrincipalServiceName", vec![service.to_owned()]);
    context
}

/// Whether a web identity may assume the role by `sts:AssumeRoleWithWebIdentity`.
///
/// Subject and audience are known, every other key of the call is not.
pub fn web_identity_may(trust: &Document, identity: WebIdentity<'_>) -> Decision {
    let issuer = identity.issuer.strip_prefix("https://").unwrap_or(identity.issuer).trim_end_matches('/');
    let mut context = Context::partial();
    context.set(&format!("{issuer}:sub"), vec![identity.subject.to_owned()]);
    context.set(&format!("{issuer}:aud"), vec![identity.audience.to_owned()]);
    decide(trust, "sts:AssumeRoleWithWebIdentity", &context, |principals| principals.include(Caller::Issuer(issuer)))
}

fn decide(trust: &Document, action: &str, context: &Context, concerns: impl Fn(&Principals) -> bool) -> Decision {
    let lower_action = action.to_ascii_lowercase();
    let mut tally = Tally::new("*", context);
    tally.open(Layer::Trust);
    for (position, statement) in trust.statements().iter().enumerate() {
        if statement.has_action(&lower_action) && statement.principals().is_some_and(&concerns) {
            // a trust policy has no resource: it stands for its own role
            let applies = statement.has_resource("*", context).min(statement.conditions_hold(context));
            tally.add(TRUST_POLICY, position, statement, applies);
        }
    }
    tally.decide()
}

/// Somebody who calls sts.
#[derive(Debug, Clone, Copy)]
enum Caller<'a> {
    /// An AWS service.
    Service(&'a str),
    /// The bearer of a token of this issuer, which is without `https://`.
    Issuer(&'a str),
}

impl Principals {
    fn include(&self, caller: Caller<'_>) -> bool {
        let named = match &self.scope {
            PrincipalScope::Everyone => true,
            PrincipalScope::Named(lists) => {
                lists.iter().any(|(kind, names)| names.iter().any(|name| names_caller(*kind, name, caller)))
            }
        };
        named != self.inverted
    }
}

fn names_caller(kind: PrincipalKind, name: &str, caller: Caller<'_>) -> bool {
    match (kind, caller) {
        // `{"AWS": "*"}` is the same as `*` (IAM user guide, *Principal*, all principals)
        (PrincipalKind::Aws, Caller::Service(_) | Caller::Issuer(_)) => name == "*",
        (PrincipalKind::Service, Caller::Service(service)) => name == service,
        (PrincipalKind::Federated, Caller::Issuer(issuer)) => {
            name == issuer || name.split_once(":oidc-provider/").is_some_and(|(_, of_arn)| of_arn == issuer)
        }
        (PrincipalKind::Service, Caller::Issuer(_))
        | (PrincipalKind::Federated, Caller::Service(_))
        | (PrincipalKind::CanonicalUser, Caller::Service(_) | Caller::Issuer(_)) => false,
    }
}

/// Whether everything that the Condition block asks holds whatever the request; true for none.
fn is_unconditional(statement: &Statement) -> Truth {
    statement.conditions_hold(&Context::partial())
}
