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

use crate::{error::Nullable, print::One, scope::Scope};
use async_graphql::{Context, ID, Object};
use complete::{
    TrainingSessionBulkCompleteInput, TrainingSessionBulkCompletePayload, TrainingSessionCompleteInput,
    TrainingSessionPayload, TrainingSessionReopenInput,
};
use create::TrainingSessionCreateInput;
use edit::{TrainingSessionDeleteInput, TrainingSessionDeletePayload, TrainingSessionUpdateInput};
use import::{TrainingSessionsImportInput, TrainingSessionsImportPayload};
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
