//! Reads a statement: its elements, and which of them it must and must not have.

use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error, MapAccess, Visitor};

use super::super::statement::{PrincipalKind, PrincipalScope, Principals, Selection};
use super::super::{Statement, Version};
use super::Purpose;
use super::element::{AnyKey, Elements, Seen};
use super::scalar::{Scalars, Text, Texts};
use crate::echo::echo;
use crate::policy::condition::{Condition, Operator};
use crate::policy::decision::Effect;
use crate::policy::pattern::Pattern;

/// A statement before it is compiled: what its patterns mean depends on the document's version.
pub(super) struct RawStatement {
    sid: Option<String>,
    effect: Effect,
    principals: Option<Principals>,
    actions: Choice,
    resources: Option<Choice>,
    tests: Vec<RawTest>,
}

/// An element or its negation: Action or NotAction.
struct Choice {
    inverted: bool,
    texts: Vec<String>,
}

/// One test of a Condition block.
struct RawTest {
    operator_text: String,
    operator: Operator,
    key: String,
    values: Vec<String>,
}

impl RawStatement {
    /// Compiles the statement.
    pub(super) fn compile(self, version: Version) -> Statement {
        let test = |raw: RawTest| Condition::new(raw.operator_text, raw.operator, raw.key, raw.values, version);
        Statement {
            sid: self.sid,
            effect: self.effect,
            principals: self.principals,
            actions: self.actions.compile(Pattern::action),
            resources: self.resources.map(|choice| choice.compile(|text| Pattern::resource(text, version))),
            conditions: self.tests.into_iter().map(test).collect(),
        }
    }
}

impl Choice {
    fn compile(self, pattern: impl Fn(&str) -> Pattern) -> Selection {
        Selection { inverted: self.inverted, patterns: self.texts.iter().map(|text| pattern(text)).collect() }
    }
}

/// An element of a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Element {
    Sid,
    Effect,
    Principal,
    NotPrincipal,
    Action,
    NotAction,
    Resource,
    NotResource,
    Condition,
}

const ELEMENTS: Elements<Element> = Elements {
    of: "a statement",
    names: &[
        ("Sid", Element::Sid),
        ("Effect", Element::Effect),
        ("Principal", Element::Principal),
        ("NotPrincipal", Element::NotPrincipal),
        ("Action", Element::Action),
        ("NotAction", Element::NotAction),
        ("Resource", Element::Resource),
        ("NotResource", Element::NotResource),
        ("Condition", Element::Condition),
    ],
};

/// Reads a statement of a document with a purpose.
pub(super) struct StatementSeed {
    pub(super) purpose: Purpose,
}

impl<'de> DeserializeSeed<'de> for StatementSeed {
    type Value = RawStatement;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<RawStatement, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for StatementSeed {
    type Value = RawStatement;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a statement, which is an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<RawStatement, A::Error> {
        let mut seen = Seen::default();
        let mut parts = Parts::default();
        while let Some(element) = map.next_key_seed(ELEMENTS.seed(&mut seen))? {
            parts.read(element, self.purpose, &mut map)?;
        }
        parts.finish(self.purpose).map_err(A::Error::custom)
    }
}

/// The elements of a statement as far as it is read.
#[derive(Default)]
struct Parts {
    sid: Option<String>,
    effect: Option<Effect>,
    principals: Option<Principals>,
    actions: Option<Choice>,
    resources: Option<Choice>,
    tests: Vec<RawTest>,
}

impl Parts {
    fn read<'de, A: MapAccess<'de>>(
        &mut self,
        element: Element,
        purpose: Purpose,
        map: &mut A,
    ) -> Result<(), A::Error> {
        match element {
            Element::Sid => self.sid = Some(map.next_value::<Text>()?.0),
            Element::Effect => self.effect = Some(map.next_value::<EffectText>()?.0),
            Element::Principal | Element::NotPrincipal => {
                if purpose == Purpose::Permissions {
                    return Err(A::Error::custom("only a trust policy or a resource's policy has a principal"));
                }
                refuse_second::<A, _>(self.principals.as_ref(), "Principal", "NotPrincipal")?;
                let scope = map.next_value::<Scope>()?.0;
                self.principals = Some(Principals { inverted: element == Element::NotPrincipal, scope });
            }
            Element::Action | Element::NotAction => {
                refuse_second::<A, _>(self.actions.as_ref(), "Action", "NotAction")?;
                let texts = map.next_value::<Texts>()?.0;
                self.actions = Some(Choice { inverted: element == Element::NotAction, texts });
            }
            Element::Resource | Element::NotResource => {
                if purpose == Purpose::Trust {
                    return Err(A::Error::custom("a trust policy has no resource: it stands for its own role"));
                }
                refuse_second::<A, _>(self.resources.as_ref(), "Resource", "NotResource")?;
                let texts = map.next_value::<Texts>()?.0;
                self.resources = Some(Choice { inverted: element == Element::NotResource, texts });
            }
            Element::Condition => self.tests = map.next_value::<Tests>()?.0,
        }
        Ok(())
    }

