//! Nesting without end, in each kind of document, on a thread with little stack: an error, never an end of the process.

use std::sync::Arc;

use noderole::change::Heard;
use noderole::config::Config;
use noderole::policy::Document;
use noderole::report::saved;
use noderole::rules::requirements::CniSettings;
use noderole::{inventory, simulate};

/// How deep: serde_json takes 128 levels, and a frame of a parser that took more would fill the stack long before.
const DEPTH: usize = 100_000;

/// A quarter of what a thread of a program has.
const STACK_BYTES: usize = 512 * 1024;

/// Texts that open this deep, and close again or do not.
fn deep_texts() -> Vec<String> {
    let pairs = [("[", "]"), ("{\"a\":", "}"), ("{\"Statement\":", "}"), ("[{\"a\":", "}]")];
    let texts = pairs.iter().flat_map(|(open, close)| {
        let opened = open.repeat(DEPTH);
        [opened.clone(), format!("{opened}1{}", close.repeat(DEPTH))]
    });
    texts.collect()
}

/// Runs on a small stack; an overflow would end the test's process.
fn on_a_small_stack(run: impl FnOnce() + Send + 'static) {
    std::thread::Builder::new().stack_size(STACK_BYTES).spawn(run).unwrap().join().unwrap();
}

/// Each deep text in the place of `DEEP` in each of some documents.
fn each(documents: &[&str], refused: impl Fn(&str) -> bool + Send + 'static) {
    let documents: Vec<String> = documents.iter().map(|document| (*document).to_owned()).collect();
    on_a_small_stack(move || {
        for document in &documents {
            for text in deep_texts() {
                assert!(refused(&document.replace("DEEP", &text)), "{document} with {text:.40} was taken");
            }
        }
    });
}

#[test]
fn a_policy_document_is_refused() {
    each(
        &[
            "DEEP",
            r#"{"Id": DEEP, "Statement": []}"#,
            r#"{"Statement": DEEP}"#,
            r#"{"Statement": {"Effect": "Allow", "Action": DEEP, "Resource": "*"}}"#,
            r#"{"Statement": {"Effect": "Allow", "Action": "*", "Principal": DEEP}}"#,
            r#"{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"Bool": {"a": DEEP}}}}"#,
        ],
        |text| Document::parse(text).is_err(),
    );
}

#[test]
fn an_inventory_and_a_report_are_refused() {
    each(&["DEEP", r#"{"schema": DEEP}"#, r#"{"schema": "noderole.inventory/1", "accounts": DEEP}"#], |text| {
        inventory::load(text.as_bytes()).is_err()
    });
    each(
        &[
            "DEEP",
            r#"{"schema": DEEP}"#,
            r#"{"schema": "noderole.report/1", "findings": DEEP}"#,
            r#"{"schema": "noderole.report/1", "unknown": DEEP}"#,
        ],
        |text| saved::of_text(text).is_err(),
    );
}

#[test]
fn an_event_of_a_change_is_refused() {
    each(&["DEEP", r#"{"source": DEEP}"#, r#"{"detail": {"requestParameters": DEEP}}"#], |text| {
        Heard::parse(text, None).is_err()
    });
}

#[test]
fn a_case_is_answered_by_an_error() {
    each(&["DEEP", r#"{"id": DEEP}"#, r#"{"id": 1, "identity_policies": DEEP}"#], |text| {
        let mut out = Vec::new();
        simulate::run(text.as_bytes(), &mut out).unwrap().decided == 0
    });
}

#[test]
fn a_configuration_is_refused() {
    on_a_small_stack(|| {
        for text in ["sinks = [", "sinks = {a=", "sinks.", "[sinks.", "[[a]]\n[a.", "a.b."] {
            let (head, piece) = text.split_at(text.rfind(['[', '{', '.']).unwrap());
            let piece = if piece == "." { ".a" } else { piece };
            assert!(Config::parse(&format!("{head}{}", piece.repeat(DEPTH))).is_err(), "{text}");
        }
    });
}

