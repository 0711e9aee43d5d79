//! The names AWS gives to things, parsed once: partition, account, organizational unit, region, role.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Why a name is not what it should be; says what was expected.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum IdError {
    /// Not 12 digits.
    #[error("`{0}` is not an AWS account id: expected 12 digits, such as 111122223333")]
    Account(String),
    /// Not shaped like the id of an organizational unit or of a root.
    #[error(
        "`{0}` is not the id of an organizational unit: expected an id such as ou-ab12-11111111, or r-ab12 of the root"
    )]
    Unit(String),
    /// Not shaped like a region.
    #[error("`{0}` is not the name of an AWS region: expected a name such as eu-west-1")]
    Region(String),
    /// Not the ARN of an IAM role.
    #[error("`{0}` is not the ARN of an IAM role: expected arn:PARTITION:iam::ACCOUNT:role/NAME, the path before NAME")]
    Role(String),
    /// A partition that is not known.
    #[error(
        "`{0}` is not an AWS partition: expected one of aws, aws-cn, aws-us-gov, aws-iso, aws-iso-b, aws-iso-e, aws-iso-f, aws-eusc"
    )]
    Partition(String),
}

/// A group of regions with its own IAM, its own ARNs and its own service principals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum Partition {
    /// The commercial regions.
    Aws,
    /// China.
    AwsCn,
    /// GovCloud (US).
    AwsUsGov,
    /// US ISO.
    AwsIso,
    /// US ISOB.
    AwsIsoB,
    /// EU ISOE.
    AwsIsoE,
    /// US ISOF.
    AwsIsoF,
    /// The European Sovereign Cloud.
    AwsEusc,
}

impl Partition {
    /// Every partition.
    pub const ALL: [Self; 8] = [
        Self::Aws,
        Self::AwsCn,
        Self::AwsUsGov,
        Self::AwsIso,
        Self::AwsIsoB,
        Self::AwsIsoE,
        Self::AwsIsoF,
        Self::AwsEusc,
    ];

    /// The region in which requests to its global services (IAM, Organizations, Account) are signed; any region of the
    /// partition leads the SDK to the right endpoint (AWS General Reference, endpoints).
    pub fn home_region(self) -> &'static str {
        match self {
            Self::Aws => "us-east-1",
            Self::AwsCn => "cn-north-1",
            Self::AwsUsGov => "us-gov-west-1",
            Self::AwsIso => "us-iso-east-1",
            Self::AwsIsoB => "us-isob-east-1",
            Self::AwsIsoE => "eu-isoe-west-1",
            Self::AwsIsoF => "us-isof-south-1",
            Self::AwsEusc => "eusc-de-east-1",
        }
    }

    /// The name in ARNs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Aws => "aws",
            Self::AwsCn => "aws-cn",
            Self::AwsUsGov => "aws-us-gov",
            Self::AwsIso => "aws-iso",
            Self::AwsIsoB => "aws-iso-b",
            Self::AwsIsoE => "aws-iso-e",
            Self::AwsIsoF => "aws-iso-f",
            Self::AwsEusc => "aws-eusc",
        }
    }

    /// The domain of its service principals and endpoints.
    pub fn dns_suffix(self) -> &'static str {
        match self {
            Self::Aws | Self::AwsUsGov => "amazonaws.com",
            Self::AwsCn => "amazonaws.com.cn",
            Self::AwsIso => "c2s.ic.gov",
            Self::AwsIsoB => "sc2s.sgov.gov",
            Self::AwsIsoE => "cloud.adc-e.uk",
            Self::AwsIsoF => "csp.hci.ic.gov",
            Self::AwsEusc => "amazonaws.eu",
        }
    }

    /// The service principals as which EC2 may assume a node role, the one to recommend first.
    ///
    /// `ec2.amazonaws.com` is taken in every partition; the partition's own form stands beside it where it differs
    /// (in aws-cn `CreateNodegroup` has been seen to insist on it: aws-quickstart/cdk-eks-blueprints #558).
    pub fn ec2_principals(self) -> Vec<String> {
        let own = format!("ec2.{}", self.dns_suffix());
        let common = "ec2.amazonaws.com".to_owned();
        match self {
            Self::AwsIso | Self::AwsIsoB => vec![own, common],
            Self::Aws | Self::AwsCn | Self::AwsUsGov | Self::AwsIsoE | Self::AwsIsoF | Self::AwsEusc => {
                if own == common { vec![common] } else { vec![common, own] }
            }
        }
    }

    /// Whether the service eks-auth (EKS Pod Identity) has endpoints here.
    pub fn has_eks_auth(self) -> bool {
        match self {
            Self::Aws | Self::AwsCn | Self::AwsUsGov | Self::AwsEusc => true,
            Self::AwsIso | Self::AwsIsoB | Self::AwsIsoE | Self::AwsIsoF => false,
        }
    }
}

impl fmt::Display for Partition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Partition {
    type Err = IdError;
    fn from_str(text: &str) -> Result<Self, IdError> {
        Self::ALL.into_iter().find(|p| p.as_str() == text).ok_or_else(|| IdError::Partition(text.to_owned()))
    }
}

/// An account's twelve digits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct AccountId(String);

impl FromStr for AccountId {
    type Err = IdError;
    fn from_str(text: &str) -> Result<Self, IdError> {
        if text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit()) {
            Ok(Self(text.to_owned()))
        } else {
            Err(IdError::Account(text.to_owned()))
        }
    }
}

/// The id of an organizational unit, `ou-ROOT-UNIT`, or of an organization's root, `r-ROOT`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitId(String);

