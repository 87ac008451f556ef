//! Workouts: building blocks, compositions, revisions.
pub mod element;
pub mod intensity;
pub mod resolve;
pub mod revision;
pub mod training_event;
pub mod workout;

use crate::{error::Nullable, scope::Scope};
use async_graphql::{Context, ID, Object};
use workout::Workout;

/// This area's part of the queries.
#[derive(Default)]
pub struct WorkoutsQuery;

#[Object]
impl WorkoutsQuery {
    /// One workout; null when there is none or the viewer may not see it.
    async fn workout(&self, ctx: &Context<'_>, #[graphql(desc = "Its id.")] id: ID) -> Nullable<Workout> {
        Scope::of(ctx).node(&id).await.into()
    }
}
