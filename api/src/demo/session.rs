//! The sessions of a season: one for each athlete and workout, planned, and logged where its day is over.
use super::{
    chance::Chance,
    design::Recipe,
    log::{self, Log},
    people::Person,
    plan::Plan,
    season::Season,
    shop::Rows,
};
use crate::{
    history::{create::blank, day},
    practices::prescription::resolved,
    scope::new_id,
};
use chrono::{DateTime, Duration, NaiveDate, Utc};
use entity::{
    Json, athlete_training_session, athlete_training_session_detail, athlete_training_session_group,
    enums::{AssignmentKind, PracticeKind, SessionSource},
    practice_assignment, practice_session, practice_session_workout,
};
use uuid::Uuid;

impl Season {
    #[expect(clippy::too_many_arguments, reason = "a session is where everything meets")]
    pub(super) fn session(
        &self,
        rows: &mut Rows,
        practice: &practice_session::Model,
        workout: &practice_session_workout::Model,
        assignment: &practice_assignment::Model,
        recipe: &Recipe,
        plan: &Plan,
        (person, chance): (&Person, Chance),
    ) {
        let id = new_id();
        let zone = self.calendar.zone;
        let starts_at = practice.starts_at + Duration::minutes(workout.start_offset_minutes.unwrap_or(0).into());
        let created_at = workout.updated_at;
        let is_excused = assignment.kind == AssignmentKind::Excused;
        let is_rest = practice.kind == PracticeKind::Rest;
        let is_due = !is_excused && !is_rest && practice.cancelled_at.is_none();
        let is_over = practice.ends_at + Duration::minutes(45) <= self.calendar.now;
        let log = (is_due && is_over)
            .then(|| {
                log::of(
                    person,
                    recipe,
                    &plan.steps,
                    (plan.distance_meters, plan.duration_seconds),
                    chance,
                )
            })
            .flatten();
        let done = log.as_ref().map(|log| self.done(log, starts_at, person, chance));
        let planned_description = match (recipe.description, &workout.notes) {
            (Some(description), Some(notes)) => Some(format!("{description}\n{notes}")),
            (description, notes) => description.map(str::to_owned).or(notes.clone()),
        };
        rows.session_groups
            .extend(
                assignment
                    .event_group_ids
                    .0
                    .iter()
                    .map(|group| athlete_training_session_group::Model {
                        id: new_id(),
                        program_id: self.program_id,
                        athlete_training_session_id: id,
                        athlete_id: person.athlete_id,
                        event_group_id: *group,
                    }),
            );
        let mut wide = detail(
            self.program_id,
            person.athlete_id,
            id,
            planned_description,
            plan,
            log.as_ref(),
        );
        if log.is_some() && !self.is_large {
            wide.resolved_targets = Some(Json(resolved(&plan.steps, &person.benchmarks, practice.day)));
        }
        rows.session_details.push(wide);
        rows.sessions.push(athlete_training_session::Model {
            id,
            program_id: self.program_id,
            athlete_id: person.athlete_id,
            team_season_id: Some(self.id),
            practice_session_id: Some(practice.id),
            practice_session_workout_id: Some(workout.id),
            practice_assignment_id: Some(assignment.id),
            workout_revision_id: Some(recipe.revision.id),
            coach_member_id: assignment.overridden_by_id.or(workout.assigned_by_id),
            source: SessionSource::CoachAssigned,
            day: practice.day,
            scheduled_date: Some(practice.day),
            scheduled_time: Some(starts_at.with_timezone(&zone).time()),
            starts_at: Some(starts_at),
            timezone: practice.timezone.clone(),
            missed_at: Some(day::missed_at(practice.day, zone, self.missed_after_hours)),
            workout_category: recipe.workout.category,
            sport: recipe.workout.sport,
            r#type: Some(recipe.workout.r#type),
            title: recipe.workout.title.clone(),
            planned_distance_meters: plan.distance_meters,
            planned_duration_seconds: plan.duration_seconds,
            planned_rpe: None,
            is_rest,
            outcome: log.as_ref().map(|log| log.outcome),
            completed_at: done.map(|(completed_at, _)| completed_at),
            excused_at: is_excused.then_some(created_at),
            cancelled_at: practice.cancelled_at,
            actual_distance_meters: log.as_ref().and_then(|log| log.distance_meters),
            actual_duration_seconds: log.as_ref().and_then(|log| log.duration_seconds),
            actual_rpe: log.as_ref().and_then(|log| log.rpe),
            session_load: log.as_ref().and_then(Log::load),
            session_load_method: log.as_ref().and_then(Log::load_method),
            recorded_by_id: log.as_ref().map(|_| person.user_id.unwrap_or(self.coach_user_id)),
            recorded_at: done.map(|(_, recorded_at)| recorded_at),
            external_id: None,
            version: 1,
            created_at,
            updated_at: done
                .map(|(_, recorded_at)| recorded_at)
                .or(practice.cancelled_at)
                .unwrap_or(created_at),
        });
    }

