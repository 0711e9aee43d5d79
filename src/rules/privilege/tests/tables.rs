//! Each row of the tables, by itself: all of its actions, and all but one.

use std::collections::BTreeSet;

use crate::finding::Status;
use crate::rules::privilege::controllers::CONTROLLERS;
use crate::rules::privilege::data_access::DATA;
use crate::rules::privilege::escalation::PATHS;
use crate::rules::privilege::power::Power;
use crate::rules::privilege::{nr301, nr302, nr303, nr304, nr305, registry};
use crate::rules::{NodeRole, Verdict};

use super::{allowing, status, verdict};

/// The actions of a row, each once.
fn actions(power: &Power) -> Vec<&'static str> {
    power.steps.iter().map(|step| step.action).collect::<BTreeSet<_>>().into_iter().collect()
}

/// A policy with exactly the actions of each row is told, with the row's name; without any one of them it is not.
fn each_row_counts(rule: fn(&NodeRole<'_>) -> Verdict, powers: &[Power], told: Status) {
    for power in powers {
        let needed = actions(power);
        let whole = verdict(rule, &[&allowing(&needed)]);
        assert_eq!(whole.status, told, "{}: {}", power.name, whole.message);
        assert!(whole.message.contains(power.name), "{}: {}", power.name, whole.message);
        for left_out in &needed {
            let rest: Vec<&str> = needed.iter().copied().filter(|action| action != left_out).collect();
            let rest = if rest.is_empty() { vec!["ec2:DescribeInstances"] } else { rest };
            let verdict = verdict(rule, &[&allowing(&rest)]);
            let other_row = powers
                .iter()
                .any(|other| other.name != power.name && actions(other).iter().all(|action| rest.contains(action)));
            let expected = if other_row { told } else { Status::Pass };
            assert_eq!(verdict.status, expected, "{} without {left_out}: {}", power.name, verdict.message);
            assert!(!verdict.message.contains(power.name), "{} without {left_out}: {}", power.name, verdict.message);
        }
    }
}

#[test]
fn every_way_to_more_rights_counts_with_all_its_actions_and_not_without_one() {
    each_row_counts(nr302, PATHS, Status::Fail);
}

#[test]
fn no_row_of_the_ways_is_part_of_another_and_each_has_a_source() {
    for power in PATHS {
        let whole: BTreeSet<&str> = actions(power).into_iter().collect();
        let part = PATHS.iter().filter(|other| other.name != power.name);
        for other in part {
            assert!(
                !actions(other).iter().all(|action| whole.contains(action)),
                "{} needs no {}",
                other.name,
                power.name
            );
        }
        assert!(power.source.starts_with("https://") && power.gains.len() > 15, "{}", power.name);
    }
}

#[test]
fn every_kind_of_data_counts() {
    for power in DATA {
        assert_eq!(status(nr303, &allowing(&actions(power))), Status::Fail, "{:?}", power.steps);
    }
}

#[test]
fn every_writing_action_of_ecr_counts() {
    for power in registry::WRITES {
        assert_eq!(status(nr304, &allowing(&actions(power))), Status::Fail, "{:?}", power.steps);
    }
}

#[test]
fn every_controller_is_told_by_all_its_telling_actions() {
    for power in CONTROLLERS {
        let verdict = verdict(nr305, &[&allowing(&actions(power))]);
        assert_eq!(verdict.status, Status::Advice, "{}", power.name);
        assert!(verdict.message.contains(power.name), "{}", verdict.message);
        for left_out in actions(power) {
            let rest: Vec<&str> = actions(power).into_iter().filter(|action| *action != left_out).collect();
            let rest = if rest.is_empty() { vec!["ec2:DescribeInstances"] } else { rest };
            let verdict = super::verdict(nr305, &[&allowing(&rest)]);
            assert!(!verdict.message.contains(power.name), "{} without {left_out}: {}", power.name, verdict.message);
        }
    }
}

#[test]
fn a_list_of_every_writing_action_is_an_administrator_without_a_wildcard() {
    let all = [
        "iam:AttachRolePolicy",
        "iam:PutRolePolicy",
        "iam:UpdateAssumeRolePolicy",
        "iam:PassRole",
        "iam:CreateRole",
        "iam:CreatePolicyVersion",
        "iam:CreateUser",
        "iam:CreateAccessKey",
        "iam:AttachUserPolicy",
        "iam:PutUserPolicy",
    ];
    assert_eq!(status(nr301, &allowing(&all)), Status::Fail);
    assert_eq!(status(nr301, &allowing(&all[1..])), Status::Pass);
}
