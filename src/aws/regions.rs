//! The regions that this version knows, and where the global services of a partition live. Plain data.

use crate::ids::Region;

/// Every region, as botocore 1.44.5 names them (endpoints.json and partitions.json, November 2026).
///
/// A region that is newer is still taken where the caller's account lists it.
const KNOWN: &[&str] = &[
    "af-south-1",
    "ap-east-1",
    "ap-east-2",
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-south-2",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-southeast-3",
    "ap-southeast-4",
    "ap-southeast-5",
    "ap-southeast-6",
    "ap-southeast-7",
    "ca-central-1",
    "ca-west-1",
    "cn-north-1",
    "cn-northwest-1",
    "eu-central-1",
    "eu-central-2",
    "eu-isoe-west-1",
    "eu-north-1",
    "eu-south-1",
    "eu-south-2",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "eusc-de-east-1",
    "il-central-1",
    "me-central-1",
    "me-south-1",
    "me-west-1",
    "mx-central-1",
    "sa-east-1",
    "sa-west-1",
    "us-east-1",
    "us-east-2",
    "us-gov-east-1",
    "us-gov-west-1",
    "us-iso-east-1",
    "us-iso-west-1",
    "us-isob-east-1",
    "us-isob-west-1",
    "us-isof-east-1",
    "us-isof-south-1",
    "us-west-1",
    "us-west-2",
];

/// Whether this version knows the region.
pub(crate) fn is_known(region: &str) -> bool {
    KNOWN.contains(&region)
}

/// The region whose name is nearest, if one is near at all.
pub(crate) fn nearest(region: &str) -> Option<&'static str> {
    crate::nearest::nearest(region, KNOWN.iter().copied())
}

/// Whether the region needs no opting in: a token that is refused there is a bad one.
pub(crate) fn is_home(region: &Region) -> bool {
    region.partition().home_region() == region.as_str()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::Partition;

    #[test]
    fn every_known_region_parses_and_every_partition_has_its_home_among_them() {
        for name in KNOWN {
            let region: Region = name.parse().unwrap();
            assert_eq!(is_home(&region), region.partition().home_region() == *name);
        }
        for partition in Partition::ALL {
            let region: Region = partition.home_region().parse().unwrap();
            assert!(is_known(region.as_str()), "{region} is not known");
            assert_eq!(region.partition(), partition);
        }
    }

    #[test]
    fn a_misspelled_region_has_a_nearest_one_and_nonsense_has_none() {
        assert_eq!(nearest("eu-wset-1"), Some("eu-west-1"));
        assert_eq!(nearest("us-esat-2"), Some("us-east-2"));
        assert_eq!(nearest("zz-qqqqq-9"), None);
    }
}
