//! What `[remediation]` takes, and what it tells.

use std::collections::BTreeSet;

use crate::finding::RemediationClass;
use crate::remediate::settings::{JournalPlace, ManagedElsewhere, Settings};
use crate::rules::RuleId;

use super::{parsed, problems};

#[test]
fn without_a_word_nothing_is_allowed_and_a_kill_switch_keeps_the_rest() {
    assert_eq!(parsed("[scope]\nmax-in-flight = 1").remediation, Settings::default());
    assert!(!Settings::default().enabled);
    let off = parsed("[remediation]\nenabled = false\nautomatic = ['NR202']").remediation;
    assert!(!off.enabled && off.automatic.contains(&RuleId::new(202)));
}

#[test]
fn what_is_allowed_is_read_with_its_defaults() {
    let text = "[remediation]\nenabled = true\naccounts = ['1111*']\nous = ['ou-ab12-11112222']\nrules = ['ecr-pull']\n\
                classes = ['safe', 'guarded']\nwindows = ['sat 22:00-04:00']\nmanaged-elsewhere = 'change'\n\
                journal = 's3://my-journals/x'\nrole-name = 'ops/Mender'";
    let told = parsed(text).remediation;
    assert!(told.enabled && told.accounts[0].matches("111122223333") && told.units[0].as_str() == "ou-ab12-11112222");
    assert_eq!(told.rules, Some(BTreeSet::from([RuleId::new(202)])));
    assert_eq!(told.classes, BTreeSet::from([RemediationClass::Safe, RemediationClass::Guarded]));
    assert_eq!((told.max_roles, told.max_percent, told.plan_minutes), (10, 10, 60));
    assert!(told.windows[0].holds("2026-11-29T03:00:00Z".parse().unwrap()));
    assert_eq!(told.managed_elsewhere, ManagedElsewhere::Change);
    let place = JournalPlace::S3 { bucket: "my-journals".to_owned(), prefix: "x/".to_owned() };
    assert_eq!((told.journal, told.role_name.as_str()), (Some(place), "ops/Mender"));
    assert!(!told.create_roles && !told.advice && told.automatic.is_empty() && told.external_id.is_none());
}

#[test]
fn every_value_that_is_wrong_is_told_at_once_by_its_place() {
    let text = "\
[remediation]
enabled = 'yes'
accounts = ['1111[2]', '*']
ous = ['ou-1']
classes = ['safe', 'manual']
max-roles = 0
max-percent = 101
windows = ['mon-fri 08:00-16:00', 'monday 08:00-16:00', '08:00-25:00']
excluded-tags = ['=x']
managed-elsewhere = 'keep'
plan-minutes = 1441
role-name = 'arn:aws:iam::111122223333:role/x'
journal = 'ssm:/x'
windws = []
";
    let told = problems(text);
    let starts = [
        "2:11:", "3:13:", "4:8:", "5:20:", "6:13:", "7:15:", "8:35:", "8:57:", "9:18:", "10:21:", "11:16:", "12:13:",
        "13:11:", "14:1:",
    ];
    assert_eq!(told.len(), starts.len(), "{told:#?}");
    for (problem, start) in told.iter().zip(starts) {
        assert!(problem.starts_with(start), "{start} {told:#?}");
    }
    assert!(told[6].contains("`monday` is not a day") && told[7].contains("from 00:00 to 24:00"), "{told:#?}");
    assert!(told[13].contains("did you mean `windows`?"), "{}", told[13]);
}

#[test]
fn what_allows_nothing_or_never_could_be_is_refused() {
    let on = "[remediation]\nenabled = true\naccounts = ['*']\n";
    for (text, says) in [
        ("[remediation]\nenabled = true", "`accounts` or `ous` names nothing"),
        (&format!("{on}rules = []"), "`rules` names nothing"),
        (&format!("{on}classes = []"), "`classes` names nothing"),
        (&format!("{on}rules = ['NR102']"), "what NR102 finds is only ever explained"),
        (&format!("{on}automatic = ['NR404']"), "what NR404 finds is only ever explained"),
        (&format!("{on}rules = ['NR001']\nclasses = ['guarded']"), "set `create-roles = true`"),
        (&format!("{on}rules = ['NR201']\nautomatic = ['NR202']"), "`rules` does not allow it"),
        (&format!("{on}automatic = ['NR205']"), "`classes` does not allow what is guarded"),
        (&format!("{on}required-tags = ['a=b']\nexcluded-tags = ['a=b']"), "the tag `a=b` is required and forbidden"),
    ] {
        let told = problems(text);
        assert!(told.len() == 1 && told[0].contains(says), "{text}\n{told:?}");
    }
}
