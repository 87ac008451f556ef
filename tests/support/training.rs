//! Workouts, practices, assignments and sessions of the small world.
use super::{
    roster::{Athlete, Group, Season},
    world::{Id, Program, World},
};
use chrono::{Duration, NaiveDate};
use entity::{
    Json, athlete_training_session, athlete_training_session_detail, athlete_training_session_group,
    enums::{
        AssignmentKind, PracticeKind, SessionSource, Sport, TrainingEventKind, WorkoutCategory, WorkoutStepKind,
        WorkoutType,
    },
    practice_assignment, practice_assignment_note, practice_session, practice_session_note, practice_session_workout,
    practice_workout_athlete, practice_workout_group, training_event, workout, workout_description, workout_element,
    workout_note, workout_revision,
};
use fieldhouse::{scope::new_id, sql::folded};
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::{Set, Unchanged},
    TransactionTrait,
};
use uuid::Uuid;

/// A workout of half an hour and strides, with its building block.
#[derive(Clone)]
pub struct Workout {
    pub program: Program,
    pub id: Id,
    pub revision: Id,
    pub element: Uuid,
    pub repeat: Uuid,
    pub training_event: Id,
}

impl Program {
    /// A running workout of half an hour and strides, described, with notes for staff.
    pub async fn workout(&self, title: &str) -> Workout {
        let (world, now) = (&self.world, self.world.now());
        let program_id = Set(self.id.id);
        let event = training_event::ActiveModel {
            id: Set(new_id()),
            program_id: program_id.clone(),
            name: Set(title.to_owned()),
            sort_name: Set(folded(title)),
            kind: Set(TrainingEventKind::RunSegment),
            tags: Set(Json(Vec::new())),
            created_at: Set(now),
            updated_at: Set(now),
            ..Default::default()
        };
        let event = world.insert(event).await;
        let (workout_id, revision_id) = (new_id(), new_id());
        let transaction = world.raw.begin().await.expect("a transaction begins");
        let workout = workout::ActiveModel {
            id: Set(workout_id),
            program_id: program_id.clone(),
            title: Set(title.to_owned()),
            sort_name: Set(folded(title)),
            category: Set(WorkoutCategory::Run),
            r#type: Set(WorkoutType::Easy),
            sport: Set(Sport::Running),
            tags: Set(Json(Vec::new())),
            workout_revision_id: Set(revision_id),
            created_at: Set(now),
            updated_at: Set(now),
            ..Default::default()
        };
        workout.insert(&transaction).await.expect("the workout is inserted");
        let revision = workout_revision::ActiveModel {
            id: Set(revision_id),
            program_id: program_id.clone(),
            workout_id: Set(workout_id),
            version: Set(1),
            title: Set(title.to_owned()),
            is_nominal: Set(true),
            created_at: Set(now),
            ..Default::default()
        };
        revision.insert(&transaction).await.expect("the revision is inserted");
        transaction.commit().await.expect("the transaction ends");
        let half_an_hour = serde_json::json!({ "kind": "time", "seconds": 1800 });
        let stride = serde_json::json!({ "kind": "distance", "meters": 100.0 });
        let element = workout_element::ActiveModel {
            id: Set(new_id()),
            program_id: program_id.clone(),
            workout_revision_id: Set(revision_id),
            position: Set(0),
            kind: Set(Some(WorkoutStepKind::Work)),
            training_event_id: Set(Some(event.id)),
            length: Set(Some(Json(serde_json::from_value(half_an_hour).expect("a length")))),
            ..Default::default()
        };
        let element = world.insert(element).await;
        let repeat = workout_element::ActiveModel {
            id: Set(new_id()),
            program_id: program_id.clone(),
            workout_revision_id: Set(revision_id),
            position: Set(1),
            count: Set(Some(4)),
            ..Default::default()
        };
        let repeat = world.insert(repeat).await;
        let stride = workout_element::ActiveModel {
            id: Set(new_id()),
            program_id: program_id.clone(),
            workout_revision_id: Set(revision_id),
            parent_id: Set(Some(repeat.id)),
            position: Set(2),
            kind: Set(Some(WorkoutStepKind::Work)),
            length: Set(Some(Json(serde_json::from_value(stride).expect("a length")))),
            ..Default::default()
        };
        world.insert(stride).await;
        let description = workout_description::ActiveModel {
            id: Set(workout_id),
            program_id: program_id.clone(),
            description: Set("Keep it conversational.".to_owned()),
        };
        world.insert(description).await;
        let note = workout_note::ActiveModel {
            id: Set(workout_id),
            program_id,
            coach_notes: Set("Watch the calves.".to_owned()),
        };
        world.insert(note).await;
        Workout {
            program: self.clone(),
            id: Id::new::<workout::Entity>(workout_id),
            revision: Id::new::<workout_revision::Entity>(revision_id),
            element: element.id,
            repeat: repeat.id,
            training_event: Id::new::<training_event::Entity>(event.id),
        }
    }
}

