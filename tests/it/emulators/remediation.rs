//! Remediation against real servers: each rule that can be mended, from fail to pass, and back to the very documents of before.
//! With IAM enforced, the policy of the template's remediation role suffices for it, cut down once more in each session.

mod told;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use noderole::finding::Status;
use noderole::remediate::plan::{Plan, Reason};
use noderole::report::model::Report;
use serde_json::{Value, json};

use super::noderole::{Credentials, Run};
use super::seed::Accounts;
use super::server::{Emulator, Server};

const ORGANIZATION: &str = include_str!("../../emulators/remediation.json");

const AUDIT_ROLE_POLICY: &str = include_str!("../../../deploy/audit-role-policy.json");

/// All that may be allowed, within the organization that is planted.
const CONFIG: &str = r#"
[scope]
regions = ["eu-west-1"]

[remediation]
enabled = true
accounts = ["*"]
classes = ["safe", "guarded"]
create-roles = true
max-roles = 50
max-percent = 100
journal = "kept"
"#;

/// A trust policy in an order and with blanks of its own, and the same action once more.
const ODD_TRUST: &str = "{ \"Statement\" :\n[ {\"Action\":[\"sts:AssumeRole\" , \"sts:AssumeRole\"],\t\"Principal\": {\"Service\":\"lambda.amazonaws.com\"},\n  \"Effect\":\"Allow\"}],   \"Version\":\"2012-10-17\"}";

/// The rules that are mended.
const RULES: [&str; 12] =
    ["NR001", "NR004", "NR101", "NR201", "NR202", "NR203", "NR204", "NR205", "NR206", "NR304", "NR401", "NR405"];

struct Setting {
    server: Server,
    accounts: Accounts,
    caller: Credentials,
}

impl Setting {
    fn new(emulator: Emulator) -> Self {
        let server = Server::start(emulator);
        let organization: Value = serde_json::from_str(ORGANIZATION).unwrap();
        let accounts = server.plant(&organization);
        let caller = caller(&server);
        plant_roles(&server, accounts.id("member"));
        // as somebody may write it, and nobody writes it again who parses it
        let trust = json!({"RoleName": "Distrust", "PolicyDocument": ODD_TRUST});
        server.calls(accounts.id("member"), &[("iam", "update_assume_role_policy", trust)]);
        fs::write(server.folder().join("noderole.toml"), CONFIG).unwrap();
        Self { server, accounts, caller }
    }

    fn member(&self) -> &str {
        self.accounts.id("member")
    }

    fn noderole(&self, arguments: &[&str]) -> Run {
        self.server.noderole_as(&self.caller, arguments)
    }

    fn audit(&self) -> Report {
        let arguments = ["audit", "--account", self.member(), "--config", "noderole.toml", "--format", "json"];
        self.noderole(&arguments).report()
    }

    /// Plans for the member account; `plan.json` in the server's folder.
    fn plan(&self) -> Plan {
        let arguments = ["plan", "--account", self.member(), "--config", "noderole.toml", "--format", "json"];
        let run = self.noderole(&[&arguments[..], &["--output", "plan.json"]].concat());
        assert_eq!(run.code, Some(0), "{run:#?}");
        Plan::load(fs::File::open(self.server.folder().join("plan.json")).unwrap()).unwrap()
    }

    fn apply(&self) -> Run {
        self.noderole(&["apply", "plan.json", "--config", "noderole.toml", "--yes"])
    }

    /// The journals that are kept, in order of time.
    fn journals(&self) -> Vec<String> {
        let mut folders = vec![self.server.folder().join("kept")];
        let mut journals = Vec::new();
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
                if entry.is_dir() {
                    folders.push(entry);
                } else if entry.extension().is_some_and(|extension| extension == "jsonl") {
                    journals.push(entry.to_str().unwrap().to_owned());
                }
            }
        }
        journals.sort();
        journals
    }

    /// Every document, attachment, profile and entry of the account. Documents are the very text that IAM answers, percent signs
    /// and all: boto3, which would parse them, is told not to (`call.py`).
    fn image(&self) -> Value {
        let details = json!({"Filter": ["Role", "LocalManagedPolicy"], "MaxItems": 1000});
        let mut calls = vec![("iam", "get_account_authorization_details", details)];
        let clusters = ["plain", "six", "own", "api"];
        calls.extend(clusters.iter().map(|cluster| ("eks", "list_access_entries", json!({"clusterName": cluster}))));
        let answers = self.server.calls(self.member(), &calls);
        let (iam, lists) = answers.split_first().unwrap();
        let entries = clusters.iter().zip(lists).flat_map(|(cluster, list)| {
            let principals = list["accessEntries"].as_array().unwrap().iter();
            principals.map(move |arn| json!({"clusterName": cluster, "principalArn": arn}))
        });
        let described: Vec<_> = entries
            .flat_map(|of| {
                [("eks", "describe_access_entry", of.clone()), ("eks", "list_associated_access_policies", of)]
            })
            .collect();
        let described = lasting(&Value::Array(self.server.calls(self.member(), &described)));
        json!({"roles": by_name(iam, "RoleDetailList", "RoleName"), "policies": by_name(iam, "Policies", "Arn"), "entries": described})
    }
}

