//! What circumstances make of a need.

use super::*;
use crate::ids::{AccountId, Partition, Region};

fn needed(set: SetName, action: &str, change: impl FnOnce(&mut Case)) -> Needed {
    let mut case = Case::default();
    change(&mut case);
    let region: Region = "eu-west-1".parse().unwrap();
    let account: AccountId = "111122223333".parse().unwrap();
    let settings = match case.configuration {
        Some(text) => CniSettings::parse(Some(text)),
        None if case.version.is_ok() => CniSettings::default(),
        None => CniSettings::unknown("not read"),
    };
    let circumstances = Circumstances {
        kind: case.kind,
        partition: Partition::Aws,
        region: &region,
        account: &account,
        cluster: "prod",
        ami_type: Some(case.ami_type),
        kubernetes_minor: case.minor,
        cni_version: case.version,
        cni_settings: &settings,
        pull_through_cache: case.cache,
    };
    let requirements = Requirements::default();
    let need = requirements.set(set).iter().find(|need| need.action == action).unwrap();
    need.under(&circumstances)
}

struct Case {
    kind: NodeKind,
    ami_type: &'static str,
    minor: Option<u16>,
    version: Result<Option<CniVersion>, String>,
    configuration: Option<&'static str>,
    cache: bool,
}

impl Default for Case {
    fn default() -> Self {
        let version = CniVersion::parse("v1.22.1-eksbuild.2");
        Self {
            kind: NodeKind::Managed,
            ami_type: "AL2023_x86_64_STANDARD",
            minor: Some(33),
            version: Ok(version),
            configuration: None,
            cache: false,
        }
    }
}

fn of_version(action: &str, version: &str) -> Needed {
    needed(SetName::CniIpv4, action, |case| case.version = Ok(CniVersion::parse(version)))
}

#[test]
fn the_bootstraps_that_ask_eks_need_the_cluster() {
    for (ami_type, expected) in [
        ("AL2_x86_64_GPU", Needed::Required),
        ("CUSTOM", Needed::Required),
        ("WINDOWS_FULL_2022_x86_64", Needed::Required),
        ("AL2023_ARM_64_STANDARD", Needed::Recommended),
        ("BOTTLEROCKET_x86_64", Needed::Recommended),
    ] {
        let found = needed(SetName::Worker, "eks:DescribeCluster", |case| case.ami_type = ami_type);
        assert_eq!(found, expected, "{ami_type}");
    }
}

#[test]
fn old_kubelets_describe_more_and_an_unknown_version_asks_for_nothing() {
    let of = |minor| needed(SetName::Worker, "ec2:DescribeVpcs", |case| case.minor = minor);
    assert_eq!((of(Some(26)), of(Some(27)), of(None)), (Needed::Recommended, Needed::No, Needed::No));
}

#[test]
fn the_two_calls_of_the_cni_depend_on_its_version() {
    let subnets = "ec2:DescribeSubnets";
    let groups = "ec2:DescribeSecurityGroups";
    assert_eq!(of_version(subnets, "v1.21.2-eksbuild.1"), Needed::Recommended);
    assert_eq!(of_version(subnets, "v1.22.0-eksbuild.1"), Needed::Required);
    assert_eq!(of_version(subnets, "v1.23.0-eksbuild.1"), Needed::Required);
    assert_eq!(of_version(groups, "v1.22.0-eksbuild.1"), Needed::Required);
    assert_eq!(of_version(groups, "v1.22.1-eksbuild.1"), Needed::Required);
    assert_eq!(of_version(groups, "v1.22.2-eksbuild.1"), Needed::Recommended);
    assert_eq!(of_version(subnets, "latest"), Needed::Recommended);
}

