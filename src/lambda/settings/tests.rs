//! The environment as a configuration.

use super::*;

fn settings(vars: &[(&str, &str)]) -> Result<Settings, SettingsError> {
    Settings::from_vars(vars.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())))
}

fn refusal(vars: &[(&str, &str)]) -> String {
    settings(vars).unwrap_err().to_string()
}

#[test]
fn an_empty_environment_audits_the_organization_by_every_rule() {
    let found = settings(&[("PATH", "/bin"), ("AWS_REGION", "eu-west-1")]).unwrap();
    let everything =
        Accounts::Organization { units: Vec::new(), exclude_accounts: Vec::new(), exclude_units: Vec::new() };
    assert_eq!(found.ask.accounts, everything);
    assert_eq!((found.ask.member.name.as_str(), found.ask.max_in_flight), ("NodeRoleAudit", 256));
    assert_eq!(found.ask.regions, Vec::new());
    assert_eq!(found.audit, audit::Settings::default());
}

#[test]
fn every_variable_is_taken() {
    let found = settings(&[
        ("NODEROLE_ACCOUNTS", "organization"),
        ("NODEROLE_ROLE_NAME", "Audit"),
        ("NODEROLE_EXTERNAL_ID", "secret-1"),
        ("NODEROLE_REGIONS", "eu-west-1, us-east-1,"),
        ("NODEROLE_OUS", "ou-ab12-cd34ef56"),
        ("NODEROLE_EXCLUDE_ACCOUNTS", "111122223333"),
        ("NODEROLE_EXCLUDE_OUS", "ou-ab12-ffffffff"),
        ("NODEROLE_RULES", "NR001,ecr-pull"),
        ("NODEROLE_EXCLUDE_RULES", "nr001"),
        ("NODEROLE_MAX_IN_FLIGHT", "8"),
        ("NODEROLE_SCP", "off"),
        ("NODEROLE_LOG", "noderole=debug"),
    ])
    .unwrap();
    assert_eq!(
        found.ask.accounts,
        Accounts::Organization {
            units: vec!["ou-ab12-cd34ef56".parse().unwrap()],
            exclude_accounts: vec!["111122223333".parse().unwrap()],
            exclude_units: vec!["ou-ab12-ffffffff".parse().unwrap()],
        }
    );
    assert_eq!(found.ask.regions, ["eu-west-1".parse().unwrap(), "us-east-1".parse().unwrap()]);
    assert_eq!(found.ask.member.external_id, "secret-1".parse().ok());
    assert_eq!((found.ask.member.name.as_str(), found.ask.max_in_flight), ("Audit", 8));
    assert!(!found.ask.service_control_policies);
    assert_eq!(found.audit.rules.into_iter().collect::<Vec<_>>(), [RuleId::new(202)]);
}

#[test]
fn accounts_are_own_or_listed() {
    assert_eq!(settings(&[("NODEROLE_ACCOUNTS", "own")]).unwrap().ask.accounts, Accounts::Own);
    let listed = settings(&[("NODEROLE_ACCOUNTS", "111122223333,444455556666")]).unwrap().ask.accounts;
    assert_eq!(listed, Accounts::Listed(vec!["111122223333".parse().unwrap(), "444455556666".parse().unwrap()]));
}

#[test]
fn an_empty_variable_counts_as_not_set() {
    let blank: Vec<(&str, &str)> = VARIABLES.iter().map(|variable| (variable.name, " ")).collect();
    assert_eq!(settings(&blank), settings(&[]));
}

#[test]
fn a_wrong_value_is_named_with_what_was_expected() {
    for (name, value, expected) in [
        ("NODEROLE_ACCOUNTS", "everything", "expected 12 digits, such as 111122223333, or `own`, or `organization`"),
        ("NODEROLE_ROLE_NAME", "arn:aws:iam::111122223333:role/Audit", "give the name alone"),
        ("NODEROLE_EXTERNAL_ID", "?", "expected 2 to 1224"),
        ("NODEROLE_REGIONS", "Ireland", "expected a name such as eu-west-1"),
        ("NODEROLE_OUS", "production", "such as ou-ab12-11111111"),
        ("NODEROLE_EXCLUDE_ACCOUNTS", "12", "expected 12 digits"),
        ("NODEROLE_RULES", "NR999", "`noderole rules` lists them"),
        ("NODEROLE_SCP", "no", "neither `read` nor `off`"),
        ("NODEROLE_MAX_IN_FLIGHT", "0", "a number from 1 to 1024"),
        ("NODEROLE_MAX_IN_FLIGHT", "many", "a number from 1 to 1024"),
        ("NODEROLE_LOG", "noderole=loud", "such as noderole=debug"),
    ] {
        let message = refusal(&[(name, value)]);
        assert!(message.contains(name) && message.contains(expected), "{name}={value}: {message}");
    }
}

#[test]
fn a_list_that_names_nothing_is_refused_and_one_that_names_something_twice_is_not() {
    let lists = VARIABLES.iter().filter(|variable| variable.about.contains("by commas"));
    let mut seen = 0;
    for variable in lists {
        for empty in [",", " , ,"] {
            let message = refusal(&[(variable.name, empty)]);
            assert!(message.contains(variable.name) && message.contains("without an element"), "{message}");
        }
        seen += 1;
    }
    assert_eq!(seen, 8, "every variable that holds a list");
    let twice = settings(&[("NODEROLE_REGIONS", "eu-west-1,,eu-west-1"), ("NODEROLE_RULES", "NR001,NR001")]).unwrap();
    assert_eq!(twice.audit.rules.len(), 1);
    assert!(twice.ask.regions.iter().all(|region| region.as_str() == "eu-west-1"));
}

