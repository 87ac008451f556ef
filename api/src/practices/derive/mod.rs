//! From a practice to what each athlete does: one function that everything calls which changes either side.
//!
//! It inserts what is missing, brings in line what has nothing logged, withdraws what no longer follows, and never
//! touches a session with an actual value. All derivations of a season take turns: they lock the season's row before
//! they read rosters, so that a group change and a publication at the same moment end as if one came after the other.
mod planned;
mod settle;

pub(crate) use settle::is_logged;
pub(in crate::practices) use {planned::overrides_of, settle::withdraw};

use super::audience::{Audience, Seat};
use crate::{error::Refusal, history::day, scope::new_id, sql::bare, write::Tx};
use entity::{
    Json,
    enums::{AssignmentKind, ChangeOperation},
    practice_assignment as assignment, practice_session as practice, practice_session_workout as practice_workout,
    program, roster_entry, team_season,
};
use planned::Plans;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    QueryTrait, sea_query::Query,
};
use std::collections::HashMap;
use uuid::Uuid;

/// What a derivation did to training sessions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Derived {
    /// Sessions that were missing.
    pub created: i32,
    /// Sessions with nothing logged that did not say what the practice says.
    pub updated: i32,
    /// Sessions with nothing logged that no longer follow from the practice.
    pub withdrawn: i32,
}

/// Brings practices of one program in line with their workouts, overrides, groups and rosters now. The caller has
/// locked the practice it changed.
///
/// # Errors
/// Failures of the database alone.
pub async fn practices(tx: &Tx, practices: &[practice::Model]) -> Result<Derived, Refusal> {
    let Some(first) = practices.first() else {
        return Ok(Derived::default());
    };
    let seasons: Vec<Uuid> = practices.iter().map(|practice| practice.team_season_id).collect();
    lock_seasons(tx, &seasons).await?;
    let program = tx.find_one(program::Entity::find_by_id(first.program_id)).await?;
    let Some(program) = program else {
        return Ok(Derived::default());
    };
    let audience = Audience::of(tx, practices).await?;
    let assignments = assign(tx, practices, &audience).await?;
    let plans = Plans::of(tx, &program, practices, &audience, &assignments).await?;
    settle::settle(tx, practices, plans).await
}

/// Brings the practices of today and to come of these athletes in line with their groups and rosters now. Call it in
/// the transaction that changed a group, a roster entry or an athlete, after the change. What lies in the past keeps
/// the groups it had.
///
/// # Errors
/// Failures of the database alone.
pub async fn for_athletes(tx: &Tx, program_id: Uuid, athletes: &[Uuid]) -> Result<(), Refusal> {
    if athletes.is_empty() {
        return Ok(());
    }
    let Some(program) = tx.find_one(program::Entity::find_by_id(program_id)).await? else {
        return Ok(());
    };
    let mut assigned = bare::<assignment::Entity>()
        .column(assignment::Column::PracticeSessionId)
        .filter(tx.dialect().among(assignment::Column::AthleteId, athletes))
        .into_query();
    let rosters = bare::<roster_entry::Entity>()
        .column(roster_entry::Column::TeamSeasonId)
        .filter(tx.dialect().among(roster_entry::Column::AthleteId, athletes))
        .into_query();
    let of_athletes = Condition::any()
        .add(practice::Column::TeamSeasonId.in_subquery(rosters))
        .add(practice::Column::Id.in_subquery(assigned.take()));
    let to_come = practice::Entity::find()
        .filter(practice::Column::ProgramId.eq(program_id))
        .filter(practice::Column::Day.gte(day::local_day(tx.now(), day::zone(&program.timezone))))
        .filter(of_athletes);
    let seasons: Vec<Uuid> = tx
        .find(to_come.clone())
        .await?
        .iter()
        .map(|practice| practice.team_season_id)
        .collect();
    lock_seasons(tx, &seasons).await?;
    practices(tx, &tx.find(to_come).await?).await.map(drop)
}

