//! The rights that a trust policy gives, less what its Deny statements take away.

use super::cover::Cover;
use super::{ConditionEntry, Document, Narrowing, Principal, SESSION_ACTIONS, TrustGrant, Truth, is_unconditional};
use crate::policy::Statement;
use crate::policy::decision::Effect;

/// Every right to assume the role that the document gives and no Deny statement takes away.
///
/// A Deny without condition that names all of a grant's principals removes its actions from the grant; one that has a
/// condition, or names some of them, stands in [`TrustGrant::narrowed_by`].
pub fn grants(trust: &Document) -> Vec<TrustGrant> {
    let mut grants = Vec::new();
    for (position, statement) in trust.statements().iter().enumerate() {
        if statement.effect() == Effect::Deny || is_unconditional(statement) == Truth::False {
            continue;
        }
        let Some(principals) = statement.principals() else { continue };
        for principal in principals.principals() {
            grants.extend(grant(trust, position, statement, principal));
        }
    }
    grants
}

/// What a statement gives to one of its principals, if anything is left of it.
fn grant(trust: &Document, position: usize, statement: &Statement, principal: Principal) -> Option<TrustGrant> {
    let mut actions = Vec::new();
    let mut narrowed_by: Vec<Narrowing> = Vec::new();
    for action in SESSION_ACTIONS.into_iter().filter(|action| concerns(statement, action)) {
        let denials: Vec<(bool, Narrowing)> = denials(trust, action, &principal).collect();
        if denials.iter().any(|(wholly, _)| *wholly) {
            continue;
        }
        actions.push(action.to_owned());
        for (_, narrowing) in denials {
            if !narrowed_by.contains(&narrowing) {
                narrowed_by.push(narrowing);
            }
        }
    }
    (!actions.is_empty()).then(|| TrustGrant {
        principal,
        actions,
        statement: position,
        sid: statement.sid().map(ToOwned::to_owned),
        condition: statement.condition_json(),
        condition_keys: entries(statement),
        narrowed_by,
    })
}

/// The Deny statements that concern an action by a principal, and whether they take it away wholly.
fn denials<'a>(
    trust: &'a Document,
    action: &'a str,
    principal: &'a Principal,
) -> impl Iterator<Item = (bool, Narrowing)> + 'a {
    trust.statements().iter().enumerate().filter_map(move |(position, statement)| {
        if statement.effect() == Effect::Allow || !concerns(statement, action) {
            return None;
        }
        let cover = statement.principals()?.cover(principal);
        let holds = is_unconditional(statement);
        if cover == Cover::Nobody || holds == Truth::False {
            return None;
        }
        let wholly = cover == Cover::All && holds == Truth::True;
        let sid = statement.sid().map(ToOwned::to_owned);
        Some((wholly, Narrowing { statement: position, sid, condition_keys: entries(statement) }))
    })
}

/// Whether a statement concerns an action.
fn concerns(statement: &Statement, action: &str) -> bool {
    statement.has_action(&action.to_ascii_lowercase())
}

fn entries(statement: &Statement) -> Vec<ConditionEntry> {
    let entry = |condition: &crate::policy::condition::Condition| ConditionEntry {
        operator: condition.operator_text.clone(),
        key: condition.lower_key().to_owned(),
        values: condition.sources.clone(),
    };
    statement.conditions().iter().map(entry).collect()
}
