//! What each node needs: requirement sets as data (rules.md), with the AWS page that each rests on.

/// The requirement sets that the rules judge by.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Requirements {}
