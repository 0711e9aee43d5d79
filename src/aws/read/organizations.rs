//! Organizations: its id, its accounts, its units, its service control policies. Asked as the caller; each function reads one page.

use aws_sdk_organizations::types::{Account, OrganizationFeatureSet, PolicyType, PolicyTypeStatus, PolicyTypeSummary};

use crate::failure::Failure;
use crate::ids::AccountId;
use crate::inventory::InlinePolicy;

use super::super::session::Sessions;
use super::{failed, malformed, needed};

/// Accounts or units a page, at most.
const PAGE: i32 = 20;

/// An account as the organization lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ListedAccount {
    /// Its id.
    pub(crate) id: AccountId,
    /// Its name.
    pub(crate) name: Option<String>,
    /// `ACTIVE`, `SUSPENDED`, `PENDING_CLOSURE`, ...
    pub(crate) state: String,
    /// Its place: `o-a1/r-b2/ou-c3`.
    pub(crate) path: Option<String>,
}

/// One page of a list, and the token of the next.
pub(crate) type Page<T> = (Vec<T>, Option<String>);

/// What the organization says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Organization {
    /// `o-...`.
    pub(crate) id: Option<String>,
    /// The management account, which no service control policy binds.
    pub(crate) management: Option<AccountId>,
    /// Whether it has consolidated billing alone: then it has no policies at all.
    pub(crate) billing_alone: bool,
}

/// organizations:DescribeOrganization.
pub(crate) async fn organization(sessions: &Sessions) -> Result<Organization, Failure> {
    let client = sessions.organizations();
    let answer = client.sdk.describe_organization().send().await.map_err(|error| failed(&client, None, &error))?;
    let organization = needed(answer.organization, "organization")?;
    Ok(Organization {
        id: organization.id,
        management: organization.master_account_id.and_then(|id| id.parse().ok()),
        billing_alone: organization.feature_set == Some(OrganizationFeatureSet::ConsolidatedBilling),
    })
}

/// organizations:ListRoots: whether service control policies are enabled in the organization. It has one root.
pub(crate) async fn service_control_enabled(sessions: &Sessions, token: Option<String>) -> Result<Page<bool>, Failure> {
    let client = sessions.organizations();
    let request = client.sdk.list_roots().max_results(PAGE).set_next_token(token);
    let answer = request.send().await.map_err(|error| failed(&client, None, &error))?;
    let enabled = |kind: &PolicyTypeSummary| {
        kind.r#type == Some(PolicyType::ServiceControlPolicy) && kind.status == Some(PolicyTypeStatus::Enabled)
    };
    let roots = answer.roots.unwrap_or_default();
    Ok((roots.iter().map(|root| root.policy_types().iter().any(enabled)).collect(), answer.next_token))
}

/// organizations:ListParents of a unit or an account: the id of its one parent.
pub(crate) async fn parents(sessions: &Sessions, child: &str, token: Option<String>) -> Result<Page<String>, Failure> {
    let client = sessions.organizations();
    let request = client.sdk.list_parents().child_id(child).max_results(PAGE).set_next_token(token);
    let answer = request.send().await.map_err(|error| failed(&client, None, &error))?;
    let parents = answer.parents.unwrap_or_default();
    let ids = parents.into_iter().map(|parent| needed(parent.id, "id of a parent")).collect::<Result<_, _>>()?;
    Ok((ids, answer.next_token))
}

/// organizations:ListPoliciesForTarget: the ids of the service control policies of a root, a unit or an account.
pub(crate) async fn policies_of(
    sessions: &Sessions,
    target: &str,
    token: Option<String>,
) -> Result<Page<String>, Failure> {
    let client = sessions.organizations();
    let request = client
        .sdk
        .list_policies_for_target()
        .target_id(target)
        .filter(PolicyType::ServiceControlPolicy)
        .max_results(PAGE)
        .set_next_token(token);
    let answer = request.send().await.map_err(|error| failed(&client, None, &error))?;
    let policies = answer.policies.unwrap_or_default();
    let ids = policies.into_iter().map(|policy| needed(policy.id, "id of a policy")).collect::<Result<_, _>>()?;
    Ok((ids, answer.next_token))
}

/// organizations:DescribePolicy: its name and document.
pub(crate) async fn policy(sessions: &Sessions, id: &str) -> Result<InlinePolicy, Failure> {
    let client = sessions.organizations();
    let answer = client.sdk.describe_policy().policy_id(id).send().await;
    let policy = needed(answer.map_err(|error| failed(&client, None, &error))?.policy, "policy")?;
    let name = policy.policy_summary.and_then(|summary| summary.name).unwrap_or_else(|| id.to_owned());
    Ok(InlinePolicy { name, document: needed(policy.content, "document of a policy")? })
}

/// organizations:DescribeAccount.
pub(crate) async fn account(sessions: &Sessions, id: &AccountId) -> Result<ListedAccount, Failure> {
    let client = sessions.organizations();
    let answer = client.sdk.describe_account().account_id(id.as_str()).send().await;
    listed(needed(answer.map_err(|error| failed(&client, None, &error))?.account, "account")?)
}

/// organizations:ListAccounts, or organizations:ListAccountsForParent.
pub(crate) async fn accounts(
    sessions: &Sessions,
    parent: Option<&str>,
    token: Option<String>,
) -> Result<Page<ListedAccount>, Failure> {
    let client = sessions.organizations();
    let (page, next) = if let Some(parent) = parent {
        let request = client.sdk.list_accounts_for_parent().parent_id(parent).max_results(PAGE).set_next_token(token);
        let answer = request.send().await.map_err(|error| failed(&client, None, &error))?;
        (answer.accounts, answer.next_token)
    } else {
        let request = client.sdk.list_accounts().max_results(PAGE).set_next_token(token);
        let answer = request.send().await.map_err(|error| failed(&client, None, &error))?;
        (answer.accounts, answer.next_token)
    };
    let accounts = page.unwrap_or_default().into_iter().map(listed).collect::<Result<_, _>>()?;
    Ok((accounts, next))
}

/// organizations:ListOrganizationalUnitsForParent: their ids.
pub(crate) async fn units(sessions: &Sessions, parent: &str, token: Option<String>) -> Result<Page<String>, Failure> {
    let client = sessions.organizations();
    let request =
        client.sdk.list_organizational_units_for_parent().parent_id(parent).max_results(PAGE).set_next_token(token);
    let answer = request.send().await.map_err(|error| failed(&client, None, &error))?;
    let units = answer.organizational_units.unwrap_or_default();
    let ids = units.into_iter().map(|unit| needed(unit.id, "id of a unit")).collect::<Result<_, _>>()?;
    Ok((ids, answer.next_token))
}

fn listed(listed: Account) -> Result<ListedAccount, Failure> {
    let id = needed(listed.id, "id of an account")?;
    let id: AccountId = id.parse().map_err(|_inner| malformed(&format!("`{id}` is not the id of an account")))?;
    // `Status` is what came before `State`, and is on its way out.
    let state = listed.state.map(|state| state.as_str().to_owned());
    let state = state.or_else(|| listed.status.map(|status| status.as_str().to_owned()));
    let path = listed.paths.and_then(|paths| paths.into_iter().next()).map(|path| place(&path, &id));
    Ok(ListedAccount { name: listed.name, state: needed(state, "state of an account")?, path, id })
}

/// The path of the unit that holds the account: without the account itself at its end, and without a closing slash.
fn place(path: &str, account: &AccountId) -> String {
    let path = path.trim_matches('/');
    path.strip_suffix(account.as_str()).unwrap_or(path).trim_end_matches('/').to_owned()
}