impl FromStr for UnitId {
    type Err = IdError;
    fn from_str(text: &str) -> Result<Self, IdError> {
        let legal = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
        let unit = text.strip_prefix("ou-").and_then(|rest| rest.split_once('-'));
        if unit.is_some_and(|(root, own)| legal(root) && legal(own)) || text.strip_prefix("r-").is_some_and(legal) {
            Ok(Self(text.to_owned()))
        } else {
            Err(IdError::Unit(text.to_owned()))
        }
    }
}

/// The longest name of a region that is taken, in characters: the longest that AWS has is half of it.
const LONGEST_REGION: usize = 32;

/// The longest path of a role, in characters, its slashes included (IAM API reference, CreateRole).
const LONGEST_PATH: usize = 512;

/// The longest name of a role, in characters (IAM API reference, CreateRole).
const LONGEST_ROLE: usize = 64;

/// A region's name, such as `eu-west-1`. That the region exists is not checked here.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Region(String);

impl Region {
    /// The partition that the region's name belongs to.
    pub fn partition(&self) -> Partition {
        let name = self.0.as_str();
        let by_prefix = [
            ("cn-", Partition::AwsCn),
            ("us-gov-", Partition::AwsUsGov),
            ("us-iso-", Partition::AwsIso),
            ("us-isob-", Partition::AwsIsoB),
            ("eu-isoe-", Partition::AwsIsoE),
            ("us-isof-", Partition::AwsIsoF),
            ("eusc-", Partition::AwsEusc),
        ];
        by_prefix.into_iter().find(|(prefix, _)| name.starts_with(prefix)).map_or(Partition::Aws, |(_, p)| p)
    }
}

impl FromStr for Region {
    type Err = IdError;
    fn from_str(text: &str) -> Result<Self, IdError> {
        let parts: Vec<&str> = text.split('-').collect();
        let number = parts.last().is_some_and(|last| !last.is_empty() && last.bytes().all(|b| b.is_ascii_digit()));
        let words = parts.iter().take(parts.len().saturating_sub(1));
        let lower = words.clone().all(|w| !w.is_empty() && w.bytes().all(|b| b.is_ascii_lowercase()));
        if number && lower && words.count() >= 2 && text.len() <= LONGEST_REGION {
            Ok(Self(text.to_owned()))
        } else {
            Err(IdError::Region(text.to_owned()))
        }
    }
}

/// The ARN of an IAM role, with its path.
///
/// Names are unique in an account regardless of the path, so that two ARNs that differ only in the path can never be
/// two roles ([`RoleArn::same_role`]).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct RoleArn {
    text: String,
    partition: Partition,
    account: AccountId,
    path_len: usize,
}

impl RoleArn {
    /// The whole ARN.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The partition.
    pub fn partition(&self) -> Partition {
        self.partition
    }

    /// The account that owns the role.
    pub fn account(&self) -> &AccountId {
        &self.account
    }

    /// The role's name, without the path: what IAM's operations take.
    pub fn name(&self) -> &str {
        self.text.rsplit('/').next().unwrap_or_default()
    }

    /// The path, `/` where there is none.
    pub fn path(&self) -> &str {
        let end = self.text.len() - self.name().len();
        self.text.get(end - self.path_len..end).unwrap_or("/")
    }

    /// Whether both name the same role, be the paths what they may.
    pub fn same_role(&self, other: &Self) -> bool {
        self.account == other.account && self.name() == other.name()
    }
}

impl FromStr for RoleArn {
    type Err = IdError;
    fn from_str(text: &str) -> Result<Self, IdError> {
        let wrong = || IdError::Role(text.to_owned());
        let mut parts = text.splitn(6, ':');
        let mut next = || parts.next().ok_or_else(wrong);
        let (arn, partition, service, region, account, resource) =
            (next()?, next()?, next()?, next()?, next()?, next()?);
        if arn != "arn" || service != "iam" || !region.is_empty() {
            return Err(wrong());
        }
        let partition = partition.parse().map_err(|_inner: IdError| wrong())?;
        let account = account.parse().map_err(|_inner: IdError| wrong())?;
        let (path, name) = resource.strip_prefix("role").and_then(|r| r.rsplit_once('/')).ok_or_else(wrong)?;
        let legal = |c: char| c.is_ascii_alphanumeric() || "+=,.@_-".contains(c);
        let legal_path = (path.is_empty() || path.starts_with('/')) && path.bytes().all(|b| (0x21..=0x7f).contains(&b));
        let legal_path = legal_path && path.len() < LONGEST_PATH;
        if name.is_empty() || name.len() > LONGEST_ROLE || !name.chars().all(legal) || !legal_path {
            return Err(wrong());
        }
        Ok(Self { text: text.to_owned(), partition, account, path_len: path.len() + 1 })
    }
}

/// Text in and out for a parsed name.
macro_rules! text {
    ($name:ty, $text:expr) => {
        impl From<$name> for String {
            fn from(value: $name) -> Self {
                let text: fn(&$name) -> &str = $text;
                text(&value).to_owned()
            }
        }
        impl TryFrom<String> for $name {
            type Error = IdError;
            fn try_from(text: String) -> Result<Self, IdError> {
                text.parse()
            }
        }
    };
}

/// What [`text!`] gives, with `Display` and `as_str` for names that are nothing but text.
macro_rules! plain_text {
    ($name:ty) => {
        text!($name, |value| &value.0);
        impl $name {
            /// The name as AWS writes it.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

plain_text!(AccountId);
plain_text!(Region);
plain_text!(UnitId);
text!(Partition, |value| value.as_str());
text!(RoleArn, |value| &value.text);

impl fmt::Display for RoleArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests;
