//! From a season's weeks to rows: practices, their workouts, and what follows from them by the same rules as
//! `practices::derive`, which finds nothing to change in them.
use super::{
    calendar::Calendar,
    chance::Chance,
    design::{Library, Recipe},
    people::Person,
    plan::{overrides, plan},
    shop::Rows,
    slot::{Exception, Instead, Slot, Task},
};
use crate::scope::new_id;
use chrono::{Days, Duration};
use entity::{
    Json,
    enums::{AssignmentKind, PracticeKind},
    practice_assignment, practice_assignment_note, practice_session, practice_session_note, practice_session_workout,
    practice_workout_group,
};
use std::sync::Arc;
use uuid::Uuid;

/// A season, ready to be trained.
pub(super) struct Season {
    pub id: Uuid,
    pub program_id: Uuid,
    /// Tells its chance from that of other seasons.
    pub number: u64,
    pub calendar: Calendar,
    pub missed_after_hours: i32,
    pub library: Arc<Library>,
    pub groups: Vec<Uuid>,
    pub people: Vec<Person>,
    /// The member who plans.
    pub coach_member_id: Uuid,
    /// The user who logs for athletes without an account.
    pub coach_user_id: Uuid,
    pub week: fn(u32, u32) -> Vec<Slot>,
    pub exceptions: Vec<Exception>,
    /// Large demos do without copies of what was prescribed; it is worked out when it is read.
    pub is_large: bool,
}

impl Season {
    /// The rows of one week.
    pub fn rows(&self, week: u32) -> Rows {
        let mut rows = Rows::default();
        let slots = (self.week)(week, self.calendar.weeks);
        let ids: Vec<Uuid> = slots.iter().map(|_| new_id()).collect();
        for (place, slot) in slots.iter().enumerate() {
            let makeup_for_id = slot.makes_up_for.and_then(|original| ids.get(original).copied());
            let practice = self.practice(week, slot, ids[place], makeup_for_id);
            rows.practice_notes
                .extend(slot.coach_notes.map(|text| practice_session_note::Model {
                    id: practice.id,
                    program_id: practice.program_id,
                    coach_notes: text.to_owned(),
                }));
            for (position, task) in (0..).zip(&slot.tasks) {
                let chance = [self.number, week.into(), place as u64, position as u64];
                self.assign(&mut rows, week, slot, &practice, (position, task), chance);
            }
            rows.practices.push(practice);
        }
        self.shake_outs(&mut rows, week);
        rows
    }

    fn practice(&self, week: u32, slot: &Slot, id: Uuid, makeup_for_id: Option<Uuid>) -> practice_session::Model {
        let calendar = &self.calendar;
        let day = calendar.day(week, slot.weekday);
        let sunday = calendar.day(week, 0) - Days::new(1);
        let starts_at = calendar.at(day, slot.time);
        let created_at = calendar.at(sunday - Days::new(2), (15, 0));
        // The days after tomorrow's morrow are still a draft.
        let published_at = (day <= calendar.today() + Days::new(2)).then(|| calendar.at(sunday, (17, 0)));
        let called_off_at = starts_at - Duration::hours(2);
        let cancelled_at = (slot.cancelled.is_some() && called_off_at < calendar.now).then_some(called_off_at);
        practice_session::Model {
            id,
            program_id: self.program_id,
            team_season_id: self.id,
            kind: slot.kind,
            title: slot.title.to_owned(),
            starts_at,
            ends_at: starts_at + Duration::minutes(slot.minutes),
            timezone: calendar.zone.name().to_owned(),
            day,
            location: slot.location.map(str::to_owned),
            athlete_notes: slot.athlete_notes.map(str::to_owned),
            published_at,
            cancelled_at,
            cancellation_reason: cancelled_at.and(slot.cancelled).map(str::to_owned),
            makeup_for_id,
            version: 1,
            created_at,
            updated_at: cancelled_at.or(published_at).unwrap_or(created_at),
        }
    }