/// Things by name, without ids and times: those of what is created again are others.
fn by_name(details: &Value, list: &str, name: &str) -> BTreeMap<String, Value> {
    let of = |one: &Value| (one[name].as_str().unwrap().to_owned(), lasting(one));
    details[list].as_array().unwrap().iter().map(of).collect()
}

/// A value without what every creation makes anew, its lists in order.
fn lasting(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let passing = |name: &str| {
                let times = ["CreateDate", "UpdateDate", "createdAt", "modifiedAt", "associatedAt", "LastUsedDate"];
                let ids = ["RoleId", "PolicyId", "accessEntryArn"];
                times.contains(&name) || ids.contains(&name) || name == "RoleLastUsed"
            };
            let kept = members.iter().filter(|(name, _)| !passing(name));
            Value::Object(kept.map(|(name, member)| (name.clone(), lasting(member))).collect())
        }
        Value::Array(elements) => {
            let mut elements: Vec<Value> = elements.iter().map(lasting).collect();
            elements.sort_by_key(Value::to_string);
            Value::Array(elements)
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.clone(),
    }
}

/// A text with percent signs, as IAM answers documents.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digits = [rest.next().unwrap(), rest.next().unwrap()];
            bytes.push(u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap());
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).unwrap()
}

/// Who plans and applies: with IAM a user that may assume the two roles and nothing else.
fn caller(server: &Server) -> Credentials {
    if server.emulator != Emulator::MinistackWithIam {
        return server.root();
    }
    let roles = ["NodeRoleAudit", "NodeRoleRemediation"].map(|name| format!("arn:aws:iam::*:role/{name}"));
    let policy = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": ["sts:AssumeRole", "sts:SetSourceIdentity"], "Resource": roles},
    ]});
    let user = json!({"UserName": "remediator"});
    let calls = [
        ("iam", "create_user", user.clone()),
        (
            "iam",
            "put_user_policy",
            json!({"UserName": "remediator", "PolicyName": "Enter", "PolicyDocument": policy.to_string()}),
        ),
        ("iam", "create_access_key", user),
    ];
    let answers = server.calls(server.emulator.home_account(), &calls);
    let text = |name: &str| answers[2]["AccessKey"][name].as_str().unwrap().to_owned();
    Credentials { key: text("AccessKeyId"), secret: text("SecretAccessKey") }
}

/// The roles that the StackSet makes in a member account.
fn plant_roles(server: &Server, account: &str) {
    let home = server.emulator.home_account();
    let principal = match server.emulator {
        Emulator::MinistackWithIam => format!("arn:aws:iam::{home}:user/remediator"),
        Emulator::Moto | Emulator::MotoCompleted | Emulator::Ministack => format!("arn:aws:iam::{home}:root"),
    };
    let trust = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": principal}, "Action": ["sts:AssumeRole", "sts:SetSourceIdentity"]},
    ]});
    let calls: Vec<_> =
        [("NodeRoleAudit", AUDIT_ROLE_POLICY.to_owned()), ("NodeRoleRemediation", remediation_policy(account))]
            .into_iter()
            .flat_map(|(name, policy)| {
                let create = json!({"RoleName": name, "AssumeRolePolicyDocument": trust.to_string()});
                let put = json!({"RoleName": name, "PolicyName": "Own", "PolicyDocument": policy});
                [("iam", "create_role", create), ("iam", "put_role_policy", put)]
            })
            .collect();
    server.calls(account, &calls);
}

/// The policy of the remediation role in the template, as CloudFormation makes it where roles may be created.
fn remediation_policy(account: &str) -> String {
    let template: Value = serde_saphyr::from_str(include_str!("../../../deploy/member-roles.yaml")).unwrap();
    let policies = &template["Resources"]["RemediationRole"]["Properties"]["Policies"];
    let mut document = policies[0]["PolicyDocument"].clone();
    for statement in document["Statement"].as_array_mut().unwrap() {
        // what a condition adds is added, but for the tag
        if let Value::Array(choice) = statement {
            *statement = choice[1].take();
        }
        if statement["Condition"].is_array() {
            statement.as_object_mut().unwrap().remove("Condition");
        } else if statement["Condition"]["StringEquals"].is_array() {
            statement["Condition"].as_object_mut().unwrap().remove("StringEquals");
        }
    }
    [
        ("${AWS::Partition}", "aws"),
        ("${AWS::AccountId}", account),
        ("${RemediableRolePath}", "/"),
        ("${AuditRoleName}", "NodeRoleAudit"),
        ("${RemediationRoleName}", "NodeRoleRemediation"),
    ]
    .into_iter()
    .fold(document.to_string(), |text, (name, value)| text.replace(name, value))
}