/// A practice, locked before its season: everything that changes what athletes do in it takes turns there, in this order.
///
/// # Errors
/// Failures of the database alone.
pub(crate) async fn lock(tx: &Tx, practice: Uuid) -> Result<Option<practice::Model>, Refusal> {
    let practice = tx.find_locked(practice::Entity::find_by_id(practice)).await?.pop();
    if let Some(practice) = &practice {
        lock_seasons(tx, &[practice.team_season_id]).await?;
    }
    Ok(practice)
}

/// Locks seasons, always in the same order.
pub(crate) async fn lock_seasons(tx: &Tx, seasons: &[Uuid]) -> Result<(), Refusal> {
    let select = team_season::Entity::find()
        .filter(tx.dialect().among(team_season::Column::Id, seasons))
        .order_by_asc(team_season::Column::Id);
    tx.find_locked(select).await.map(drop)
}

type Assignments = HashMap<(Uuid, Uuid), assignment::Model>;

/// One assignment for each practice workout and athlete of its audience; who left keeps a withdrawn one, so that an
/// override is still there when the athlete comes back.
async fn assign(tx: &Tx, practices: &[practice::Model], audience: &Audience) -> Result<Assignments, Refusal> {
    let ids: Vec<Uuid> = practices.iter().map(|practice| practice.id).collect();
    let stored = tx
        .find_locked(
            assignment::Entity::find()
                .filter(tx.dialect().among(assignment::Column::PracticeSessionId, &ids))
                .order_by_asc(assignment::Column::Id),
        )
        .await?;
    let mut assignments: Assignments = stored
        .into_iter()
        .map(|row| ((row.practice_session_workout_id, row.athlete_id), row))
        .collect();
    let mut missing = Vec::new();
    for (workout, seats) in audience.seats() {
        for seat in seats {
            let Some(row) = assignments.get_mut(&(workout.id, seat.athlete_id)) else {
                let row = new_assignment(tx, workout, seat);
                tx.emit::<assignment::Entity>(&row, ChangeOperation::Created);
                missing.push(ActiveModelTrait::reset_all(assignment::ActiveModel::from(row.clone())));
                assignments.insert((workout.id, seat.athlete_id), row);
                continue;
            };
            if row.withdrawn_at.is_some() || row.event_group_ids.0 != seat.groups {
                *row = tx
                    .follow(assignment::ActiveModel {
                        id: Set(row.id),
                        version: Set(row.version),
                        event_group_ids: Set(Json(seat.groups.clone())),
                        withdrawn_at: Set(None),
                        ..Default::default()
                    })
                    .await?;
            }
        }
    }
    tx.insert_rows(missing).await?;
    let gone: Vec<Uuid> = assignments
        .values()
        .filter(|row| row.withdrawn_at.is_none() && !audience.has(row.practice_session_workout_id, row.athlete_id))
        .map(|row| row.id)
        .collect();
    if !gone.is_empty() {
        let withdraw = Query::update()
            .table(assignment::Entity)
            .value(assignment::Column::WithdrawnAt, tx.now())
            .value(assignment::Column::UpdatedAt, tx.now())
            .and_where(tx.dialect().among(assignment::Column::Id, &gone))
            .take();
        tx.update_rows(&withdraw).await?;
        for row in assignments.values_mut().filter(|row| gone.contains(&row.id)) {
            row.withdrawn_at = Some(tx.now());
            tx.emit::<assignment::Entity>(row, ChangeOperation::Updated);
        }
    }
    Ok(assignments)
}

fn new_assignment(tx: &Tx, workout: &practice_workout::Model, seat: &Seat) -> assignment::Model {
    assignment::Model {
        id: new_id(),
        program_id: workout.program_id,
        practice_session_id: workout.practice_session_id,
        practice_session_workout_id: workout.id,
        athlete_id: seat.athlete_id,
        sort_name: seat.sort_name.clone(),
        kind: AssignmentKind::Group,
        event_group_ids: Json(seat.groups.clone()),
        step_overrides: Json(Vec::new()),
        replacement_workout_id: None,
        replacement_revision_id: None,
        reason_category: None,
        overridden_by_id: None,
        withdrawn_at: None,
        version: 1,
        created_at: tx.now(),
        updated_at: tx.now(),
    }
}