    fn finish(self, purpose: Purpose) -> Result<RawStatement, String> {
        let effect = self.effect.ok_or("the statement has no Effect")?;
        let actions = self.actions.ok_or("the statement has neither Action nor NotAction")?;
        match purpose {
            Purpose::Any if self.resources.is_none() && self.principals.is_none() => {
                return Err("the statement has neither Resource nor NotResource".to_owned());
            }
            Purpose::Permissions if self.resources.is_none() => {
                return Err("the statement has neither Resource nor NotResource".to_owned());
            }
            Purpose::Trust if self.principals.is_none() => {
                return Err("the statement of a trust policy has neither Principal nor NotPrincipal".to_owned());
            }
            Purpose::Any | Purpose::Permissions | Purpose::Trust => {}
        }
        Ok(RawStatement {
            sid: self.sid,
            effect,
            principals: self.principals,
            actions,
            resources: self.resources,
            tests: self.tests,
        })
    }
}

/// An element and its negation exclude each other.
fn refuse_second<'de, A: MapAccess<'de>, T>(first: Option<&T>, name: &str, negation: &str) -> Result<(), A::Error> {
    match first {
        Some(_) => Err(A::Error::custom(format!("the statement has both {name} and {negation}"))),
        None => Ok(()),
    }
}

struct EffectText(Effect);

impl<'de> Deserialize<'de> for EffectText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Expected;
        impl Visitor<'_> for Expected {
            type Value = EffectText;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("the effect `Allow` or `Deny`")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<EffectText, E> {
                match text {
                    "Allow" => Ok(EffectText(Effect::Allow)),
                    "Deny" => Ok(EffectText(Effect::Deny)),
                    other => Err(E::custom(format!("Effect must be `Allow` or `Deny`, not `{}`", echo(other)))),
                }
            }
        }
        deserializer.deserialize_str(Expected)
    }
}

/// The kinds of principals.
const KINDS: Elements<PrincipalKind> = Elements {
    of: "a principal",
    names: &[
        ("AWS", PrincipalKind::Aws),
        ("Service", PrincipalKind::Service),
        ("Federated", PrincipalKind::Federated),
        ("CanonicalUser", PrincipalKind::CanonicalUser),
    ],
};

struct Scope(PrincipalScope);

impl<'de> Deserialize<'de> for Scope {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Expected;
        impl<'de> Visitor<'de> for Expected {
            type Value = Scope;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("`*` or an object of principals")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Scope, E> {
                match text {
                    "*" => Ok(Scope(PrincipalScope::Everyone)),
                    other => Err(E::custom(format!("the principal must be `*` or an object, not `{}`", echo(other)))),
                }
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Scope, A::Error> {
                let mut seen = Seen::default();
                let mut lists = Vec::new();
                while let Some(kind) = map.next_key_seed(KINDS.seed(&mut seen))? {
                    lists.push((kind, map.next_value::<Texts>()?.0));
                }
                if lists.is_empty() {
                    return Err(A::Error::custom("the principal names nobody"));
                }
                Ok(Scope(PrincipalScope::Named(lists)))
            }
        }
        deserializer.deserialize_any(Expected)
    }
}

/// The Condition block.
struct Tests(Vec<RawTest>);

impl<'de> Deserialize<'de> for Tests {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Expected;
        impl<'de> Visitor<'de> for Expected {
            type Value = Tests;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a condition, which is an object of operators")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Tests, A::Error> {
                let mut seen = Seen::default();
                let mut tests = Vec::new();
                while let Some(operator_text) = map.next_key_seed(AnyKey(&mut seen))? {
                    let operator = Operator::parse(&operator_text).map_err(A::Error::custom)?;
                    map.next_value_seed(KeysSeed { operator_text, operator, tests: &mut tests })?;
                }
                Ok(Tests(tests))
            }
        }
        deserializer.deserialize_map(Expected)
    }
}

/// The keys of one operator.
struct KeysSeed<'t> {
    operator_text: String,
    operator: Operator,
    tests: &'t mut Vec<RawTest>,
}

impl<'de> DeserializeSeed<'de> for KeysSeed<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for KeysSeed<'_> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "an object of condition keys for {}", echo(&self.operator_text))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut seen = Seen::default();
        while let Some(key) = map.next_key_seed(AnyKey(&mut seen))? {
            let values = map.next_value::<Scalars>()?.0;
            self.tests.push(RawTest {
                operator_text: self.operator_text.clone(),
                operator: self.operator,
                key,
                values,
            });
        }
        Ok(())
    }
}
