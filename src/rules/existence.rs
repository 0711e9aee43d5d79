//! NR001 to NR005: the role exists, is a role of its own, and is used.
