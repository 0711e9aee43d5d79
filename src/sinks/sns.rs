//! SNS: one message a run that people read, by mail or chat.

pub mod digest;
