//! Rosters: athletes, their place in a season, their groups and benchmarks.
pub mod athlete;
pub mod benchmark;
pub(crate) mod copy;
pub mod enrolment;
pub mod event_group;
pub mod grouping;
pub mod measure;
pub(crate) mod place;
pub mod registration;
pub mod roster_entry;
pub mod transfer;

use crate::{error::Nullable, print::One, scope::Scope};
use async_graphql::{Context, ID};
use athlete::Athlete;
use benchmark::Benchmark;
use enrolment::{
    RosterEntriesAddInput, RosterEntriesPayload, RosterEntryPayload, RosterEntryRemoveInput, RosterEntryRemovePayload,
    RosterEntryUpdateInput,
};
use event_group::EventGroup;
use grouping::{
    EventGroupCreateInput, EventGroupDeleteInput, EventGroupDeletePayload, EventGroupMembersSetInput,
    EventGroupPayload, EventGroupUpdateInput,
};
use measure::{BenchmarksPayload, BenchmarksSaveInput};
use plain::Object;
use registration::{AthleteCreateInput, AthletePayload, AthleteUpdateInput};
use roster_entry::RosterEntry;
use transfer::AthleteTransferInput;

/// This area's part of the queries.
#[derive(Default)]
pub struct RosterQuery;

#[Object]
impl RosterQuery {
    /// One athlete; null when there is none or the viewer may not see it.
    async fn athlete(&self, ctx: &Context<'_>, #[graphql(desc = "Which one.")] id: ID) -> Nullable<One<Athlete>> {
        Scope::of(ctx).node(&id).await.into()
    }
}

/// This area's part of the mutations.
#[derive(Default)]
pub struct RosterMutation;

#[Object]
impl RosterMutation {
    /// Makes an event group. Requires MANAGE_ROSTER.
    async fn event_group_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The group.")] input: EventGroupCreateInput,
    ) -> Nullable<EventGroupPayload> {
        EventGroup::create(ctx, input).await.into()
    }

    /// Changes an event group. Requires MANAGE_ROSTER.
    async fn event_group_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The changes.")] input: EventGroupUpdateInput,
    ) -> Nullable<EventGroupPayload> {
        EventGroup::update(ctx, input).await.into()
    }

    /// Removes an event group that no practice and no training session names. Requires MANAGE_ROSTER.
    async fn event_group_delete(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The group.")] input: EventGroupDeleteInput,
    ) -> Nullable<EventGroupDeletePayload> {
        EventGroup::delete(ctx, input).await.into()
    }

    /// Puts athletes into an event group and takes others out; published training that is not done follows at once.
    /// Requires MANAGE_ROSTER.
    async fn event_group_members_set(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who is put in and taken out.")] input: EventGroupMembersSetInput,
    ) -> Nullable<EventGroupPayload> {
        EventGroup::set_members(ctx, input).await.into()
    }

    /// Makes an athlete record, with a place on a roster when asked. Requires MANAGE_ROSTER.
    async fn athlete_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The athlete.")] input: AthleteCreateInput,
    ) -> Nullable<AthletePayload> {
        Athlete::create(ctx, input).await.into()
    }

    /// Changes an athlete record, puts it away or takes it up again. Requires MANAGE_ROSTER.
    async fn athlete_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The changes.")] input: AthleteUpdateInput,
    ) -> Nullable<AthletePayload> {
        Athlete::update(ctx, input).await.into()
    }

    /// Moves an athlete to another program: a new record there, while the old one ends today and keeps its past.
    /// Requires MANAGE_ROSTER in both.
    async fn athlete_transfer(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who goes where.")] input: AthleteTransferInput,
    ) -> Nullable<AthletePayload> {
        Athlete::transfer(ctx, input).await.into()
    }

    /// Puts athletes on a roster, all or none. Requires MANAGE_ROSTER.
    async fn roster_entries_add(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who joins which season.")] input: RosterEntriesAddInput,
    ) -> Nullable<RosterEntriesPayload> {
        RosterEntry::add(ctx, input).await.into()
    }

    /// Changes a place on a roster; published training that is not done follows at once. Requires MANAGE_ROSTER.
    async fn roster_entry_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The changes.")] input: RosterEntryUpdateInput,
    ) -> Nullable<RosterEntryPayload> {
        RosterEntry::update(ctx, input).await.into()
    }

    /// Takes an athlete off a roster as long as there is no training session of the season. Requires MANAGE_ROSTER.
    async fn roster_entry_remove(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The place.")] input: RosterEntryRemoveInput,
    ) -> Nullable<RosterEntryRemovePayload> {
        RosterEntry::remove(ctx, input).await.into()
    }

    /// Saves benchmarks of athletes. Requires ASSIGN_TRAINING for each of them.
    async fn benchmarks_save(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The benchmarks.")] input: BenchmarksSaveInput,
    ) -> Nullable<BenchmarksPayload> {
        Benchmark::save(ctx, input).await.into()
    }
}