#[test]
fn an_external_id_is_never_repeated_in_an_error() {
    assert!(!refusal(&[("NODEROLE_EXTERNAL_ID", "not allowed")]).contains("not allowed"));
}

#[test]
fn an_unknown_variable_is_refused_with_the_one_that_was_meant() {
    let message = refusal(&[("NODEROLE_REGION", "eu-west-1")]);
    assert!(message.contains("`NODEROLE_REGION`") && message.contains("`NODEROLE_REGIONS`?"), "{message}");
}

#[test]
fn narrowing_what_is_no_organization_is_refused() {
    let message = refusal(&[("NODEROLE_ACCOUNTS", "own"), ("NODEROLE_OUS", "ou-ab12-cd34ef56")]);
    assert!(message.contains("NODEROLE_OUS") && message.contains("`own`"), "{message}");
}

#[test]
fn leaving_no_rule_is_refused() {
    let all: Vec<String> = audit::Settings::default().rules.iter().map(ToString::to_string).collect();
    assert!(refusal(&[("NODEROLE_EXCLUDE_RULES", &all.join(","))]).contains("no rule is left"));
}

#[test]
fn the_docs_show_every_variable() {
    let docs = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/lambda.md")).unwrap();
    for variable in VARIABLES {
        let row = format!("| `{}` | {} | {} |", variable.name, variable.default, variable.about);
        assert!(docs.contains(&row), "docs/lambda.md misses this row:\n{row}");
    }
}

#[test]
fn variables_go_before_the_configuration_and_this_before_the_defaults() {
    let config = Config::parse(
        "[accounts]\nids = ['111122223333']\nrole-name = 'FromFile'\n[scope]\nregions = ['eu-west-1']\nmax-in-flight = 8\n\
         ec2-regions = 'all'\nservice-control-policies = false\n[rules]\ndisable = ['NR207']",
    )
    .unwrap();
    let with = |vars: &[(&str, &str)]| {
        let vars = vars.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Environment::read(vars).unwrap().settings(config.clone()).unwrap()
    };
    let by_file = with(&[]);
    assert_eq!(by_file.ask.accounts, Accounts::Listed(vec!["111122223333".parse().unwrap()]));
    assert_eq!((by_file.ask.member.name.as_str(), by_file.ask.max_in_flight), ("FromFile", 8));
    assert!(by_file.ask.compute_everywhere && !by_file.ask.service_control_policies);
    assert!(!by_file.audit.rules.contains(&RuleId::new(207)));
    let by_vars = with(&[
        ("NODEROLE_ACCOUNTS", "own"),
        ("NODEROLE_ROLE_NAME", "FromVars"),
        ("NODEROLE_REGIONS", "us-east-1"),
        ("NODEROLE_MAX_IN_FLIGHT", "16"),
        ("NODEROLE_RULES", "NR207"),
    ]);
    assert_eq!(by_vars.ask.accounts, Accounts::Own);
    assert_eq!((by_vars.ask.member.name.as_str(), by_vars.ask.max_in_flight), ("FromVars", 16));
    assert_eq!(by_vars.ask.regions, ["us-east-1".parse().unwrap()]);
    assert_eq!(by_vars.audit.rules.into_iter().collect::<Vec<_>>(), [RuleId::new(207)]);
}

#[test]
fn a_place_that_holds_no_configuration_is_refused() {
    assert!(refusal(&[("NODEROLE_CONFIG", "s3://bucket")]).contains("NODEROLE_CONFIG"));
}

#[test]
fn sinks_are_those_of_the_variables_else_of_the_configuration() {
    let config =
        "[sinks]\ndeliver = ['cloudwatch']\n[sinks.cloudwatch]\nretention-days = 7\n[sinks.s3]\nbucket = 'abc'";
    let config = || Config::parse(config).unwrap();
    let with = |vars: &[(&str, &str)]| {
        let vars = vars.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Environment::read(vars).unwrap().settings(config()).map(|settings| settings.sinks)
    };
    let targets = |sinks: Vec<Sink>| sinks.iter().map(Sink::target).collect::<Vec<_>>();
    assert_eq!(targets(with(&[]).unwrap()), ["/noderole/findings"]);
    let named = [("NODEROLE_SINKS", "s3,cloudwatch"), ("NODEROLE_LOG_GROUP", "/audit"), ("NODEROLE_S3_BUCKET", "xyz")];
    let sinks = with(&named).unwrap();
    assert!(matches!(&sinks[0], Sink::Cloudwatch(group) if group.retention_days == 7), "{sinks:?}");
    assert_eq!(targets(sinks), ["/audit", "s3://xyz/"]);
    assert!(settings(&[]).unwrap().sinks.is_empty());
    let lacking = with(&[("NODEROLE_SINKS", "sns")]).unwrap_err().to_string();
    assert!(lacking.contains("`topic` under [sinks.sns]"), "{lacking}");
    for (name, value) in [
        ("NODEROLE_SINKS", "slack"),
        ("NODEROLE_LOG_GROUP", "a b"),
        ("NODEROLE_EVENT_BUS", "a b"),
        ("NODEROLE_SNS_TOPIC", "topic"),
        ("NODEROLE_S3_BUCKET", "s3://x"),
    ] {
        assert!(refusal(&[(name, value)]).contains(name), "{name}");
    }
}
