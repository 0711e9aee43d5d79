//! Security Hub: findings in its own form, filed under the account of each or under the auditor's.

pub(crate) mod lanes;
#[cfg(feature = "aws")]
mod send;

#[cfg(feature = "aws")]
pub(super) use send::send;
