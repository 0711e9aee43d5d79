//! What can go wrong, and for whom: rules that a seed decides, the same over the wire and beneath it.

use std::fmt;
use std::time::Duration;

use super::random::{Random, mixed};

/// Codes of throttling with their status, one for each way in which AWS spells it.
pub(crate) const SLOW_DOWN: [(u16, &str); 14] = [
    (400, "Throttling"),
    (400, "ThrottlingException"),
    (400, "ThrottledException"),
    (400, "RequestThrottled"),
    (400, "RequestThrottledException"),
    (503, "RequestLimitExceeded"),
    (429, "TooManyRequestsException"),
    (429, "TooManyRequests"),
    (503, "SlowDown"),
    (400, "PriorRequestNotComplete"),
    (509, "BandwidthLimitExceeded"),
    (503, "EC2ThrottledException"),
    (429, ""),
    (429, "<html>"),
];

/// Codes of a missing permission.
pub(crate) const DENIED: [&str; 5] =
    ["AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AuthorizationError", "NotAuthorized"];

/// Codes of a region that is not enabled.
pub(crate) const NOT_ENABLED: [&str; 4] =
    ["OptInRequired", "UnrecognizedClientException", "InvalidClientTokenId", "AuthFailure"];

/// What goes wrong with a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// AWS asks to slow down, in one of its spellings.
    Throttled(usize),
    /// A server error, in the words of the service or of a proxy.
    Server { status: u16, of_proxy: bool },
    /// The connection is reset.
    Reset,
    /// No answer comes.
    Hang,
    /// The answer comes by drops.
    Drips,
    /// The answer comes in two parts, with a pause between.
    Halting,
    /// The answer ends in its middle.
    Truncated,
    /// The answer is none of AWS's.
    Garbled,
    /// The permission is missing, in one of the spellings.
    Denied(usize),
    /// A service control policy denies it.
    DeniedByControl,
    /// The clock of the caller goes wrong.
    Skewed,
    /// The region is not enabled, in one of the spellings.
    NotEnabled(usize),
    /// The thing is not there any more.
    Gone,
    /// The token of the page has run out.
    TokenOfPage,
    /// A page with nothing on it, and a token.
    EmptyPage,
    /// Things are listed twice, in a page and over pages.
    Twice,
    /// The credentials of before are not good any more; newer ones are.
    Expired,
}

/// Which of the requests that are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum When {
    /// All.
    Always,
    /// All from then on.
    From(Duration),
    /// The first attempts of each call.
    First(u32),
    /// So many of a hundred calls, all their attempts.
    Sometimes(u64),
}

/// A fault, and which requests it meets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Rule {
    pub(crate) fault: Fault,
    /// Of this account; none: of all.
    pub(crate) account: Option<String>,
    /// In this region; none: in all, and in none.
    pub(crate) region: Option<String>,
    /// Operations whose name as IAM spells it begins with this.
    pub(crate) api: String,
    pub(crate) when: When,
}

/// A request, as far as rules look at it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Seen<'a> {
    pub(crate) account: &'a str,
    pub(crate) region: Option<&'a str>,
    pub(crate) api: &'a str,
    /// A number that is the same for all attempts of a call.
    pub(crate) identity: u64,
    /// Which attempt it is, from 1.
    pub(crate) attempt: u32,
    pub(crate) now: Duration,
}

impl Fault {
    /// Whether a run gets over it wherever it meets only first attempts, or lists.
    pub(crate) fn is_mild(self, when: When) -> bool {
        match self {
            Self::EmptyPage | Self::Twice | Self::Halting | Self::Expired => true,
            _others => matches!(when, When::First(_)),
        }
    }
}

