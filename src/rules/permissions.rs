//! NR201 to NR207: what the role must be able to do, and what it need not.
