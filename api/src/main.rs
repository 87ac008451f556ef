//! The command line of Fieldhouse.
fn main() {}
