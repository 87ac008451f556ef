//! Written once over the whole schema: what holds for every type, field, list and mutation.
mod connections;
mod documentation;
mod mutations;
mod reads;
mod scopes;
