//! The log group against a server in memory.
