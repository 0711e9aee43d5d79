//! Counts what the statements of each layer say, and combines it into a decision.

use crate::policy::decision::{Decider, Decision, Effect, Hinge, Layer, Outcome};
use crate::policy::document::Statement;
use crate::policy::request::{Context, Key};
use crate::policy::truth::Truth;

/// What the statements of all layers say on one request.
pub(in super::super) struct Tally<'a> {
    resource: &'a str,
    context: &'a Context,
    layers: Vec<LayerTally>,
    votes: Vec<Vote<'a>>,
}

/// Whether a layer grants the request, and whether it forbids it.
struct LayerTally {
    layer: Layer,
    allows: Truth,
    denies: Truth,
}

/// A statement or policy that applies or may apply.
struct Vote<'a> {
    layer: Layer,
    policy: &'a str,
    applies: Truth,
    voter: Voter<'a>,
}

enum Voter<'a> {
    Statement { position: usize, statement: &'a Statement },
    Unreadable { reason: &'a str },
}

impl<'a> Tally<'a> {
    /// A tally of a request for a resource.
    pub(in super::super) fn new(resource: &'a str, context: &'a Context) -> Self {
        Self { resource, context, layers: Vec::with_capacity(4), votes: Vec::with_capacity(4) }
    }

    /// Begins a layer, which so far neither grants nor forbids.
    pub(in super::super) fn open(&mut self, layer: Layer) {
        self.layers.push(LayerTally { layer, allows: Truth::False, denies: Truth::False });
    }

    /// Counts a statement of the layer that was opened last.
    pub(in super::super) fn add(&mut self, policy: &'a str, position: usize, statement: &'a Statement, applies: Truth) {
        if applies == Truth::False {
            return;
        }
        if let Some(tally) = self.layers.last_mut() {
            match statement.effect() {
                Effect::Allow => tally.allows = tally.allows.max(applies),
                Effect::Deny => tally.denies = tally.denies.max(applies),
            }
            let voter = Voter::Statement { position, statement };
            self.votes.push(Vote { layer: tally.layer, policy, applies, voter });
        }
    }

    /// Counts a policy whose document is not known: it may grant and forbid anything. It never just disappears, for it
    /// may be the one that forbids.
    pub(in super::super) fn add_unreadable(&mut self, policy: &'a str, reason: &'a str) {
        if let Some(tally) = self.layers.last_mut() {
            tally.allows = tally.allows.max(Truth::Unknown);
            tally.denies = tally.denies.max(Truth::Unknown);
            let voter = Voter::Unreadable { reason };
            self.votes.push(Vote { layer: tally.layer, policy, applies: Truth::Unknown, voter });
        }
    }

    /// The decision. Every layer must grant, none may forbid:
    ///
    /// | a Deny | all layers grant | outcome |
    /// |---|---|---|
    /// | applies | yes, no or perhaps | explicit deny, which wins over everything |
    /// | may apply, or none does | no | implicit deny: it is denied whatever the unknown Deny says |
    /// | none applies | yes | allowed |
    /// | may apply | yes | conditional: the Deny may take it away |
    /// | may apply, or none does | perhaps | conditional |
    pub(in super::super) fn decide(&self) -> Decision {
        let denied = self.layers.iter().map(|layer| layer.denies).max().unwrap_or(Truth::False);
        let granted = self.layers.iter().map(|layer| layer.allows).min().unwrap_or(Truth::False);
        match (denied, granted) {
            (Truth::True, Truth::True | Truth::Unknown | Truth::False) => self.explicit_deny(),
            (Truth::False | Truth::Unknown, Truth::False) => self.implicit_deny(),
            (Truth::False, Truth::True) => self.allowed(),
            (Truth::Unknown, Truth::True) | (Truth::False | Truth::Unknown, Truth::Unknown) => self.conditional(),
        }
    }

    fn explicit_deny(&self) -> Decision {
        let by = self.votes.iter().filter(|vote| vote.applies == Truth::True && vote.effect() == Some(Effect::Deny));
        decided(Outcome::ExplicitDeny, by)
    }

    fn allowed(&self) -> Decision {
        let by = self.votes.iter().filter(|vote| vote.applies == Truth::True && vote.effect() == Some(Effect::Allow));
        decided(Outcome::Allowed, by)
    }

    fn implicit_deny(&self) -> Decision {
        let silent = self.layers.iter().filter(|layer| layer.allows == Truth::False);
        let by =
            silent.map(|layer| Decider { layer: layer.layer, policy: None, statement: None, sid: None, effect: None });
        Decision { outcome: Outcome::ImplicitDeny, by: by.collect(), hinges: Vec::new() }
    }

    fn conditional(&self) -> Decision {
        let open: Vec<&Vote<'_>> = self.votes.iter().filter(|vote| self.is_open(vote)).collect();
        let mut keys: Vec<Key<'_>> = Vec::new();
        let mut policies = Vec::new();
        for vote in &open {
            match &vote.voter {
                Voter::Statement { statement, .. } => {
                    keys.extend(statement.unknown_keys(self.resource, self.context));
                }
                Voter::Unreadable { reason } => {
                    policies.push(Hinge::Policy { name: vote.policy.to_owned(), reason: (*reason).to_owned() });
                }
            }
        }
        // keys have no case: one hinge for a key, in the first of the ways that its policies write it
        keys.sort_unstable();
        keys.dedup_by_key(|key| key.lower);
        let keys = keys.into_iter().map(|key| Hinge::Key(key.written.to_owned()));
        let mut hinges: Vec<Hinge> = keys.chain(policies).collect();
        hinges.sort();
        hinges.dedup();
        Decision { hinges, ..decided(Outcome::Conditional, open) }
    }

    /// Whether the decision hangs on a vote: a Deny that may apply, or an Allow that may apply in a layer that nothing
    /// else makes grant.
    fn is_open(&self, vote: &Vote<'_>) -> bool {
        let layer_grants = self.layers.iter().any(|layer| layer.layer == vote.layer && layer.allows == Truth::True);
        vote.applies == Truth::Unknown && !(layer_grants && vote.effect() == Some(Effect::Allow))
    }
}

impl Vote<'_> {
    fn effect(&self) -> Option<Effect> {
        match self.voter {
            Voter::Statement { statement, .. } => Some(statement.effect()),
            Voter::Unreadable { .. } => None,
        }
    }

    fn decider(&self) -> Decider {
        let (position, statement) = match self.voter {
            Voter::Statement { position, statement } => (Some(position), Some(statement)),
            Voter::Unreadable { .. } => (None, None),
        };
        Decider {
            layer: self.layer,
            policy: Some(self.policy.to_owned()),
            statement: position,
            sid: statement.and_then(Statement::sid).map(ToOwned::to_owned),
            effect: statement.map(Statement::effect),
        }
    }
}

/// A decision that hangs on nothing.
fn decided<'v, 'a: 'v>(outcome: Outcome, by: impl IntoIterator<Item = &'v Vote<'a>>) -> Decision {
    Decision { outcome, by: by.into_iter().map(Vote::decider).collect(), hinges: Vec::new() }
}
