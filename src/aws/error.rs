//! Why a run could not begin, in words that say what to do next; nothing here is about a single account or call.

use thiserror::Error;

use crate::failure::Failure;
use crate::ids::Partition;

/// Whose turn it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AwsErrorKind {
    /// The caller's: credentials, profile, region, unit, flags. The door exits with 2.
    SetUp,
    /// AWS was not reachable, or denied what the whole run needs. The door exits with 3.
    Unavailable,
}

/// Why nothing could be asked of AWS at all. The message says what to do next.
#[derive(Debug, Error)]
pub enum AwsError {
    /// No credentials were found.
    #[error(
        "no AWS credentials were found: set AWS_PROFILE (and run `aws sso login` where the profile uses SSO), or \
         AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or run where a role is attached (EC2, ECS, EKS, Lambda)"
    )]
    NoCredentials,
    /// The profile does not exist.
    #[error(
        "the AWS profile `{0}` is not defined: look at AWS_PROFILE, at ~/.aws/config and ~/.aws/credentials; \
         `aws configure list-profiles` lists those that are"
    )]
    NoSuchProfile(String),
    /// There are credentials, but they could not be loaded.
    #[error(
        "the AWS credentials could not be loaded ({reason}): run `aws sso login` where the profile uses SSO; \
         `aws sts get-caller-identity` should work first"
    )]
    CredentialsNotLoaded {
        /// What the provider said, on one line.
        reason: String,
    },
    /// The credentials ran out.
    #[error("the AWS credentials have expired: log in anew (`aws sso login`), or renew the keys in the environment")]
    CredentialsExpired(#[source] Failure),
    /// STS does not know the credentials.
    #[error(
        "AWS does not accept the credentials (asked in {place}: {code}): check the access key and its secret; if they \
         belong to another partition (commercial, China, GovCloud), ask for regions of that one, or set AWS_REGION to one"
    )]
    CredentialsRefused {
        /// Where STS was asked: the region and its partition.
        place: String,
        /// What it answered.
        code: String,
        /// The answer.
        source: Failure,
    },
    /// An account that is none of those that are audited.
    #[error(
        "account {0} is not audited: the organization does not have it, or the configuration leaves it out; look at \
         NODEROLE_ACCOUNTS and the [accounts] of the configuration, and at who sent the event"
    )]
    NotAMember(String),
    /// Nobody answered.
    #[error(
        "{service} could not be reached at {url} ({reason}): check AWS_ENDPOINT_URL and AWS_ENDPOINT_URL_{service}, \
         the network and the proxy (HTTPS_PROXY, NO_PROXY)"
    )]
    Unreachable {
        /// The service, in the upper case of its variable.
        service: &'static str,
        /// Where it was looked for.
        url: String,
        /// What went wrong, on one line.
        reason: String,
    },
    /// No request could be made for the endpoint.
    #[error(
        "no request can be made for the endpoint ({reason}): AWS_ENDPOINT_URL and AWS_ENDPOINT_URL_<SERVICE> must be URLs \
         (http://host:port), AWS_REGION the name of a region"
    )]
    Endpoint {
        /// What went wrong, on one line.
        reason: String,
    },
    /// A call that the whole run hangs on failed.
    #[error("{api} failed: nothing can be audited without it")]
    Failed {
        /// The operation, as IAM spells it.
        api: &'static str,
        /// The answer.
        source: Failure,
    },
    /// An answer without what the whole run hangs on.
    #[error("{api} answered without {what}: is the endpoint (AWS_ENDPOINT_URL) really AWS?")]
    Incomplete {
        /// The operation, as IAM spells it.
        api: &'static str,
        /// What was missing.
        what: String,
    },
    /// The environment's region is not shaped like one.
    #[error(
        "the region `{region}` (of AWS_REGION, AWS_DEFAULT_REGION or the profile) is not the name of an AWS region{}",
        .nearest.as_deref().map_or_else(
            || ": expected one such as eu-west-1".to_owned(),
            |name| format!(": did you mean `{name}`?"),
        )
    )]
    NotARegion {
        /// What it says.
        region: String,
        /// The region with the nearest name.
        nearest: Option<String>,
    },
    /// A region that does not exist.
    #[error("there is no AWS region `{region}`{}", did_you_mean(.nearest.as_deref()))]
    NoSuchRegion {
        /// What was asked for.
        region: String,
        /// The region with the nearest name.
        nearest: Option<String>,
    },
    /// A region of another partition than the caller's.
    #[error(
        "region `{region}` belongs to the partition {theirs}, the credentials to {ours}: ask for regions of {ours}, or use \
         credentials of {theirs}"
    )]
    ForeignRegion {
        /// What was asked for.
        region: String,
        /// Its partition.
        theirs: Partition,
        /// The credentials' partition.
        ours: Partition,
    },
    /// The caller is in no organization.
    #[error(
        "account {account} is not in an organization: run with credentials of the organization's management account or of \
         a delegated administrator, or name the accounts with --account"
    )]
    NotInOrganization {
        /// The caller's account.
        account: String,
    },
    /// The caller may not list the organization.
    #[error(
        "{api} was denied: only the organization's management account and its delegated administrators may list accounts; \
         run there (the permission is {api}), or name the accounts with --account"
    )]
    OrganizationDenied {
        /// The operation, as IAM spells it.
        api: &'static str,
        /// The answer.
        source: Failure,
    },
    /// A unit that does not exist.
    #[error(
        "the organization has no unit `{0}`: units are named by id (ou-..., or r-... of the root); \
         `aws organizations list-roots` names the root, \
         `aws organizations list-organizational-units-for-parent --parent-id <r-... or ou-...>` the units in it"
    )]
    NoSuchUnit(String),
    /// A list of accounts that names none.
    #[error("no account was asked for: name at least one")]
    NoAccountAskedFor,
    /// Nothing is left to audit.
    #[error("{}", nothing_left(*.found, *.in_units))]
    NoAccounts {
        /// Accounts before the exclusions.
        found: usize,
        /// Whether they are those of units that were named, not the whole organization's.
        in_units: bool,
    },
    /// A list without an end.
    #[error("{api} has not come to an end after {pages} pages")]
    EndlessList {
        /// The operation, as IAM spells it.
        api: &'static str,
        /// The limit.
        pages: usize,
    },
    /// The time was over before the accounts were known.
    #[error("the time was over before it was known which accounts to audit: allow more of it")]
    TimeUp,
    /// The run was interrupted before the accounts were known.
    #[error("interrupted before it was known which accounts to audit")]
    Interrupted,
}

