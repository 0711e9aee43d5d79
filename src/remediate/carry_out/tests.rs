//! Tests of carrying out.