#[test]
fn the_settings_of_an_add_on_are_unknown_where_nobody_can_read_them() {
    let stack = 4 * STACK_BYTES;
    let read = std::thread::Builder::new().stack_size(stack).spawn(|| {
        let yaml = ["- ", "a:\n ", "[", "{a: ", "? ", "&a [", "!!seq ["];
        let lines: Vec<String> = (1..40).map(|n| format!("a{n}: &a{n} [*a{0}, *a{0}, *a{0}]\n", n - 1)).collect();
        let bomb = lines.concat();
        let texts = yaml.iter().map(|piece| piece.repeat(DEPTH / 10)).chain(deep_texts());
        for text in texts.chain([format!("a0: &a0 [x]\n{bomb}")]) {
            let settings = CniSettings::parse(Some(&text));
            let reason = settings.reason().unwrap_or_else(|| panic!("{text:.40} was read"));
            assert!(reason.len() < 1_000, "{} bytes", reason.len());
        }
    });
    // as a thread of the runtime has
    read.unwrap().join().unwrap();
}

#[test]
fn ten_thousand_statements_with_many_actions_are_read_and_decide() {
    use noderole::policy::{Context, NamedPolicy, Outcome, PolicySet, Request};
    let actions: Vec<String> = (0..10).map(|n| format!("\"s3:*a*a*a*b{n}\"")).collect();
    let actions = actions.join(",");
    let statement = format!(r#"{{"Effect":"Deny","Action":[{actions}],"Resource":"*"}}"#);
    let statements = vec![statement; 10_000].join(",");
    let document = Document::parse_permissions(&format!(r#"{{"Statement":[{statements}]}}"#)).unwrap();
    let policy = NamedPolicy { name: "large".to_owned(), document: Ok(Arc::new(document)) };
    let set = PolicySet { identity: vec![policy], ..PolicySet::default() };
    let context = Context::complete();
    let action = format!("s3:{}", "a".repeat(120));
    let decision = set.decide(Request { action: &action, resource: "*", context: &context });
    assert_eq!(decision.outcome, Outcome::ImplicitDeny);
}

#[test]
fn of_thousands_who_may_assume_a_role_some_are_told_and_the_others_counted() {
    use noderole::audit::{Settings, audit};
    use noderole::report::{Listed, assemble};
    let names: Vec<String> = (0..5_000).map(|n| format!("\"{n}\"")).collect();
    let names = names.join(",");
    let given = format!(
        r#"{{"Statement":[{{"Effect":"Allow","Action":"sts:*","Principal":{{"Service":[{names}]}},
            "Condition":{{"StringLike":{{"aws:a":"{}"}}}}}}]}}"#,
        "x".repeat(20_000)
    );
    let excepted =
        format!(r#"{{"Statement":[{{"Effect":"Allow","Action":"sts:*","NotPrincipal":{{"Service":[{names}]}}}}]}}"#);
    let mut sample = noderole::demo::inventory().unwrap();
    sample.accounts.retain(|account| account.id.as_str() == "777788889999");
    let mut text = Vec::new();
    inventory::save(&sample, &mut text).unwrap();
    let mut value: serde_json::Value = serde_json::from_slice(&text).unwrap();
    let roles = value["accounts"][0]["roles"].as_object_mut().unwrap();
    let found: Vec<String> =
        roles.iter().filter(|(_, role)| role.get("found").is_some()).map(|(n, _)| n.clone()).collect();
    for (trust, evidence) in [(given, 201..1_000), (excepted, 1..200)] {
        for name in &found {
            value["accounts"][0]["roles"][name]["found"]["trust"] = trust.clone().into();
        }
        let changed = inventory::load(value.to_string().as_bytes()).unwrap();
        let report = assemble(&changed, &audit(&changed, &Settings::default()), Listed::All);
        let told: Vec<usize> = report.findings.iter().map(|finding| finding.evidence.len()).collect();
        assert!(told.iter().max().is_some_and(|most| evidence.contains(most)), "{told:?}");
        let of_them = report.findings.iter().filter(|finding| finding.message.contains(" and 4800 more"));
        assert!(of_them.count() > 0, "the others are not counted");
        for finding in &report.findings {
            let mended = finding.remediation.as_ref().map_or(0, |mending| mending.text.len());
            assert!(finding.message.len() < 10_000, "a message of {} bytes", finding.message.len());
            assert!(mended < 10_000, "a remediation of {mended} bytes");
        }
    }
}