/// A practice.
#[derive(Clone)]
pub struct Practice {
    pub season: Season,
    pub id: Id,
    pub is_published: bool,
    pub day: NaiveDate,
}

impl Season {
    /// A practice of two hours tomorrow, published, with notes for staff.
    pub async fn practice(&self, title: &str) -> Practice {
        self.practice_when(title, true).await
    }

    /// The same, not published.
    pub async fn draft(&self, title: &str) -> Practice {
        self.practice_when(title, false).await
    }

    async fn practice_when(&self, title: &str, is_published: bool) -> Practice {
        let world = self.world();
        let now = world.now();
        let starts_at = now + Duration::days(1);
        let row = practice_session::ActiveModel {
            id: Set(new_id()),
            program_id: Set(self.team.program.id.id),
            team_season_id: Set(self.id.id),
            kind: Set(PracticeKind::Practice),
            title: Set(title.to_owned()),
            starts_at: Set(starts_at),
            ends_at: Set(starts_at + Duration::hours(2)),
            timezone: Set("America/Denver".to_owned()),
            day: Set(starts_at.date_naive()),
            published_at: Set(is_published.then_some(now)),
            created_at: Set(now),
            updated_at: Set(now),
            ..Default::default()
        };
        let row = world.insert(row).await;
        let note = practice_session_note::ActiveModel {
            id: Set(row.id),
            program_id: Set(row.program_id),
            coach_notes: Set("Bring the cones.".to_owned()),
        };
        world.insert(note).await;
        Practice {
            season: self.clone(),
            id: Id::new::<practice_session::Entity>(row.id),
            is_published,
            day: row.day,
        }
    }
}

/// A workout of a practice.
#[derive(Clone)]
pub struct PracticeWorkout {
    pub practice: Practice,
    pub workout: Workout,
    pub id: Id,
}

impl Practice {
    /// Puts a workout on the practice, for nobody yet or for the whole roster.
    pub async fn add(&self, workout: &Workout, is_for_all: bool) -> PracticeWorkout {
        let world = self.world();
        let now = world.now();
        let row = practice_session_workout::ActiveModel {
            id: Set(new_id()),
            program_id: Set(workout.program.id.id),
            practice_session_id: Set(self.id.id),
            workout_id: Set(workout.id.id),
            workout_revision_id: Set(workout.revision.id),
            position: Set(0),
            whole_roster: Set(is_for_all),
            step_overrides: Set(Json(Vec::new())),
            published_at: Set(self.is_published.then_some(now)),
            created_at: Set(now),
            updated_at: Set(now),
            ..Default::default()
        };
        let row = world.insert(row).await;
        PracticeWorkout {
            practice: self.clone(),
            workout: workout.clone(),
            id: Id::new::<practice_session_workout::Entity>(row.id),
        }
    }

    /// Calls it off.
    pub async fn call_off(&self) {
        let world = self.world();
        let row = practice_session::ActiveModel {
            id: Unchanged(self.id.id),
            cancelled_at: Set(Some(world.now())),
            ..Default::default()
        };
        world.alter(row).await;
    }

    fn world(&self) -> &World {
        self.season.world()
    }
}

impl PracticeWorkout {
    /// Names a group for it.
    pub async fn for_group(&self, group: &Group) -> Uuid {
        let row = practice_workout_group::ActiveModel {
            id: Set(new_id()),
            program_id: Set(self.workout.program.id.id),
            practice_session_workout_id: Set(self.id.id),
            event_group_id: Set(group.id.id),
            step_overrides: Set(Json(Vec::new())),
        };
        self.practice.world().insert(row).await.id
    }

