//! The templates against the code: the roles may do what the calls need and no more, the rules listen for what starts an
//! audit, the queries are those of the documentation.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use noderole::change::{DETAIL_TYPES, Service, WATCHED};
use noderole::lambda::VARIABLES;
use noderole::remediate::permits::RIGHTS;
use serde_json::Value;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// What each file that calls the SDK calls: the service's prefix in IAM.
const SERVICES: &[(&str, &str)] = &[
    ("read/account.rs", "account"),
    ("read/autoscaling.rs", "autoscaling"),
    ("read/ec2.rs", "ec2"),
    ("change/eks.rs", "eks"),
    ("change/iam.rs", "iam"),
    ("read/eks.rs", "eks"),
    ("read/eks/entry.rs", "eks"),
    ("read/iam.rs", "iam"),
    ("read/organizations.rs", "organizations"),
    ("send/bus.rs", "events"),
    ("send/executions.rs", "states"),
    ("send/hub.rs", "securityhub"),
    ("send/logs.rs", "logs"),
    ("send/objects.rs", "s3"),
    ("send/topic.rs", "sns"),
];

/// Calls that the function of the template does not make.
const NOT_OF_THE_TEMPLATE: &[(&str, &str)] = &[
    ("events:PutEvents", "the sink eventbridge is off"),
    ("logs:CreateLogGroup", "the stack makes the group"),
    ("logs:PutRetentionPolicy", "the stack makes the group"),
    ("securityhub:BatchImportFindings", "the sink security-hub is off"),
    ("sns:Publish", "the sink sns is off"),
];

/// Rights of the function without a call in the code.
const WITHOUT_A_CALL: &[(&str, &str)] = &[
    ("kms:Decrypt", "what is encrypted with the organization's key"),
    ("kms:GenerateDataKey", "what is encrypted with the organization's key"),
    ("s3:ListBucket", "without it an object that is not there is denied, not missing"),
    ("sqs:DeleteMessage", "Lambda reads the queue by the function's role"),
    ("sqs:GetQueueAttributes", "Lambda reads the queue by the function's role"),
    ("sqs:ReceiveMessage", "Lambda reads the queue by the function's role"),
    ("sqs:SendMessage", "Lambda sends what failed to the dead letters"),
];

fn yaml(name: &str) -> Value {
    serde_saphyr::from_str(&fs::read_to_string(format!("{ROOT}/{name}")).unwrap())
        .unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn json(name: &str) -> Value {
    serde_json::from_str(&fs::read_to_string(format!("{ROOT}/{name}")).unwrap()).unwrap()
}

/// The statements of a policy of a role; those that a condition adds are taken as if it held.
fn statements(role: &Value, policy: &str) -> Vec<Value> {
    let policies = role["Properties"]["Policies"].as_array().unwrap();
    let document = policies.iter().find(|one| one["PolicyName"] == policy).unwrap();
    let statements = document["PolicyDocument"]["Statement"].as_array().unwrap();
    statements.iter().map(|one| one.as_array().map_or_else(|| one.clone(), |choice| choice[1].clone())).collect()
}

fn actions(statements: &[Value]) -> BTreeSet<String> {
    let text = |one: &Value| one.as_str().unwrap().to_owned();
    let of = |statement: &Value| {
        let action = &statement["Action"];
        action.as_array().map_or_else(|| vec![text(action)], |list| list.iter().map(text).collect())
    };
    statements.iter().flat_map(of).collect()
}

/// Effect, action and resource: what is compared where a template adds conditions or its own ARNs.
fn grants(statements: &[Value]) -> BTreeMap<String, (Value, Value)> {
    let of = |one: &Value| (one["Sid"].as_str().unwrap().to_owned(), (one["Effect"].clone(), one["Action"].clone()));
    statements.iter().map(of).collect()
}

/// Rights of the remediation role that come with a call of another name.
const WITH_ANOTHER_CALL: &[(&str, &str)] =
    &[("eks:TagResource", "an entry is created with its tags"), ("iam:PassRole", "EC2 and EKS get the role")];

/// Every call of the SDK in the sources that changes nothing, as IAM names its permission.
fn calls() -> BTreeSet<String> {
    let changes = PathBuf::from(format!("{ROOT}/src/aws/change"));
    let mut calls = calls_below("src/aws", |path| path != changes);
    // Made by clients that nobody watches: of the member roles, and of what the configuration is read from.
    calls.extend(["sts:AssumeRole", "s3:GetObject", "ssm:GetParameter"].map(str::to_owned));
    calls
}

/// Every call of the SDK in the sources of a folder and of those below it that are `wanted`.
fn calls_below(folder: &str, wanted: impl Fn(&Path) -> bool) -> BTreeSet<String> {
    let mut calls = BTreeSet::new();
    let mut folders = vec![PathBuf::from(format!("{ROOT}/{folder}"))];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.extend(Some(path).filter(|path| wanted(path)));
            } else if path.file_stem().is_some_and(|stem| stem != "tests") && !path.components().any(is_of_tests) {
                calls.extend(calls_in(&path));
            }
        }
    }
    calls
}

