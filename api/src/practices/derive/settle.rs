//! Makes the stored sessions say what they are to say, but for those in which something was logged.
use super::{
    Derived,
    planned::{Plan, Planned, Plans, Wide},
};
use crate::{error::Refusal, scope::new_id, write::Tx};
use entity::{
    Json, athlete_training_session as session, athlete_training_session_detail as detail,
    athlete_training_session_group as session_group,
    enums::{ChangeOperation, SessionSource},
    practice_session as practice,
};
use science::prescription::Override;
use sea_orm::{
    ActiveValue::Set,
    Condition, EntityTrait, QueryFilter, QueryOrder,
    sea_query::{Expr, Query},
};
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

/// Whether an athlete has logged anything in a session; such a session is never touched again.
pub(crate) fn is_logged(row: &session::Model) -> bool {
    row.outcome.is_some() || row.recorded_at.is_some()
}

pub(super) async fn settle(
    tx: &Tx,
    practices: &[practice::Model],
    Plans(mut plans): Plans,
) -> Result<Derived, Refusal> {
    let ids: Vec<Uuid> = practices.iter().map(|practice| practice.id).collect();
    let cancelled: HashSet<Uuid> = practices
        .iter()
        .filter(|row| row.cancelled_at.is_some())
        .map(|row| row.id)
        .collect();
    // Locked, so that a log that is being written now is waited for and then left alone.
    let stored = tx
        .find_locked(
            session::Entity::find()
                .filter(tx.dialect().among(session::Column::PracticeSessionId, &ids))
                .order_by_asc(session::Column::Id),
        )
        .await?;
    let undone: Vec<Uuid> = stored.iter().filter(|row| !is_logged(row)).map(|row| row.id).collect();
    let wide = Stored::of(tx, &undone).await?;
    let mut changed: HashMap<Plan, Vec<session::Model>> = HashMap::new();
    let mut widened: Vec<(session::Model, Wide)> = Vec::new();
    let mut gone = Vec::new();
    // Logged, and called off or excused no more: it counts again.
    let mut taken_back = Vec::new();
    let mut derived = Derived::default();
    for row in stored {
        let planned = row
            .practice_session_workout_id
            .and_then(|workout| plans.remove(&(workout, row.athlete_id)));
        if is_logged(&row) {
            let plan = planned.map(|planned| planned.plan);
            if let Some(plan) = plan.filter(|plan| plan.takes_back(&row)) {
                taken_back.push(session::ActiveModel {
                    id: Set(row.id),
                    version: Set(row.version),
                    cancelled_at: Set(row.cancelled_at.filter(|_| plan.is_cancelled)),
                    excused_at: Set(row.excused_at.filter(|_| plan.is_excused)),
                    ..Default::default()
                });
            }
            continue;
        }
        let Some(Planned { plan, wide: wanted, .. }) = planned else {
            gone.push(row);
            continue;
        };
        let (agrees, is_wide) = (plan.agrees(&row), wide.agrees(row.id, &wanted));
        if !is_wide {
            widened.push((row.clone(), wanted));
        }
        if !agrees || !is_wide {
            derived.updated += 1;
            changed.entry(plan).or_default().push(row);
        }
    }
    for (plan, rows) in changed {
        let mut update = Query::update();
        update.table(session::Entity);
        let row = plan.columns(tx.now());
        for column in <session::Column as sea_orm::Iterable>::iter() {
            if let sea_orm::ActiveValue::Set(value) = sea_orm::ActiveModelTrait::get(&row, column) {
                update.value(column, Expr::val(value));
            }
        }
        let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
        update.and_where(tx.dialect().among(session::Column::Id, &ids));
        tx.update_rows(&update).await?;
        for row in &rows {
            tx.emit::<session::Entity>(row, ChangeOperation::Updated);
        }
    }
    Stored::rewrite(tx, widened).await?;
    for changes in taken_back {
        tx.follow(changes).await?;
    }
    derived.withdrawn = count(gone.len());
    withdraw(tx, gone).await?;
    // A practice that is called off makes no new sessions.
    let missing: Vec<Planned> = plans
        .into_values()
        .filter(|planned| !cancelled.contains(&planned.assignment.practice_session_id))
        .collect();
    derived.created = count(missing.len());
    create(tx, missing).await?;
    Ok(derived)
}

fn count(rows: usize) -> i32 {
    i32::try_from(rows).unwrap_or(i32::MAX)
}

