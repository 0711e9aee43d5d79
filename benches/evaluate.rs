//! Decisions a second on one core, for a role with the three managed policies that most node roles carry.
//!
//! `cargo bench --no-default-features --bench evaluate`; each element is one decision.

use std::hint::black_box;
use std::sync::Arc;

use criterion::{Criterion, Throughput};
use noderole::policy::{Context, Document, NamedPolicy, Outcome, PolicySet, Request};

/// The policies, as AWS had them in November 2026.
const POLICIES: [(&str, &str); 3] = [
    ("AmazonEKSWorkerNodePolicy", include_str!("../tests/policy/managed/AmazonEKSWorkerNodePolicy.json")),
    ("AmazonEKS_CNI_Policy", include_str!("../tests/policy/managed/AmazonEKS_CNI_Policy.json")),
    (
        "AmazonEC2ContainerRegistryReadOnly",
        include_str!("../tests/policy/managed/AmazonEC2ContainerRegistryReadOnly.json"),
    ),
];

const ENI: &str = "arn:aws:ec2:us-east-1:111122223333:network-interface/eni-0a1";
const REPOSITORY: &str = "arn:aws:ecr:us-east-1:602401143452:repository/eks/coredns";

/// What a node needs, and what it should not have: actions, resources, and whether they are granted.
const REQUESTS: [(&str, &str, Outcome); 12] = [
    ("ec2:DescribeInstances", "*", Outcome::Allowed),
    ("ec2:DescribeInstanceTypes", "*", Outcome::Allowed),
    ("eks:DescribeCluster", "arn:aws:eks:us-east-1:111122223333:cluster/prod", Outcome::Allowed),
    ("eks-auth:AssumeRoleForPodIdentity", "arn:aws:eks:us-east-1:111122223333:cluster/prod", Outcome::Allowed),
    ("ec2:AssignPrivateIpAddresses", ENI, Outcome::Allowed),
    ("ec2:CreateTags", ENI, Outcome::Allowed),
    ("ecr:GetAuthorizationToken", "*", Outcome::Allowed),
    ("ecr:BatchGetImage", REPOSITORY, Outcome::Allowed),
    ("ecr:GetDownloadUrlForLayer", REPOSITORY, Outcome::Allowed),
    ("ecr:PutImage", REPOSITORY, Outcome::ImplicitDeny),
    ("iam:PassRole", "arn:aws:iam::111122223333:role/admin", Outcome::ImplicitDeny),
    ("ec2:CreateTags", "arn:aws:ec2:us-east-1:111122223333:instance/i-0b2", Outcome::ImplicitDeny),
];

fn role() -> PolicySet {
    let policy = |(name, text): (&str, &str)| NamedPolicy {
        name: format!("arn:aws:iam::aws:policy/{name}"),
        document: Document::parse_permissions(text).map(Arc::new).map_err(|error| error.to_string()),
    };
    PolicySet { identity: POLICIES.map(policy).into(), ..PolicySet::default() }
}

fn context() -> Context {
    let mut context = Context::partial();
    context.set("aws:RequestedRegion", vec!["us-east-1".to_owned()]);
    context.set("aws:PrincipalArn", vec!["arn:aws:iam::111122223333:role/node".to_owned()]);
    context
}

fn decisions(criterion: &mut Criterion) {
    let (role, context) = (role(), context());
    for (action, resource, expected) in REQUESTS {
        let decision = role.decide(Request { action, resource, context: &context });
        assert_eq!(decision.outcome, expected, "{action} on {resource}: a wrong decision is not worth measuring");
    }
    let mut group = criterion.benchmark_group("evaluate");
    group.throughput(Throughput::Elements(REQUESTS.len() as u64));
    group.bench_function("node role with three managed policies", |bencher| {
        bencher.iter(|| {
            for (action, resource, _) in REQUESTS {
                black_box(role.decide(black_box(Request { action, resource, context: &context })));
            }
        });
    });
    group.finish();
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    decisions(&mut criterion);
    criterion.final_summary();
}
