//! From facts to a plan. Pure: `(&Inventory, &Settings, &Wish, when) → Plan`; the same again, before a plan is applied, is the
//! check of it.
//!
//! What the rules offer for each finding is gathered by role (`offer`), put in order and tried on the role's state (`draft`),
//! and then all of it is judged by the same rules (`judged`): what would not pass, or would break another rule, is not
//! offered.

mod check;
mod draft;
mod judged;
mod offer;
mod taken;
#[cfg(test)]
mod tests;

pub use check::{Checked, check, verify};

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::audit::{Settings, audit};
use crate::finding::Finding;
use crate::ids::RoleArn;
use crate::inventory::{Account, Inventory};
use crate::rules::{Facts, Found, RuleId};
use crate::suppress::day_of;

use super::plan::{Left, Plan, Reason, RolePlan, SCHEMA};
use super::settings as remediation;
use draft::Draft;
use offer::Offer;

/// How often what spoils an account's plan is left out, and the rest judged again.
const ROUNDS: usize = 8;

/// What is to be planned for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wish {
    /// Only these findings, by id, advice among them; none: all that fail.
    pub findings: Option<BTreeSet<String>>,
    /// Only these rules; none: all.
    pub rules: Option<BTreeSet<RuleId>>,
    /// Only what changes these roles, or is found about them; empty: all.
    pub roles: BTreeSet<RoleArn>,
    /// Whether what is only advice is mended, too.
    pub advice: bool,
    /// Whether roles are changed that a tool keeps (see [`super::owner`]).
    pub managed_elsewhere: bool,
    /// Only what these settings allow, finding by finding, so that one that is not allowed does not hinder another of the same
    /// role; none: whatever is allowed.
    pub allowed: Option<Box<remediation::Settings>>,
    /// Findings that are left alone, with the reason (see `history`).
    pub left_alone: BTreeMap<String, String>,
}

/// Which plan it is, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    /// The plan's id.
    pub plan_id: String,
    /// When it is made (UTC).
    pub created_at: Timestamp,
    /// Until when it may be applied (UTC).
    pub expires_at: Timestamp,
}

/// A plan in the making: accounts in any number of parts, each whole.
#[derive(Debug)]
pub struct Planning<'a> {
    settings: &'a Settings,
    wish: &'a Wish,
    made: Made,
    node_roles: BTreeSet<String>,
    roles: Vec<RolePlan>,
    left: Vec<Left>,
}

/// Plans for all accounts of an inventory.
pub fn plan(inventory: &Inventory, settings: &Settings, wish: &Wish, made: Made) -> Plan {
    let mut planning = Planning::new(settings, wish, made);
    planning.take(inventory);
    planning.end(inventory)
}

impl<'a> Planning<'a> {
    /// Nothing planned yet.
    pub fn new(settings: &'a Settings, wish: &'a Wish, made: Made) -> Self {
        Self { settings, wish, made, node_roles: BTreeSet::new(), roles: Vec::new(), left: Vec::new() }
    }

    /// Plans for some accounts of the run; whether anything is.
    pub fn take(&mut self, part: &Inventory) -> bool {
        let before = self.roles.len();
        let facts = Facts::new(part, self.settings);
        for account in &part.accounts {
            let found = Found::of(&facts, account);
            self.node_roles.extend(found.roles.iter().map(|role| role.arn.to_owned()));
            let alone = Inventory { accounts: vec![account.clone()], ..part.clone() };
            let planned = of_account(&alone, self.settings, self.wish, self.made.created_at);
            self.roles.extend(planned.drafts.into_values().map(Draft::into_plan));
            self.left.extend(planned.left);
        }
        self.roles.len() > before
    }

    /// The plan; `run` says which run the facts came from.
    pub fn end(self, run: &Inventory) -> Plan {
        let mut plan = Plan {
            schema: SCHEMA.to_owned(),
            plan_id: self.made.plan_id,
            tool_version: env!("CARGO_PKG_VERSION").to_owned(),
            run_id: run.run_id.clone(),
            partition: run.partition,
            created_at: self.made.created_at,
            expires_at: self.made.expires_at,
            node_roles: u64::try_from(self.node_roles.len()).unwrap_or(u64::MAX),
            roles: self.roles,
            left: self.left,
        };
        plan.sort();
        plan
    }
}

/// What is planned in one account.
struct Planned {
    drafts: BTreeMap<RoleArn, Draft>,
    left: Vec<Left>,
}

