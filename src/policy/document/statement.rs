//! A statement, ready for evaluation: whom it concerns, which actions on which resources, under which tests.

use super::super::condition::Condition;
use super::super::decision::Effect;
use super::super::pattern::{Pattern, Variable};
use super::super::request::{Context, Key};
use super::super::truth::Truth;
use super::write::Tests;

/// One statement of a policy document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    pub(super) sid: Option<String>,
    pub(super) effect: Effect,
    pub(super) principals: Option<Principals>,
    pub(super) actions: Selection,
    pub(super) resources: Option<Selection>,
    pub(super) conditions: Vec<Condition>,
}

/// One test of a Condition block, as the document has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Test<'a> {
    /// The operator as written: `ForAnyValue:StringLike`.
    pub operator: &'a str,
    /// The key as written.
    pub key: &'a str,
    /// The values as written; numbers and booleans as their text.
    pub values: &'a [String],
}

impl<'a> Test<'a> {
    fn of(condition: &'a Condition) -> Self {
        Self { operator: &condition.operator_text, key: &condition.key, values: &condition.sources }
    }
}

/// Action or NotAction, Resource or NotResource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Selection {
    /// Whether it selects what no pattern matches.
    pub(super) inverted: bool,
    pub(super) patterns: Vec<Pattern>,
}

/// Principal or NotPrincipal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct Principals {
    /// Whether it is NotPrincipal.
    pub(in super::super) inverted: bool,
    pub(in super::super) scope: PrincipalScope,
}

/// Whom Principal names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) enum PrincipalScope {
    /// `*`
    Everyone,
    /// The lists by kind, in the document's order.
    Named(Vec<(PrincipalKind, Vec<String>)>),
}

/// The kinds of principals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum PrincipalKind {
    /// Accounts, roles, users, sessions.
    Aws,
    /// AWS services.
    Service,
    /// Identity providers.
    Federated,
    /// S3's canonical user ids.
    CanonicalUser,
}

impl PrincipalKind {
    /// The kind as documents write it.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Aws => "AWS",
            Self::Service => "Service",
            Self::Federated => "Federated",
            Self::CanonicalUser => "CanonicalUser",
        }
    }
}

impl Selection {
    /// The patterns as the document has them.
    pub(super) fn sources(&self) -> impl Iterator<Item = &str> {
        self.patterns.iter().map(Pattern::source)
    }

    fn has_action(&self, lower_action: &str) -> bool {
        self.patterns.iter().any(|pattern| pattern.matches_action(lower_action)) != self.inverted
    }

    fn has_resource(&self, resource: &str, context: &Context) -> Truth {
        let matched = Truth::any(self.patterns.iter().map(|pattern| pattern.matches(resource, context)));
        if self.inverted { matched.negated() } else { matched }
    }
}

impl Statement {
    /// Its Sid.
    pub fn sid(&self) -> Option<&str> {
        self.sid.as_deref()
    }

    /// What it does where it applies.
    pub fn effect(&self) -> Effect {
        self.effect
    }

    /// The patterns of Action, or of NotAction where [`Self::is_not_action`].
    pub fn actions(&self) -> impl Iterator<Item = &str> {
        self.actions.sources()
    }

    /// Whether it has NotAction: it concerns the actions that no pattern matches.
    pub fn is_not_action(&self) -> bool {
        self.actions.inverted
    }

    /// The patterns of Resource, or of NotResource where [`Self::is_not_resource`].
    pub fn resources(&self) -> impl Iterator<Item = &str> {
        self.resources.iter().flat_map(Selection::sources)
    }

    /// Whether it has NotResource: it concerns the resources that no pattern matches.
    pub fn is_not_resource(&self) -> bool {
        self.resources.as_ref().is_some_and(|resources| resources.inverted)
    }

    /// The tests of its Condition block.
    pub fn tests(&self) -> impl Iterator<Item = Test<'_>> {
        self.conditions.iter().map(Test::of)
    }

    /// The tests of which it is not known whether they hold.
    pub(in super::super) fn open_tests(&self, context: &Context) -> impl Iterator<Item = Test<'_>> {
        self.conditions.iter().filter(|condition| condition.holds(context) == Truth::Unknown).map(Test::of)
    }

    /// Its Condition block as JSON; `None` where it has no tests.
    pub fn condition_json(&self) -> Option<String> {
        let tests = (!self.conditions.is_empty()).then_some(Tests(&self.conditions))?;
        serde_json::to_string(&tests).ok()
    }

    /// Whether it concerns an action, which must be in lower case.
    pub(in super::super) fn has_action(&self, lower_action: &str) -> bool {
        self.actions.has_action(lower_action)
    }

    /// Whether it concerns a resource. A statement without the element (that of a trust policy) concerns its own role.
    pub(in super::super) fn has_resource(&self, resource: &str, context: &Context) -> Truth {
        self.resources.as_ref().map_or(Truth::True, |resources| resources.has_resource(resource, context))
    }

    /// Whether every test of its Condition block holds.
    pub(in super::super) fn conditions_hold(&self, context: &Context) -> Truth {
        Truth::all(self.conditions.iter().map(|condition| condition.holds(context)))
    }

    /// Its tests in lower-case keys, for reports.
    pub(in super::super) fn conditions(&self) -> &[Condition] {
        &self.conditions
    }

    /// Its principals; `None` in a policy of permissions.
    pub(in super::super) fn principals(&self) -> Option<&Principals> {
        self.principals.as_ref()
    }

    /// The keys on which it hangs whether the statement applies; some perhaps twice.
    pub(in super::super) fn unknown_keys<'a>(
        &'a self,
        resource: &str,
        context: &'a Context,
    ) -> impl Iterator<Item = Key<'a>> {
        let by_resource = match (&self.resources, self.has_resource(resource, context)) {
            (Some(resources), Truth::Unknown) => resources.patterns.as_slice(),
            (None, Truth::Unknown) | (_, Truth::True | Truth::False) => &[],
        };
        let of_resources =
            by_resource.iter().flat_map(|pattern| pattern.unknown_variables(context)).map(Variable::name);
        let of_conditions = self.conditions.iter().flat_map(|condition| condition.unknown_keys(context));
        of_resources.chain(of_conditions)
    }
}