fn is_of_tests(part: std::path::Component<'_>) -> bool {
    part.as_os_str() == "tests"
}

fn calls_in(path: &Path) -> Vec<String> {
    let source: String =
        fs::read_to_string(path).unwrap().split("#[cfg(test)]").next().unwrap().split_whitespace().collect();
    let operations: Vec<&str> =
        source.split(".sdk.").skip(1).filter_map(|rest| rest.split('(').next()).filter(is_operation).collect();
    if operations.is_empty() {
        return Vec::new();
    }
    let file = path.to_str().unwrap().rsplit("/src/aws/").next().unwrap();
    let service = SERVICES.iter().find(|(known, _)| *known == file);
    let (_, service) = service.unwrap_or_else(|| panic!("{file} calls the SDK: name its service in this test"));
    operations.into_iter().map(|operation| permission(service, operation)).collect()
}

/// Whether a name can be that of an operation, and not that of a field of the caller.
fn is_operation(name: &&str) -> bool {
    name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
}

/// `describe_cluster` of eks: `eks:DescribeCluster`.
fn permission(service: &str, operation: &str) -> String {
    let capitalized = |word: &str| {
        let mut letters = word.chars();
        letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect::<String>()
    };
    let name: String = operation.split('_').map(capitalized).collect();
    match (service, name.as_str()) {
        ("s3", "HeadObject") => "s3:GetObject".to_owned(),
        _ => format!("{service}:{name}"),
    }
}

fn names(table: &[(&str, &str)]) -> BTreeSet<String> {
    table.iter().map(|(name, _)| (*name).to_owned()).collect()
}

#[test]
fn the_function_may_do_what_its_calls_need_and_no_more() {
    let template = yaml("template.yaml");
    let role = &template["Resources"]["AuditFunctionRole"];
    let policies = ["Audit", "OwnAccount", "OwnStack"].map(|policy| statements(role, policy)).concat();
    let granted: BTreeSet<String> = actions(&policies);
    let needed: BTreeSet<String> = &calls() - &names(NOT_OF_THE_TEMPLATE);
    let without_a_call = names(WITHOUT_A_CALL);
    assert_eq!(&granted - &without_a_call, needed, "left: granted, right: called");
    assert!(without_a_call.is_subset(&granted), "a right that is no longer granted: {without_a_call:?}");
    let unused: BTreeSet<String> = &names(NOT_OF_THE_TEMPLATE) - &calls();
    assert!(unused.is_empty(), "calls that the code does not make: {unused:?}");
}

#[test]
fn the_remediation_role_needs_what_changes_call_and_no_more() {
    let needed: BTreeSet<String> = RIGHTS.iter().map(|right| right.action.to_owned()).collect();
    let called = calls_below("src/aws/change", |_| true);
    assert_eq!(needed, &called | &names(WITH_ANOTHER_CALL));
    assert!(called.is_disjoint(&names(WITH_ANOTHER_CALL)));
    assert!(called.is_disjoint(&calls()), "what changes something is called by changes alone");
}

