//! Practices: what a team does together, and what each athlete is asked to do in it.
use crate::{
    error::{Failure, Nullable},
    feed::{Follow, Target},
    organization::season::TeamSeason,
    print::One,
    scope::Scope,
};
use assign::{
    PracticeSessionWorkoutPayload, PracticeSessionWorkoutRemoveInput, PracticeSessionWorkoutRemovePayload,
    PracticeSessionWorkoutUpdateInput, PracticeSessionWorkoutsAssignInput, PracticeSessionWorkoutsAssignPayload,
};
use assignment::PracticeAssignment;
use async_graphql::{Context, ID, Subscription};
use duplicate::PracticeSessionDuplicateInput;
use futures_util::Stream;
use overrides::{
    PracticeAssignmentExcuseInput, PracticeAssignmentOverrideInput, PracticeAssignmentPayload,
    PracticeAssignmentResetInput, PracticeGroupOverrideInput,
};
use plain::Object;
use plan::{
    PracticeSessionCancelInput, PracticeSessionCreateInput, PracticeSessionDeleteInput, PracticeSessionDeletePayload,
    PracticeSessionPayload, PracticeSessionReinstateInput, PracticeSessionUpdateInput,
};
use practice::PracticeSession;
use practice_workout::PracticeSessionWorkout;
use publish::{PracticeSessionPublishInput, PracticeSessionPublishPayload};

pub mod assign;
pub mod assignment;
mod audience;
pub mod derive;
mod doers;
pub mod duplicate;
pub mod overrides;
pub mod plan;
pub mod practice;
pub mod practice_workout;
pub mod prescription;
pub mod publish;
mod repin;
pub mod step_override;

/// This area's part of the queries.
#[derive(Default)]
pub struct PracticesQuery;

#[Object]
impl PracticesQuery {
    /// One practice; null when there is none or the viewer may not see it.
    async fn practice_session(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which one.")] id: ID,
    ) -> Nullable<One<PracticeSession>> {
        Scope::of(ctx).node(&id).await.into()
    }
}

/// This area's part of the subscriptions.
#[derive(Default)]
pub struct PracticesSubscription;

#[Subscription]
impl PracticesSubscription {
    /// Practices of a season, or one practice, whenever it was planned, changed, published or called off. Give exactly one
    /// of the two; the viewer must see it all the time.
    async fn practice_session_changed(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Those of this season.")] team_season_id: Option<ID>,
        #[graphql(desc = "This one.")] id: Option<ID>,
    ) -> Result<impl Stream<Item = Result<PracticeSession, Failure>>, Failure> {
        let target = match (&team_season_id, &id) {
            (Some(season), None) => Target::of::<TeamSeason>(ctx, season).await?,
            (None, Some(id)) => Target::of::<PracticeSession>(ctx, id).await?,
            _ => return Err(Failure::BadInput("Give exactly one of `teamSeasonId` and `id`.".into())),
        };
        let key = target.key;
        let (season, practice) = (team_season_id.map(|_| key), id.map(|_| key));
        Ok(Follow::new(ctx, target).records(
            move |row: &entity::practice_session::Model| season.is_none_or(|season| row.team_season_id == season),
            move |change| practice.is_none_or(|practice| change.node_id == practice),
        ))
    }
}

/// This area's part of the mutations.
#[derive(Default)]
pub struct PracticesMutation;

