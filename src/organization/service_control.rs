//! The service control policies that bind each account: those of the root, of each unit on its way, and its own.
//!
//! They are no reason to end a run. Where they cannot be read, that is said, and no role is judged by them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::aws::read::{Organization, parents, policies_of, policy, service_control_enabled};
use crate::collect::scope::{AccountScope, Entry, Level, ServiceControl};
use crate::failure::{Failure, FailureClass};
use crate::ids::AccountId;
use crate::inventory::InlinePolicy;
use crate::known::Gap;

use super::desk::{Desk, all};

/// Units above an account at most. Organizations allows five below the root.
const MAX_DEPTH: usize = 16;

pub(super) const DESCRIBE: &str = "organizations:DescribeOrganization";
const ROOTS: &str = "organizations:ListRoots";
const PARENTS: &str = "organizations:ListParents";
const POLICIES: &str = "organizations:ListPoliciesForTarget";
const POLICY: &str = "organizations:DescribePolicy";

/// What a root, a unit or an account has.
type Attached = BTreeMap<String, Result<Vec<String>, Gap>>;

/// Tells each account that is to be entered which policies bind it.
pub(super) async fn bind(
    accounts: &mut [AccountScope],
    organization: &Result<Organization, Failure>,
    wanted: impl Fn(&AccountId) -> bool,
    desk: &Desk<'_>,
) {
    let ours = |account: &&mut AccountScope| match &account.entry {
        Entry::Own | Entry::Assume => wanted(&account.id),
        Entry::Inactive(_) => false,
    };
    let mut accounts: Vec<&mut AccountScope> = accounts.iter_mut().filter(ours).collect();
    let organization = match organization {
        Ok(organization) => organization,
        Err(failure) => {
            let gap = gap(DESCRIBE, "organization".to_owned(), failure.clone());
            for account in &mut accounts {
                // An account in no organization is bound by nobody; of other accounts the caller's says nothing.
                let alone = failure.code == "AWSOrganizationsNotInUseException" && account.entry == Entry::Own;
                account.service_control =
                    if alone { ServiceControl::Levels(Vec::new()) } else { ServiceControl::Unread(gap.clone()) };
            }
            return;
        }
    };
    let is_free = |account: &AccountScope| organization.management.as_ref() == Some(&account.id);
    for account in accounts.iter_mut().filter(|account| is_free(account)) {
        account.service_control = ServiceControl::Levels(Vec::new());
    }
    accounts.retain(|account| !is_free(account));
    if accounts.is_empty() {
        return;
    }
    match enabled(organization, desk).await {
        Ok(true) => {}
        Ok(false) => return tell_all(&mut accounts, &ServiceControl::Levels(Vec::new())),
        Err(gap) => return tell_all(&mut accounts, &ServiceControl::Unread(gap)),
    }
    let ways = ways(&mut accounts, organization, desk).await;
    let targets: BTreeSet<String> = ways.values().flatten().flatten().cloned().collect();
    let attached = match attached(targets, desk).await {
        Ok(attached) => attached,
        Err(gap) => return tell_all(&mut accounts, &ServiceControl::Unread(gap)),
    };
    let policies = documents(&attached, desk).await;
    let levels = levels(&attached, &policies);
    for account in accounts {
        let way = ways.get(&account.id).cloned().unwrap_or_else(|| Ok(Vec::new()));
        let level = |target: &String| levels.get(target).cloned().unwrap_or_else(|| Err(unlisted(target)));
        let read = way.and_then(|way| way.iter().map(level).collect());
        account.service_control = read.map_or_else(ServiceControl::Unread, ServiceControl::Levels);
    }
}

fn tell_all(accounts: &mut [&mut AccountScope], what: &ServiceControl) {
    for account in accounts {
        account.service_control = what.clone();
    }
}

/// Whether the organization has service control policies at all.
async fn enabled(organization: &Organization, desk: &Desk<'_>) -> Result<bool, Gap> {
    if organization.billing_alone {
        return Ok(false);
    }
    let roots = desk.all_pages(ROOTS, |token| service_control_enabled(desk.sessions, token)).await;
    let roots = roots.map_err(|cut| gap(ROOTS, "*".to_owned(), cut.failure()))?;
    Ok(roots.into_iter().any(|enabled| enabled))
}