async fn create(tx: &Tx, missing: Vec<Planned>) -> Result<(), Refusal> {
    let (mut sessions, mut details, mut groups) = (Vec::new(), Vec::new(), Vec::new());
    for Planned { assignment, plan, wide } in missing {
        let id = new_id();
        let row = session::ActiveModel {
            id: Set(id),
            program_id: Set(assignment.program_id),
            athlete_id: Set(assignment.athlete_id),
            practice_session_id: Set(Some(assignment.practice_session_id)),
            practice_session_workout_id: Set(Some(assignment.practice_session_workout_id)),
            practice_assignment_id: Set(Some(assignment.id)),
            source: Set(SessionSource::CoachAssigned),
            planned_rpe: Set(None),
            outcome: Set(None),
            completed_at: Set(None),
            actual_distance_meters: Set(None),
            actual_duration_seconds: Set(None),
            actual_rpe: Set(None),
            session_load: Set(None),
            session_load_method: Set(None),
            recorded_by_id: Set(None),
            recorded_at: Set(None),
            external_id: Set(None),
            version: Set(1),
            created_at: Set(tx.now()),
            ..plan.columns(tx.now())
        };
        if let Ok(row) = sea_orm::TryIntoModel::<session::Model>::try_into_model(row.clone()) {
            tx.emit::<session::Entity>(&row, ChangeOperation::Created);
        }
        sessions.push(row);
        groups.extend(group_rows(
            assignment.program_id,
            assignment.athlete_id,
            id,
            &wide.groups,
        ));
        details.push(detail::ActiveModel {
            id: Set(id),
            program_id: Set(assignment.program_id),
            athlete_id: Set(assignment.athlete_id),
            planned_description: Set(wide.description),
            step_overrides: Set(Json(wide.overrides)),
            resolved_targets: Set(None),
            actual_description: Set(None),
            coach_feedback: Set(None),
            metrics: Set(None),
            splits: Set(Json(Vec::new())),
            sets: Set(Json(Vec::new())),
        });
    }
    tx.insert_rows(sessions).await?;
    tx.insert_rows(details).await?;
    tx.insert_rows(groups).await
}

fn group_rows(
    program_id: Uuid,
    athlete_id: Uuid,
    session_id: Uuid,
    groups: &[Uuid],
) -> Vec<session_group::ActiveModel> {
    let row = |group: &Uuid| session_group::ActiveModel {
        id: Set(new_id()),
        program_id: Set(program_id),
        athlete_training_session_id: Set(session_id),
        athlete_id: Set(athlete_id),
        event_group_id: Set(*group),
    };
    groups.iter().map(row).collect()
}

pub(in crate::practices) async fn withdraw(tx: &Tx, gone: Vec<session::Model>) -> Result<(), Refusal> {
    if gone.is_empty() {
        return Ok(());
    }
    let ids: Vec<Uuid> = gone.iter().map(|row| row.id).collect();
    let of = |column| Condition::all().add(tx.dialect().among(column, &ids));
    tx.delete_rows::<session_group::Entity>(
        Condition::all().add(
            tx.dialect()
                .among(session_group::Column::AthleteTrainingSessionId, &ids),
        ),
    )
    .await?;
    tx.delete_rows::<detail::Entity>(of(detail::Column::Id)).await?;
    tx.delete_rows::<session::Entity>(Condition::all().add(tx.dialect().among(session::Column::Id, &ids)))
        .await?;
    for row in &gone {
        tx.emit::<session::Entity>(row, ChangeOperation::Deleted);
    }
    Ok(())
}

/// What the wide sides of sessions say now.
struct Stored {
    details: HashMap<Uuid, detail::Model>,
    groups: HashMap<Uuid, HashSet<Uuid>>,
}

impl Stored {
    async fn of(tx: &Tx, sessions: &[Uuid]) -> Result<Self, Refusal> {
        let details = tx
            .find(detail::Entity::find().filter(tx.dialect().among(detail::Column::Id, sessions)))
            .await?;
        let among = tx
            .dialect()
            .among(session_group::Column::AthleteTrainingSessionId, sessions);
        let mut groups: HashMap<Uuid, HashSet<Uuid>> = HashMap::new();
        for row in tx.find(session_group::Entity::find().filter(among)).await? {
            groups
                .entry(row.athlete_training_session_id)
                .or_default()
                .insert(row.event_group_id);
        }
        Ok(Self {
            details: details.into_iter().map(|row| (row.id, row)).collect(),
            groups,
        })
    }

    fn agrees(&self, session: Uuid, wide: &Wide) -> bool {
        let groups: HashSet<Uuid> = wide.groups.iter().copied().collect();
        self.groups.get(&session).cloned().unwrap_or_default() == groups
            && self.details.get(&session).is_some_and(|row| {
                row.planned_description == wide.description && row.step_overrides.0 == wide.overrides
            })
    }

    async fn rewrite(tx: &Tx, widened: Vec<(session::Model, Wide)>) -> Result<(), Refusal> {
        let ids: Vec<Uuid> = widened.iter().map(|(row, _)| row.id).collect();
        if ids.is_empty() {
            return Ok(());
        }
        tx.delete_rows::<session_group::Entity>(
            Condition::all().add(
                tx.dialect()
                    .among(session_group::Column::AthleteTrainingSessionId, &ids),
            ),
        )
        .await?;
        let mut alike: Vec<(Option<String>, Vec<Override>, Vec<Uuid>)> = Vec::new();
        let mut groups = Vec::new();
        for (row, wide) in widened {
            groups.extend(group_rows(row.program_id, row.athlete_id, row.id, &wide.groups));
            let same = alike
                .iter_mut()
                .find(|(text, overrides, _)| *text == wide.description && *overrides == wide.overrides);
            match same {
                Some((_, _, sessions)) => sessions.push(row.id),
                None => alike.push((wide.description, wide.overrides, vec![row.id])),
            }
        }
        for (description, overrides, sessions) in alike {
            let update = Query::update()
                .table(detail::Entity)
                .value(detail::Column::PlannedDescription, description)
                .value(detail::Column::StepOverrides, sea_orm::Value::from(Json(overrides)))
                .and_where(tx.dialect().among(detail::Column::Id, &sessions))
                .take();
            tx.update_rows(&update).await?;
        }
        tx.insert_rows(groups).await
    }
}
