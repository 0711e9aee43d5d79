//! The controls of public benchmarks that a rule speaks to.

use serde::Serialize;

/// A control of a benchmark that a rule speaks to, whole or in part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Control {
    /// The benchmark.
    pub benchmark: Benchmark,
    /// The control's own id in it: `5.1.3`, `IAM.1`, `AC-6`.
    pub id: &'static str,
}

/// The benchmarks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub enum Benchmark {
    /// CIS Amazon EKS Benchmark 1.8.0.
    #[serde(rename = "CIS EKS 1.8.0")]
    CisEks,
    /// AWS Foundational Security Best Practices.
    #[serde(rename = "AWS FSBP")]
    Fsbp,
    /// NIST Special Publication 800-53, revision 5.
    #[serde(rename = "NIST 800-53 r5")]
    Nist,
}

impl Benchmark {
    /// The name in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::CisEks => "CIS EKS 1.8.0",
            Self::Fsbp => "AWS FSBP",
            Self::Nist => "NIST 800-53 r5",
        }
    }
}

// The mapping. The CIS controls are those of the benchmark's section 5; its own text says of 5.2.1 that nodes no longer need
// extended permissions. NIST's are those that AWS's Foundational Security Best Practices list beside their controls.

/// For what must exist and be as it was meant to be.
pub(super) const CONFIGURED: &[Control] = &[nist("CM-2"), nist("CM-6")];

/// For who may become the role.
pub(super) const TRUST: &[Control] = &[nist("AC-3"), nist("AC-6"), nist("IA-2")];

/// For what nodes pull.
pub(super) const ECR_PULL: &[Control] = &[cis("5.1.3")];

/// For rights that belong to a role of another.
pub(super) const OWN_ROLES: &[Control] = &[cis("5.2.1"), nist("AC-6")];

/// For administrators.
pub(super) const ADMINISTRATOR: &[Control] = &[
    cis("5.2.1"),
    fsbp("IAM.1"),
    fsbp("IAM.21"),
    nist("AC-2"),
    nist("AC-3"),
    nist("AC-3(7)"),
    nist("AC-5"),
    nist("AC-6"),
    nist("AC-6(2)"),
    nist("AC-6(3)"),
    nist("AC-6(9)"),
    nist("AC-6(10)"),
    nist("SC-2"),
];

/// For rights that lead to more.
pub(super) const LEAST_PRIVILEGE: &[Control] = &[
    cis("5.2.1"),
    nist("AC-2"),
    nist("AC-3"),
    nist("AC-3(7)"),
    nist("AC-5"),
    nist("AC-6"),
    nist("AC-6(2)"),
    nist("AC-6(3)"),
    nist("AC-6(9)"),
    nist("AC-6(10)"),
    nist("SC-2"),
];

/// For the instance metadata service: of instances, of launch templates and of launch configurations.
pub(super) const METADATA_SERVICE: &[Control] =
    &[cis("5.2.1"), fsbp("AutoScaling.3"), fsbp("EC2.170"), fsbp("EC2.8"), nist("AC-3"), nist("SC-7")];

/// For data that nodes need not read.
pub(super) const DATA_ACCESS: &[Control] = &[
    cis("5.2.1"),
    fsbp("IAM.21"),
    nist("AC-2"),
    nist("AC-3"),
    nist("AC-3(7)"),
    nist("AC-5"),
    nist("AC-6"),
    nist("AC-6(2)"),
    nist("AC-6(3)"),
    nist("AC-6(9)"),
    nist("AC-6(10)"),
    nist("SC-2"),
];

/// For what nodes may do to registries.
pub(super) const ECR_READ_ONLY: &[Control] = &[cis("5.1.2"), cis("5.1.3"), cis("5.2.1"), nist("AC-6")];

/// A control of the CIS benchmark.
const fn cis(id: &'static str) -> Control {
    Control { benchmark: Benchmark::CisEks, id }
}

/// A control of AWS's best practices.
const fn fsbp(id: &'static str) -> Control {
    Control { benchmark: Benchmark::Fsbp, id }
}

/// A control of NIST's catalogue.
const fn nist(id: &'static str) -> Control {
    Control { benchmark: Benchmark::Nist, id }
}
