//! Practices, in the words of the domain: assigned to groups, overridden for one, published, edited, called off.
mod anything;
mod campus;
mod kept;
mod logged;
mod moved;
mod operations;
mod scenarios;
mod together;
