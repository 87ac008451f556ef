//! From a practice to what each athlete does: one function that everything calls which changes either side.
//!
//! It inserts what is missing, brings in line what has nothing logged, withdraws what no longer follows, and never
//! touches a session with an actual value. All derivations of a season take turns: they lock the season's row before
//! they read rosters, so that a group change and a publication at the same moment end as if one came after the other.
use super::audience::{Audience, Seat};
use crate::{error::Refusal, history::day, scope::new_id, workouts::element, write::Tx};
use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use entity::{
    Json, athlete_training_session as session, athlete_training_session_detail as detail,
    athlete_training_session_group as session_group,
    enums::{AssignmentKind, ChangeOperation, PracticeKind, SessionSource, Sport, WorkoutCategory, WorkoutType},
    practice_assignment as assignment, practice_session as practice, practice_session_workout as practice_workout,
    program, roster_entry, team_season, workout, workout_description, workout_element, workout_revision,
};
use science::prescription::{self, Override};
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::Set,
    ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
    sea_query::{Expr, Query},
};
use std::collections::{HashMap, HashSet};
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
    settle(tx, practices, plans).await
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
    let mut assigned = assignment::Entity::find()
        .select_only()
        .column(assignment::Column::PracticeSessionId)
        .filter(tx.dialect().among(assignment::Column::AthleteId, athletes))
        .into_query();
    let rosters = roster_entry::Entity::find()
        .select_only()
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

async fn lock_seasons(tx: &Tx, seasons: &[Uuid]) -> Result<(), Refusal> {
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

/// What a training session says as long as nothing is logged in it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Plan {
    workout_revision_id: Uuid,
    coach_member_id: Option<Uuid>,
    team_season_id: Uuid,
    day: NaiveDate,
    scheduled_time: NaiveTime,
    starts_at: DateTime<Utc>,
    timezone: String,
    missed_at: DateTime<Utc>,
    workout_category: WorkoutCategory,
    sport: Sport,
    r#type: WorkoutType,
    title: String,
    planned_distance_meters: Option<i32>,
    planned_duration_seconds: Option<i32>,
    is_rest: bool,
    is_excused: bool,
    is_cancelled: bool,
}

impl Plan {
    fn agrees(&self, row: &session::Model) -> bool {
        row.workout_revision_id == Some(self.workout_revision_id)
            && row.coach_member_id == self.coach_member_id
            && row.team_season_id == Some(self.team_season_id)
            && row.day == self.day
            && row.scheduled_date == Some(self.day)
            && row.scheduled_time == Some(self.scheduled_time)
            && row.starts_at == Some(self.starts_at)
            && row.timezone == self.timezone
            && row.missed_at == Some(self.missed_at)
            && row.workout_category == self.workout_category
            && row.sport == self.sport
            && row.r#type == Some(self.r#type)
            && row.title == self.title
            && row.planned_distance_meters == self.planned_distance_meters
            && row.planned_duration_seconds == self.planned_duration_seconds
            && row.is_rest == self.is_rest
            && row.excused_at.is_some() == self.is_excused
            && row.cancelled_at.is_some() == self.is_cancelled
    }

    fn columns(&self, now: DateTime<Utc>) -> session::ActiveModel {
        session::ActiveModel {
            workout_revision_id: Set(Some(self.workout_revision_id)),
            coach_member_id: Set(self.coach_member_id),
            team_season_id: Set(Some(self.team_season_id)),
            day: Set(self.day),
            scheduled_date: Set(Some(self.day)),
            scheduled_time: Set(Some(self.scheduled_time)),
            starts_at: Set(Some(self.starts_at)),
            timezone: Set(self.timezone.clone()),
            missed_at: Set(Some(self.missed_at)),
            workout_category: Set(self.workout_category),
            sport: Set(self.sport),
            r#type: Set(Some(self.r#type)),
            title: Set(self.title.clone()),
            planned_distance_meters: Set(self.planned_distance_meters),
            planned_duration_seconds: Set(self.planned_duration_seconds),
            is_rest: Set(self.is_rest),
            excused_at: Set(self.is_excused.then_some(now)),
            cancelled_at: Set(self.is_cancelled.then_some(now)),
            updated_at: Set(now),
            ..Default::default()
        }
    }
}

