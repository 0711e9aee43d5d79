//! What is planned for every golden case, carried out on its facts and judged again: the findings are gone, nothing is worse,
//! and no right is lost that the plan does not name.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use datatest_stable::Result;
use noderole::audit::{Settings, audit};
use noderole::finding::{Finding, Status};
use noderole::ids::Region;
use noderole::inventory::{Account, Inventory, Role};
use noderole::policy::{Document, Effect, Outcome};
use noderole::remediate::model;
use noderole::remediate::plan::{Plan, RolePlan};
use noderole::remediate::planner::{Made, Wish, plan};
use noderole::rules::effective::{Documents, Permissions};

use crate::case::{BASE, settings_of};
use crate::inventory::of_case;
use crate::kinds::cases;

/// The rules of which something is offered in at least one case, as `rules.md` lists them.
const MENDED: [&str; 12] =
    ["NR001", "NR004", "NR101", "NR201", "NR202", "NR203", "NR204", "NR205", "NR206", "NR304", "NR401", "NR405"];

pub(crate) fn what_is_offered_mends_breaks_nothing_and_takes_nothing_unsaid(path: &Path) -> Result<()> {
    let root = path.parent().ok_or("the cases have no folder")?;
    let mut mended = BTreeSet::new();
    for (name, case) in cases(root)? {
        let settings = settings_of(&case)?;
        let before = of_case(BASE, &case)?;
        let planned = planned(&before, &settings);
        let mut after = before.clone();
        for role in &planned.roles {
            model::carry_out(role, &mut after, before.finished_at)
                .map_err(|error| format!("{name}: {error}: {role:?}"))?;
            mended.extend(role.findings.iter().map(|finding| finding.rule.to_string()));
            nothing_is_taken_unsaid(&name, role, &before, &after)?;
        }
        judged_again(&name, &planned, &audit(&before, &settings), &audit(&after, &settings))?;
        let anew = self::planned(&after, &settings);
        let again = |role: &&RolePlan| planned.roles.iter().any(|before| before.steps == role.steps);
        if let Some(role) = anew.roles.iter().find(again) {
            return Err(format!("{name}: what was done is planned again: {role:?}").into());
        }
    }
    let silent: Vec<&&str> = MENDED.iter().filter(|rule| !mended.contains(**rule)).collect();
    if silent.is_empty() { Ok(()) } else { Err(format!("no case shows what is offered for {silent:?}").into()) }
}

/// The plan for all that could be better, whoever keeps the role.
fn planned(inventory: &Inventory, settings: &Settings) -> Plan {
    let wish = Wish { advice: true, managed_elsewhere: true, ..Wish::default() };
    let now = inventory.finished_at;
    plan(inventory, settings, &wish, Made { plan_id: "p".to_owned(), created_at: now, expires_at: now })
}

/// Compares the results: those that were planned for, and all others.
fn judged_again(name: &str, planned: &Plan, before: &[Finding], after: &[Finding]) -> Result<()> {
    let mended: BTreeSet<&str> =
        planned.roles.iter().flat_map(|role| &role.findings).map(|finding| finding.id.as_str()).collect();
    let was: BTreeMap<&str, &Finding> = before.iter().map(|finding| (finding.id.as_str(), finding)).collect();
    for finding in after {
        let before = was.get(finding.id.as_str());
        let open = matches!(finding.status, Status::Fail | Status::Unknown);
        let new = before.is_none_or(|before| match (before.status, finding.status) {
            (Status::Fail, Status::Fail) => before.severity < finding.severity,
            (Status::Fail | Status::Unknown, Status::Unknown) => false,
            (_, _) => true,
        });
        if open && (new || mended.contains(finding.id.as_str())) {
            return Err(format!(
                "{name}: afterwards {} says {}: {}",
                finding.rule,
                finding.status.as_str(),
                finding.message
            )
            .into());
        }
    }
    Ok(())
}

/// Asks for every action that a policy of the role names, before and after.
fn nothing_is_taken_unsaid(name: &str, planned: &RolePlan, before: &Inventory, after: &Inventory) -> Result<()> {
    let (Some((account, role)), Some((account_after, role_after))) =
        (role_in(before, planned), role_in(after, planned))
    else {
        return Ok(());
    };
    let region: Region = before.partition.home_region().parse()?;
    let of = |inventory, account, role| Permissions::of(inventory, &Documents::of(inventory), account, role);
    let (had, has) = (of(before, account, role), of(after, account_after, role_after));
    for (action, resource) in named(before, role) {
        let allowed =
            |permissions: &Permissions| permissions.decide(&region, &action, &resource).outcome == Outcome::Allowed;
        if allowed(&had) && !allowed(&has) && !planned.takes.iter().any(|told| told.contains(&action)) {
            return Err(
                format!("{name}: {} loses {action} on {resource}, which the plan does not say", planned.role).into()
            );
        }
    }
    Ok(())
}

fn role_in<'a>(inventory: &'a Inventory, planned: &RolePlan) -> Option<(&'a Account, &'a Role)> {
    let account = inventory.accounts.iter().find(|account| account.id == planned.account)?;
    Some((account, account.found_roles().find(|role| role.arn.same_role(&planned.role))?))
}

/// Every action with a resource that the documents of the role allow, as they name them.
fn named(inventory: &Inventory, role: &Role) -> BTreeSet<(String, String)> {
    let attached = role.attached.value().into_iter().flatten();
    let managed =
        attached.filter_map(|policy| inventory.policies.get(&policy.arn)?.value()).map(|version| &version.document);
    let inline = role.inline.value().into_iter().flatten().filter_map(|policy| Some(&policy.value()?.document));
    let mut named = BTreeSet::new();
    for document in managed.chain(inline).filter_map(|text| Document::parse_permissions(text).ok()) {
        for statement in document.statements().iter().filter(|statement| statement.effect() == Effect::Allow) {
            let resource = statement.resources().next().unwrap_or("*");
            named.extend(statement.actions().map(|action| (action.to_owned(), resource.to_owned())));
        }
    }
    named
}
