//! Whether one inventory says nothing that a fuller one does not: facts may be missing, none may be different.

use serde_json::Value;

use crate::inventory::UNLISTED;

/// Where the weaker account says something else than the fuller one; none: it does not.
pub(super) fn contradiction(weaker: &Value, fuller: &Value, at: &str) -> Option<String> {
    if weaker == fuller || missing(weaker) || missing(fuller) {
        return None;
    }
    match (weaker, fuller) {
        (Value::Object(ours), Value::Object(theirs)) => {
            for (key, value) in ours {
                let at = format!("{at}.{key}");
                match theirs.get(key) {
                    Some(other) if passes_over(key, value, other) => {}
                    Some(other) => {
                        if let Some(found) = contradiction(value, other, &at) {
                            return Some(found);
                        }
                    }
                    None if missing(value) || key == UNLISTED => {}
                    None => return Some(format!("{at} is not there")),
                }
            }
            let lost = theirs.keys().find(|key| !ours.contains_key(*key));
            // What something names is there as far as that was read.
            let named = ["roles", "instance_profiles", "launch_templates", "launch_configurations"];
            let may_lose = ours.contains_key(UNLISTED) || at.rsplit('.').next().is_some_and(|key| named.contains(&key));
            lost.filter(|_| !may_lose).map(|key| format!("{at}.{key} is lost"))
        }
        (Value::Array(ours), Value::Array(theirs)) if theirs.iter().chain(ours).all(|value| name(value).is_some()) => {
            for value in ours.iter().filter(|value| name(value) != Some(UNLISTED)) {
                let Some(other) = theirs.iter().find(|other| name(other) == name(value)) else {
                    return Some(format!("{at}[{:?}] is not there", name(value)));
                };
                if let Some(found) = contradiction(value, other, &format!("{at}[{:?}]", name(value))) {
                    return Some(found);
                }
            }
            let open = ours.iter().any(|value| name(value) == Some(UNLISTED));
            let lost = theirs.iter().find(|other| !ours.iter().any(|value| name(value) == name(other)));
            lost.filter(|_| !open).map(|other| format!("{at}[{:?}] is lost", name(other)))
        }
        (ours, theirs) => Some(format!("{at}: {ours} is not {theirs}")),
    }
}

fn missing(value: &Value) -> bool {
    value.as_object().is_some_and(|object| object.len() == 1 && object.contains_key("missing"))
}

/// Gaps differ by their nature. Which entries are described, and where administrators are asked for, hangs on which node
/// roles are known, and who uses them: no claim is in either.
fn passes_over(key: &str, ours: &Value, theirs: &Value) -> bool {
    // Whose machines to ask for is not known where clusters, or profiles of clusters that are gone, were not listed.
    let unasked = key == "compute" && ours.is_null();
    key == "gaps" || unasked || (["detail", "cluster_admins"].contains(&key) && (ours.is_null() || theirs.is_null()))
}

fn name(value: &Value) -> Option<&str> {
    value.get("name").or_else(|| value.get("principal_arn")).or_else(|| value.get("value")?.get("name"))?.as_str()
}
