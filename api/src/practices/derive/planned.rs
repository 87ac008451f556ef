//! What the sessions of practices are to say, for each practice workout and athlete.
use super::Assignments;
use crate::practices::audience::{Audience, Seat};
use crate::{
    error::Refusal,
    history::{
        day,
        planned::{MAX_METERS, MAX_SECONDS},
    },
    workouts::element,
    write::Tx,
};
use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use entity::{
    athlete_training_session as session,
    enums::{AssignmentKind, PracticeKind, Sport, WorkoutCategory, WorkoutType},
    practice_assignment as assignment, practice_session as practice, practice_session_workout as practice_workout,
    program, workout, workout_description, workout_element, workout_revision,
};
use science::prescription::{self, Override};
use sea_orm::{ActiveValue::Set, EntityTrait, QueryFilter};
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

/// What a training session says as long as nothing is logged in it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Plan {
    pub(super) workout_revision_id: Uuid,
    pub(super) coach_member_id: Option<Uuid>,
    pub(super) team_season_id: Uuid,
    pub(super) day: NaiveDate,
    pub(super) scheduled_time: NaiveTime,
    pub(super) starts_at: DateTime<Utc>,
    pub(super) timezone: String,
    pub(super) missed_at: DateTime<Utc>,
    pub(super) workout_category: WorkoutCategory,
    pub(super) sport: Sport,
    pub(super) r#type: WorkoutType,
    pub(super) title: String,
    pub(super) planned_distance_meters: Option<i32>,
    pub(super) planned_duration_seconds: Option<i32>,
    pub(super) is_rest: bool,
    pub(super) is_excused: bool,
    pub(super) is_cancelled: bool,
}

impl Plan {
    pub(super) fn agrees(&self, row: &session::Model) -> bool {
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

    /// Whether a session is marked as called off or excused, and the practice no longer says so.
    pub(super) fn takes_back(&self, row: &session::Model) -> bool {
        (row.excused_at.is_some() && !self.is_excused) || (row.cancelled_at.is_some() && !self.is_cancelled)
    }

    pub(super) fn columns(&self, now: DateTime<Utc>) -> session::ActiveModel {
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
pub(super) struct Wide {
    pub(super) description: Option<String>,
    pub(super) overrides: Vec<Override>,
    pub(super) groups: Vec<Uuid>,
}

pub(super) struct Planned {
    pub(super) assignment: assignment::Model,
    pub(super) plan: Plan,
    pub(super) wide: Wide,
}

/// What should be: a plan for each practice workout and athlete whose practice workout is published.
pub(super) struct Plans(pub(super) HashMap<(Uuid, Uuid), Planned>);

impl Plans {
    pub(super) async fn of(
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
pub(in crate::practices) fn overrides_of(
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
            // What no session holds is no estimate: a workout of a thousand repeats of a thousand kilometres.
            planned_distance_meters: estimate
                .distance_meters
                .filter(|meters| (0..=MAX_METERS).contains(meters)),
            planned_duration_seconds: estimate
                .duration_seconds
                .filter(|seconds| (0..=MAX_SECONDS).contains(seconds)),
            is_rest: practice.kind == PracticeKind::Rest,
            is_excused: assignment.kind == AssignmentKind::Excused,
            is_cancelled: practice.cancelled_at.is_some(),
        })
    }
}
