//! noderole: audits every EKS node role of an AWS organization by its effective permissions.
pub mod policy;
