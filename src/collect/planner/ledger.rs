//! What was asked in one place and what came back: each question once, its pages joined.

use std::collections::{BTreeMap, BTreeSet};

use crate::collect::call::{Call, Question, Reply};
use crate::failure::{Failure, FailureClass};
use crate::known::{Gap, Known};

use super::place::{Place, failure};

/// Pages of one list at most: 100,000 names at EKS's page size, far above every quota.
pub(super) const MAX_PAGES: usize = 1_000;

/// The questions of one place.
#[derive(Debug)]
pub(super) struct Ledger {
    place: Place,
    entries: BTreeMap<Question, Entry>,
}

/// What came back to one question.
#[derive(Debug)]
enum Entry {
    /// An answer, or a further page of it, is still to come.
    Open(Pages),
    /// The whole answer.
    Whole(Reply),
    /// It failed; what came before a failing page is kept.
    Cut(Option<Reply>, Gap),
}

/// The pages so far.
#[derive(Debug, Default)]
struct Pages {
    joined: Option<Reply>,
    tokens: BTreeSet<String>,
}

impl Ledger {
    /// Nothing asked yet.
    pub(super) fn new(place: Place) -> Self {
        Self { place, entries: BTreeMap::new() }
    }

    /// Where the questions are asked.
    pub(super) fn place(&self) -> &Place {
        &self.place
    }

    /// Opens those of the questions that were not asked yet.
    pub(super) fn ask(&mut self, questions: Vec<Question>) -> Vec<Call> {
        let mut calls = Vec::new();
        for question in questions {
            if !self.entries.contains_key(&question) {
                self.entries.insert(question.clone(), Entry::Open(Pages::default()));
                calls.push(self.place.call(question, None));
            }
        }
        calls
    }

    /// Takes an answer; the call for the next page, if there is one.
    pub(super) fn take(&mut self, call: Call, result: Result<Reply, Failure>) -> Option<Call> {
        let Some(Entry::Open(pages)) = self.entries.get_mut(&call.question) else { return None };
        let mut pages = std::mem::take(pages);
        let step = match result {
            Ok(reply) if fits(&call.question, &reply) => pages.join(reply),
            Ok(_unfit) => Err(failure(
                FailureClass::Malformed,
                "UnexpectedAnswer",
                format!("the answer is not one to {}", call.question.api()),
            )),
            Err(failure) => Err(failure),
        };
        let (entry, next) = match step {
            Ok(Some(token)) => (Entry::Open(pages), Some(self.place.call(call.question.clone(), Some(token)))),
            Ok(None) => match pages.joined {
                Some(reply) => (Entry::Whole(reply), None),
                None => (Entry::Open(pages), None),
            },
            Err(failure) => (Entry::Cut(pages.joined, self.place.failed(&call.question, failure)), None),
        };
        self.entries.insert(call.question, entry);
        next
    }

    /// Changes what is kept of an answer, whole or not.
    pub(super) fn prune(&mut self, question: &Question, mut prune: impl FnMut(&mut Reply)) {
        match self.entries.get_mut(question) {
            Some(Entry::Whole(reply) | Entry::Cut(Some(reply), _) | Entry::Open(Pages { joined: Some(reply), .. })) => {
                prune(reply);
            }
            Some(Entry::Cut(None, _) | Entry::Open(Pages { joined: None, .. })) | None => {}
        }
    }

    /// Starts to read what is there.
    pub(super) fn read(&self) -> Reading<'_> {
        Reading { ledger: self, wanted: Vec::new(), gaps: Vec::new() }
    }
}

impl Pages {
    /// Adds a page; the token of the next.
    fn join(&mut self, mut page: Reply) -> Result<Option<String>, Failure> {
        let next = page.take_next().filter(|token| !token.is_empty());
        match &mut self.joined {
            Some(joined) => joined.append(page),
            None => self.joined = Some(page),
        }
        let Some(token) = next else { return Ok(None) };
        if !self.tokens.insert(token.clone()) {
            let message = "the token of the next page is that of a page before: the list has no end";
            return Err(failure(FailureClass::Malformed, "RepeatedToken", message));
        }
        if self.tokens.len() >= MAX_PAGES {
            let message = format!("the list has more than {MAX_PAGES} pages");
            return Err(failure(FailureClass::Malformed, "TooManyPages", message));
        }
        Ok(Some(token))
    }
}

/// One walk through a ledger: what is there, what is still wanted, what is missed.
#[derive(Debug)]
pub(super) struct Reading<'a> {
    ledger: &'a Ledger,
    /// Questions that are needed and not asked yet.
    pub(super) wanted: Vec<Question>,
    /// Calls that failed, and questions that are needed and not answered.
    pub(super) gaps: Vec<Gap>,
}

/// What is there of one answer.
#[derive(Debug)]
pub(super) struct Answer<'a> {
    /// The answer, or the pages before the one that is missing.
    pub(super) reply: Option<&'a Reply>,
    /// Why it, or the rest of it, is missing; none where it is whole.
    pub(super) gap: Option<Gap>,
    /// It is still to come.
    pub(super) pending: bool,
}

impl Answer<'_> {
    /// Whether the thing does not exist.
    pub(super) fn gone(&self) -> bool {
        self.reply.is_none() && self.gap.as_ref().is_some_and(|gap| gap.class == FailureClass::Gone)
    }
}

