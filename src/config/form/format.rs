//! What texts of the configuration must look like: each is checked by the type that takes it in the end.

use jiff::civil::Date;

use crate::collect::member::{ExternalId, MemberRoleName};
use crate::glob::{Glob, TagPattern};
use crate::ids::{AccountId, Region, UnitId};
use crate::nearest::nearest;
use crate::remediate::settings::JournalPlace;
use crate::remediate::window::Window;
use crate::rules::requirements::{ActionOn, PolicyPattern};
use crate::rules::{CATALOGUE, RuleId};
use crate::sinks::settings::names;

/// The longest reason or owner, in characters: it stands in every finding.
const LONGEST_WORDS: usize = 500;

/// What a text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Account,
    Unit,
    Region,
    RoleName,
    ExternalId,
    Rule,
    Glob,
    Tag,
    TagKey,
    Policy,
    Action,
    OneAction,
    Date,
    Words,
    LogGroup,
    EventBus,
    Topic,
    Product,
    KmsKeyArn,
    KmsKey,
    Bucket,
    Prefix,
    Window,
    Journal,
}

impl Format {
    /// What it is, in words.
    pub(crate) fn expected(self) -> &'static str {
        match self {
            Self::Account => "the id of an account (12 digits, in quotes)",
            Self::Unit => "the id of an organizational unit or root (ou-..., r-...)",
            Self::Region => "the name of a region such as \"eu-west-1\"",
            Self::RoleName => "the name of a role",
            Self::ExternalId => "an external id",
            Self::Rule => "the id or name of a rule such as \"NR205\"",
            Self::Glob => "a pattern of names, with * and ?",
            Self::Tag => "a tag: \"KEY\" or \"KEY=PATTERN\"",
            Self::TagKey => "the key of a tag",
            Self::Policy => "the name or ARN of a policy, with * and ?",
            Self::Action => "an action such as \"s3:GetObject\", or \"s3:GetObject on ARN\"",
            Self::OneAction => "an action such as \"ec2:DescribeTags\"",
            Self::Date => "a day such as 2027-01-31",
            Self::Words => "a text of 1 to 500 characters",
            Self::LogGroup => "the name of a log group",
            Self::EventBus => "the name or ARN of an event bus",
            Self::Topic => "the ARN of a topic",
            Self::Product => "the ARN of a product of Security Hub",
            Self::KmsKeyArn => "the ARN of a KMS key",
            Self::KmsKey => "the id, alias or ARN of a KMS key",
            Self::Bucket => "the name of a bucket",
            Self::Prefix => "a prefix of keys such as \"noderole/\"",
            Self::Window => "days and times in UTC such as \"mon-fri 08:00-16:00\"",
            Self::Journal => "a folder, or s3://BUCKET/PREFIX",
        }
    }

    /// A regular expression for the JSON schema, where one says more than that it is a text.
    pub(crate) fn pattern(self) -> Option<&'static str> {
        match self {
            Self::Account => Some("^[0-9]{12}$"),
            Self::Unit => Some("^(ou-[0-9a-z]{4,32}-[0-9a-z]{8,32}|r-[0-9a-z]{4,32})$"),
            Self::Region => Some("^[a-z]{2,}(-[a-z]+)+-[0-9]+$"),
            Self::Rule => Some("^([Nn][Rr][0-9]{3}|[A-Za-z0-9-]+)$"),
            Self::Glob => Some(r"^[^\[\]{}\\^$|]+$"),
            Self::OneAction => Some("^[A-Za-z0-9-]+:[A-Za-z0-9-]+$"),
            Self::Action => Some("^[A-Za-z0-9-]+:[A-Za-z0-9-]+( on .+)?$"),
            Self::Date => Some("^[0-9]{4}-[0-9]{2}-[0-9]{2}$"),
            Self::LogGroup => Some("^[A-Za-z0-9_/.#-]{1,512}$"),
            Self::EventBus => Some("^[A-Za-z0-9._/:-]+$"),
            Self::Topic => Some("^arn:aws[a-z0-9-]*:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_.-]+$"),
            Self::Product => Some("^arn:aws[a-z0-9-]*:securityhub:[a-z0-9-]+:([0-9]{12})?:product/.+$"),
            Self::KmsKeyArn => Some("^arn:aws[a-z0-9-]*:kms:[a-z0-9-]+:[0-9]{12}:key/.+$"),
            Self::KmsKey => Some("^[A-Za-z0-9_/:-]+$"),
            Self::Bucket => Some("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$"),
            Self::Prefix => Some("^([A-Za-z0-9!_.*'()=-][A-Za-z0-9/!_.*'()=-]*)?$"),
            Self::Window => Some(
                "^\\s*([A-Za-z]{3}(-[A-Za-z]{3})?(,[A-Za-z]{3}(-[A-Za-z]{3})?)*\\s+)?[0-2][0-9]:[0-5][0-9]-[0-2][0-9]:[0-5][0-9]\\s*$",
            ),
            Self::Journal => Some("^([^:]+|s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/.*)?)$"),
            Self::RoleName | Self::ExternalId | Self::Tag | Self::TagKey | Self::Policy | Self::Words => None,
        }
    }

    /// What is wrong with a text, and what was likely meant.
    pub(crate) fn check(self, text: &str) -> Result<(), (String, Option<String>)> {
        fn parse<T: std::str::FromStr<Err: ToString>>(text: &str) -> Result<(), (String, Option<String>)> {
            text.parse::<T>().map(|_| ()).map_err(|error| (error.to_string(), None))
        }
        let alone = |checked: Result<(), String>| checked.map_err(|message| (message, None));
        match self {
            Self::Account => parse::<AccountId>(text),
            Self::Unit => parse::<UnitId>(text),
            Self::Region => parse::<Region>(text),
            Self::RoleName => parse::<MemberRoleName>(text),
            Self::ExternalId => parse::<ExternalId>(text),
            Self::Rule => text.parse::<RuleId>().map(|_| ()).map_err(|error| {
                let names: Vec<String> =
                    CATALOGUE.iter().flat_map(|rule| [rule.slug.to_owned(), rule.id.to_string()]).collect();
                // Ids are all alike: only a name can be near.
                let slugs = names.iter().map(String::as_str).filter(|name| !name.starts_with("NR"));
                (error.to_string(), nearest(text, slugs).map(str::to_owned))
            }),
            Self::Glob => parse::<Glob>(text),
            Self::Tag => parse::<TagPattern>(text),
            Self::Policy => parse::<PolicyPattern>(text),
            Self::Action => parse::<ActionOn>(text),
            Self::OneAction => match text.parse::<ActionOn>() {
                Ok(action) if action.to_string() == text => Ok(()),
                Ok(_) => Err((format!("`{text}` names a resource, which has a key of its own here: `on`"), None)),
                Err(error) => Err((error.to_string(), None)),
            },
            Self::Date => text.parse::<Date>().map(|_| ()).map_err(|_not_one| {
                (format!("`{text}` is not a day of the calendar: expected one such as 2027-01-31"), None)
            }),
            Self::TagKey | Self::Words => match text.trim().chars().count() {
                1..=LONGEST_WORDS => Ok(()),
                0 => Err(("it says nothing".to_owned(), None)),
                _ => Err((format!("it is longer than {LONGEST_WORDS} characters"), None)),
            },
            Self::LogGroup => alone(names::log_group(text)),
            Self::EventBus => alone(names::event_bus(text)),
            Self::Topic => alone(names::topic(text)),
            Self::Product => alone(names::product(text)),
            Self::KmsKeyArn => alone(names::kms_key_arn(text)),
            Self::KmsKey => alone(names::kms_key(text)),
            Self::Bucket => alone(names::bucket(text)),
            Self::Prefix => alone(names::prefix(text)),
            Self::Window => parse::<Window>(text),
            Self::Journal => parse::<JournalPlace>(text),
        }
    }
}
