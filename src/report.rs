//! Telling: the report's frozen JSON form, how it comes from inventory and findings, and one file a format.

pub mod asff;
mod assemble;
pub mod catalogue;
pub mod change;
pub mod coverage;
pub mod csv;
mod deliveries;
mod grade;
pub mod harmless;
#[cfg(test)]
mod hostile;
pub mod html;
pub mod json;
pub mod jsonl;
pub mod junit;
pub mod markdown;
pub mod model;
pub mod narrow;
pub mod ocsf;
pub mod remediation;
#[cfg(test)]
pub(crate) mod sample;
pub mod sarif;
pub mod saved;
#[cfg(feature = "cli")]
pub mod table;
pub mod unknowns;
#[cfg(test)]
mod well_formed;

pub(crate) use assemble::sort;
pub use assemble::{Assembler, Listed, assemble};
pub use model::Report;
