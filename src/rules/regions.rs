//! The regions that are enabled in every account. Plain data.

use crate::ids::Partition;

/// The regions that every account of a partition can use, whether they were asked for or not, and that no account can switch
/// off (Account Management reference, regions that are enabled by default); of partitions of which that is not known, none.
pub(crate) fn always_enabled(partition: Partition) -> &'static [&'static str] {
    match partition {
        Partition::Aws => &[
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
        Partition::AwsCn => &["cn-north-1", "cn-northwest-1"],
        Partition::AwsUsGov => &["us-gov-east-1", "us-gov-west-1"],
        Partition::AwsIso | Partition::AwsIsoB | Partition::AwsIsoE | Partition::AwsIsoF | Partition::AwsEusc => &[],
    }
}