impl AwsError {
    /// Nobody answered at that endpoint; the failure says why, and may name the endpoint itself.
    pub(crate) fn unreachable(service: &'static str, endpoint: Option<&str>, failure: &Failure) -> Self {
        let url = endpoint.unwrap_or("its endpoint");
        let reason = failure.message.strip_prefix(url).unwrap_or(&failure.message).trim_start_matches(": ");
        Self::Unreachable { service, url: url.to_owned(), reason: reason.to_owned() }
    }

    /// Whose turn it is; decides the exit code.
    pub fn kind(&self) -> AwsErrorKind {
        match self {
            Self::NoCredentials
            | Self::NoSuchProfile(_)
            | Self::CredentialsNotLoaded { .. }
            | Self::CredentialsExpired(_)
            | Self::CredentialsRefused { .. }
            | Self::Endpoint { .. }
            | Self::NotARegion { .. }
            | Self::NoSuchRegion { .. }
            | Self::ForeignRegion { .. }
            | Self::NotInOrganization { .. }
            | Self::NoSuchUnit(_)
            | Self::NotAMember(_)
            | Self::NoAccountAskedFor
            | Self::NoAccounts { .. } => AwsErrorKind::SetUp,
            Self::Unreachable { .. }
            | Self::Failed { .. }
            | Self::Incomplete { .. }
            | Self::OrganizationDenied { .. }
            | Self::EndlessList { .. }
            | Self::TimeUp
            | Self::Interrupted => AwsErrorKind::Unavailable,
        }
    }
}

/// Why no account is left to audit.
fn nothing_left(found: usize, in_units: bool) -> String {
    match (found, in_units) {
        (0, true) => "there is no account in those units: name others".to_owned(),
        (0, false) => "the organization lists no account".to_owned(),
        (_, true) => format!("no account is left to audit of the {found} in those units: look at the exclusions"),
        (_, false) => {
            format!("no account is left to audit of the {found} that the organization lists: look at the exclusions")
        }
    }
}

/// The end of a sentence about a name that does not exist.
fn did_you_mean(nearest: Option<&str>) -> String {
    nearest.map_or_else(
        || ": `aws account list-regions` lists those of an account".to_owned(),
        |name| format!(": did you mean `{name}`?"),
    )
}
