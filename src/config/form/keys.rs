//! Every key of the configuration.

mod remediation;
mod sinks;

use crate::collect::ask::LARGEST_MAX_IN_FLIGHT;

use super::Format::{
    Account, Action, Date, ExternalId, Glob, OneAction, Policy, Region, RoleName, Rule, Tag, TagKey, Unit, Words,
};
use super::Kind::{Flag, Inline, List, Number, Open, Table, Tables, Text, Texts, Word};
use super::{Key, Kind};

const SEVERITIES: &[&str] = &["low", "medium", "high", "critical"];
const SETS: &[&str] = &["worker", "ecr-pull", "pod-identity", "cni-ipv4", "cni-ipv6", "auto-mode"];
const FORCES: &[&str] = &["required", "recommended", "not-needed"];
const RESOURCES: &[&str] = &[
    "anything",
    "cluster",
    "addon-repositories",
    "own-repositories",
    "network-interfaces",
    "subnets",
    "security-groups",
    "instances",
];

const fn key(name: &'static str, kind: Kind, about: &'static str, example: &'static str) -> Key {
    Key { name, kind, required: false, about, example }
}

const fn required(name: &'static str, kind: Kind, about: &'static str, example: &'static str) -> Key {
    Key { name, kind, required: true, about, example }
}

/// The whole file.
pub(crate) static FILE: &[Key] = &[
    key("accounts", Table(ACCOUNTS), "Which accounts are audited, and how they are entered.", ""),
    key("scope", Table(SCOPE), "What is read in them.", ""),
    key(
        "rules",
        Open(RULES, Rule, &Table(OF_RULE)),
        "Rules that are off; severities that are not the rule's own: a table for each rule, [rules.NR102].",
        "",
    ),
    key(
        "requirements",
        Table(REQUIREMENTS),
        "What nodes of every cluster need, and what the organization asks (NR307).",
        "",
    ),
    key(
        "clusters",
        Tables(CLUSTERS),
        "What differs in chosen clusters. Every entry that matches applies, in this order: lists add, single values replace.",
        "",
    ),
    key("suppress", Tables(SUPPRESS), "Findings that are known and accepted: told, but not counted as failures.", ""),
    key("exemptions", Table(EXEMPTIONS), "Exemption by a tag of a role, a cluster or a node group.", ""),
    key(
        "remediation",
        Table(remediation::REMEDIATION),
        "What noderole may change, and when. Without this table nothing is changed: docs/remediation.md.",
        "",
    ),
    key("sinks", Table(sinks::SINKS), "Where a run is told besides its report: docs/sinks.md.", ""),
];

static ACCOUNTS: &[Key] = &[
    key(
        "organization",
        Flag,
        "Audit every active account of the organization. Default: the caller's own account.",
        "true",
    ),
    key("ids", List(Account), "Audit these accounts, in the place of the organization.", "[]"),
    key("ous", List(Unit), "With organization: only accounts in these units and below.", "[\"ou-ab12-11112222\"]"),
    key("exclude-accounts", List(Account), "With organization: not these accounts.", "[\"444455556666\"]"),
    key(
        "exclude-ous",
        List(Unit),
        "With organization: no accounts in these units and below.",
        "[\"ou-ab12-33334444\"]",
    ),
    key(
        "role-name",
        Text(RoleName),
        "The role that is assumed in each account but the caller's own.",
        "\"NodeRoleAudit\"",
    ),
    key(
        "external-id",
        Text(ExternalId),
        "The external id that the role asks for. Default: none.",
        "\"noderole-audit\"",
    ),
];

static SCOPE: &[Key] = &[
    key(
        "regions",
        List(Region),
        "Only these regions. Default: every region enabled in each account.",
        "[\"eu-west-1\"]",
    ),
    key(
        "ec2-regions",
        Word(&["clusters", "all"]),
        "Where EC2 is asked for nodes: regions with a cluster (or nodes of a former one), or all.",
        "\"clusters\"",
    ),
    key("service-control-policies", Flag, "Whether service control policies are read.", "true"),
    key(
        "max-in-flight",
        Number { least: 1, most: LARGEST_MAX_IN_FLIGHT },
        "API calls in flight at most, over everything.",
        "256",
    ),
];

static RULES: &[Key] = &[key("disable", List(Rule), "Rules that are not judged.", "[\"NR207\"]")];

static OF_RULE: &[Key] =
    &[required("severity", Word(SEVERITIES), "The severity of what the rule fails. Advice stays low.", "\"low\"")];

static REQUIREMENTS: &[Key] = &[
    CNI,
    PULL_THROUGH_CACHE,
    ADDON_REGISTRIES,
    REQUIRED_POLICIES,
    FORBIDDEN_POLICIES,
    REQUIRED_ACTIONS,
    FORBIDDEN_ACTIONS,
    REQUIRED_BOUNDARY,
    REQUIRED_TAGS,
    NAME_PATTERN,
    SEVERITY,
    NEEDS,
];

static CLUSTERS: &[Key] = &[
    required(
        "match",
        Inline(CLUSTER_MATCH),
        "Which clusters: by account, ou, region, name and tag; each a pattern or a list of them.",
        "{ name = \"legacy-*\" }",
    ),
    CNI,
    PULL_THROUGH_CACHE,
    ADDON_REGISTRIES,
    REQUIRED_POLICIES,
    FORBIDDEN_POLICIES,
    REQUIRED_ACTIONS,
    FORBIDDEN_ACTIONS,
    REQUIRED_BOUNDARY,
    REQUIRED_TAGS,
    NAME_PATTERN,
    SEVERITY,
    key(
        "severities",
        Open(&[], Rule, &Word(SEVERITIES)),
        "The severity of what rules fail in these clusters.",
        "{ NR102 = \"high\" }",
    ),
    NEEDS,
];

