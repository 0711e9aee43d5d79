//! The accounts whose registries hold the images of EKS add-ons, by region.

use std::collections::BTreeMap;

/// The regions that share the oldest registry.
const SHARED: (&str, &[&str]) = (
    "602401143452",
    &[
        "ap-northeast-1",
        "ap-northeast-2",
        "ap-northeast-3",
        "ap-south-1",
        "ap-southeast-1",
        "ap-southeast-2",
        "ca-central-1",
        "eu-central-1",
        "eu-north-1",
        "eu-west-1",
        "eu-west-2",
        "eu-west-3",
        "sa-east-1",
        "us-east-1",
        "us-east-2",
        "us-west-1",
        "us-west-2",
    ],
);

/// The regions with a registry of their own.
const OWN: &[(&str, &str)] = &[
    ("af-south-1", "877085696533"),
    ("ap-east-1", "800184023465"),
    ("ap-south-2", "900889452093"),
    ("ap-southeast-3", "296578399912"),
    ("ap-southeast-4", "491585149902"),
    ("ca-west-1", "761377655185"),
    ("eu-central-2", "900612956339"),
    ("eu-south-1", "590381155156"),
    ("eu-south-2", "455263428931"),
    ("il-central-1", "066635153087"),
    ("me-central-1", "759879836304"),
    ("me-south-1", "558608220178"),
    ("cn-north-1", "918309763551"),
    ("cn-northwest-1", "961992271922"),
    ("us-gov-east-1", "151742754352"),
    ("us-gov-west-1", "013241004608"),
];

/// The table of the EKS user guide, add-ons-images, as of 2024-12; newer regions are not in it.
pub(super) fn of_aws() -> BTreeMap<String, String> {
    let (account, regions) = SHARED;
    let shared = regions.iter().map(|region| ((*region).to_owned(), account.to_owned()));
    shared.chain(OWN.iter().map(|(region, account)| ((*region).to_owned(), (*account).to_owned()))).collect()
}