    /// When it was done, and when it was written down.
    fn done(
        &self,
        log: &Log,
        starts_at: DateTime<Utc>,
        person: &Person,
        chance: Chance,
    ) -> (DateTime<Utc>, DateTime<Utc>) {
        let completed_at = starts_at + Duration::seconds(log.duration_seconds.unwrap_or(3_600).into());
        let patience = if person.user_id.is_some() { 90.0 } else { 600.0 };
        let written = completed_at + Duration::minutes(chance.between(90, 3.0, patience) as i64);
        (self.calendar.past(completed_at), self.calendar.past(written))
    }

    /// What some athletes run on their own on Thursday evenings.
    pub(super) fn shake_outs(&self, rows: &mut Rows, week: u32) {
        let day: NaiveDate = self.calendar.day(week, 3);
        let started_at = self.calendar.at(day, (19, 30));
        for person in self.people.iter().filter(|person| person.runs_alone) {
            let chance = Chance::about(&[self.number, week.into(), 99, person.index as u64]);
            let id = new_id();
            let log = log::shake_out(person, chance);
            let completed_at = started_at + Duration::seconds(log.duration_seconds.unwrap_or(0).into());
            let recorded_at = completed_at + Duration::minutes(8);
            if recorded_at > self.calendar.now {
                continue;
            }
            let nothing = Plan {
                overrides: Vec::new(),
                steps: Vec::new(),
                distance_meters: None,
                duration_seconds: None,
            };
            rows.session_details.push(detail(
                self.program_id,
                person.athlete_id,
                id,
                None,
                &nothing,
                Some(&log),
            ));
            rows.sessions.push(athlete_training_session::Model {
                id,
                athlete_id: person.athlete_id,
                day,
                workout_category: entity::enums::WorkoutCategory::Run,
                sport: entity::enums::Sport::Running,
                r#type: Some(entity::enums::WorkoutType::Easy),
                title: "Evening shake-out".to_owned(),
                outcome: Some(log.outcome),
                completed_at: Some(completed_at),
                actual_distance_meters: log.distance_meters,
                actual_duration_seconds: log.duration_seconds,
                actual_rpe: log.rpe,
                session_load: log.load(),
                session_load_method: log.load_method(),
                recorded_by_id: Some(person.user_id.unwrap_or(self.coach_user_id)),
                recorded_at: Some(recorded_at),
                ..blank(self.program_id, self.calendar.zone.name(), recorded_at)
            });
        }
    }
}

fn detail(
    program_id: Uuid,
    athlete_id: Uuid,
    id: Uuid,
    planned_description: Option<String>,
    plan: &Plan,
    log: Option<&Log>,
) -> athlete_training_session_detail::Model {
    athlete_training_session_detail::Model {
        id,
        program_id,
        athlete_id,
        planned_description,
        step_overrides: Json(plan.overrides.clone()),
        resolved_targets: None,
        actual_description: log.and_then(|log| log.description).map(str::to_owned),
        coach_feedback: log.and_then(|log| log.feedback).map(str::to_owned),
        metrics: None,
        splits: Json(log.map(|log| log.splits.clone()).unwrap_or_default()),
        sets: Json(log.map(|log| log.sets.clone()).unwrap_or_default()),
    }
}