/// The wide side of a plan.
#[derive(Clone, Debug, PartialEq)]
struct Wide {
    description: Option<String>,
    overrides: Vec<Override>,
    groups: Vec<Uuid>,
}

struct Planned {
    assignment: assignment::Model,
    plan: Plan,
    wide: Wide,
}

/// What should be: a plan for each practice workout and athlete whose practice workout is published.
struct Plans(HashMap<(Uuid, Uuid), Planned>);

impl Plans {
    async fn of(
        tx: &Tx,
        program: &program::Model,
        practices: &[practice::Model],
        audience: &Audience,
        assignments: &Assignments,
    ) -> Result<Self, Refusal> {
        let published = || audience.seats().filter(|(workout, _)| workout.published_at.is_some());
        let live = |workout: &practice_workout::Model, seat: &Seat| assignments.get(&(workout.id, seat.athlete_id));
        let revisions: HashSet<Uuid> = published()
            .flat_map(|(workout, seats)| {
                let replaced = seats
                    .iter()
                    .filter_map(move |seat| live(workout, seat)?.replacement_revision_id);
                replaced.chain([workout.workout_revision_id])
            })
            .collect();
        let library = Library::of(tx, &Vec::from_iter(revisions)).await?;
        let practices: HashMap<Uuid, &practice::Model> = practices.iter().map(|row| (row.id, row)).collect();
        let mut plans = HashMap::new();
        for (workout, seats) in published() {
            let Some(practice) = practices.get(&workout.practice_session_id) else {
                continue;
            };
            for seat in seats {
                let Some(assignment) = live(workout, seat) else {
                    continue;
                };
                let overrides = overrides_of(workout, &seat.overrides, assignment);
                let revision_id = assignment
                    .replacement_revision_id
                    .unwrap_or(workout.workout_revision_id);
                let Some(plan) = library.plan(program, practice, workout, assignment, revision_id, &overrides) else {
                    continue;
                };
                let description = library.description(revision_id, workout.notes.as_deref());
                let wide = Wide {
                    description,
                    overrides,
                    groups: seat.groups.clone(),
                };
                plans.insert(
                    (workout.id, seat.athlete_id),
                    Planned {
                        assignment: assignment.clone(),
                        plan,
                        wide,
                    },
                );
            }
        }
        Ok(Self(plans))
    }
}

/// The overrides that reach an athlete, outermost first: of the practice workout, of the group, of the athlete.
pub(super) fn overrides_of(
    workout: &practice_workout::Model,
    of_group: &[Override],
    assignment: &assignment::Model,
) -> Vec<Override> {
    [&workout.step_overrides.0, of_group, &assignment.step_overrides.0]
        .into_iter()
        .flatten()
        .cloned()
        .collect()
}

/// Workouts and their steps by revision.
struct Library {
    workouts: HashMap<Uuid, workout::Model>,
    descriptions: HashMap<Uuid, String>,
    elements: HashMap<Uuid, Vec<prescription::Element>>,
}

