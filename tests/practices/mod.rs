//! Practices, in the words of the domain: assigned to groups, overridden for one, published, edited, called off.
mod anything;
mod campus;
mod logged;
mod operations;
mod scenarios;
mod together;
