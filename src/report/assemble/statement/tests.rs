//! Tests of the statements' texts.

use serde_json::{Value, json};

use super::*;
use crate::report::sample;

const PULL: &str = r#"{"Sid":"Pull","Effect":"Allow","Action":"ecr:BatchGetImage","Resource":"*"}"#;
const OTHER: &str = r#"{"Effect":"Deny","Action":"*","Resource":"*"}"#;

/// Evidence that names a statement.
fn evidence(text: &str, policy: &str, statement: &str) -> Evidence {
    Evidence { policy: Some(policy.to_owned()), statement: Some(statement.to_owned()), ..Evidence::fact(text) }
}

/// What is told of evidence about the role `eks/prod-node` of an inventory.
fn told(inventory: &Value, evidence: Vec<Evidence>) -> Vec<Option<String>> {
    let inventory: Inventory = serde_json::from_value(inventory.clone()).unwrap();
    let mut finding = sample::findings().into_iter().find(|finding| finding.rule.to_string() == "NR202").unwrap();
    finding.evidence = evidence;
    let told = Statements::of(&inventory).evidence(&finding);
    told.into_iter().map(|piece| piece.statement_text).collect()
}

/// A document of these statements.
fn document(statements: &[&str]) -> String {
    format!(r#"{{"Version":"2012-10-17","Statement":[{}]}}"#, statements.join(","))
}

/// The sample with an inline policy on a role.
fn with_inline(mut inventory: Value, role: &str, name: &str, statements: &[&str]) -> Value {
    let inline = &mut inventory["accounts"][0]["roles"][role]["found"]["inline"]["value"];
    inline.as_array_mut().unwrap().push(json!({"value": {"name": name, "document": document(statements)}}));
    inventory
}

#[test]
fn a_statement_is_found_by_its_sid_or_its_position_in_every_kind_of_policy() {
    let mut inventory = with_inline(sample::inventory_json(), "prod-node", "extra", &[PULL, OTHER]);
    inventory["accounts"][0]["service_control_policies"] = json!([[{"name": "guard", "document": document(&[OTHER])}], [{"name": "guard", "document": document(&[OTHER])}]]);
    let managed = "arn:aws:iam::aws:policy/AmazonEKSWorkerNodePolicy";
    let trust = "trust policy of arn:aws:iam::111122223333:role/eks/prod-node";
    let told = told(
        &inventory,
        vec![
            evidence("allowed by statement `Pull` of inline policy `extra`", "extra", "Pull"),
            evidence("denied by statement 1 of inline policy `extra`", "extra", "1"),
            evidence("denied by statement 0 of service control policy `guard` of level 1", "guard", "0"),
            evidence("allowed", managed, "0"),
            evidence("assumed", trust, "0"),
        ],
    );
    let texts: Vec<&str> = told.iter().map(|text| text.as_deref().unwrap()).collect();
    assert_eq!(texts[..3], [PULL, OTHER, OTHER]);
    assert_eq!(texts[3], r#"{"Effect":"Allow","Action":"ec2:DescribeInstances","Resource":"*"}"#);
    assert!(texts[4].contains("ec2.amazonaws.com"), "{}", texts[4]);
}

#[test]
fn a_statement_that_several_pieces_name_is_written_once() {
    let inventory = with_inline(sample::inventory_json(), "prod-node", "extra", &[PULL]);
    let piece = evidence("inline policy `extra`", "extra", "Pull");
    assert_eq!(told(&inventory, vec![piece.clone(), piece]), [Some(PULL.to_owned()), None]);
}

#[test]
fn a_name_that_fits_two_statements_or_none_gives_no_text() {
    let mut inventory = with_inline(sample::inventory_json(), "prod-node", "extra", &[PULL, r#"{"Sid":"2"}"#, OTHER]);
    inventory = with_inline(inventory, "auto-node", "extra", &[r#"{"Sid":"Pull","Effect":"Deny"}"#]);
    let of =
        |inventory: &Value, statement| told(inventory, vec![evidence("inline policy `extra`", "extra", statement)]);
    assert_eq!(of(&inventory, "Pull"), [Some(PULL.to_owned())], "another node role's policy is not meant");
    assert_eq!(of(&inventory, "2"), [None], "a Sid that reads like a position");
    assert_eq!(of(&inventory, "Gone"), [None]);
    let trust = &mut inventory["accounts"][0]["roles"]["auto-node"]["found"]["trust"];
    *trust = trust.as_str().unwrap().replace("ec2.amazonaws.com", "pods.eks.amazonaws.com").into();
    assert_eq!(of(&inventory, "Pull"), [None], "the role may be the one that aws-node runs with");
    assert_eq!(told(&inventory, vec![evidence("x", "trust policy of nobody", "0")]), [None]);
}

#[test]
fn a_long_statement_is_told_by_its_beginning() {
    let long = format!(r#"{{"Sid":"Long","Action":"{}"}}"#, "é".repeat(TEXT_MAX));
    let inventory = with_inline(sample::inventory_json(), "prod-node", "extra", &[&long]);
    let text = told(&inventory, vec![evidence("inline policy `extra`", "extra", "Long")]).remove(0).unwrap();
    assert_eq!(text.chars().count(), TEXT_MAX + 1);
    assert!(text.starts_with(r#"{"Sid":"Long","Action":"é"#) && text.ends_with("é…"));
}