impl Library {
    async fn of(tx: &Tx, revisions: &[Uuid]) -> Result<Self, Refusal> {
        let among = tx.dialect().among(
            (workout_element::Entity, workout_element::Column::WorkoutRevisionId),
            revisions,
        );
        let mut rows: HashMap<Uuid, Vec<workout_element::Model>> = HashMap::new();
        for row in tx.find(workout_element::Entity::find().filter(among)).await? {
            rows.entry(row.workout_revision_id).or_default().push(row);
        }
        let elements = rows
            .into_iter()
            .map(|(revision, rows)| (revision, element::from_rows(&rows)))
            .collect();
        let revisions = tx
            .find(workout_revision::Entity::find().filter(tx.dialect().among(workout_revision::Column::Id, revisions)))
            .await?;
        let ids: Vec<Uuid> = revisions.iter().map(|revision| revision.workout_id).collect();
        let by_id: HashMap<Uuid, workout::Model> = tx
            .find(workout::Entity::find().filter(tx.dialect().among(workout::Column::Id, &ids)))
            .await?
            .into_iter()
            .map(|row| (row.id, row))
            .collect();
        let described = tx
            .find(workout_description::Entity::find().filter(tx.dialect().among(workout_description::Column::Id, &ids)))
            .await?;
        let by_workout: HashMap<Uuid, String> = described.into_iter().map(|row| (row.id, row.description)).collect();
        Ok(Self {
            workouts: revisions
                .iter()
                .filter_map(|row| Some((row.id, by_id.get(&row.workout_id)?.clone())))
                .collect(),
            descriptions: revisions
                .iter()
                .filter_map(|row| Some((row.id, by_workout.get(&row.workout_id)?.clone())))
                .collect(),
            elements,
        })
    }

    fn description(&self, revision_id: Uuid, notes: Option<&str>) -> Option<String> {
        match (self.descriptions.get(&revision_id), notes) {
            (Some(description), Some(notes)) => Some(format!("{description}\n{notes}")),
            (description, notes) => description.cloned().or_else(|| notes.map(str::to_owned)),
        }
    }

    fn plan(
        &self,
        program: &program::Model,
        practice: &practice::Model,
        workout: &practice_workout::Model,
        assignment: &assignment::Model,
        revision_id: Uuid,
        overrides: &[Override],
    ) -> Option<Plan> {
        let content = self.workouts.get(&revision_id)?;
        let elements = self.elements.get(&revision_id).map(Vec::as_slice).unwrap_or_default();
        // An override that makes a workout too long was refused when it was made.
        let steps = prescription::expand(elements, &[overrides]).unwrap_or_default();
        let estimate = science::estimate::prescribed(&steps);
        let zone = day::zone(&practice.timezone);
        let starts_at =
            practice.starts_at + chrono::Duration::minutes(workout.start_offset_minutes.unwrap_or(0).into());
        Some(Plan {
            workout_revision_id: revision_id,
            coach_member_id: assignment.overridden_by_id.or(workout.assigned_by_id),
            team_season_id: practice.team_season_id,
            day: practice.day,
            scheduled_time: starts_at.with_timezone(&zone).time(),
            starts_at,
            timezone: practice.timezone.clone(),
            missed_at: day::missed_at(practice.day, zone, program.missed_after_hours),
            workout_category: content.category,
            sport: content.sport,
            r#type: content.r#type,
            title: content.title.clone(),
            planned_distance_meters: estimate.distance_meters,
            planned_duration_seconds: estimate.duration_seconds,
            is_rest: practice.kind == PracticeKind::Rest,
            is_excused: assignment.kind == AssignmentKind::Excused,
            is_cancelled: practice.cancelled_at.is_some(),
        })
    }
}

/// Whether an athlete has logged anything in a session; such a session is never touched again.
pub(crate) fn is_logged(row: &session::Model) -> bool {
    row.outcome.is_some() || row.recorded_at.is_some()
}

async fn settle(tx: &Tx, practices: &[practice::Model], Plans(mut plans): Plans) -> Result<Derived, Refusal> {
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
    let mut derived = Derived::default();
    for row in stored {
        let planned = row
            .practice_session_workout_id
            .and_then(|workout| plans.remove(&(workout, row.athlete_id)));
        if is_logged(&row) {
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
            prescription: Set(None),
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

pub(super) async fn withdraw(tx: &Tx, gone: Vec<session::Model>) -> Result<(), Refusal> {
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
