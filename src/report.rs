//! Telling: the report's frozen JSON form and one file a format.

pub mod model;
