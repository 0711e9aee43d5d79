//! Organizations and STS: who the accounts are, and their credentials.

use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use serde_json::{Value, json};

use super::request::Request;
use super::world::{Member, World, slice};
use super::write::{Text, error, good, wrapped};

/// How long the session of a role lasts.
const SESSION: Duration = Duration::from_hours(1);

/// Accounts in a page of Organizations at most.
const ACCOUNTS_A_PAGE: usize = 20;

/// The answer of Organizations.
pub(crate) fn organizations(world: &World, request: &Request) -> Text {
    let Some(organization) = &world.organization else {
        return error("organizations", 400, "AWSOrganizationsNotInUseException", "there is no organization");
    };
    let page = request.json["NextToken"].as_str();
    let named = |name: &str| request.json[name].as_str().unwrap_or_default().to_owned();
    let body = match request.operation.as_str() {
        "DescribeOrganization" => json!({"Organization": {
            "Id": organization, "MasterAccountId": world.management.as_str(), "FeatureSet": "ALL"}}),
        "ListAccounts" => accounts(world, |_| true, page),
        "ListAccountsForParent" => {
            let parent = named("ParentId");
            accounts(world, |member| parent_of(member) == parent, page)
        }
        "DescribeAccount" => {
            let id = named("AccountId");
            match world.members.iter().find(|(known, _)| known.as_str() == id) {
                Some((id, member)) => json!({"Account": listed(id.as_str(), member)}),
                None => return error("organizations", 400, "AccountNotFoundException", "there is no such account"),
            }
        }
        "ListRoots" => {
            let kinds = json!([{"Type": "SERVICE_CONTROL_POLICY", "Status": "ENABLED"}]);
            let kinds = if world.controls.is_empty() { json!([]) } else { kinds };
            json!({"Roots": [{"Id": root(world), "PolicyTypes": kinds}]})
        }
        "ListOrganizationalUnitsForParent" => units(world, &named("ParentId"), page),
        "ListParents" => json!({"Parents": [{"Id": above(world, &named("ChildId"))}]}),
        "ListPoliciesForTarget" => {
            let ids = world.controlled.get(&named("TargetId")).cloned().unwrap_or_default();
            let (ids, next) = world.slice(ids, page);
            let policies: Vec<Value> = ids.iter().map(|id| json!({"Id": format!("p-{id:08}")})).collect();
            json!({"Policies": policies, "NextToken": next})
        }
        "DescribePolicy" => {
            let id = named("PolicyId");
            let policy = &world.controls[id.trim_start_matches("p-").parse::<usize>().unwrap()];
            json!({"Policy": {"PolicySummary": {"Id": id, "Name": policy.name}, "Content": policy.document}})
        }
        other => panic!("nobody answers organizations:{other}"),
    };
    good(body.to_string())
}

fn accounts(world: &World, is_wanted: impl Fn(&Member) -> bool, page: Option<&str>) -> Value {
    let wanted = world.members.iter().filter(|(_, member)| is_wanted(member));
    let (members, next) = slice(wanted, page, world.page.min(ACCOUNTS_A_PAGE));
    let members: Vec<Value> = members.into_iter().map(|(id, member)| listed(id.as_str(), member)).collect();
    json!({"Accounts": members, "NextToken": next})
}

fn listed(id: &str, member: &Member) -> Value {
    let paths = member.path.as_ref().map(|path| json!([format!("{path}/{id}/")]));
    json!({"Id": id, "Name": member.name, "State": member.state, "Status": "ACTIVE", "Paths": paths})
}

fn parent_of(member: &Member) -> &str {
    member.path.as_deref().and_then(|path| path.rsplit('/').next()).unwrap_or("r-sim")
}

fn root(world: &World) -> &str {
    let path = world.members.values().find_map(|member| member.path.as_deref());
    path.and_then(|path| path.split('/').nth(1)).unwrap_or("r-sim")
}

/// The units right below a root or a unit.
fn units(world: &World, parent: &str, page: Option<&str>) -> Value {
    let paths = world.members.values().filter_map(|member| member.path.as_deref());
    let mut below: Vec<&str> =
        paths.filter_map(|path| path.split('/').skip_while(|part| *part != parent).nth(1)).collect();
    below.sort_unstable();
    below.dedup();
    let (below, next) = world.slice(below, page);
    let units: Vec<Value> = below.iter().map(|id| json!({"Id": id})).collect();
    json!({"OrganizationalUnits": units, "NextToken": next})
}

/// The one parent of an account or a unit.
fn above(world: &World, child: &str) -> String {
    if let Some((_, member)) = world.members.iter().find(|(id, _)| id.as_str() == child) {
        return parent_of(member).to_owned();
    }
    let paths = world.members.values().filter_map(|member| member.path.as_deref());
    let parent = paths.filter_map(|path| {
        let parts: Vec<&str> = path.split('/').collect();
        let at = parts.iter().position(|part| *part == child)?;
        parts.get(at.checked_sub(1)?).map(|parent| (*parent).to_owned())
    });
    parent.into_iter().next().unwrap_or_else(|| root(world).to_owned())
}

/// The answer of STS, at that time.
pub(crate) fn sts(world: &World, request: &Request, now: SystemTime, nth: u64) -> Text {
    if request.operation == "GetCallerIdentity" {
        let (caller, partition) = (&world.caller, world.partition);
        let arn = format!("arn:{partition}:iam::{caller}:user/auditor");
        let identity = format!("<Arn>{arn}</Arn><UserId>U</UserId><Account>{caller}</Account>");
        return good(wrapped("GetCallerIdentity", &identity));
    }
    let account = assumed(request).unwrap_or_default();
    let end = Timestamp::try_from(now + SESSION).unwrap();
    let keys = format!("<AccessKeyId>ASIA{account}x{nth}</AccessKeyId><SecretAccessKey>s</SecretAccessKey>");
    let rest = format!("<SessionToken>t</SessionToken><Expiration>{end}</Expiration>");
    good(wrapped("AssumeRole", &format!("<Credentials>{keys}{rest}</Credentials>")))
}

/// The account whose role is to be assumed.
pub(crate) fn assumed(request: &Request) -> Option<&str> {
    request.parameter("RoleArn")?.split(':').nth(4)
}