#[test]
fn settings_switch_the_calls_off_whether_json_or_yaml() {
    let with = |action: &str, text| needed(SetName::CniIpv6, action, |case| case.configuration = Some(text));
    let json = r#"{"env":{"ENABLE_SUBNET_DISCOVERY":"false"}}"#;
    let yaml = "# ours\nenv:\n  ENABLE_SUBNET_DISCOVERY: false\n";
    for text in [json, yaml] {
        assert_eq!(with("ec2:DescribeSubnets", text), Needed::No, "{text}");
        assert_eq!(with("ec2:DescribeSecurityGroups", text), Needed::No, "{text}");
    }
    let custom = r#"{"env":{"AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG":"true"}}"#;
    assert_eq!(with("ec2:DescribeSubnets", custom), Needed::Required);
    assert_eq!(with("ec2:DescribeSecurityGroups", custom), Needed::Recommended);
    assert_eq!(with("ec2:DescribeSubnets", ""), Needed::Required);
    assert_eq!(with("ec2:DescribeSubnets", "# nothing\n"), Needed::Required);
}

#[test]
fn settings_that_cannot_be_read_leave_open_what_they_could_switch_off() {
    let with = |action: &str, text| needed(SetName::CniIpv4, action, |case| case.configuration = Some(text));
    let odd = r#"{"env":{"ENABLE_SUBNET_DISCOVERY":"maybe"}}"#;
    for text in ["env: {", "- a\n- b\n", odd] {
        let found = with("ec2:DescribeSubnets", text);
        assert!(matches!(found, Needed::Unsure(_)), "{text}: {found:?}");
    }
    // ENABLE_IMDS_ONLY_MODE would switch off every call, and may stand in what cannot be read
    assert!(matches!(with("ec2:DescribeTags", "env: {"), Needed::Unsure(_)));
    assert_eq!(with("ec2:DescribeTags", odd), Needed::Required);
    assert_eq!(with("ec2:DescribeTags", r#"{"env":{"ENABLE_IMDS_ONLY_MODE":true}}"#), Needed::No);
    let unread = needed(SetName::CniIpv4, "ec2:DescribeSubnets", |case| case.version = Err("denied".to_owned()));
    assert!(matches!(unread, Needed::Unsure(_)), "{unread:?}");
}

#[test]
fn a_pull_through_cache_is_filled_only_where_one_is_used() {
    let of = |cache| needed(SetName::EcrPull, "ecr:BatchImportUpstreamImage", |case| case.cache = cache);
    assert_eq!((of(false), of(true)), (Needed::No, Needed::Recommended));
}

#[test]
fn versions_of_the_add_on_are_read_as_eks_writes_them() {
    assert_eq!(CniVersion::parse("v1.22.1-eksbuild.2"), Some(CniVersion::new(1, 22, 1)));
    assert_eq!(CniVersion::parse("1.18"), Some(CniVersion::new(1, 18, 0)));
    for wrong in ["", "v", "v1", "v1.x.2", "v1.2.3.4", "latest"] {
        assert_eq!(CniVersion::parse(wrong), None, "{wrong}");
    }
}

#[test]
fn the_sets_are_data_that_a_file_can_hold() {
    let requirements = Requirements::default();
    let text = serde_json::to_string(&requirements).unwrap();
    assert_eq!(serde_json::from_str::<Requirements>(&text).unwrap(), requirements);
}

#[test]
fn every_need_says_what_happens_without_it_and_who_says_so() {
    for (name, needs) in &Requirements::default().sets {
        assert!(!needs.is_empty(), "{name:?}");
        for need in needs {
            assert!(need.action.contains(':') && !need.on.is_empty() && !need.clauses.is_empty(), "{need:?}");
            assert!(!need.symptom.is_empty() && !need.source.is_empty(), "{need:?}");
        }
    }
}

#[test]
fn no_region_has_two_registries_and_every_registry_is_an_account() {
    let registries = Requirements::default().addon_registries;
    assert_eq!(registries.len(), 33);
    for (region, account) in registries {
        assert!(region.parse::<Region>().is_ok() && account.parse::<AccountId>().is_ok(), "{region} {account}");
    }
}

#[test]
fn the_bootstrap_of_self_managed_nodes_asks_for_the_cluster_and_that_of_karpenters_need_not() {
    let of_kind = |kind| {
        needed(SetName::Worker, "eks:DescribeCluster", |case| {
            case.kind = kind;
            case.ami_type = "AL2023_x86_64_STANDARD";
        })
    };
    assert_eq!(of_kind(NodeKind::SelfManaged), Needed::Required);
    assert_eq!(of_kind(NodeKind::Karpenter), Needed::Recommended);
}