#[test]
fn every_audit_role_is_the_documented_one() {
    let documented = json("deploy/audit-role-policy.json");
    let documented = documented["Statement"].as_array().unwrap();
    let member = &yaml("deploy/member-roles.yaml")["Resources"]["AuditRole"];
    assert_eq!(&statements(member, "NodeRoleAudit"), documented);
    let template = yaml("template.yaml");
    // Both functions read the account that they live in by their own rights: no role is assumed there to read.
    for function in ["AuditFunctionRole", "RemediationFunctionRole"] {
        assert_eq!(&statements(&template["Resources"][function], "OwnAccount"), documented, "{function}");
    }
    let auditor = &template["Resources"]["AuditFunctionRole"];
    let mut audit = grants(&statements(auditor, "Audit"));
    // Only changes ask whose account they are in.
    assert!(audit.remove("WhoseChangeItIs").is_some());
    assert_eq!(audit, grants(json("deploy/auditor-policy.json")["Statement"].as_array().unwrap()));
}

#[test]
fn only_the_function_of_the_organization_gets_into_the_accounts() {
    let member = &yaml("deploy/member-roles.yaml")["Resources"]["AuditRole"]["Properties"];
    let [trust] = member["AssumeRolePolicyDocument"]["Statement"].as_array().unwrap().as_slice() else {
        panic!("one statement")
    };
    assert_eq!(
        trust["Principal"]["AWS"],
        serde_json::json!(["Remediates", ["AuditorRoleArn", "RemediatorRoleArn"], "AuditorRoleArn"])
    );
    let asked: BTreeSet<&str> =
        trust["Condition"]["StringEquals"].as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(asked, BTreeSet::from(["aws:PrincipalOrgID", "sts:ExternalId"]));
}

#[test]
fn the_rules_listen_for_what_starts_an_audit() {
    let member = yaml("deploy/member-roles.yaml");
    for (rule, service) in [("ClusterChanges", Service::Eks), ("RoleChanges", Service::Iam)] {
        let pattern = &member["Resources"][rule]["Properties"]["EventPattern"];
        let watched: Vec<&str> = WATCHED.iter().filter(|one| one.service == service).map(|one| one.name).collect();
        assert_eq!(pattern["detail"]["eventName"], Value::from(watched), "{rule}");
        assert_eq!(pattern["detail"]["eventSource"], Value::from(vec![service.event_source()]));
        assert_eq!(pattern["source"], Value::from(vec![service.source()]));
        assert_eq!(pattern["detail-type"], Value::from(DETAIL_TYPES.to_vec()));
    }
    let central = &yaml("template.yaml")["Resources"]["ChangeRule"]["Properties"]["EventPattern"];
    assert_eq!(central["detail-type"], Value::from(DETAIL_TYPES.to_vec()));
}

#[test]
fn every_parameter_is_described_grouped_and_bounded() {
    for name in ["template.yaml", "deploy/member-roles.yaml"] {
        let template = yaml(name);
        let interface = &template["Metadata"]["AWS::CloudFormation::Interface"];
        let groups = interface["ParameterGroups"].as_array().unwrap();
        let grouped: Vec<&str> = groups
            .iter()
            .flat_map(|group| group["Parameters"].as_array().unwrap())
            .map(|parameter| parameter.as_str().unwrap())
            .collect();
        let parameters = template["Parameters"].as_object().unwrap();
        let known: BTreeSet<&str> = parameters.keys().map(String::as_str).collect();
        assert_eq!(grouped.iter().copied().collect::<BTreeSet<_>>(), known, "{name}");
        assert_eq!(grouped.len(), known.len(), "{name}: each stands in one group");
        for (parameter, form) in parameters {
            assert!(form["Description"].as_str().is_some_and(|text| text.len() > 10), "{parameter}");
            assert!(interface["ParameterLabels"][parameter]["default"].is_string(), "{parameter}");
            let is_bounded = ["AllowedPattern", "AllowedValues", "MinValue"].iter().any(|key| form.get(*key).is_some());
            assert!(is_bounded, "{parameter} takes anything");
            if form.get("AllowedPattern").is_some() {
                assert!(form["ConstraintDescription"].is_string(), "{parameter}: who is refused is told why");
            }
        }
    }
}

