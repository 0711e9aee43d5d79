//! Tests of carrying out: a model of AWS, and a walk over all steps and all faults.

mod bench;
mod check;
mod model;
mod moved;
mod plans;
mod random;
mod walk;
