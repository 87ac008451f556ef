//! Rosters: athletes, their place in a season, their groups and benchmarks.
pub mod athlete;
pub mod benchmark;
pub mod event_group;
pub mod roster_entry;

use crate::{error::Nullable, scope::Scope};
use async_graphql::{Context, ID, Object};
use athlete::Athlete;

/// This area's part of the queries.
#[derive(Default)]
pub struct RosterQuery;

#[Object]
impl RosterQuery {
    /// One athlete; null when there is none or the viewer may not see it.
    async fn athlete(&self, ctx: &Context<'_>, #[graphql(desc = "Its id.")] id: ID) -> Nullable<Athlete> {
        Scope::of(ctx).node(&id).await.into()
    }
}