    fn assign(
        &self,
        rows: &mut Rows,
        week: u32,
        slot: &Slot,
        practice: &practice_session::Model,
        (position, task): (i32, &Task),
        chance: [u64; 4],
    ) {
        let recipe = self.library.recipe(task.workout);
        let workout = practice_session_workout::Model {
            id: new_id(),
            program_id: self.program_id,
            practice_session_id: practice.id,
            workout_id: recipe.workout.id,
            workout_revision_id: recipe.revision.id,
            position,
            start_offset_minutes: task.offset,
            notes: task.notes.map(str::to_owned),
            whole_roster: task.groups.is_empty(),
            step_overrides: Json(overrides(recipe, &task.changes)),
            assigned_by_id: Some(self.coach_member_id),
            published_at: practice.published_at,
            version: 1,
            created_at: practice.created_at,
            updated_at: practice.published_at.unwrap_or(practice.created_at),
        };
        for (group, changes) in &task.groups {
            rows.practice_workout_groups.push(practice_workout_group::Model {
                id: new_id(),
                program_id: self.program_id,
                practice_session_workout_id: workout.id,
                event_group_id: self.groups[*group],
                step_overrides: Json(overrides(recipe, changes)),
            });
        }
        let mut plans = Vec::new();
        for person in &self.people {
            let reached = reached(person, task);
            if reached.is_empty() && !workout.whole_roster {
                continue;
            }
            let exception = self.exceptions.iter().find(|exception| {
                exception.person == person.index
                    && exception.weeks.contains(&week)
                    && exception.weekdays.contains(&slot.weekday)
                    && exception.workout.is_none_or(|title| title == task.workout)
                    && slot.kind != PracticeKind::Rest
            });
            let groups: Vec<Uuid> = reached.iter().map(|group| self.groups[*group]).collect();
            let assignment = self.assignment(rows, &workout, recipe, person, groups, exception);
            if practice.published_at.is_some() {
                let recipe = match exception.map(|exception| &exception.instead) {
                    Some(Instead::Workout(title)) => self.library.recipe(title),
                    _ => recipe,
                };
                let of_group = reached.iter().find_map(|group| {
                    let (_, changes) = task.groups.iter().find(|(each, _)| each == group)?;
                    (!changes.is_empty()).then_some(changes)
                });
                let of_group = of_group.map(|changes| overrides(self.library.recipe(task.workout), changes));
                let all = [
                    workout.step_overrides.0.clone(),
                    of_group.unwrap_or_default(),
                    assignment.step_overrides.0.clone(),
                ]
                .concat();
                let plan = plan(&mut plans, recipe, all);
                let chance = Chance::about(&[chance[0], chance[1], chance[2], chance[3], person.index as u64]);
                self.session(rows, practice, &workout, &assignment, recipe, plan, (person, chance));
            }
            rows.assignments.push(assignment);
        }
        rows.practice_workouts.push(workout);
    }

    fn assignment(
        &self,
        rows: &mut Rows,
        workout: &practice_session_workout::Model,
        recipe: &Recipe,
        person: &Person,
        groups: Vec<Uuid>,
        exception: Option<&Exception>,
    ) -> practice_assignment::Model {
        let instead = exception.map(|exception| &exception.instead);
        let (kind, changes, replacement) = match instead {
            None => (AssignmentKind::Group, Vec::new(), None),
            Some(Instead::Nothing) => (AssignmentKind::Excused, Vec::new(), None),
            Some(Instead::Changed(changes)) => (AssignmentKind::Modified, overrides(recipe, changes), None),
            Some(Instead::Workout(title)) => (AssignmentKind::Replaced, Vec::new(), Some(self.library.recipe(title))),
        };
        let id = new_id();
        rows.assignment_notes
            .extend(exception.and_then(|exception| exception.private_reason).map(|reason| {
                practice_assignment_note::Model {
                    id,
                    program_id: self.program_id,
                    athlete_id: person.athlete_id,
                    private_reason: reason.to_owned(),
                }
            }));
        practice_assignment::Model {
            id,
            program_id: self.program_id,
            practice_session_id: workout.practice_session_id,
            practice_session_workout_id: workout.id,
            athlete_id: person.athlete_id,
            sort_name: person.sort_name.clone(),
            kind,
            event_group_ids: Json(groups),
            step_overrides: Json(changes),
            replacement_workout_id: replacement.map(|recipe| recipe.workout.id),
            replacement_revision_id: replacement.map(|recipe| recipe.revision.id),
            reason_category: exception.map(|exception| exception.reason),
            overridden_by_id: exception.map(|_| self.coach_member_id),
            withdrawn_at: None,
            version: 1,
            created_at: workout.created_at,
            updated_at: if exception.is_some() {
                workout.updated_at
            } else {
                workout.created_at
            },
        }
    }
}

/// The groups through which a task reaches a person, the primary one first.
fn reached(person: &Person, task: &Task) -> Vec<usize> {
    let does = |group: &&usize| task.groups.is_empty() || task.groups.iter().any(|(each, _)| each == *group);
    person.groups.iter().filter(does).copied().collect()
}