/// Plans for the one account of an inventory.
fn of_account(inventory: &Inventory, settings: &Settings, wish: &Wish, now: Timestamp) -> Planned {
    let mut planned = Planned { drafts: BTreeMap::new(), left: Vec::new() };
    let Some(account) = inventory.accounts.first() else { return planned };
    let mut before = audit(inventory, settings);
    settings.suppressions.apply_to_all(inventory, &mut before, day_of(now));
    let desk = offer::Desk::new(inventory, account, settings, wish);
    let mut offers = offers(&desk, &before, &mut planned.left);
    let mut spoiled: BTreeMap<String, (Reason, String)> = BTreeMap::new();
    // one round for each role that may have to be left out, and those in which follow-ups come
    let rounds = ROUNDS + 2 * offers.len().max(1);
    for round in 0..rounds {
        let mut refused = Vec::new();
        planned.drafts = drafts(inventory, account, &offers, &spoiled, &mut refused);
        let mut objections = Vec::new();
        if !planned.drafts.is_empty() {
            let after = judged::after(inventory, settings, &planned.drafts, now);
            let mut follow_ups = judged::follow_ups(&desk, &before, &after, &planned.drafts);
            // one that was offered before, and did not fit, is not offered again
            follow_ups.retain(|offer| !is_offered(&offers, offer));
            if !follow_ups.is_empty() {
                for offer in follow_ups {
                    offers.entry(offer.role.clone()).or_default().push(offer);
                }
                continue;
            }
            objections = judged::objections(&before, &after, &planned.drafts);
            if objections.is_empty() {
                objections = judged::objections_to_each(inventory, settings, &before, &planned.drafts, now);
            }
            if round >= ROUNDS {
                // finding by finding it does not come to an end: the whole role is left to people
                objections = whole_roles(&objections, &planned.drafts);
            }
            if objections.is_empty() {
                judged::annotate(inventory, &before, &after, &mut planned.drafts);
            }
        }
        spoiled.extend(refused.into_iter().chain(objections.iter().cloned()));
        if objections.is_empty() {
            planned.left.extend(left_out(&offers, &spoiled));
            return planned;
        }
    }
    // Each round after these leaves a role out, so that there is none now.
    planned.drafts.clear();
    planned.left.extend(left_out(&offers, &spoiled));
    planned
}

/// Whether a follow-up is among the offers already.
fn is_offered(offers: &Offers, offer: &Offer) -> bool {
    let of_role = offers.get(&offer.role).into_iter().flatten();
    of_role.into_iter().any(|known| known.finding.id == offer.finding.id)
}

/// The objections to some findings as objections to all that is planned for their roles.
fn whole_roles(
    objections: &[(String, (Reason, String))],
    drafts: &BTreeMap<RoleArn, Draft>,
) -> Vec<(String, (Reason, String))> {
    let objected = |draft: &&Draft| objections.iter().any(|(id, _)| draft.mends(id).is_some());
    let text = "what is offered for the role does not fit together: plan for one rule at a time (--rule)";
    let of = |draft: &Draft| {
        draft.findings().map(|id| (id.to_owned(), (Reason::Conflict, text.to_owned()))).collect::<Vec<_>>()
    };
    drafts.values().filter(objected).flat_map(of).collect()
}

/// What is offered by role, in the order in which it is tried.
type Offers = BTreeMap<RoleArn, Vec<Offer>>;

fn offers(desk: &offer::Desk<'_>, findings: &[Finding], left: &mut Vec<Left>) -> Offers {
    let mut offers = Offers::new();
    for finding in findings.iter().filter(|finding| desk.wants(finding)) {
        match desk.offer(finding) {
            Ok(offer) => {
                if desk.wants_to_change(&offer) {
                    offers.entry(offer.role.clone()).or_default().push(offer);
                }
            }
            Err((reason, text)) => left.push(leave(finding, reason, text)),
        }
    }
    for offers in offers.values_mut() {
        offers.sort_by_key(|offer| (offer.takes_away(), offer.finding.rule, offer.finding.id.clone()));
    }
    offers
}

fn drafts(
    inventory: &Inventory,
    account: &Account,
    offers: &Offers,
    spoiled: &BTreeMap<String, (Reason, String)>,
    refused: &mut Vec<(String, (Reason, String))>,
) -> BTreeMap<RoleArn, Draft> {
    let drafted = offers.iter().filter_map(|(role, offers)| {
        let fit = offers.iter().filter(|offer| !spoiled.contains_key(&offer.finding.id));
        Some((role.clone(), Draft::of(inventory, account, role, fit, refused)?))
    });
    drafted.collect()
}

/// The findings that spoiled a plan, each with the reason.
fn left_out<'f>(
    offers: &'f Offers,
    spoiled: &'f BTreeMap<String, (Reason, String)>,
) -> impl Iterator<Item = Left> + 'f {
    let offered = offers.values().flatten();
    offered.filter_map(|offer| {
        let (reason, text) = spoiled.get(&offer.finding.id)?;
        Some(leave(&offer.finding, *reason, text.clone()))
    })
}

fn leave(finding: &Finding, reason: Reason, text: String) -> Left {
    Left {
        id: finding.id.clone(),
        rule: finding.rule,
        account: finding.account.clone(),
        role: finding.role_arn.clone(),
        reason,
        text,
    }
}
