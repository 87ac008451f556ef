//! Changes for one athlete or one group of a practice workout: other steps, another workout, an excusal.
use super::{
    assign::{self, PracticeSessionWorkoutPayload},
    assignment::PracticeAssignment,
    derive,
    practice_workout::PracticeSessionWorkout,
    step_override::{self, StepOverrideInput},
};
use crate::{
    access::Action,
    error::Refusal,
    payload,
    payload::{Mistakes, UserError, UserErrorCode},
    words,
    workouts::element,
    write::{Tx, write},
};
use async_graphql::{Context, ID, InputObject, MaybeUndefined};
use entity::{
    Json, athlete,
    enums::AssignmentKind,
    event_group,
    practice_assignment::{ActiveModel, Column, Entity, Model},
    practice_assignment_note, practice_session, practice_session_workout, practice_workout_group,
};
use sea_orm::{ActiveValue::Set, ColumnTrait, Condition, EntityTrait, QueryFilter, sea_query::Query};
use uuid::Uuid;

payload! {
    /// An assignment that was changed for one athlete.
    PracticeAssignmentPayload {
        /// The assignment as it is now; null when nothing was done.
        practice_assignment: Option<PracticeAssignment>,
    }
}

/// Changes for one athlete: other steps or another workout.
#[derive(InputObject)]
pub struct PracticeAssignmentOverrideInput {
    /// Practice workout that the athlete does differently.
    pub practice_session_workout_id: ID,
    /// Who does it differently.
    pub athlete_id: ID,
    /// Version of the assignment that the client read; another one stored is a `VERSION_CONFLICT`.
    pub expected_version: Option<i32>,
    /// Workout to do instead; not together with step overrides.
    pub replacement_workout_id: Option<ID>,
    /// Changes to steps, in place of the athlete's changes before.
    pub step_overrides: Option<Vec<StepOverrideInput>>,
    /// Why, as everybody may know it who sees it.
    pub reason_category: Option<words::AssignmentReason>,
    /// Why in private, read with VIEW_HEALTH alone; at most 2,000 characters. What is there stays when this is left out,
    /// and goes when it is null.
    pub private_reason: MaybeUndefined<String>,
}

/// An athlete who does not take part.
#[derive(InputObject)]
pub struct PracticeAssignmentExcuseInput {
    /// Practice workout that the athlete is excused from.
    pub practice_session_workout_id: ID,
    /// Who is excused.
    pub athlete_id: ID,
    /// Version of the assignment that the client read; another one stored is a `VERSION_CONFLICT`.
    pub expected_version: Option<i32>,
    /// Why, as everybody may know it who sees it.
    pub reason_category: words::AssignmentReason,
    /// Why in private, read with VIEW_HEALTH alone; at most 2,000 characters. What is there stays when this is left out,
    /// and goes when it is null.
    pub private_reason: MaybeUndefined<String>,
}

/// An athlete who does as the group does again.
#[derive(InputObject)]
pub struct PracticeAssignmentResetInput {
    /// Assignment to take back to what the group does.
    pub id: ID,
    /// Version that the client read; another one stored is a `VERSION_CONFLICT`.
    pub expected_version: Option<i32>,
}

/// Changes for one of the groups that share a workout.
#[derive(InputObject)]
pub struct PracticeGroupOverrideInput {
    /// Practice workout that the group does differently.
    pub practice_session_workout_id: ID,
    /// Group that does it differently.
    pub event_group_id: ID,
    /// Changes to steps, in place of the group's changes before; none takes them back.
    pub step_overrides: Vec<StepOverrideInput>,
}

/// What an override makes of an assignment.
struct Change {
    kind: AssignmentKind,
    overrides: Vec<science::prescription::Override>,
    replacement: Option<(Uuid, Uuid)>,
    reason: Option<words::AssignmentReason>,
    private_reason: MaybeUndefined<String>,
    version: Option<i32>,
}

