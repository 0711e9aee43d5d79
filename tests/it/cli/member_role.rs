//! The member role by flags and by variables.

use super::{Noderole, told};

#[test]
fn a_variable_that_is_wrong_is_named_and_a_secret_is_not_repeated() {
    let noderole = Noderole::new();
    let audit = |variable: &str, value: &str, more: &[&str]| {
        told(noderole.command().env(variable, value).arg("audit").args(more))
    };
    let told = audit("NODEROLE_EXTERNAL_ID", "not allowed", &[]);
    told.is_error(2, &["NODEROLE_EXTERNAL_ID", "expected 2 to 1224", "--external-id"]);
    assert!(!told.err.contains("not allowed"), "{}", told.err);
    audit("NODEROLE_ROLE_NAME", "/audit/x", &[]).is_error(2, &["NODEROLE_ROLE_NAME", "no ARN", "--role-name"]);
    // The flag wins, and an empty variable is none: what is wrong then is that there are no credentials.
    audit("NODEROLE_ROLE_NAME", "/audit/x", &["--role-name", "Audit"]).is_error(2, &["no AWS credentials"]);
    audit("NODEROLE_EXTERNAL_ID", "", &[]).is_error(2, &["no AWS credentials"]);
    // Sources that assume no role do not mind the variables.
    assert_eq!(audit("NODEROLE_ROLE_NAME", "/audit/x", &["--demo"]).code, 1);
}

#[test]
fn help_names_the_variables_and_never_their_values() {
    let noderole = Noderole::new();
    let help = told(noderole.command().env("NODEROLE_EXTERNAL_ID", "team-7-secret").args(["audit", "--help"])).out;
    assert!(help.contains("NODEROLE_EXTERNAL_ID") && help.contains("NODEROLE_ROLE_NAME"), "{help}");
    assert!(!help.contains("team-7-secret"), "{help}");
}
