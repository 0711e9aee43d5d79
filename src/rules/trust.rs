//! NR101 and NR102: who may assume the role.
