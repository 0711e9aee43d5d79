//! Two states side by side, for people: what was taken away with `-`, what was added with `+`.

use std::collections::BTreeMap;

use similar::{ChangeTag, TextDiff};

use super::{EntryState, RoleState, State};

/// Lines of a document that are shown around what differs.
const AROUND: usize = 2;

/// The lines in which two states differ; none where they do not.
pub fn difference(before: &State, after: &State) -> Vec<String> {
    let mut lines = Vec::new();
    match (&before.role, &after.role) {
        (Some(before), Some(after)) => of_role(before, after, &mut lines),
        (None, Some(after)) => {
            lines.push("+ the role".to_owned());
            lines.extend(after.attached.iter().map(|arn| format!("+ attached {arn}")));
            document("trust policy", "", &after.trust, &mut lines);
        }
        (Some(_), None) => lines.push("- the role".to_owned()),
        (None, None) => {}
    }
    for (arn, version) in union(&before.policies, &after.policies) {
        let text = |state: &State| {
            state.policies.get(arn).and_then(Option::as_ref).map_or("", |version| version.document.as_str()).to_owned()
        };
        // that a policy is carried any more, or is not, is told with the role
        let told = version && before.policies.contains_key(arn) && after.policies.contains_key(arn);
        if told {
            document(&format!("policy {arn}"), &text(before), &text(after), &mut lines);
        }
    }
    for (place, _) in union(&before.entries, &after.entries) {
        let told = |state: &State| state.entries.get(place).and_then(Option::as_ref).map(EntryState::identity);
        one_line(&format!("access entry in {place}:"), told(before), told(after), &mut lines);
    }
    for (name, _) in union(&before.profiles, &after.profiles) {
        let holds = |state: &State| state.profiles.get(name).cloned().flatten();
        one_line(&format!("instance profile {name} holds"), holds(before), holds(after), &mut lines);
    }
    lines
}

fn of_role(before: &RoleState, after: &RoleState, lines: &mut Vec<String>) {
    if before.id != after.id {
        let id = |role: &RoleState| Some(role.id.clone()).filter(|id| !id.is_empty());
        one_line("the role with the id", id(before), id(after), lines);
    }
    lines.extend(before.attached.difference(&after.attached).map(|arn| format!("- attached {arn}")));
    lines.extend(after.attached.difference(&before.attached).map(|arn| format!("+ attached {arn}")));
    one_line("permissions boundary", before.boundary.clone(), after.boundary.clone(), lines);
    document("trust policy", &before.trust, &after.trust, lines);
    let inline = |role: &RoleState, name: &str| role.inline.get(name).cloned().unwrap_or_default();
    let mut names: Vec<&String> = before.inline.keys().chain(after.inline.keys()).collect();
    names.sort();
    names.dedup();
    for name in names {
        document(&format!("inline policy {name}"), &inline(before, name), &inline(after, name), lines);
    }
}

/// The keys of both, each once, and whether what they stand for differs.
fn union<'a, T: PartialEq>(
    before: &'a BTreeMap<String, T>,
    after: &'a BTreeMap<String, T>,
) -> impl Iterator<Item = (&'a String, bool)> {
    let added = after.keys().filter(|key| !before.contains_key(*key));
    before.keys().chain(added).map(|key| (key, before.get(key) != after.get(key)))
}

fn one_line(what: &str, before: Option<String>, after: Option<String>, lines: &mut Vec<String>) {
    if before != after {
        lines.extend(before.map(|before| format!("- {what} {before}")));
        lines.extend(after.map(|after| format!("+ {what} {after}")));
    }
}

/// A document's lines that differ, with those around them.
fn document(name: &str, before: &str, after: &str, lines: &mut Vec<String>) {
    if before == after {
        return;
    }
    lines.push(format!("  {name}:"));
    let (before, after) = (spread(before), spread(after));
    let diff = TextDiff::from_lines(&before, &after);
    for group in diff.grouped_ops(AROUND) {
        for op in group {
            lines.extend(diff.iter_changes(&op).map(|change| {
                let sign = match change.tag() {
                    ChangeTag::Delete => '-',
                    ChangeTag::Insert => '+',
                    ChangeTag::Equal => ' ',
                };
                format!("{sign}   {}", change.value().trim_end())
            }));
        }
    }
}

/// One member a line; what is no JSON is as it is.
fn spread(document: &str) -> String {
    let parsed: Result<serde_json::Value, _> = serde_json::from_str(document);
    parsed.ok().and_then(|value| serde_json::to_string_pretty(&value).ok()).unwrap_or_else(|| document.to_owned())
}
