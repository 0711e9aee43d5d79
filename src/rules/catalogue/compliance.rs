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