impl Rule {
    /// Whether the fault meets the request.
    pub(crate) fn meets(&self, seen: Seen<'_>) -> bool {
        let here = self.account.as_deref().is_none_or(|account| account == seen.account)
            && self.region.as_deref().is_none_or(|region| Some(region) == seen.region)
            && seen.api.starts_with(&self.api);
        here && match self.when {
            When::Always => true,
            When::From(time) => seen.now >= time,
            When::First(attempts) => seen.attempt <= attempts,
            When::Sometimes(of_hundred) => mixed(seen.identity) % 100 < of_hundred,
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { fault, account, region, api, when } = self;
        let [account, region] = [account, region].map(|place| place.as_deref().unwrap_or("*"));
        write!(f, "{fault:?} {when:?} of {api}* in {account} {region}")
    }
}

/// The operations that a run can make, for rules to be about; also the beginnings that mean a service, or all.
const APIS: [&str; 25] = [
    "",
    "eks:",
    "iam:",
    "ec2:",
    "autoscaling:",
    "sts:AssumeRole",
    "account:ListRegions",
    "eks:ListClusters",
    "eks:DescribeCluster",
    "eks:ListNodegroups",
    "eks:DescribeNodegroup",
    "eks:ListFargateProfiles",
    "eks:ListAccessEntries",
    "eks:DescribeAccessEntry",
    "eks:DescribeAddon",
    "eks:ListPodIdentityAssociations",
    "eks:DescribePodIdentityAssociation",
    "iam:GetAccountAuthorizationDetails",
    "iam:GetRole",
    "iam:GetPolicy",
    "iam:GetInstanceProfile",
    "ec2:DescribeInstances",
    "ec2:DescribeLaunchTemplateVersions",
    "ec2:GetInstanceMetadataDefaults",
    "autoscaling:DescribeAutoScalingGroups",
];

/// What sinks call, as [`APIS`].
const SINKS: [&str; 13] = [
    "logs:",
    "logs:CreateLogGroup",
    "logs:CreateLogStream",
    "logs:PutRetentionPolicy",
    "logs:PutLogEvents",
    "s3:",
    "s3:GET",
    "s3:HEAD",
    "s3:PUT",
    "events:",
    "sns:",
    "securityhub:",
    "sts:AssumeRole",
];

/// Faults that a run gets over: after them the report is the same as without.
pub(crate) fn mild(random: &mut Random, accounts: &[String]) -> Rule {
    let (fault, when) = passing(random);
    let mut rule = somewhere(random, accounts, fault, when);
    // The SDK has a budget of retries, which hundreds of calls use up that fail twice each; and the first call of all is made
    // three times.
    let is_of_many = rule.api.is_empty() || rule.api.ends_with(':');
    if is_of_many && matches!((fault, when), (Fault::Reset | Fault::Server { .. }, When::First(_))) {
        rule.when = When::First(1);
    }
    rule
}

/// What a run gets over, and when.
fn passing(random: &mut Random) -> (Fault, When) {
    let first = When::First(1 + u32::try_from(random.below(3)).unwrap());
    let spelling = random.below(SLOW_DOWN.len());
    let faults = [
        (Fault::Throttled(spelling), first),
        (Fault::Server { status: *random.pick(&[500, 502, 503]), of_proxy: random.chance(50) }, first),
        (Fault::Reset, first),
        (Fault::Hang, When::First(1)),
        (Fault::Halting, When::Always),
        (Fault::EmptyPage, When::Always),
        (Fault::Twice, When::Always),
        (Fault::Expired, When::From(Duration::from_millis(random.below(600) as u64))),
    ];
    *random.pick(&faults)
}

/// Faults that cost something.
pub(crate) fn harsh(random: &mut Random, accounts: &[String]) -> Rule {
    let (fault, when) = lasting(random);
    somewhere(random, accounts, fault, when)
}

/// A fault of one of the services that sinks send to, wherever it is: one that is got over, or one that costs something.
pub(crate) fn of_a_sink(random: &mut Random, passes: bool) -> Rule {
    let (fault, when) = if passes { passing(random) } else { lasting(random) };
    Rule { fault, account: None, region: None, api: (*random.pick(&SINKS)).to_owned(), when }
}

/// What costs something, and when.
fn lasting(random: &mut Random) -> (Fault, When) {
    let time = Duration::from_millis(random.below(800) as u64);
    let part = 5 + random.below(60) as u64;
    let when = *random.pick(&[When::Always, When::From(time), When::Sometimes(part), When::Sometimes(part)]);
    let (spelling, word) = (random.below(SLOW_DOWN.len()), random.below(DENIED.len()));
    let faults = [
        Fault::Throttled(spelling),
        Fault::Server { status: *random.pick(&[500, 502, 503]), of_proxy: random.chance(50) },
        Fault::Reset,
        Fault::Hang,
        Fault::Drips,
        Fault::Truncated,
        Fault::Garbled,
        Fault::Denied(word),
        Fault::Denied(word),
        Fault::DeniedByControl,
        Fault::Skewed,
        Fault::NotEnabled(random.below(NOT_ENABLED.len())),
        Fault::TokenOfPage,
    ];
    (*random.pick(&faults), when)
}

fn somewhere(random: &mut Random, accounts: &[String], fault: Fault, when: When) -> Rule {
    let account = (!random.chance(15)).then(|| random.pick(accounts).clone());
    let region = random.chance(40).then(|| random.pick(&["eu-west-1", "us-east-1", "ap-southeast-2"]).to_string());
    let api = (*random.pick(&APIS)).to_owned();
    Rule { fault, account, region, api, when }
}