#[test]
fn the_functions_get_variables_that_they_know() {
    let template = yaml("template.yaml");
    let known: BTreeSet<&str> = VARIABLES.iter().map(|variable| variable.name).collect();
    for function in ["AuditFunction", "RemediationFunction"] {
        let given = &template["Resources"][function]["Properties"]["Environment"]["Variables"];
        for name in given.as_object().unwrap().keys() {
            assert!(known.contains(name.as_str()), "{function}: {name}");
        }
    }
}

/// What the policy of the remediation role allows, and what it denies.
fn of_remediation_role() -> (Vec<Value>, Vec<Value>) {
    let role = &yaml("deploy/member-roles.yaml")["Resources"]["RemediationRole"];
    statements(role, "NodeRoleRemediation").into_iter().partition(|statement| statement["Effect"] == "Allow")
}

#[test]
fn the_remediation_role_may_do_what_changes_call_and_no_more() {
    let (allowed, denied) = of_remediation_role();
    let needed: BTreeSet<String> = RIGHTS.iter().map(|right| right.action.to_owned()).collect();
    assert_eq!(actions(&allowed), needed, "left: granted, right: called");
    assert!(allowed.iter().all(|statement| statement["Resource"] != "*"), "on everything: {allowed:#?}");
    let never: Vec<&Value> = denied.iter().map(|statement| &statement["Sid"]).collect();
    assert_eq!(never, ["NeverTheseRoles", "NeverWhereItsOwnerSaysSo"]);
}

#[test]
fn the_remediation_role_attaches_the_policies_that_rules_name_and_trusts_one_function() {
    let (allowed, _) = of_remediation_role();
    let attaching = allowed.iter().find(|statement| statement["Sid"] == "TheseManagedPolicies").unwrap();
    let listed = attaching["Condition"]["ArnEquals"]["iam:PolicyARN"].as_array().unwrap().iter();
    let named: BTreeSet<&str> = listed.map(|arn| arn.as_str().unwrap().rsplit('/').next().unwrap()).collect();
    let expected = [
        "AmazonEC2ContainerRegistryFullAccess",
        "AmazonEC2ContainerRegistryPowerUser",
        "AmazonEC2ContainerRegistryPullOnly",
        "AmazonEKSWorkerNodeMinimalPolicy",
        "AmazonEKSWorkerNodePolicy",
        "AmazonEKS_CNI_IPv6_Policy",
        "AmazonEKS_CNI_Policy",
    ];
    assert_eq!(named, BTreeSet::from(expected));
    let role = &yaml("deploy/member-roles.yaml")["Resources"]["RemediationRole"]["Properties"];
    for trust in role["AssumeRolePolicyDocument"]["Statement"].as_array().unwrap() {
        assert_eq!(trust["Principal"]["AWS"], "RemediatorRoleArn");
        assert_eq!(trust["Condition"]["StringEquals"]["aws:PrincipalOrgID"], "OrganizationId");
    }
}

#[test]
fn the_remediation_function_reads_as_the_audit_function_does_and_writes_where_it_keeps_journals() {
    let template = yaml("template.yaml");
    let role = &template["Resources"]["RemediationFunctionRole"];
    let own = statements(role, "Remediation");
    let audit = statements(&template["Resources"]["AuditFunctionRole"], "Audit");
    // Of the accounts it asks what the audit function asks, and enters them by two roles.
    let organization = |statements: &[Value]| -> BTreeSet<String> {
        actions(statements).into_iter().filter(|action| action.starts_with("organizations:")).collect()
    };
    assert_eq!(organization(&own), organization(&audit));
    // Besides its own account (`every_audit_role_is_the_documented_one`) it reads the latest report, and writes its journals
    // and the reports of what it has changed; it changes nothing but by the roles of the accounts.
    let with = |action: &str| -> Vec<String> {
        let statements = own.iter().filter(|one| actions(std::slice::from_ref(*one)).contains(action));
        statements.flat_map(|one| resources(&one["Resource"])).collect()
    };
    let told = ["${Runs.Arn}/runs/*/report.json", "${Runs.Arn}/runs/*/inventory.json"];
    assert_eq!(with("s3:PutObject"), [&["${Runs.Arn}/remediation/*"], &told[..]].concat());
    assert_eq!(with("s3:GetObject"), ["${Runs.Arn}/remediation/*", "${Runs.Arn}/latest/*"]);
    let policies = role["Properties"]["Policies"].as_array().unwrap().iter().map(|policy| &policy["PolicyName"]);
    assert_eq!(policies.collect::<Vec<_>>(), ["Remediation", "OwnAccount"]);
    let rights: BTreeSet<String> = RIGHTS.iter().map(|right| right.action.to_owned()).collect();
    assert!(rights.is_disjoint(&actions(&[own, statements(role, "OwnAccount")].concat())), "it changes things itself");
}

