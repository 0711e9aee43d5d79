//! The policy of the audit role, as the docs give it, in ministack with IAM: it suffices, and no action of it is idle.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use noderole::failure::FailureClass;
use noderole::report::model::Report;
use serde_json::{Value, json};

use super::noderole::{Credentials, Run};
use super::seed::Accounts;
use super::server::{Emulator, Server};

const ACCOUNTS: &str = include_str!("../../emulators/permissions.json");
const AUDIT_ROLE_POLICY: &str = include_str!("../../../deploy/audit-role-policy.json");
const AUDIT_ROLE_TRUST: &str = include_str!("../../../deploy/audit-role-trust.json");
const AUDITOR_POLICY: &str = include_str!("../../../deploy/auditor-policy.json");

/// The external id in `deploy/audit-role-trust.json`.
const EXTERNAL_ID: &str = "an-external-id-of-your-choice";

/// Every action of a policy.
fn actions(policy: &Value) -> Vec<String> {
    let statements = policy["Statement"].as_array().unwrap().iter();
    let of = |statement: &Value| {
        let actions = statement["Action"].clone();
        if actions.is_array() { serde_json::from_value(actions).unwrap() } else { vec![actions] }
    };
    statements.flat_map(of).map(|action| action.as_str().unwrap().to_owned()).collect()
}

/// The policy without an action.
fn without(policy: &Value, action: &str) -> Value {
    let mut policy = policy.clone();
    let statements = policy["Statement"].as_array_mut().unwrap();
    for statement in statements.iter_mut() {
        if let Value::Array(actions) = &mut statement["Action"] {
            actions.retain(|known| known != action);
        }
    }
    statements.retain(|statement| statement["Action"] != action);
    policy
}

/// The name of the audit role that lacks an action; IAM has it in its account as the whole one.
fn role_without(action: &str) -> String {
    format!("Without-{}", action.replace(':', "-"))
}

/// Servers, accounts, and an auditor with the documented policy who may assume any audit role.
struct Setting {
    server: Server,
    accounts: Accounts,
    auditor: Credentials,
}

impl Setting {
    fn new() -> Self {
        let server = Server::start(Emulator::MinistackWithIam);
        let accounts = server.plant(&serde_json::from_str(ACCOUNTS).unwrap());
        let auditor = auditor(&server);
        let setting = Self { server, accounts, auditor };
        setting.plant_audit_roles();
        setting
    }

    /// `NodeRoleAudit`, and one role for each action that it lacks.
    fn plant_audit_roles(&self) {
        let policy: Value = serde_json::from_str(AUDIT_ROLE_POLICY).unwrap();
        let mut roles = vec![("NodeRoleAudit".to_owned(), policy.clone())];
        roles.extend(actions(&policy).iter().map(|action| (role_without(action), without(&policy, action))));
        let home = self.server.emulator.home_account();
        let trust = AUDIT_ROLE_TRUST
            .replace("arn:aws:iam::111122223333:role/NodeRoleAuditor", &format!("arn:aws:iam::{home}:user/auditor"));
        let calls: Vec<(&str, &str, Value)> = roles
            .iter()
            .flat_map(|(name, policy)| {
                let create = json!({"RoleName": name, "AssumeRolePolicyDocument": trust});
                let put = json!({"RoleName": name, "PolicyName": "Audit", "PolicyDocument": policy.to_string()});
                [("iam", "create_role", create), ("iam", "put_role_policy", put)]
            })
            .collect();
        self.server.calls(self.accounts.id("member"), &calls);
    }

    /// An audit of the member account by an audit role.
    fn audit(&self, role: &str, further: &[&str]) -> Run {
        let account = self.accounts.id("member");
        let mut arguments = vec!["audit", "--account", account, "--role-name", role, "--external-id", EXTERNAL_ID];
        arguments.extend(["--format", "json"]);
        arguments.extend(further);
        self.server.noderole_as(&self.auditor, &arguments)
    }
}

