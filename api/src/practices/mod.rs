//! Practices: what a team does together, and what each athlete is asked to do in it.
pub mod assignment;
pub mod derive;
pub mod practice;
pub mod practice_workout;

use crate::{error::Nullable, scope::Scope};
use async_graphql::{Context, ID, Object};
use practice::PracticeSession;

/// This area's part of the queries.
#[derive(Default)]
pub struct PracticesQuery;

#[Object]
impl PracticesQuery {
    /// One practice; null when there is none or the viewer may not see it.
    async fn practice_session(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its id.")] id: ID,
    ) -> Nullable<PracticeSession> {
        Scope::of(ctx).node(&id).await.into()
    }
}
