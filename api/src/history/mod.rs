//! History: what athletes were asked to do on a day and what they did.
pub mod actual;
pub mod complete;
pub mod compliance;
pub mod create;
pub mod day;
pub mod edit;
pub mod import;
pub mod list;
mod log;
pub mod planned;
pub mod session;
pub mod splits;
pub mod status;
pub mod trend;

use crate::{
    error::{Failure, Nullable},
    feed::{Follow, Target},
    organization::season::TeamSeason,
    practices::practice::PracticeSession,
    print::One,
    roster::athlete::Athlete,
    scope::Scope,
};
use async_graphql::{Context, ID, Subscription};
use complete::{
    TrainingSessionBulkCompleteInput, TrainingSessionBulkCompletePayload, TrainingSessionCompleteInput,
    TrainingSessionPayload, TrainingSessionReopenInput,
};
use create::TrainingSessionCreateInput;
use edit::{TrainingSessionDeleteInput, TrainingSessionDeletePayload, TrainingSessionUpdateInput};
use futures_util::Stream;
use import::{TrainingSessionsImportInput, TrainingSessionsImportPayload};
use plain::Object;
use session::AthleteTrainingSession;

/// This area's part of the queries.
#[derive(Default)]
pub struct HistoryQuery;

#[Object]
impl HistoryQuery {
    /// One training session; null when there is none or the viewer may not see it.
    async fn training_session(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which one.")] id: ID,
    ) -> Nullable<One<AthleteTrainingSession>> {
        Scope::of(ctx).node(&id).await.into()
    }
}

/// This area's part of the subscriptions.
#[derive(Default)]
pub struct HistorySubscription;

#[Subscription]
impl HistorySubscription {
    /// Training sessions of an athlete, a season or a practice, whenever one was planned, changed or logged. Give exactly
    /// one of the three; the viewer must see it all the time.
    async fn training_session_changed(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Those of this athlete.")] athlete_id: Option<ID>,
        #[graphql(desc = "Those of this season.")] team_season_id: Option<ID>,
        #[graphql(desc = "Those of this practice.")] practice_session_id: Option<ID>,
    ) -> Result<impl Stream<Item = Result<AthleteTrainingSession, Failure>>, Failure> {
        let target = match (&athlete_id, &team_season_id, &practice_session_id) {
            (Some(id), None, None) => Target::of::<Athlete>(ctx, id).await?,
            (None, Some(id), None) => Target::of::<TeamSeason>(ctx, id).await?,
            (None, None, Some(id)) => Target::of::<PracticeSession>(ctx, id).await?,
            _ => {
                let message = "Give exactly one of `athleteId`, `teamSeasonId` and `practiceSessionId`.";
                return Err(Failure::BadInput(message.into()));
            }
        };
        let key = target.key;
        let athlete = athlete_id.map(|_| key);
        let (season, practice) = (team_season_id.map(|_| key), practice_session_id.map(|_| key));
        Ok(Follow::new(ctx, target).records(
            move |row: &entity::athlete_training_session::Model| {
                season.is_none_or(|season| row.team_season_id == Some(season))
                    && practice.is_none_or(|practice| row.practice_session_id == Some(practice))
            },
            move |change| athlete.is_none_or(|athlete| change.athlete_id == Some(athlete)),
        ))
    }
}

/// This area's part of the mutations.
#[derive(Default)]
pub struct HistoryMutation;

#[Object]
impl HistoryMutation {
    /// Plans or logs a session that no coach assigned. The athlete may, and who may assign training to the athlete.
    pub async fn training_session_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to create.")] input: TrainingSessionCreateInput,
    ) -> Nullable<TrainingSessionPayload> {
        AthleteTrainingSession::create(ctx, input).await.into()
    }

    /// Changes the plan of a session that comes from no practice, the record of a logged one, or what the coach says
    /// about it.
    pub async fn training_session_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to change.")] input: TrainingSessionUpdateInput,
    ) -> Nullable<TrainingSessionPayload> {
        AthleteTrainingSession::update(ctx, input).await.into()
    }

    /// Logs a session as done, done in part or left out, also one that was called off or excused. The athlete may, and
    /// who may assign training to the athlete. From then on its prescription stays as it was.
    pub async fn training_session_complete(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What was done.")] input: TrainingSessionCompleteInput,
    ) -> Nullable<TrainingSessionPayload> {
        AthleteTrainingSession::complete(ctx, input).await.into()
    }

    /// Logs up to 200 sessions at once.
    pub async fn training_session_bulk_complete(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What was done.")] input: TrainingSessionBulkCompleteInput,
    ) -> Nullable<TrainingSessionBulkCompletePayload> {
        AthleteTrainingSession::bulk_complete(ctx, input).await.into()
    }

    /// Takes a log back: what was logged is cleared, and the session follows its practice again.
    pub async fn training_session_reopen(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to open again.")] input: TrainingSessionReopenInput,
    ) -> Nullable<TrainingSessionPayload> {
        AthleteTrainingSession::reopen(ctx, input).await.into()
    }

    /// Deletes a session that comes from no practice.
    pub async fn training_session_delete(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to delete.")] input: TrainingSessionDeleteInput,
    ) -> Nullable<TrainingSessionDeletePayload> {
        AthleteTrainingSession::delete(ctx, input).await.into()
    }

    /// Imports a log that was kept elsewhere, from CSV, whole or not at all; importing it again adds nothing. Requires
    /// ASSIGN_TRAINING for the athletes, or to be the athlete.
    pub async fn training_sessions_import(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to import.")] input: TrainingSessionsImportInput,
    ) -> Nullable<TrainingSessionsImportPayload> {
        import::import(ctx, input).await.into()
    }
}