impl PracticeAssignment {
    pub(super) async fn change(
        ctx: &Context<'_>,
        input: PracticeAssignmentOverrideInput,
    ) -> Result<PracticeAssignmentPayload, Refusal> {
        let PracticeAssignmentOverrideInput {
            practice_session_workout_id,
            athlete_id,
            expected_version,
            replacement_workout_id,
            step_overrides,
            reason_category,
            private_reason,
        } = input;
        let mut mistakes = Mistakes::default();
        mistakes.longest(
            "privateReason",
            private_reason.as_opt_deref().flatten().unwrap_or_default(),
            2_000,
        );
        if replacement_workout_id.is_some() == step_overrides.as_ref().is_some_and(|list| !list.is_empty()) {
            let message = "Give step overrides or a workout to do instead, one of the two.";
            mistakes.add(UserError::new(UserErrorCode::Invalid, message).at("stepOverrides"));
        }
        mistakes.check()?;
        let (scope, id) = write(ctx, async move |tx: Tx| {
            let (practice, workout, row) = of_athlete(&tx, &practice_session_workout_id, &athlete_id).await?;
            let mut mistakes = Mistakes::default();
            let rows = element::rows_of(&tx, workout.workout_revision_id).await?;
            let overrides = step_overrides.unwrap_or_default();
            let overrides = step_override::checked(&mut mistakes, "stepOverrides", overrides, &rows);
            let replacement = match replacement_workout_id {
                Some(id) => mistakes.take(assign::assignable(&tx, &practice, &id, "replacementWorkoutId").await)?,
                None => None,
            };
            mistakes.check()?;
            let change = Change {
                kind: if replacement.is_some() {
                    AssignmentKind::Replaced
                } else {
                    AssignmentKind::Modified
                },
                overrides,
                replacement: replacement.map(|workout| (workout.id, workout.workout_revision_id)),
                reason: reason_category,
                private_reason,
                version: expected_version,
            };
            change.apply(&tx, &practice, row).await
        })
        .await?;
        Ok(PracticeAssignmentPayload {
            practice_assignment: scope.record(id).await?,
            ..Default::default()
        })
    }

    pub(super) async fn excuse(
        ctx: &Context<'_>,
        input: PracticeAssignmentExcuseInput,
    ) -> Result<PracticeAssignmentPayload, Refusal> {
        let PracticeAssignmentExcuseInput {
            practice_session_workout_id,
            athlete_id,
            expected_version,
            reason_category,
            private_reason,
        } = input;
        let mut mistakes = Mistakes::default();
        mistakes.longest(
            "privateReason",
            private_reason.as_opt_deref().flatten().unwrap_or_default(),
            2_000,
        );
        mistakes.check()?;
        let (scope, id) = write(ctx, async move |tx: Tx| {
            let (practice, _, row) = of_athlete(&tx, &practice_session_workout_id, &athlete_id).await?;
            let change = Change {
                kind: AssignmentKind::Excused,
                overrides: Vec::new(),
                replacement: None,
                reason: Some(reason_category),
                private_reason,
                version: expected_version,
            };
            change.apply(&tx, &practice, row).await
        })
        .await?;
        Ok(PracticeAssignmentPayload {
            practice_assignment: scope.record(id).await?,
            ..Default::default()
        })
    }

    pub(super) async fn reset(
        ctx: &Context<'_>,
        input: PracticeAssignmentResetInput,
    ) -> Result<PracticeAssignmentPayload, Refusal> {
        let PracticeAssignmentResetInput { id, expected_version } = input;
        let (scope, id) = write(ctx, async move |tx: Tx| {
            let row = tx.read::<Entity>(&id, Action::Assign, "id").await?;
            let practice = derive::lock(&tx, row.practice_session_id).await?;
            let practice = practice.ok_or_else(|| UserError::not_found("assignment", "id"))?;
            let change = Change {
                kind: AssignmentKind::Group,
                overrides: Vec::new(),
                replacement: None,
                reason: None,
                private_reason: MaybeUndefined::Null,
                version: expected_version,
            };
            change.apply(&tx, &practice, row).await
        })
        .await?;
        Ok(PracticeAssignmentPayload {
            practice_assignment: scope.record(id).await?,
            ..Default::default()
        })
    }
}

/// The assignment of an athlete whom the viewer may assign training to, its practice locked.
async fn of_athlete(
    tx: &Tx,
    workout_id: &ID,
    athlete_id: &ID,
) -> Result<(practice_session::Model, practice_session_workout::Model, Model), Refusal> {
    let mut mistakes = Mistakes::default();
    let path = "practiceSessionWorkoutId";
    let workout = tx
        .read::<practice_session_workout::Entity>(workout_id, Action::Read, path)
        .await;
    let workout = mistakes.take(workout)?;
    let athlete = mistakes.take(
        tx.read::<athlete::Entity>(athlete_id, Action::Assign, "athleteId")
            .await,
    )?;
    mistakes.check()?;
    let (Some(workout), Some(athlete)) = (workout, athlete) else {
        return Err(UserError::not_found("practice workout", path).into());
    };
    let practice = tx.lock_id::<practice_session::Entity>(workout.practice_session_id, Action::Assign, path);
    let practice = practice.await?;
    derive::lock_seasons(tx, &[practice.team_season_id]).await?;
    let row = Entity::find()
        .filter(Column::PracticeSessionWorkoutId.eq(workout.id))
        .filter(Column::AthleteId.eq(athlete.id))
        .filter(Column::WithdrawnAt.is_null());
    let row = tx.find_one(row).await?;
    let row = row.ok_or_else(|| UserError::not_found("athlete who does this workout", "athleteId"))?;
    Ok((practice, workout, row))
}

