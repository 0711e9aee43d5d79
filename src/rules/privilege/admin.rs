//! NR301: whether the node role is an administrator.

use crate::finding::{Evidence, Severity, Status};
use crate::rules::permissions::called;
use crate::rules::{NodeRole, Verdict};

use super::inquiry::Inquiry;
use super::mend;
use super::power::{On, Power, Step, on, regional};
use super::weighed::{Weighed, Words, refused};

const SEVERITY: Severity = Severity::Critical;

const BEST_PRACTICES: &str =
    "https://docs.aws.amazon.com/eks/latest/best-practices/identity-and-access-management.html";
const ACCESS_LEVELS: &str = "https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html";

/// An action of IAM that no statement names.
const ANY_OF_IAM: Step = on("iam:*", On::AllOfIam);

/// By which of IAM's actions one gives oneself everything.
const TAKEOVER: Power = Power {
    name: "the writing actions of IAM",
    gains: "its holder can give any right to anyone",
    steps: &[
        on("iam:AttachRolePolicy", On::Roles),
        on("iam:PutRolePolicy", On::Roles),
        on("iam:UpdateAssumeRolePolicy", On::Roles),
        on("iam:PassRole", On::Roles),
        on("iam:CreateRole", On::Roles),
        on("iam:CreatePolicyVersion", On::Global("iam", "policy/*")),
        on("iam:CreateUser", On::Global("iam", "user/*")),
        on("iam:CreateAccessKey", On::Global("iam", "user/*")),
        on("iam:AttachUserPolicy", On::Global("iam", "user/*")),
        on("iam:PutUserPolicy", On::Global("iam", "user/*")),
    ],
    source: BEST_PRACTICES,
};

/// Writing actions of many services: whoever may do all of them is a power user, by whatever statements.
const WRITES: Power = Power {
    name: "the writing actions of 13 services",
    gains: "its holder can change or delete whatever runs in the account",
    steps: &[
        regional("ec2:TerminateInstances", "ec2", "instance/*"),
        on("s3:DeleteBucket", On::Unowned("s3", "*")),
        on("s3:PutBucketPolicy", On::Unowned("s3", "*")),
        regional("lambda:CreateFunction", "lambda", "function:*"),
        regional("dynamodb:DeleteTable", "dynamodb", "table/*"),
        regional("rds:DeleteDBInstance", "rds", "db:*"),
        regional("kms:ScheduleKeyDeletion", "kms", "key/*"),
        regional("secretsmanager:PutSecretValue", "secretsmanager", "secret:*"),
        regional("cloudformation:CreateStack", "cloudformation", "stack/*/*"),
        regional("eks:DeleteCluster", "eks", "cluster/*"),
        regional("ecr:DeleteRepository", "ecr", "repository/*"),
        regional("sqs:DeleteQueue", "sqs", "*"),
        regional("logs:DeleteLogGroup", "logs", "log-group:*"),
        regional("cloudtrail:StopLogging", "cloudtrail", "trail/*"),
    ],
    source: ACCESS_LEVELS,
};

/// What makes an administrator: any of these.
const ADMINISTRATORS: &[Power] = &[
    Power {
        name: "everything that no statement excepts",
        gains: "its holder is an administrator of the account",
        steps: &[on("*:*", On::Everything)],
        source: BEST_PRACTICES,
    },
    of_iam(&[ANY_OF_IAM, on("iam:AttachRolePolicy", On::Roles)]),
    of_iam(&[ANY_OF_IAM, on("iam:PutRolePolicy", On::Roles)]),
    of_iam(&[ANY_OF_IAM, on("iam:UpdateAssumeRolePolicy", On::Roles)]),
    of_iam(&[ANY_OF_IAM, on("iam:CreatePolicyVersion", On::Global("iam", "policy/*"))]),
    of_iam(&[ANY_OF_IAM, on("iam:AttachUserPolicy", On::Global("iam", "user/*"))]),
    TAKEOVER,
    WRITES,
];

const fn of_iam(steps: &'static [Step]) -> Power {
    Power {
        name: "everything in IAM that no statement excepts",
        gains: "its holder can give any right to anyone",
        steps,
        source: BEST_PRACTICES,
    }
}

/// NR301 no-admin: what a policy named `AdministratorAccess` does, by whatever statements: every action of every service, or
/// every action of IAM, less what statements name one by one.
///
/// Blind to a grant that several statements add up to, none of which covers everything.
pub fn nr301(node_role: &NodeRole<'_>) -> Verdict {
    let inquiry = match Inquiry::of(node_role, SEVERITY, false) {
        Ok(inquiry) => inquiry,
        Err(verdict) => return verdict,
    };
    let weighed = Weighed::of(&inquiry, ADMINISTRATORS);
    let name = called(node_role.arn);
    let words = Words {
        holds: format_args!("`{name}` is an administrator"),
        open: format_args!("whether `{name}` is an administrator"),
        none: format_args!("`{name}` is no administrator"),
        status: Status::Fail,
        severity: SEVERITY,
    };
    let held = !weighed.granted.is_empty();
    let verdict =
        weighed.verdict(&inquiry, &words, |granted| mend::take_away(&inquiry, granted, "whatever needs them"));
    verdict.with(held.then(|| exempt(&inquiry)).flatten())
}

/// What an administrator may not do all the same.
fn exempt(inquiry: &Inquiry<'_, '_>) -> Option<Evidence> {
    let refused: Vec<&str> = [TAKEOVER, WRITES].iter().flat_map(|power| refused(inquiry, power)).collect();
    (!refused.is_empty())
        .then(|| Evidence::fact(format!("of what was asked for it may not do: {}", refused.join(", "))))
}