/// What a statement is about.
fn resources(resource: &Value) -> Vec<String> {
    let one = |resource: &Value| resource.as_str().unwrap().to_owned();
    resource.as_array().map_or_else(|| vec![one(resource)], |list| list.iter().map(one).collect())
}

#[test]
fn the_stack_has_the_documented_queries() {
    let queries = |template: &Value| -> BTreeSet<String> {
        let resources = template["Resources"].as_object().unwrap().values();
        let queries = resources.filter(|one| one["Type"] == "AWS::Logs::QueryDefinition");
        queries.map(|one| one["Properties"]["QueryString"].as_str().unwrap().to_owned()).collect()
    };
    let documented = queries(&yaml("deploy/queries.yaml"));
    assert!(!documented.is_empty());
    assert_eq!(queries(&yaml("template.yaml")), documented);
}

#[test]
fn sam_builds_what_the_documentation_builds_and_measures() {
    let template = yaml("template.yaml");
    let functions = template["Resources"].as_object().unwrap().values();
    let functions: Vec<&Value> = functions.filter(|one| one["Type"] == "AWS::Serverless::Function").collect();
    assert_eq!(functions.len(), 2);
    for function in functions {
        // SAM gives cargo-lambda the binary and the architecture, and no flag that a template names.
        assert_eq!(function["Metadata"]["BuildMethod"], "rust-cargolambda");
        assert_eq!(function["Metadata"]["BuildProperties"], serde_json::json!({"Binary": "bootstrap"}));
    }
    // The others stand where cargo-lambda looks.
    let manifest: toml::Table = fs::read_to_string(format!("{ROOT}/Cargo.toml")).unwrap().parse().unwrap();
    let flags = &manifest["package"]["metadata"]["lambda"]["build"];
    assert_eq!(flags["disable_optimizations"].as_bool(), Some(true), "cargo-lambda's own abort where something panics");
    assert_eq!((flags["no_default_features"].as_bool(), flags["locked"].as_bool()), (Some(true), Some(true)));
    let only = |name: &str| match flags[name].as_array().unwrap().as_slice() {
        [one] => one.as_str().unwrap(),
        others => panic!("{name}: {others:?}"),
    };
    let (settings, features) = (only("config"), only("features"));
    let shared = format!("--release --config {settings} --no-default-features --features {features}");
    for file in ["docs/lambda.md", "deploy/measure.py"] {
        let text = fs::read_to_string(format!("{ROOT}/{file}")).unwrap();
        assert!(text.contains(&shared), "{file} builds with other flags than {shared}");
    }
    assert!(Path::new(ROOT).join(settings).is_file());
}

#[test]
fn an_update_of_the_accounts_stacks_forgets_no_parameter() {
    let parameters = yaml("deploy/member-roles.yaml");
    let parameters: BTreeSet<&str> = parameters["Parameters"].as_object().unwrap().keys().map(String::as_str).collect();
    for (page, set) in [("docs/operations.md", None), ("docs/deployment.md", Some("RemediatorRoleArn"))] {
        let text = fs::read_to_string(format!("{ROOT}/{page}")).unwrap();
        let update = text.split("aws cloudformation update-stack-set").nth(1).unwrap();
        let kept = update.split("for name in").nth(1).unwrap().split(';').next().unwrap();
        let named: BTreeSet<&str> = kept.split_whitespace().filter(|word| *word != "\\").chain(set).collect();
        assert_eq!(named, parameters, "{page}");
    }
}