/// The way to each account: root, units, the account itself; from its path, else from parent to parent.
pub(super) async fn ways(
    accounts: &mut [&mut AccountScope],
    organization: &Organization,
    desk: &Desk<'_>,
) -> BTreeMap<AccountId, Result<Vec<String>, Gap>> {
    let mut ways: BTreeMap<AccountId, Result<Vec<String>, Gap>> = BTreeMap::new();
    // Above each child its parent; a root has none.
    let mut above: BTreeMap<String, Result<Option<String>, Gap>> = BTreeMap::new();
    let mut open: BTreeSet<String> = BTreeSet::new();
    for account in accounts.iter() {
        match account.organization_path.as_deref().and_then(along) {
            Some(mut way) => {
                way.push(account.id.to_string());
                ways.insert(account.id.clone(), Ok(way));
            }
            None => {
                open.insert(account.id.to_string());
            }
        }
    }
    for _ in 0..MAX_DEPTH {
        let parent = |child: String| async move {
            let parents = desk.all_pages(PARENTS, |token| parents(desk.sessions, &child, token)).await;
            let parent = parents.map(|ids| ids.into_iter().next());
            (child.clone(), parent.map_err(|cut| gap(PARENTS, child, cut.failure())))
        };
        for (child, parent) in all(std::mem::take(&mut open).into_iter().map(parent).collect()).await {
            if let Ok(Some(parent)) = &parent
                && !parent.starts_with("r-")
                && !above.contains_key(parent)
            {
                open.insert(parent.clone());
            }
            above.insert(child, parent);
        }
        if open.is_empty() {
            break;
        }
    }
    for account in accounts.iter_mut().filter(|account| !ways.contains_key(&account.id)).collect::<Vec<_>>() {
        let way = upwards(account.id.as_str(), &above);
        if let (Ok(way), Some(id)) = (&way, &organization.id) {
            let units = way.get(..way.len().saturating_sub(1)).unwrap_or_default();
            account.organization_path = Some(format!("{id}/{}", units.join("/")));
        }
        ways.insert(account.id.clone(), way);
    }
    ways
}

/// Root and units of `o-a1/r-b2/ou-c3`.
fn along(path: &str) -> Option<Vec<String>> {
    let (_, way) = path.split_once('/')?;
    way.starts_with("r-").then(|| way.split('/').map(str::to_owned).collect())
}

/// The way from the root to a child.
fn upwards(child: &str, above: &BTreeMap<String, Result<Option<String>, Gap>>) -> Result<Vec<String>, Gap> {
    let mut way = vec![child.to_owned()];
    for _ in 0..MAX_DEPTH {
        let Some(last) = way.last().filter(|last| !last.starts_with("r-")) else { break };
        match above.get(last) {
            Some(Ok(Some(parent))) => way.push(parent.clone()),
            Some(Err(gap)) => return Err(gap.clone()),
            Some(Ok(None)) | None => return Err(unlisted(last)),
        }
    }
    way.reverse();
    Ok(way)
}

/// What each target has. The first is asked alone: who may not ask about one may not ask about any.
async fn attached(targets: BTreeSet<String>, desk: &Desk<'_>) -> Result<Attached, Gap> {
    let read = |target: String| async move {
        let ids = desk.all_pages(POLICIES, |token| policies_of(desk.sessions, &target, token)).await;
        let ids = ids.map_err(|cut| gap(POLICIES, target.clone(), cut.failure()));
        (target, ids)
    };
    // Roots come last in order of names, and are of all accounts.
    let mut targets = targets.into_iter().rev();
    let mut attached = Attached::new();
    if let Some(first) = targets.next() {
        let (target, ids) = read(first).await;
        if let Err(gap) = &ids
            && gap.class == FailureClass::Denied
        {
            return Err(gap.clone());
        }
        attached.insert(target, ids);
    }
    attached.extend(all(targets.map(read).collect()).await);
    Ok(attached)
}

/// The documents of all policies, each read once.
async fn documents(attached: &Attached, desk: &Desk<'_>) -> BTreeMap<String, Result<Arc<InlinePolicy>, Gap>> {
    let ids: BTreeSet<String> = attached.values().flatten().flatten().cloned().collect();
    let read = |id: String| async move {
        let read = desk.ask(POLICY, || policy(desk.sessions, &id)).await;
        let read = read.map(Arc::new).map_err(|failure| gap(POLICY, id.clone(), failure));
        (id, read)
    };
    all(ids.into_iter().map(read).collect()).await.into_iter().collect()
}

/// The policies of each target, shared by the accounts below it.
fn levels(
    attached: &Attached,
    policies: &BTreeMap<String, Result<Arc<InlinePolicy>, Gap>>,
) -> BTreeMap<String, Result<Level, Gap>> {
    let document = |id: &String| policies.get(id).cloned().unwrap_or_else(|| Err(unlisted(id)));
    let level = |(target, ids): (&String, &Result<Vec<String>, Gap>)| {
        let read = match ids {
            // Of each target one policy at least is demanded: an empty list would deny everything, and is none.
            Ok(ids) if ids.is_empty() => Err(unlisted(target)),
            Ok(ids) => ids.iter().map(document).collect(),
            Err(gap) => Err(gap.clone()),
        };
        (target.clone(), read)
    };
    attached.iter().map(level).collect()
}

/// Organizations answered, and what has to be in the answer is not.
fn unlisted(target: &str) -> Gap {
    let message = "the answer names none, though Organizations demands one".to_owned();
    let failure = Failure { class: FailureClass::Malformed, code: "IncompleteAnswer".to_owned(), message };
    gap(POLICIES, target.to_owned(), failure)
}

fn gap(api: &str, resource: String, failure: Failure) -> Gap {
    let Failure { class, code, message } = failure;
    Gap { api: api.to_owned(), resource, class, error: code, message }
}