/// The findings of a plan that still fail in a report.
fn failing<'a>(plan: &'a Plan, report: &Report) -> BTreeSet<&'a str> {
    let planned = plan.roles.iter().flat_map(|role| &role.findings).map(|finding| finding.id.as_str());
    let fails = |id: &&str| report.findings.iter().any(|found| found.id == *id && found.status == Status::Fail);
    planned.filter(fails).collect()
}

fn from_fail_to_pass_and_back(emulator: Emulator) {
    let setting = Setting::new(emulator);
    let plan = setting.plan();
    let rules: BTreeSet<String> =
        plan.roles.iter().flat_map(|role| &role.findings).map(|finding| finding.rule.to_string()).collect();
    assert_eq!(rules, RULES.map(str::to_owned).into(), "left: {:#?}", plan.left);
    let (before, failed) = (setting.image(), setting.audit());
    let trust = before["roles"]["Distrust"]["AssumeRolePolicyDocument"].as_str().unwrap();
    assert_eq!(decoded(trust), ODD_TRUST, "documents are compared as the texts that they are");
    assert!(!failing(&plan, &failed).is_empty());

    let applied = setting.apply();
    assert_eq!(applied.code, Some(0), "{applied:#?}");
    let after = setting.audit();
    assert_eq!(failing(&plan, &after), BTreeSet::new(), "{applied:#?}");
    let changed = setting.image();
    assert_ne!(changed, before);

    // The same again changes nothing, and neither does a plan for what is left.
    let again = setting.apply();
    assert_eq!((again.code, &setting.image()), (Some(0), &changed), "{again:#?}");

    let journal = setting.journals().remove(0);
    let undone = setting.noderole(&["undo", &journal, "--config", "noderole.toml", "--yes"]);
    assert_eq!(undone.code, Some(0), "{undone:#?}");
    assert_eq!(setting.image(), before, "{undone:#?}");
    // A created entry holds the id of the role of today: what was stale is so no more.
    let back = failing(&plan, &setting.audit());
    let lasting = failing(&plan, &failed).into_iter().filter(|id| !id.starts_with("NR405"));
    assert_eq!(back, lasting.collect(), "{undone:#?}");
}

#[test]
fn in_moto_each_rule_goes_from_fail_to_pass_and_back() {
    from_fail_to_pass_and_back(Emulator::MotoCompleted);
}

#[test]
fn in_ministack_with_iam_each_rule_goes_from_fail_to_pass_and_back_by_the_roles_of_the_templates() {
    from_fail_to_pass_and_back(Emulator::MinistackWithIam);
}

#[test]
fn what_was_changed_in_between_is_left_as_it_is_and_named() {
    let setting = Setting::new(Emulator::Ministack);
    let plan = setting.plan();
    let bare = plan.roles.iter().find(|role| role.role.name() == "Bare").unwrap();
    let attach = json!({"RoleName": "Bare", "PolicyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"});
    setting.server.calls(setting.member(), &[("iam", "attach_role_policy", attach)]);
    let before = setting.image();
    let run =
        setting.noderole(&["apply", "plan.json", "--config", "noderole.toml", "--yes", "--role", bare.role.as_str()]);
    assert_eq!((run.code, setting.image()), (Some(4), before), "{run:#?}");
    assert!((run.stdout.clone() + &run.stderr).contains("attached policies"), "{run:#?}");
}

#[test]
fn what_is_planned_for_one_role_alone_is_applied_to_it_alone() {
    let setting = Setting::new(Emulator::Ministack);
    for name in ["Bare", "Gone"] {
        let role = format!("arn:aws:iam::{}:role/{name}", setting.member());
        let plan = ["plan", "--role", &role, "--config", "noderole.toml", "--format", "json", "--output", "plan.json"];
        let planned = setting.noderole(&[&plan[..], &["--account", setting.member()]].concat());
        assert_eq!(planned.code, Some(0), "{planned:#?}");
        let plan = Plan::load(fs::File::open(setting.server.folder().join("plan.json")).unwrap()).unwrap();
        assert!(plan.roles.len() == 1 && plan.roles[0].role.name() == name, "{:#?}", plan.roles);
        let applied = setting.apply();
        assert_eq!(applied.code, Some(0), "{applied:#?}");
        assert_eq!(failing(&plan, &setting.audit()), BTreeSet::new(), "{applied:#?}");
    }
}

#[test]
fn nothing_is_changed_where_nothing_is_configured() {
    let setting = Setting::new(Emulator::Ministack);
    setting.plan();
    let before = setting.image();
    fs::write(setting.server.folder().join("noderole.toml"), "").unwrap();
    let run = setting.apply();
    assert_eq!((run.code, setting.image()), (Some(4), before), "{run:#?}");
    assert!(run.stderr.contains("enabled = true"), "{run:#?}");
    assert!(!setting.server.folder().join("kept").exists(), "{run:#?}");
    let left = setting.plan().left;
    assert!(left.iter().any(|left| left.reason == Reason::Manual), "{left:#?}");
}
