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

/// NIST's controls on configuration, for what keeps nodes from working as they were set up to.
pub(super) const CONFIGURATION: &[Control] =
    &[Control { benchmark: Benchmark::Nist, id: "CM-2" }, Control { benchmark: Benchmark::Nist, id: "CM-6" }];

/// NIST's control of least privilege.
pub(super) const LEAST_PRIVILEGE: &[Control] = &[Control { benchmark: Benchmark::Nist, id: "AC-6" }];

/// What benchmarks say of the instance metadata service: of instances, of launch templates and of launch configurations.
pub(super) const METADATA_SERVICE: &[Control] = &[
    Control { benchmark: Benchmark::CisEks, id: "5.2.1" },
    Control { benchmark: Benchmark::Fsbp, id: "AutoScaling.3" },
    Control { benchmark: Benchmark::Fsbp, id: "EC2.170" },
    Control { benchmark: Benchmark::Fsbp, id: "EC2.8" },
    Control { benchmark: Benchmark::Nist, id: "AC-3" },
    Control { benchmark: Benchmark::Nist, id: "SC-7" },
];
