//! Reading one role by itself: where the list of all roles was not asked for, failed, or did not have it.

use crate::collect::call::{Call, Question, Reply};
use crate::failure::Failure;
use crate::ids::RoleArn;
use crate::inventory::{InlinePolicy, InstanceProfile, ManagedPolicyRef, Role, RoleRecord};
use crate::known::{Gap, Known};

use super::ledger::{Ledger, Reading};
use super::place::Place;

/// One role and what was asked of it.
#[derive(Debug)]
pub(super) struct RoleRun {
    name: String,
    ledger: Ledger,
}

/// What is there of a role, and what is wanted.
#[derive(Debug)]
pub(super) struct RoleReading {
    /// The role.
    pub(super) record: RoleRecord,
    /// Questions to ask now.
    pub(super) wanted: Vec<Question>,
    /// What failed, and what is not answered.
    pub(super) gaps: Vec<Gap>,
}

impl RoleRun {
    /// Nothing read yet.
    pub(super) fn new(place: &Place, arn: &RoleArn) -> Self {
        Self { name: arn.name().to_owned(), ledger: Ledger::new(Place { role: Some(arn.clone()), ..place.clone() }) }
    }

    /// Takes an answer; the calls that it makes possible.
    pub(super) fn take(&mut self, call: Call, result: Result<Reply, Failure>) -> Vec<Call> {
        let mut calls: Vec<Call> = self.ledger.take(call, result).into_iter().collect();
        calls.extend(self.ask());
        calls
    }

    /// Asks what can be asked now.
    pub(super) fn ask(&mut self) -> Vec<Call> {
        let wanted = self.read().wanted;
        self.ledger.ask(wanted)
    }

    /// Reads what is there.
    pub(super) fn read(&self) -> RoleReading {
        let mut reading = self.ledger.read();
        let role = reading.thing(Question::GetRole { role: self.name.clone() }, |reply| {
            if let Reply::Role(role) = reply { Some(role.as_ref().clone()) } else { None }
        });
        let record = match role {
            None => RoleRecord::NoSuchRole,
            Some(Known::Missing(gap)) => RoleRecord::Missing(gap),
            Some(Known::Value(role)) => RoleRecord::Found(Box::new(self.with_parts(role, &mut reading))),
        };
        RoleReading { record, wanted: reading.wanted, gaps: reading.gaps }
    }

    /// The role with what GetRole does not tell.
    fn with_parts(&self, role: Role, reading: &mut Reading<'_>) -> Role {
        let attached = self.attached(reading);
        let inline = self.inline(reading);
        let instance_profiles = self.instance_profiles(reading);
        Role { attached, inline, instance_profiles, ..role }
    }

    fn attached(&self, reading: &mut Reading<'_>) -> Known<Vec<ManagedPolicyRef>> {
        let answer = reading.ask(Question::ListAttachedRolePolicies { role: self.name.clone() });
        match (answer.reply, answer.gap) {
            (_, Some(gap)) => Known::Missing(gap),
            (Some(Reply::AttachedPolicies { policies, .. }), None) => Known::Value(policies.clone()),
            (_, None) => Known::Value(Vec::new()),
        }
    }

    /// The inline policies; those beyond a page that failed stand as one that is missing.
    fn inline(&self, reading: &mut Reading<'_>) -> Known<Vec<Known<InlinePolicy>>> {
        let listed = reading.names(Question::ListRolePolicies { role: self.name.clone() });
        let describe = |policy: &String| {
            let question = Question::GetRolePolicy { role: self.name.clone(), policy: policy.clone() };
            reading.thing(
                question,
                |reply| if let Reply::InlinePolicy(policy) = reply { Some(policy.clone()) } else { None },
            )
        };
        match (listed.read, listed.gap) {
            (None, Some(gap)) => Known::Missing(gap),
            (names, rest) => {
                let mut policies: Vec<_> = names.unwrap_or_default().iter().filter_map(describe).collect();
                policies.extend(rest.map(Known::Missing));
                Known::Value(policies)
            }
        }
    }

    fn instance_profiles(&self, reading: &mut Reading<'_>) -> Known<Vec<InstanceProfile>> {
        let answer = reading.ask(Question::ListInstanceProfilesForRole { role: self.name.clone() });
        match (answer.reply, answer.gap) {
            (_, Some(gap)) => Known::Missing(gap),
            (Some(Reply::InstanceProfiles { profiles, .. }), None) => Known::Value(profiles.clone()),
            (_, None) => Known::Value(Vec::new()),
        }
    }
}
