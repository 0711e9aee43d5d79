//! The keys of `[remediation]`.

use crate::remediate::settings::LONGEST_PLAN_MINUTES;

use super::super::Format::{ExternalId, Glob, Journal, RoleName, Rule, Tag, Unit, Window};
use super::super::Kind::{Flag, List, Number, Text, Word, Words};
use super::{Key, key};

const CLASSES: &[&str] = &["safe", "guarded"];

pub(super) static REMEDIATION: &[Key] = &[
    key("enabled", Flag, "Whether anything may be changed at all. Default: false.", "true"),
    key(
        "accounts",
        List(Glob),
        "Accounts in which roles may be changed: patterns of ids, \"*\" for all. Default: none.",
        "[\"111122223333\"]",
    ),
    key(
        "ous",
        List(Unit),
        "Organizational units in whose accounts, and in those below, roles may be changed. Default: none.",
        "[\"ou-ab12-11112222\"]",
    ),
    key("exclude-accounts", List(Glob), "But not in these accounts. Default: none.", "[\"444455556666\"]"),
    key(
        "exclude-ous",
        List(Unit),
        "Nor in accounts in these units and below. Default: none.",
        "[\"ou-ab12-33334444\"]",
    ),
    key(
        "rules",
        List(Rule),
        "The rules whose findings may be mended. Default: every rule of the classes.",
        "[\"NR201\", \"NR202\", \"NR203\"]",
    ),
    key(
        "classes",
        Words(CLASSES),
        "The classes of change: \"guarded\" changes have preconditions that are proven before. Default: [\"safe\"].",
        "[\"safe\"]",
    ),
    key(
        "max-roles",
        Number { least: 1, most: 1000 },
        "How many roles a run changes at most: a plan with more is refused whole. Default: 10.",
        "10",
    ),
    key(
        "max-percent",
        Number { least: 1, most: 100 },
        "The same, of a hundred node roles that were read; one role at least. Default: 10.",
        "10",
    ),
    key(
        "windows",
        List(Window),
        "When changes may be made, in UTC; one over midnight belongs to the day it begins on. Default: always.",
        "[\"mon-fri 08:00-16:00\", \"sat 22:00-04:00\"]",
    ),
    key("required-tags", List(Tag), "A role must have each of these tags. Default: none.", "[\"env=dev*\"]"),
    key(
        "excluded-tags",
        List(Tag),
        "A role must have none of these tags; noderole:remediate=never always counts. Default: none.",
        "[\"criticality=high\"]",
    ),
    key("create-roles", Flag, "Whether missing node roles may be created (NR001). Default: false.", "false"),
    key(
        "managed-elsewhere",
        Word(&["leave", "change"]),
        "What becomes of roles that CloudFormation, Terraform, eksctl or the like manage. Default: \"leave\".",
        "\"leave\"",
    ),
    key("advice", Flag, "Whether advice is mended as failures are. Default: false.", "false"),
    key(
        "automatic",
        List(Rule),
        "The rules that a scheduled run may mend without anybody asking. Default: none.",
        "[\"NR202\"]",
    ),
    key(
        "plan-minutes",
        Number { least: 1, most: LONGEST_PLAN_MINUTES },
        "For how many minutes a plan may be applied. Default: 60.",
        "60",
    ),
    key(
        "role-name",
        Text(RoleName),
        "The role that is assumed to change something. Default: \"NodeRoleRemediation\".",
        "\"NodeRoleRemediation\"",
    ),
    key(
        "external-id",
        Text(ExternalId),
        "The external id that this role asks for. Default: none.",
        "\"noderole-remediation\"",
    ),
    key(
        "journal",
        Text(Journal),
        "Where journals are kept: a folder, or s3://BUCKET/PREFIX. Default: the folder noderole-journals.",
        "\"s3://noderole-journals-111122223333/noderole/\"",
    ),
];
