//! History: what athletes were asked to do on a day and what they did.
pub mod day;
pub mod session;
