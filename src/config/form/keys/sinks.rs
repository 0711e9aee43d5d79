//! The keys of `[sinks]`.

use crate::sinks::settings::RETENTION_DAYS;

use super::super::Format::{
    Account, Bucket, EventBus, KmsKey, KmsKeyArn, LogGroup, Prefix, Product, Region, RoleName, Topic,
};
use super::super::Kind::{Flag, Number, OneOf, Table, Text, Word, Words};
use super::{Key, key, required};

const SINKS_BY_NAME: &[&str] = &["cloudwatch", "eventbridge", "security-hub", "sns", "s3"];

pub(super) static SINKS: &[Key] = &[
    key(
        "deliver",
        Words(SINKS_BY_NAME),
        "The sinks of every run; --sink (NODEROLE_SINKS in the Lambda) names others in their place. Default: none.",
        "[\"cloudwatch\", \"s3\"]",
    ),
    key("cloudwatch", Table(CLOUDWATCH), "One line a finding in a log group, and metrics.", ""),
    key("eventbridge", Table(EVENTBRIDGE), "One event a finding on an event bus.", ""),
    key("security-hub", Table(SECURITY_HUB), "Findings in Security Hub.", ""),
    key("sns", Table(SNS), "One message a run to a topic.", ""),
    key("s3", Table(S3), "The report in a bucket, by run and as the latest.", ""),
];

static CLOUDWATCH: &[Key] = &[
    key(
        "log-group",
        Text(LogGroup),
        "The log group; made if it is missing. Default: \"/noderole/findings\".",
        "\"/noderole/findings\"",
    ),
    REGION,
    key(
        "retention-days",
        OneOf(RETENTION_DAYS),
        "For how many days a group that is made keeps its events. Default: 90.",
        "90",
    ),
    key(
        "kms-key",
        Text(KmsKeyArn),
        "The ARN of the key that encrypts a group that is made. Default: a key of CloudWatch's own.",
        "\"arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab\"",
    ),
];

static EVENTBRIDGE: &[Key] = &[
    key("event-bus", Text(EventBus), "The bus, by name or ARN. Default: \"default\".", "\"default\""),
    REGION,
    key(
        "max-request-kb",
        Number { least: 64, most: 1024 },
        "The largest request, in KB. Default: 256, which every region and target takes.",
        "256",
    ),
];

static SECURITY_HUB: &[Key] = &[
    key(
        "file-under",
        Word(&["finding", "auditor"]),
        "The account under which findings are imported: the one each is about, from within it, or the caller's own.",
        "\"finding\"",
    ),
    key(
        "region",
        Text(Region),
        "The one region to import into. Default: that of each finding, the caller's for what has none.",
        "\"eu-west-1\"",
    ),
    key(
        "role-name",
        Text(RoleName),
        "With \"finding\": the role that imports in each account. Default: the role of [accounts].",
        "\"NodeRoleFindings\"",
    ),
    key(
        "product-arn",
        Text(Product),
        "The product that findings are of. Default: the default product of each account and region.",
        "\"arn:aws:securityhub:eu-west-1:111122223333:product/111122223333/default\"",
    ),
];

static SNS: &[Key] = &[
    required("topic", Text(Topic), "The ARN of the topic.", "\"arn:aws:sns:eu-west-1:111122223333:noderole\""),
    key("region", Text(Region), "Its region. Default: that of its ARN.", "\"eu-west-1\""),
    key(
        "only-changes",
        Flag,
        "Whether a run sends nothing that has nothing new, changed or resolved and could read everything. Default: true.",
        "true",
    ),
];

static S3: &[Key] = &[
    required("bucket", Text(Bucket), "The bucket.", "\"noderole-reports-111122223333\""),
    key("prefix", Text(Prefix), "What all keys begin with. Default: nothing.", "\"noderole/\""),
    REGION,
    key(
        "kms-key",
        Text(KmsKey),
        "The id, alias or ARN of the key that encrypts the objects. Default: as the bucket says.",
        "\"alias/noderole\"",
    ),
    key("inventory", Flag, "Whether the facts that were read are kept beside the report.", "false"),
    key(
        "expected-bucket-owner",
        Text(Account),
        "The account that must own the bucket. Default: whoever does.",
        "\"111122223333\"",
    ),
];

const REGION: Key = key("region", Text(Region), "The region. Default: the caller's.", "\"eu-west-1\"");
