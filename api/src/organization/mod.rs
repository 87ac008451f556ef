//! Organizations: programs, their people, teams and seasons.
pub mod invitation;
pub mod member;
pub mod program;
pub mod season;
pub mod team;

use crate::{error::Nullable, scope::Scope};
use async_graphql::{Context, ID, Object};
use season::TeamSeason;

/// This area's part of the queries.
#[derive(Default)]
pub struct OrganizationQuery;

#[Object]
impl OrganizationQuery {
    /// One season of a team; null when there is none or the viewer may not see it.
    async fn team_season(&self, ctx: &Context<'_>, #[graphql(desc = "Its id.")] id: ID) -> Nullable<TeamSeason> {
        Scope::of(ctx).node(&id).await.into()
    }
}
