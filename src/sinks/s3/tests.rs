//! The bucket against a server in memory.