const CNI: Key = key(
    "cni",
    Word(&["vpc-cni", "other"]),
    "The CNI that the clusters run; with \"other\" NR204, NR205 and NR206 do not apply.",
    "\"vpc-cni\"",
);
const PULL_THROUGH_CACHE: Key = key(
    "pull-through-cache",
    Flag,
    "Whether images come through a pull-through cache of ECR, which the node role must be able to fill.",
    "false",
);
const ADDON_REGISTRIES: Key = key(
    "addon-registries",
    Open(&[], Region, &Text(Account)),
    "The account whose registry holds the images of EKS add-ons, by region; beside those of AWS's table.",
    "{ eu-west-1 = \"602401143452\" }",
);
const REQUIRED_POLICIES: Key = key(
    "required-policies",
    List(Policy),
    "NR307: a managed policy that matches must be attached. {account} and {partition} are filled in.",
    "[\"arn:{partition}:iam::{account}:policy/NodeLogging\"]",
);
const FORBIDDEN_POLICIES: Key = key(
    "forbidden-policies",
    List(Policy),
    "NR307: no attached or inline policy may match.",
    "[\"AdministratorAccess\", \"*FullAccess\"]",
);
const REQUIRED_ACTIONS: Key = key(
    "required-actions",
    List(Action),
    "NR307: these must be granted, by effect. {partition}, {account}, {region} and {cluster} are filled in.",
    "[\"logs:PutLogEvents on arn:{partition}:logs:{region}:{account}:log-group:/eks/{cluster}:*\"]",
);
const FORBIDDEN_ACTIONS: Key = key(
    "forbidden-actions",
    List(Action),
    "NR307: these must not be granted on anything that the resource covers; without one, on anything at all.",
    "[\"s3:DeleteObject\", \"iam:PassRole\"]",
);
const REQUIRED_BOUNDARY: Key = key(
    "required-boundary",
    Text(Policy),
    "NR307: the permissions boundary of the role must match.",
    "\"arn:{partition}:iam::{account}:policy/NodeBoundary\"",
);
const REQUIRED_TAGS: Key =
    key("required-tags", List(Tag), "NR307: the role must have these tags.", "[\"team\", \"cost-center=*\"]");
const NAME_PATTERN: Key = key("name-pattern", Text(Glob), "NR307: the name of the role must match.", "\"eks-*-node\"");
const SEVERITY: Key =
    key("severity", Word(SEVERITIES), "NR307: the severity of requirements that are not met.", "\"medium\"");
const NEEDS: Key = key(
    "needs",
    Tables(NEEDS_OF_SETS),
    "Changes to what AWS's pages ask for: how much an action is needed, whatever the circumstances.",
    "",
);

static NEEDS_OF_SETS: &[Key] = &[
    required(
        "set",
        Word(SETS),
        "The requirement set (NR201 worker, NR202 ecr-pull, NR203 pod-identity, NR204 cni-*).",
        "\"worker\"",
    ),
    required("action", Text(OneAction), "The action.", "\"ec2:DescribeTags\""),
    required("need", Word(FORCES), "How much it is needed; \"not-needed\" takes it out of the set.", "\"required\""),
    key(
        "on",
        Kind::Words(RESOURCES),
        "On which resources. Default: as in the set, or \"anything\" for a new action.",
        "[\"anything\"]",
    ),
    key(
        "reason",
        Text(Words),
        "What happens on the nodes without it; findings say so.",
        "\"the bootstrap reads tags\"",
    ),
];

static CLUSTER_MATCH: &[Key] = &[
    key("account", Texts(Glob), "The account's id.", ""),
    key("ou", Texts(Glob), "A unit or root above the account.", ""),
    key("region", Texts(Glob), "The region.", ""),
    key("name", Texts(Glob), "The cluster's name.", ""),
    key("tag", Texts(Tag), "A tag of the cluster.", ""),
];

/// What a suppression can match.
static MATCH_KEYS: &[Key] = &[
    key("account", Texts(Glob), "The account's id.", ""),
    key("ou", Texts(Glob), "A unit or root above the account.", ""),
    key("region", Texts(Glob), "The region; \"global\" for what is about no node group.", ""),
    key("cluster", Texts(Glob), "The cluster's name.", ""),
    key("node-group", Texts(Glob), "The node group's name.", ""),
    key("role", Texts(Glob), "The role's name, or its ARN.", ""),
    key("rule", Texts(Rule), "The rule.", ""),
    key("tag", Texts(Tag), "A tag of the role, the cluster or the node group.", ""),
];

static SUPPRESS: &[Key] = &[
    required(
        "match",
        Inline(MATCH_KEYS),
        "Which findings: by account, ou, region, cluster, node-group, role, rule and tag; each a pattern or a list of them.",
        "{ rule = \"NR205\", role = \"legacy-*\" }",
    ),
    required("reason", Text(Words), "Why.", "\"moves to IRSA with the next cluster version\""),
    key("owner", Text(Words), "Who answers for it.", "\"team-platform\""),
    key("expires", Text(Date), "The last day (UTC) on which it holds. Default: it does not end.", "2027-01-31"),
];

static EXEMPTIONS: &[Key] = &[
    required(
        "by-tag",
        Flag,
        "Whether a tag such as noderole:exempt = \"NR205 NR207\" exempts. Default: no tag does.",
        "true",
    ),
    key("rules", List(Rule), "The rules from which a tag may exempt. Default: every rule.", "[\"NR205\", \"NR207\"]"),
    key("tag-key", Text(TagKey), "The key of the tag.", "\"noderole:exempt\""),
];
