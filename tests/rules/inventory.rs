//! From the readable form of `base.json` and the cases to an inventory: changes are merged in, short forms written out.

use noderole::inventory::{Inventory, load};
use serde_json::{Map, Value, json};

/// The account, region and cluster of `base.json`, to which the short members of a case belong.
pub(crate) const ACCOUNT: &str = "111122223333";
const REGION: &str = "eu-west-1";
const CLUSTER: &str = "prod";

/// The members of a case that change the base, each with where in the base its content belongs, in order.
const CHANGES: [(&str, &[&str]); 6] = [
    ("inventory", &[]),
    ("roles", &["accounts", ACCOUNT, "roles"]),
    ("profiles", &["accounts", ACCOUNT, "instance_profiles"]),
    ("compute", &["accounts", ACCOUNT, "regions", REGION, "compute"]),
    ("clusters", &["accounts", ACCOUNT, "regions", REGION, "clusters", "value"]),
    ("node_groups", &["accounts", ACCOUNT, "regions", REGION, "clusters", "value", CLUSTER, "node_groups", "value"]),
];

/// The base with the changes of a case, as an inventory.
///
/// # Errors
/// A change that does not fit, or an inventory that does not have the form that [`load`] wants.
pub(crate) fn of_case(base: &str, case: &Map<String, Value>) -> Result<Inventory, String> {
    let replaced = |text: &str| {
        let pairs = case.get("replace").and_then(Value::as_object).into_iter().flatten();
        pairs.fold(text.to_owned(), |text, (from, to)| text.replace(from, to.as_str().unwrap_or_default()))
    };
    let mut tree: Value = serde_json::from_str(&replaced(base)).map_err(|error| format!("base.json: {error}"))?;
    for (member, place) in CHANGES {
        if let Some(change) = case.get(member) {
            let nested = place.iter().rev().fold(change.clone(), |inner, key| json!({ replaced(key): inner }));
            merge(&mut tree, nested)?;
        }
    }
    write_out(&mut tree, "inventory");
    load(tree.to_string().as_bytes()).map_err(|error| error.to_string())
}

/// JSON merge patch (RFC 7386), with `like` (a copy of a sibling under a new name) and with `missing` in the place of
/// `value` or `found`.
fn merge(target: &mut Value, change: Value) -> Result<(), String> {
    let Value::Object(change) = change else {
        *target = change;
        return Ok(());
    };
    if !target.is_object() {
        *target = json!({});
    }
    let object = target.as_object_mut().ok_or("unreachable: made an object above")?;
    if change.contains_key("missing") {
        object.retain(|key, _| key != "value" && key != "found");
    } else if change.contains_key("value") || change.contains_key("found") {
        object.retain(|key, _| key != "missing");
    }
    for (key, mut inner) in change {
        // `"value": null` is a fact of its own: it was read that there is none
        if inner.is_null() && key != "value" {
            object.shift_remove(&key);
            continue;
        }
        if let Some(like) = inner.as_object_mut().and_then(|inner| inner.shift_remove("like")) {
            let like = like.as_str().ok_or("`like` names a sibling")?;
            let sibling = object.get(like).ok_or_else(|| format!("`like`: there is no `{like}` beside `{key}`"))?;
            let copy = sibling.to_string().replace(like, &key);
            object.insert(key.clone(), serde_json::from_str(&copy).map_err(|error| error.to_string())?);
        }
        merge(object.entry(key).or_insert(Value::Null), inner)?;
    }
    Ok(())
}

/// Writes out the short forms, in place: `name` is the key under which the value stands.
fn write_out(value: &mut Value, name: &str) {
    match value {
        Value::Object(object) => {
            for (key, inner) in object.iter_mut() {
                if key == "missing" {
                    write_gap(inner, name);
                } else {
                    write_out(inner, if key == "value" { name } else { key });
                }
            }
        }
        Value::Array(list) => list.iter_mut().for_each(|inner| write_out(inner, name)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
    match name {
        "accounts" | "instances" => list_of_named(value, "id"),
        "regions" | "clusters" | "auto_scaling_groups" => list_of_named(value, "name"),
        "inline" => list_of_inline(value),
        "attached" => list_of_attached(value),
        "trust" | "document" | "configuration_values" | "policy" if value.is_object() => {
            *value = Value::String(value.to_string());
        }
        _ => {}
    }
}

/// `{"a": {…}}` → `[{"name": "a", …}]`.
fn list_of_named(value: &mut Value, key: &str) {
    if let Some(object) = value.as_object().filter(|object| !object.contains_key("value") && !is_gap(object)) {
        let items = object.iter().map(|(name, inner)| {
            let mut item = inner.clone();
            if let Some(members) = item.as_object_mut() {
                members.insert(key.to_owned(), json!(name));
            }
            item
        });
        *value = items.collect();
    }
}

/// `{"Name": {"document": "…"}, "Other": {"missing": {…}}}` → a list of inline policies.
fn list_of_inline(value: &mut Value) {
    if let Some(object) = value.as_object().filter(|object| !object.contains_key("value") && !is_gap(object)) {
        let items = object.iter().map(|(name, inner)| match inner.get("document") {
            Some(document) => json!({"value": {"name": name, "document": document}}),
            None => inner.clone(),
        });
        *value = items.collect();
    }
}

/// `["arn:aws:iam::aws:policy/Name"]` → a list of references.
fn list_of_attached(value: &mut Value) {
    for item in value.as_array_mut().into_iter().flatten() {
        if let Some(arn) = item.as_str() {
            *item = json!({"name": arn.rsplit('/').next(), "arn": arn});
        }
    }
}

fn is_gap(object: &Map<String, Value>) -> bool {
    object.contains_key("missing") && object.len() == 1
}

/// `"eks:DescribeNodegroup [CLASS [RESOURCE]]"` → a gap; the class is `denied` and the resource the key if not given.
fn write_gap(value: &mut Value, name: &str) {
    if let Some(short) = value.as_str() {
        let mut words = short.split(' ');
        let api = words.next().unwrap_or_default();
        let class = words.next().unwrap_or("denied");
        let resource = words.next().unwrap_or(name);
        let error = match class {
            "denied" => "AccessDeniedException",
            "throttled" => "ThrottlingException",
            "gone" => "ResourceNotFoundException",
            "not_enabled" => "UnrecognizedClientException",
            _ => "NotReached",
        };
        let message = format!("the answer to {api} in this case");
        *value = json!({"api": api, "resource": resource, "class": class, "error": error, "message": message});
    }
}