impl<'a> Reading<'a> {
    /// Where this is.
    pub(super) fn place(&self) -> &'a Place {
        &self.ledger.place
    }

    /// What is there; the question is wanted if it was not asked yet. The gap is not noted: that is the caller's choice.
    pub(super) fn look(&mut self, question: Question) -> Answer<'a> {
        match self.ledger.entries.get(&question) {
            Some(Entry::Whole(reply)) => Answer { reply: Some(reply), gap: None, pending: false },
            Some(Entry::Cut(reply, gap)) => Answer { reply: reply.as_ref(), gap: Some(gap.clone()), pending: false },
            Some(Entry::Open(pages)) => {
                let gap = Some(self.ledger.place.not_reached(&question));
                Answer { reply: pages.joined.as_ref(), gap, pending: true }
            }
            None => {
                let gap = Some(self.ledger.place.not_reached(&question));
                self.wanted.push(question);
                Answer { reply: None, gap, pending: true }
            }
        }
    }

    /// As [`Reading::look`], and the gap is noted.
    pub(super) fn ask(&mut self, question: Question) -> Answer<'a> {
        let answer = self.look(question);
        self.gaps.extend(answer.gap.clone());
        answer
    }

    /// As [`Reading::ask`], where an answer that a thing does not exist is no failure.
    pub(super) fn ask_for(&mut self, question: Question) -> Answer<'a> {
        let answer = self.look(question);
        if !answer.gone() {
            self.gaps.extend(answer.gap.clone());
        }
        answer
    }

    /// A thing that was listed or named; none where it does not exist (any more).
    pub(super) fn thing<T>(&mut self, question: Question, pick: impl Fn(&Reply) -> Option<T>) -> Option<Known<T>> {
        let answer = self.ask_for(question);
        if answer.gone() {
            return None;
        }
        match (answer.reply.and_then(pick), answer.gap) {
            (_, Some(gap)) => Some(Known::Missing(gap)),
            (Some(thing), None) => Some(Known::Value(thing)),
            // The ledger keeps only replies that fit their question.
            (None, None) => None,
        }
    }

    /// A list of names, with what is missing of it.
    pub(super) fn names(&mut self, question: Question) -> Names<'a> {
        let answer = self.ask(question);
        let names = if let Some(Reply::Names { names, .. }) = answer.reply { Some(names.as_slice()) } else { None };
        Names { read: names, gap: answer.gap, pending: answer.pending }
    }
}

/// A list of names.
#[derive(Debug)]
pub(super) struct Names<'a> {
    /// The names that were read; none where not one page was.
    pub(super) read: Option<&'a [String]>,
    /// Why the rest is missing; none where the list is whole.
    pub(super) gap: Option<Gap>,
    /// It is still to come.
    pub(super) pending: bool,
}

impl<'a> Names<'a> {
    /// The names that were read.
    pub(super) fn seen(&self) -> &'a [String] {
        self.read.unwrap_or_default()
    }

    /// The list, whole or not at all.
    pub(super) fn whole(&self) -> Known<Vec<String>> {
        match &self.gap {
            Some(gap) => Known::Missing(gap.clone()),
            None => Known::Value(self.seen().to_vec()),
        }
    }
}

/// Whether the reply is one to the question.
fn fits(question: &Question, reply: &Reply) -> bool {
    match question {
        Question::AssumeRole => matches!(reply, Reply::Done),
        Question::ListRegions
        | Question::ListClusters
        | Question::ListNodegroups { .. }
        | Question::ListFargateProfiles { .. }
        | Question::ListAccessEntries { .. }
        | Question::ListClusterAdmins { .. }
        | Question::ListAssociatedAccessPolicies { .. }
        | Question::ListRolePolicies { .. } => matches!(reply, Reply::Names { .. }),
        Question::DescribeCluster { .. } => matches!(reply, Reply::Cluster(_)),
        Question::DescribeNodegroup { .. } => matches!(reply, Reply::NodeGroup(_)),
        Question::DescribeFargateProfile { .. } => matches!(reply, Reply::FargateProfile(_)),
        Question::DescribeAccessEntry { .. } => matches!(reply, Reply::AccessEntry(_)),
        Question::DescribeAddon { .. } => matches!(reply, Reply::Addon(_)),
        Question::ListPodIdentityAssociations { .. } => matches!(reply, Reply::Associations { .. }),
        Question::DescribePodIdentityAssociation { .. } => matches!(reply, Reply::Association(_)),
        Question::GetAccountAuthorizationDetails => matches!(reply, Reply::Authorization { .. }),
        Question::GetRole { .. } => matches!(reply, Reply::Role(_)),
        Question::ListAttachedRolePolicies { .. } => matches!(reply, Reply::AttachedPolicies { .. }),
        Question::GetRolePolicy { .. } => matches!(reply, Reply::InlinePolicy(_)),
        Question::ListInstanceProfilesForRole { .. } => matches!(reply, Reply::InstanceProfiles { .. }),
        Question::GetPolicy { .. } => matches!(reply, Reply::DefaultVersion(_)),
        Question::GetPolicyVersion { .. } => matches!(reply, Reply::PolicyVersion(_)),
        Question::GetInstanceProfile { .. } => matches!(reply, Reply::InstanceProfile(_)),
        Question::DescribeInstances { .. } => matches!(reply, Reply::Instances { .. }),
        Question::DescribeLaunchTemplateVersion { .. } | Question::DescribeLaunchConfiguration { .. } => {
            matches!(reply, Reply::Launch(_))
        }
        Question::GetInstanceMetadataDefaults => matches!(reply, Reply::MetadataDefaults(_)),
        Question::DescribeAutoScalingGroups { .. } => matches!(reply, Reply::AutoScalingGroups { .. }),
    }
}
