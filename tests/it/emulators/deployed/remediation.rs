//! The remediation function as it is deployed: what it plans, does, tells and takes back.

use super::*;

/// What the configuration allows in the test below.
const REMEDIATION: &str = r#"
[remediation]
enabled = true
accounts = ["*"]
rules = ["NR202"]
automatic = ["NR202"]
max-percent = 100
"#;

#[test]
fn the_remediation_function_does_what_the_configuration_allows_tells_it_and_takes_it_back() {
    let server = Server::start(Emulator::Ministack);
    let configuration = json!({"Name": "/noderole/config", "Type": "String", "Value": REMEDIATION});
    server.calls(server.emulator.home_account(), &[("ssm", "put_parameter", configuration)]);
    let further = json!({
        "Remediation": "ENABLED", "Config": "ssm:/noderole/config",
        "RemediationScheduleExpression": "cron(0 5 ? * MON-FRI *)",
    });
    let organization = Organization::deploy_with(&server, 1, &further);
    let ask = |event: Value| {
        let (answer, error) = organization.send_to("RemediationFunctionName", &event);
        assert_eq!(error, None, "{answer}");
        answer
    };
    let outcomes = |answer: &Value| -> Vec<(String, String)> {
        let text = |role: &Value, name: &str| role[name].as_str().unwrap_or_default().to_owned();
        answer["roles"].as_array().unwrap().iter().map(|role| (text(role, "outcome"), text(role, "message"))).collect()
    };
    organization.invoke("scheduled");
    let before = organization.latest();
    let may_not_pull = |report: &Report| report.findings.iter().filter(|finding| finding.rule == "NR202").count();
    assert_eq!(may_not_pull(&before), 2);

    let plan = json!({"task": "plan", "accounts": [organization.accounts.id("member-0")]});
    let (refused, error) = organization.send_to("AuditFunctionName", &plan);
    assert!(error.is_some() && refused["errorType"] == "NodeRole.NotTheRemediationFunction", "{refused}");
    let planned = ask(plan);
    assert_eq!(planned["roles"].as_array().unwrap().len(), 1, "{planned}");
    let done = ask(json!({"task": "apply", "plan": planned["plan_id"]}));
    assert_eq!(outcomes(&done), [("applied".to_owned(), String::new())], "{done}");
    let journal = done["journal_id"].as_str().unwrap();
    // It is told as resolved, with the journal that tells of it.
    let resolved = |line: &Value| {
        let finding = &line["finding"];
        (finding["change"] == "resolved").then(|| finding["previous"]["journal"].as_str().unwrap_or("none").to_owned())
    };
    let told: Vec<String> = organization.lines().iter().filter_map(resolved).collect();
    assert_eq!(told, [journal.to_owned()], "{done}");
    let came = |journal: &str, outcome: &str| {
        let lines = organization.lines();
        lines.iter().filter(|line| line["journal_id"] == journal && line["outcome"] == outcome).count()
    };
    assert_eq!(came(journal, "applied"), 1, "{done}");

    // By itself it mends the rest of what the latest report says.
    let by_itself: Value =
        serde_json::from_str(&std::fs::read_to_string(format!("{ROOT}/events/scheduler.json")).unwrap()).unwrap();
    let mended = ask(by_itself);
    assert!(outcomes(&mended).iter().any(|(outcome, _)| outcome == "applied"), "{mended}");
    assert_eq!(may_not_pull(&organization.by_command()), 0, "{mended}");

    let undone = ask(json!({"task": "undo", "journal": journal}));
    assert_eq!(outcomes(&undone), [("undone".to_owned(), String::new())], "{undone}");
    assert_eq!(may_not_pull(&organization.by_command()), 1, "{undone}");
    assert_eq!(came(journal, "undone"), 1, "{undone}");
    // Once more there is nothing to be changed or audited, and it is told all the same.
    let again = ask(json!({"task": "undo", "journal": journal}));
    assert_eq!((outcomes(&again)[0].0.as_str(), &again["audits"]), ("unchanged", &json!([])), "{again}");
    assert_eq!((came(journal, "unchanged"), again["deliveries"].as_array().map(Vec::len)), (1, Some(2)), "{again}");
    leaves_alone_what_histories_say(&organization, planned["roles"][0]["findings"][0].as_str().unwrap());
    let (forged, error) =
        organization.send_to("RemediationFunctionName", &json!({"task": "apply", "plan": "no-such-plan"}));
    assert!(error.is_some() && forged["errorType"] == "NodeRole.RemediationFailed", "{forged}");
}

/// With a history by which a finding is left alone nothing is planned for it; what is no history is said.
fn leaves_alone_what_histories_say(organization: &Organization<'_>, finding: &str) {
    let ask = |event: &Value| {
        let (answer, error) = organization.send_to("RemediationFunctionName", event);
        assert_eq!(error, None, "{answer}");
        answer
    };
    let plan = json!({"task": "plan", "findings": [finding]});
    let keep = |history: &str| {
        let key = format!("remediation/history/{finding}.json");
        let object = json!({"Bucket": organization.outputs["RunsBucketName"], "Key": key, "Body": history});
        organization.call("s3", "put_object", object);
    };
    let attempt = |result: &str| json!({"at": "2026-11-24T10:00:00Z", "journal": result, "result": result});
    let attempts = [attempt("failed"), attempt("failed"), attempt("failed")];
    keep(&json!({"schema": "noderole.remediation-history/1", "finding": finding, "attempts": attempts}).to_string());
    let kept_back = ask(&plan);
    assert_eq!((&kept_back["roles"], &kept_back["left"]), (&json!([]), &json!({"left_alone": 1})), "{kept_back}");
    keep("no history");
    let unread = ask(&plan);
    assert_eq!(unread["roles"].as_array().map(Vec::len), Some(1), "{unread}");
    assert!(unread["notes"][0].as_str().unwrap().contains(finding), "{unread}");
}