/// A user with the documented policy of the auditor, widened to the names of all audit roles here.
fn auditor(server: &Server) -> Credentials {
    let policy = AUDITOR_POLICY.replace("role/NodeRoleAudit", "role/*");
    let user = json!({"UserName": "auditor"});
    let calls = [
        ("iam", "create_user", user.clone()),
        ("iam", "put_user_policy", json!({"UserName": "auditor", "PolicyName": "Auditor", "PolicyDocument": policy})),
        // Its own account is audited with its own rights.
        (
            "iam",
            "put_user_policy",
            json!({"UserName": "auditor", "PolicyName": "Audit", "PolicyDocument": AUDIT_ROLE_POLICY}),
        ),
        ("iam", "create_access_key", user),
    ];
    let answers = server.calls(server.emulator.home_account(), &calls);
    let key = &answers.last().unwrap()["AccessKey"];
    let text = |name: &str| key[name].as_str().unwrap().to_owned();
    Credentials { key: text("AccessKeyId"), secret: text("SecretAccessKey") }
}

/// The permissions that a report names as missing.
fn denied(report: &Report) -> BTreeSet<&str> {
    let missing = report.coverage.iter().flat_map(|entry| &entry.missing);
    missing.filter(|missing| missing.class == FailureClass::Denied).map(|missing| missing.api.as_str()).collect()
}

/// The setting, planted once for all tests of a process: they only read it.
fn setting() -> &'static Setting {
    static SETTING: OnceLock<Setting> = OnceLock::new();
    SETTING.get_or_init(Setting::new)
}

/// A whole audit, and one of a single role, which reads IAM by other calls.
fn both_audits(role: &str) -> [Run; 2] {
    let setting = setting();
    let target = format!("arn:aws:iam::{}:role/Founder", setting.accounts.id("member"));
    // The regions are asked for only where none is named.
    [setting.audit(role, &[]), setting.audit(role, &["--role", &target, "--region", "eu-west-1"])]
}

#[test]
fn the_documented_policy_suffices_and_every_action_of_it_is_used() {
    let mut used = BTreeSet::new();
    for run in both_audits("NodeRoleAudit") {
        let report = run.report();
        assert!(report.complete, "{:?}", report.coverage);
        assert!(report.coverage.iter().all(|entry| entry.notes.is_empty()), "{:?}", report.coverage);
        used.extend(report.summary.api_calls.keys().cloned());
    }
    let policy: Value = serde_json::from_str(AUDIT_ROLE_POLICY).unwrap();
    let granted: BTreeSet<String> = actions(&policy).into_iter().collect();
    assert!(used.remove("sts:AssumeRole"), "that is the auditor's own right");
    assert!(used.remove("sts:GetCallerIdentity"), "that takes no permission");
    let policy: Value = serde_json::from_str(AUDITOR_POLICY).unwrap();
    let of_auditor: BTreeSet<String> = actions(&policy).into_iter().collect();
    let (of_organization, used): (BTreeSet<String>, BTreeSet<String>) =
        used.into_iter().partition(|action| action.starts_with("organizations:"));
    assert!(!of_organization.is_empty() && of_organization.is_subset(&of_auditor), "{of_organization:?}");
    assert_eq!(used, granted);
}

#[test]
fn one_permission_less_is_named_in_the_coverage_and_no_other() {
    let policy: Value = serde_json::from_str(AUDIT_ROLE_POLICY).unwrap();
    for action in actions(&policy) {
        let reports = both_audits(&role_without(&action)).map(|run| (run.code, run.report()));
        let named: BTreeSet<&str> = reports.iter().flat_map(|(_, report)| denied(report)).collect();
        assert_eq!(named, BTreeSet::from([action.as_str()]), "without {action}");
        for (code, report) in &reports {
            assert_eq!(report.complete, denied(report).is_empty(), "without {action}");
            // 1: something fails all the same; 3: nothing does, but something was not seen.
            assert!(report.complete || [Some(1), Some(3)].contains(code), "without {action}: {code:?}");
        }
    }
}

#[test]
fn the_documented_policies_suffice_for_an_organization() {
    let setting = setting();
    let unit = setting.accounts.id("workloads");
    let arguments =
        ["audit", "--organization", "--external-id", EXTERNAL_ID, "--region", "eu-west-1", "--format", "json"];
    for (narrowing, accounts) in [(&[][..], 2), (&["--ou", unit], 1), (&["--exclude-ou", unit], 1)] {
        let report = setting.server.noderole_as(&setting.auditor, &[&arguments, narrowing].concat()).report();
        assert!(report.complete, "{narrowing:?}: {:?}", report.coverage);
        assert!(report.coverage.iter().all(|entry| entry.notes.is_empty()), "{:?}", report.coverage);
        assert_eq!(report.summary.accounts, accounts, "{narrowing:?}");
    }
}