impl Change {
    async fn apply(self, tx: &Tx, practice: &practice_session::Model, row: Model) -> Result<Uuid, Refusal> {
        let changes = ActiveModel {
            id: Set(row.id),
            kind: Set(self.kind),
            step_overrides: Set(Json(self.overrides)),
            replacement_workout_id: Set(self.replacement.map(|(workout, _)| workout)),
            replacement_revision_id: Set(self.replacement.map(|(_, revision)| revision)),
            reason_category: Set(self.reason.map(Into::into)),
            overridden_by_id: Set(match self.kind {
                AssignmentKind::Group => None,
                _ => tx.viewer().membership(row.program_id).map(|membership| membership.id),
            }),
            ..Default::default()
        };
        let row = tx.update(changes, Action::Assign, self.version).await?;
        match self.private_reason {
            MaybeUndefined::Value(private_reason) => {
                let note = practice_assignment_note::ActiveModel {
                    id: Set(row.id),
                    program_id: Set(row.program_id),
                    athlete_id: Set(row.athlete_id),
                    private_reason: Set(private_reason),
                };
                tx.upsert(note, &[practice_assignment_note::Column::Id]).await?;
            }
            MaybeUndefined::Undefined => {}
            MaybeUndefined::Null => {
                let own = Condition::all().add(practice_assignment_note::Column::Id.eq(row.id));
                tx.delete_rows::<practice_assignment_note::Entity>(own).await?;
            }
        }
        derive::practices(tx, std::slice::from_ref(practice)).await?;
        Ok(row.id)
    }
}

impl PracticeSessionWorkout {
    pub(super) async fn change_for_group(
        ctx: &Context<'_>,
        input: PracticeGroupOverrideInput,
    ) -> Result<PracticeSessionWorkoutPayload, Refusal> {
        let PracticeGroupOverrideInput {
            practice_session_workout_id,
            event_group_id,
            step_overrides,
        } = input;
        let (scope, id) = write(ctx, async move |tx: Tx| {
            let mut mistakes = Mistakes::default();
            let path = "practiceSessionWorkoutId";
            let workout = tx.read::<practice_session_workout::Entity>(&practice_session_workout_id, Action::Read, path);
            let workout = mistakes.take(workout.await)?;
            let group = tx
                .read::<event_group::Entity>(&event_group_id, Action::Assign, "eventGroupId")
                .await;
            let group = mistakes.take(group)?;
            mistakes.check()?;
            let (Some(workout), Some(group)) = (workout, group) else {
                return Err(UserError::not_found("practice workout", path).into());
            };
            let practice = derive::lock(&tx, workout.practice_session_id).await?;
            let practice = practice.ok_or_else(|| UserError::not_found("practice workout", path))?;
            let mut mistakes = Mistakes::default();
            let rows = element::rows_of(&tx, workout.workout_revision_id).await?;
            let overrides = step_override::checked(&mut mistakes, "stepOverrides", step_overrides, &rows);
            mistakes.check()?;
            let update = Query::update()
                .table(practice_workout_group::Entity)
                .value(
                    practice_workout_group::Column::StepOverrides,
                    sea_orm::Value::from(Json(overrides)),
                )
                .and_where(practice_workout_group::Column::PracticeSessionWorkoutId.eq(workout.id))
                .and_where(practice_workout_group::Column::EventGroupId.eq(group.id))
                .take();
            if tx.update_rows(&update).await? == 0 {
                return Err(UserError::not_found("group that does this workout", "eventGroupId").into());
            }
            let row = tx
                .follow(practice_session_workout::ActiveModel {
                    id: Set(workout.id),
                    ..Default::default()
                })
                .await?;
            derive::practices(&tx, std::slice::from_ref(&practice)).await?;
            Ok(row.id)
        })
        .await?;
        Ok(PracticeSessionWorkoutPayload {
            practice_session_workout: scope.record(id).await?,
            ..Default::default()
        })
    }
}