    /// Names an athlete for it.
    pub async fn for_athlete(&self, athlete: &Athlete) -> Uuid {
        let row = practice_workout_athlete::ActiveModel {
            id: Set(new_id()),
            program_id: Set(self.workout.program.id.id),
            practice_session_workout_id: Set(self.id.id),
            athlete_id: Set(athlete.id.id),
        };
        self.practice.world().insert(row).await.id
    }

    /// What an athlete is asked to do of it, with a private note.
    pub async fn assignment(&self, athlete: &Athlete) -> Id {
        let world = self.practice.world();
        let now = world.now();
        let row = practice_assignment::ActiveModel {
            id: Set(new_id()),
            program_id: Set(self.workout.program.id.id),
            practice_session_id: Set(self.practice.id.id),
            practice_session_workout_id: Set(self.id.id),
            athlete_id: Set(athlete.id.id),
            sort_name: Set(athlete.sort_name.clone()),
            kind: Set(AssignmentKind::Group),
            event_group_ids: Set(Json(Vec::new())),
            step_overrides: Set(Json(Vec::new())),
            created_at: Set(now),
            updated_at: Set(now),
            ..Default::default()
        };
        let row = world.insert(row).await;
        let note = practice_assignment_note::ActiveModel {
            id: Set(row.id),
            program_id: Set(row.program_id),
            athlete_id: Set(row.athlete_id),
            private_reason: Set("A sore knee.".to_owned()),
        };
        world.insert(note).await;
        Id::new::<practice_assignment::Entity>(row.id)
    }

    /// The session that an athlete's assignment comes to, with its detail.
    pub async fn session(&self, athlete: &Athlete, assignment: Id) -> Id {
        let row = athlete_training_session::ActiveModel {
            team_season_id: Set(Some(self.practice.season.id.id)),
            practice_session_id: Set(Some(self.practice.id.id)),
            practice_session_workout_id: Set(Some(self.id.id)),
            practice_assignment_id: Set(Some(assignment.id)),
            workout_revision_id: Set(Some(self.workout.revision.id)),
            source: Set(SessionSource::CoachAssigned),
            ..athlete.plain_session(self.practice.day)
        };
        athlete.insert_session(row).await
    }
}

impl Athlete {
    /// A session that the athlete planned without a coach.
    pub async fn own_session(&self, day: NaiveDate) -> Id {
        self.insert_session(self.plain_session(day)).await
    }

    fn plain_session(&self, day: NaiveDate) -> athlete_training_session::ActiveModel {
        let now = self.program.world.now();
        athlete_training_session::ActiveModel {
            id: Set(new_id()),
            program_id: Set(self.program.id.id),
            athlete_id: Set(self.id.id),
            source: Set(SessionSource::SelfAssigned),
            day: Set(day),
            scheduled_date: Set(Some(day)),
            timezone: Set("America/Denver".to_owned()),
            workout_category: Set(WorkoutCategory::Run),
            sport: Set(Sport::Running),
            title: Set("Easy run".to_owned()),
            created_at: Set(now),
            updated_at: Set(now),
            ..Default::default()
        }
    }

    async fn insert_session(&self, row: athlete_training_session::ActiveModel) -> Id {
        let world = &self.program.world;
        let row = world.insert(row).await;
        let detail = athlete_training_session_detail::ActiveModel {
            id: Set(row.id),
            program_id: Set(row.program_id),
            athlete_id: Set(row.athlete_id),
            step_overrides: Set(Json(Vec::new())),
            splits: Set(Json(Vec::new())),
            sets: Set(Json(Vec::new())),
            ..Default::default()
        };
        world.insert(detail).await;
        Id::new::<athlete_training_session::Entity>(row.id)
    }

    /// Says that a session came through a group.
    pub async fn came_through(&self, session: Id, group: &Group) -> Uuid {
        let row = athlete_training_session_group::ActiveModel {
            id: Set(new_id()),
            program_id: Set(self.program.id.id),
            athlete_training_session_id: Set(session.id),
            athlete_id: Set(self.id.id),
            event_group_id: Set(group.id.id),
        };
        self.program.world.insert(row).await.id
    }
}
