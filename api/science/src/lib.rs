//! What training science computes: step lists, estimates, intensities, loads, compliance and strength.
//!
//! Pure functions. Nothing here reads a clock, a file or a database, and nothing panics: what cannot be
//! computed is `None`, named as missing, or an error value.

#![warn(missing_docs)]

pub mod compliance;
pub mod estimate;
pub mod intensity;
pub mod load;
pub mod prescription;
pub mod strength;
