//! Trust policies as they should read, made from what is there: statements are added or trimmed, never reordered.

use std::collections::BTreeSet;

use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

use crate::ids::Partition;

/// The trust policy of AWS's page *Amazon EKS node IAM role*, for a partition.
pub(in crate::rules) fn document_for_ec2(partition: Partition) -> Value {
    json!({"Version": "2012-10-17", "Statement": [statement(&super::recommended(partition))]})
}

/// The document with a statement for the services at the end; none where it has no statements to add one to.
pub(super) fn with_ec2(trust: &str, services: &[String]) -> Option<Value> {
    with_statement(trust, statement(services))
}

/// The document with one more statement at the end; none where it has no statements to add one to.
pub(super) fn with_statement(trust: &str, statement: Value) -> Option<Value> {
    let mut document = parsed(trust)?;
    let statements = document.get_mut("Statement")?;
    listed(statements)?.push(statement);
    Some(document)
}

/// The document with none but `kept` services in the statements at these positions; a statement that would be empty goes.
/// None where no statement would remain: IAM takes no empty trust policy.
pub(super) fn without_others(trust: &str, positions: &BTreeSet<usize>, kept: &[String]) -> Option<Value> {
    let mut document = parsed(trust)?;
    let statements = listed(document.get_mut("Statement")?)?;
    let mut position = 0;
    statements.retain_mut(|statement| {
        let keep = !positions.contains(&position) || trim(statement, kept);
        position += 1;
        keep
    });
    (!statements.is_empty()).then_some(document)
}

/// Leaves of a statement's principals those services; says whether any remain.
fn trim(statement: &mut Value, kept: &[String]) -> bool {
    let Some(principals) = statement.get_mut("Principal").and_then(Value::as_object_mut) else {
        return false;
    };
    principals.retain(|kind, _| kind.eq_ignore_ascii_case("Service"));
    let is_kept = |value: &Value| value.as_str().is_some_and(|service| kept.iter().any(|kept| kept == service));
    principals.retain(|_, services| match services {
        Value::Array(list) => {
            list.retain(is_kept);
            !list.is_empty()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => is_kept(services),
    });
    !principals.is_empty()
}

fn statement(services: &[String]) -> Value {
    let service = match services {
        [one] => json!(one),
        several => json!(several),
    };
    json!({"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"})
}

/// The statements as a list, be there one or many.
fn listed(statements: &mut Value) -> Option<&mut Vec<Value>> {
    if statements.is_object() {
        *statements = Value::Array(vec![statements.take()]);
    }
    statements.as_array_mut()
}

/// The document as JSON, URL-encoded or not.
fn parsed(trust: &str) -> Option<Value> {
    if trust.trim_start().starts_with('%') {
        return serde_json::from_str(&percent_decode_str(trust).decode_utf8().ok()?).ok();
    }
    serde_json::from_str(trust).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const EC2: &str = "ec2.amazonaws.com";

    fn without(trust: &Value, positions: &[usize]) -> Option<Value> {
        let positions = positions.iter().copied().collect();
        without_others(&trust.to_string(), &positions, &[EC2.to_owned()])
    }

    #[test]
    fn a_single_statement_becomes_the_first_of_two() {
        let one = json!({"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "sts:AssumeRole"});
        let trust = json!({"Version": "2008-10-17", "Statement": one}).to_string();
        let merged = with_ec2(&trust, &[EC2.to_owned()]).unwrap();
        assert_eq!(merged, json!({"Version": "2008-10-17", "Statement": [one, statement(&[EC2.to_owned()])]}));
        assert_eq!(with_ec2("[]", &[EC2.to_owned()]), None);
    }

    #[test]
    fn only_the_foreign_principals_leave_a_statement() {
        let mixed =
            json!({"Effect": "Allow", "Principal": {"Service": ["ssm.amazonaws.com", EC2], "AWS": "*"}, "Action": "*"});
        let deny = json!({"Effect": "Deny", "Principal": "*", "Action": "sts:TagSession"});
        let trimmed = without(&json!({"Statement": [mixed, deny]}), &[0]);
        let left = json!({"Effect": "Allow", "Principal": {"Service": [EC2]}, "Action": "*"});
        assert_eq!(trimmed, Some(json!({"Statement": [left, deny]})));
    }

    #[test]
    fn a_document_that_would_be_empty_is_none() {
        for principal in [json!("*"), json!({"Federated": "x"}), json!({"Service": "ssm.amazonaws.com"})] {
            let trust = json!({"Statement": {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}});
            assert_eq!(without(&trust, &[0]), None);
        }
    }
}
