//! A second evaluator, as simple as can be: it reads the JSON anew for each request and knows nothing of unknown keys.
//! What it leaves out (variables, dates) has unit tests.

use std::collections::BTreeMap;

use serde_json::Value;

/// A context that is wholly known.
pub(crate) type Known = BTreeMap<String, Vec<String>>;

/// The outcome for layers of documents, each layer of which must grant.
pub(crate) fn outcome(layers: &[Vec<Value>], action: &str, resource: &str, context: &Known) -> &'static str {
    let says = |effect: &str, layer: &Vec<Value>| {
        let mut statements = layer.iter().flat_map(|document| list(&document["Statement"]));
        statements.any(|statement| statement["Effect"] == effect && applies(statement, action, resource, context))
    };
    if layers.iter().any(|layer| says("Deny", layer)) {
        "explicit_deny"
    } else if layers.iter().all(|layer| says("Allow", layer)) {
        "allowed"
    } else {
        "implicit_deny"
    }
}

fn list(value: &Value) -> Vec<&Value> {
    value.as_array().map_or_else(|| vec![value], |values| values.iter().collect())
}

fn texts(value: &Value) -> Vec<String> {
    list(value).into_iter().map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned)).collect()
}

fn applies(statement: &Value, action: &str, resource: &str, context: &Known) -> bool {
    let in_actions = |element: &str| {
        texts(&statement[element]).iter().any(|pattern| glob(&pattern.to_lowercase(), &action.to_lowercase()))
    };
    let in_resources = |element: &str| texts(&statement[element]).iter().any(|pattern| arn(pattern, resource));
    let concerns_action = if statement["Action"].is_null() { !in_actions("NotAction") } else { in_actions("Action") };
    let concerns_resource =
        if statement["Resource"].is_null() { !in_resources("NotResource") } else { in_resources("Resource") };
    concerns_action && concerns_resource && conditions(&statement["Condition"], context)
}

/// `*` any text, `?` any character, by plain recursion.
pub(crate) fn glob(pattern: &str, text: &str) -> bool {
    let mut rest = pattern.chars();
    match rest.next() {
        None => text.is_empty(),
        Some('*') => {
            let ends = text.char_indices().map(|(at, _)| at).chain([text.len()]);
            ends.into_iter().any(|at| glob(rest.as_str(), &text[at..]))
        }
        Some(first) => {
            let mut text = text.chars();
            text.next().is_some_and(|next| first == '?' || first == next) && glob(rest.as_str(), text.as_str())
        }
    }
}

/// The parts of an ARN one by one; a `*` at the end of a part of the pattern may take further parts along.
pub(crate) fn arn(pattern: &str, resource: &str) -> bool {
    let pattern: Vec<&str> = pattern.splitn(6, ':').collect();
    let resource: Vec<&str> = resource.split(':').collect();
    parts(&pattern, &resource, pattern.len() == 6, pattern.get(2) == Some(&"s3"))
}

fn parts(pattern: &[&str], resource: &[&str], full: bool, s3: bool) -> bool {
    match pattern {
        [] => resource.is_empty(),
        [last] if full => resource_part(last, &resource.join(":"), s3),
        [first, rest @ ..] => {
            let most = if first.ends_with('*') { resource.len() } else { 1 };
            (1..=most.min(resource.len())).any(|taken| {
                let text = resource[..taken].join(":");
                let matched = if taken == 1 { glob(first, &text) } else { last_run(first, &text) };
                matched && parts(rest, &resource[taken..], full, s3)
            })
        }
    }
}

/// A part that ends with `*` over a text with colons: what stands before that star stays before the first colon.
fn last_run(pattern: &str, text: &str) -> bool {
    let before = pattern.strip_suffix('*').unwrap();
    let first = text.split(':').next().unwrap();
    (0..=first.len()).filter(|at| first.is_char_boundary(*at)).any(|at| glob(before, &first[..at]))
}

fn resource_part(pattern: &str, text: &str, s3: bool) -> bool {
    let separator = pattern.find(['/', ':']).filter(|_| !s3);
    match separator {
        Some(at) if &pattern[..at] != "*" => {
            text.strip_prefix(&pattern[..at]).is_some_and(|rest| glob(&pattern[at..], rest))
        }
        _ => glob(pattern, text),
    }
}

fn conditions(block: &Value, context: &Known) -> bool {
    let Some(operators) = block.as_object() else { return true };
    operators.iter().all(|(operator, keys)| {
        keys.as_object().unwrap().iter().all(|(key, values)| {
            let given = context.get(&key.to_lowercase()).filter(|given| !given.is_empty());
            condition(operator, given, &texts(values))
        })
    })
}

fn condition(operator: &str, given: Option<&Vec<String>>, values: &[String]) -> bool {
    if operator == "Null" {
        return values.iter().any(|value| value == if given.is_none() { "true" } else { "false" });
    }
    let all = operator.strip_prefix("ForAllValues:");
    let any = operator.strip_prefix("ForAnyValue:");
    let name = all.or(any).unwrap_or(operator);
    let base = name.strip_suffix("IfExists").unwrap_or(name);
    let negated = base.contains("Not");
    let one = |text: &String| values.iter().any(|value| compare(&base.replace("Not", ""), value, text)) != negated;
    match given {
        None => base != name || all.is_some() || (negated && any.is_none()),
        Some(given) if all.is_some() => given.iter().all(one),
        Some(given) if any.is_some() => given.iter().any(one),
        Some(given) => given.len() == 1 && one(&given[0]),
    }
}

fn compare(base: &str, value: &str, text: &str) -> bool {
    match base {
        "StringEquals" => value == text,
        "StringEqualsIgnoreCase" => value.to_lowercase() == text.to_lowercase(),
        "StringLike" => glob(value, text),
        "Bool" => matches!(text, "true" | "false") && value == text,
        "NumericEquals" => number(value) == number(text) && number(value).is_some(),
        "NumericLessThan" => number(value).zip(number(text)).is_some_and(|(value, text)| text < value),
        "NumericGreaterThanEquals" => number(value).zip(number(text)).is_some_and(|(value, text)| text >= value),
        other => panic!("the reference does not know {other}"),
    }
}

fn number(text: &str) -> Option<i64> {
    text.parse().ok()
}