#[Object]
impl PracticesMutation {
    /// Puts a practice on the calendar as a draft. Requires MANAGE_PRACTICES for the season.
    pub async fn practice_session_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to create.")] input: PracticeSessionCreateInput,
    ) -> Nullable<PracticeSessionPayload> {
        PracticeSession::create(ctx, input).await.into()
    }

    /// Edits or moves a practice; sessions that nobody logged move with it. Requires MANAGE_PRACTICES.
    pub async fn practice_session_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to change.")] input: PracticeSessionUpdateInput,
    ) -> Nullable<PracticeSessionPayload> {
        PracticeSession::update(ctx, input).await.into()
    }

    /// Publishes a practice, whole or in part: each athlete gets one session for each of its workouts, once. Requires
    /// ASSIGN_TRAINING.
    pub async fn practice_session_publish(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to publish.")] input: PracticeSessionPublishInput,
    ) -> Nullable<PracticeSessionPublishPayload> {
        PracticeSession::publish(ctx, input).await.into()
    }

    /// Calls a practice off: its sessions that nobody logged are cancelled; who ran anyway may still log. Requires
    /// MANAGE_PRACTICES.
    pub async fn practice_session_cancel(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to call off.")] input: PracticeSessionCancelInput,
    ) -> Nullable<PracticeSessionPayload> {
        PracticeSession::cancel(ctx, input).await.into()
    }

    /// Takes the calling-off of a practice back. Requires MANAGE_PRACTICES.
    pub async fn practice_session_reinstate(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to reinstate.")] input: PracticeSessionReinstateInput,
    ) -> Nullable<PracticeSessionPayload> {
        PracticeSession::reinstate(ctx, input).await.into()
    }

    /// Repeats a practice at another time, as a draft, or as the make-up of a cancelled one. Requires MANAGE_PRACTICES.
    pub async fn practice_session_duplicate(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to repeat.")] input: PracticeSessionDuplicateInput,
    ) -> Nullable<PracticeSessionPayload> {
        PracticeSession::duplicate(ctx, input).await.into()
    }

    /// Deletes a draft. A practice that was published can only be called off. Requires MANAGE_PRACTICES.
    pub async fn practice_session_delete(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to delete.")] input: PracticeSessionDeleteInput,
    ) -> Nullable<PracticeSessionDeletePayload> {
        PracticeSession::delete(ctx, input).await.into()
    }

    /// Assigns workouts in a practice to groups, athletes or the whole roster, as drafts until published. Requires
    /// ASSIGN_TRAINING for all of them.
    pub async fn practice_session_workouts_assign(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to assign.")] input: PracticeSessionWorkoutsAssignInput,
    ) -> Nullable<PracticeSessionWorkoutsAssignPayload> {
        PracticeSessionWorkout::assign(ctx, input).await.into()
    }

    /// Changes what a practice workout is or who does it; sessions that nobody logged follow. Requires ASSIGN_TRAINING
    /// for all of them.
    pub async fn practice_session_workout_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to change.")] input: PracticeSessionWorkoutUpdateInput,
    ) -> Nullable<PracticeSessionWorkoutPayload> {
        PracticeSessionWorkout::update(ctx, input).await.into()
    }

    /// Takes a workout out of a practice, unless an athlete has logged it. Requires ASSIGN_TRAINING.
    pub async fn practice_session_workout_remove(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to take out.")] input: PracticeSessionWorkoutRemoveInput,
    ) -> Nullable<PracticeSessionWorkoutRemovePayload> {
        PracticeSessionWorkout::remove(ctx, input).await.into()
    }

    /// Changes a practice workout for one athlete: other steps, or another workout. Requires ASSIGN_TRAINING for the
    /// athlete.
    pub async fn practice_assignment_override(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to change, for whom.")] input: PracticeAssignmentOverrideInput,
    ) -> Nullable<PracticeAssignmentPayload> {
        PracticeAssignment::change(ctx, input).await.into()
    }

    /// Changes the steps of a practice workout for one of its groups. Requires ASSIGN_TRAINING for the group.
    pub async fn practice_group_override(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to change, for which group.")] input: PracticeGroupOverrideInput,
    ) -> Nullable<PracticeSessionWorkoutPayload> {
        PracticeSessionWorkout::change_for_group(ctx, input).await.into()
    }

    /// Excuses an athlete from a practice workout. Requires ASSIGN_TRAINING for the athlete.
    pub async fn practice_assignment_excuse(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whom to excuse, and from what.")] input: PracticeAssignmentExcuseInput,
    ) -> Nullable<PracticeAssignmentPayload> {
        PracticeAssignment::excuse(ctx, input).await.into()
    }

    /// Takes an override or excusal back: the athlete does as the group does. Requires ASSIGN_TRAINING for the athlete.
    pub async fn practice_assignment_reset(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to take back.")] input: PracticeAssignmentResetInput,
    ) -> Nullable<PracticeAssignmentPayload> {
        PracticeAssignment::reset(ctx, input).await.into()
    }
}
