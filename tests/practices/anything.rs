//! Whatever coaches and athletes do, in whatever order: one live session at most for each practice workout and athlete,
//! what nobody logged says what the practice says now, and what was logged never changes.
use super::campus::*;
use crate::support::*;
use entity::{
    athlete_training_session as session, athlete_training_session_detail as detail, event_group_member,
    practice_session, practice_session_workout, practice_workout_group, roster_entry,
};
use sea_orm::EntityTrait;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// A repeatable source of choices (a linear congruential generator, after Knuth).
struct Choices(u64);

impl Choices {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % limit
    }

    fn of<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        &list[self.below(list.len())]
    }
}

type Logged = BTreeMap<Uuid, (session::Model, Option<detail::Model>)>;

/// What was logged, byte for byte. That a coach takes back an excusal or a cancellation is the coach's, not the log's.
fn as_logged(row: &session::Model) -> session::Model {
    session::Model {
        cancelled_at: None,
        excused_at: None,
        updated_at: row.created_at,
        ..row.clone()
    }
}

async fn logged(world: &World) -> Logged {
    let details = detail::Entity::find().all(&world.raw).await.expect("details");
    let details: BTreeMap<Uuid, detail::Model> = details.into_iter().map(|row| (row.id, row)).collect();
    let rows = session::Entity::find().all(&world.raw).await.expect("sessions");
    let rows = rows.into_iter().filter(|row| row.outcome.is_some());
    rows.map(|row| (row.id, (as_logged(&row), details.get(&row.id).cloned())))
        .collect()
}

/// Who should have a session by the tables of the roster, found in another way than the server does.
async fn expected(world: &World) -> BTreeSet<(Uuid, Uuid)> {
    let practices = practice_session::Entity::find()
        .all(&world.raw)
        .await
        .expect("practices");
    let workouts = practice_session_workout::Entity::find()
        .all(&world.raw)
        .await
        .expect("workouts");
    let groups = practice_workout_group::Entity::find()
        .all(&world.raw)
        .await
        .expect("groups");
    let members = event_group_member::Entity::find()
        .all(&world.raw)
        .await
        .expect("members");
    let entries = roster_entry::Entity::find().all(&world.raw).await.expect("entries");
    let trains = |member: &event_group_member::Model| {
        use entity::enums::RosterStatus::{Graduated, Inactive, Transferred};
        let entry = entries.iter().find(|entry| entry.id == member.roster_entry_id);
        entry.is_some_and(|entry| !matches!(entry.status, Inactive | Transferred | Graduated))
    };
    let mut pairs = BTreeSet::new();
    for workout in workouts.iter().filter(|workout| workout.published_at.is_some()) {
        if practices
            .iter()
            .any(|practice| practice.id == workout.practice_session_id && practice.cancelled_at.is_some())
        {
            continue;
        }
        for group in groups
            .iter()
            .filter(|group| group.practice_session_workout_id == workout.id)
        {
            let here = members
                .iter()
                .filter(|member| member.event_group_id == group.event_group_id && trains(member));
            pairs.extend(here.map(|member| (workout.id, member.athlete_id)));
        }
    }
    pairs
}

async fn holds(world: &World, before: &Logged, what: &str) {
    let now = logged(world).await;
    for (id, row) in before {
        assert_eq!(now.get(id), Some(row), "a logged session changed after: {what}");
    }
    let sessions = session::Entity::find().all(&world.raw).await.expect("sessions");
    let mut live = BTreeSet::new();
    for row in &sessions {
        let pair = (
            row.practice_session_workout_id.expect("from a practice"),
            row.athlete_id,
        );
        assert!(
            live.insert(pair),
            "two sessions for one practice workout and athlete after: {what}"
        );
    }
    let done: BTreeSet<(Uuid, Uuid)> = sessions
        .iter()
        .filter(|row| row.outcome.is_some())
        .filter_map(|row| Some((row.practice_session_workout_id?, row.athlete_id)))
        .collect();
    let to_do: BTreeSet<(Uuid, Uuid)> = sessions
        .iter()
        .filter(|row| row.outcome.is_none() && row.cancelled_at.is_none())
        .filter_map(|row| Some((row.practice_session_workout_id?, row.athlete_id)))
        .collect();
    let expected: BTreeSet<(Uuid, Uuid)> = expected(world).await.difference(&done).copied().collect();
    assert_eq!(to_do, expected, "sessions to do after: {what}");
}

async fn anything(world: &World, seed: u64, steps: usize) {
    let mut choices = Choices(seed);
    let campus = Campus::of(world).await;
    let (run, lift) = (campus.six_by_one().await, campus.lift().await);
    let mut runners = Vec::new();
    for number in 0..6 {
        let groups: &[&Group] = match choices.below(4) {
            0 => &[&campus.distance],
            1 => &[&campus.middle],
            2 => &[&campus.distance, &campus.middle],
            _ => &[],
        };
        runners.push(campus.runner(&format!("Runner {number}"), groups).await);
    }
    let days = ["03", "04", "05", "06"];
    let mut practices = Vec::new();
    let mut assigned: Vec<String> = Vec::new();
    for day in &days[..2] {
        let practice = campus
            .practice_at(&format!("2026-03-{day}T16:00:00Z"), &format!("2026-03-{day}T18:00:00Z"))
            .await;
        assigned.push(campus.assign(&practice, &run, &[&campus.distance]).await);
        practices.push(practice);
    }
    let coach = &campus.coach;
    for _ in 0..steps {
        let before = logged(world).await;
        let practice = choices.of(&practices).clone();
        let (athlete, member, entry) = choices.of(&runners);
        // A refusal is an answer too: nothing may have changed by it.
        let what = match choices.below(11) {
            0 => {
                let groups: Vec<String> = [&campus.distance, &campus.middle]
                    .iter()
                    .take(1 + choices.below(2))
                    .map(|group| group.id.global())
                    .collect();
                let workout = if choices.below(2) == 0 { &run } else { &lift };
                let input = json!({ "practiceSessionId": practice, "assignments": [{ "workoutId": workout.id, "eventGroupIds": groups }] });
                let made = coach
                    .change("practiceSessionWorkoutsAssign", input, "practiceSessionWorkouts { id }")
                    .await;
                assigned.push(made.text("practiceSessionWorkouts.0.id").to_owned());
                "assign"
            }
            1 | 2 => {
                coach
                    .change(
                        "practiceSessionPublish",
                        json!({ "id": practice }),
                        "createdTrainingSessionCount",
                    )
                    .await;
                "publish"
            }
            3 => {
                let day = choices.of(&days);
                let input =
                    json!({ "id": practice, "startsAt": format!("2026-03-{day}T{:02}:00:00Z", 6 + choices.below(12)) });
                coach
                    .change("practiceSessionUpdate", input, "practiceSession { id }")
                    .await;
                "move"
            }
            4 => {
                coach
                    .change(
                        "practiceSessionCancel",
                        json!({ "id": practice }),
                        "practiceSession { id }",
                    )
                    .await;
                "cancel"
            }
            5 => {
                coach
                    .change(
                        "practiceSessionReinstate",
                        json!({ "id": practice }),
                        "practiceSession { id }",
                    )
                    .await;
                "reinstate"
            }
            6 => {
                let overrides = json!([{ "elementId": run.tree[1]["id"], "count": 1 + choices.below(6) }]);
                let input = json!({ "practiceSessionWorkoutId": choices.of(&assigned), "athleteId": athlete.id.global(), "stepOverrides": overrides });
                coach
                    .change("practiceAssignmentOverride", input, "practiceAssignment { id }")
                    .await;
                "override"
            }
            7 => {
                let groups: Vec<String> = [&campus.distance, &campus.middle]
                    .iter()
                    .filter(|_| choices.below(2) == 0)
                    .map(|group| group.id.global())
                    .collect();
                let input = json!({ "id": entry.id.global(), "eventGroupIds": groups });
                coach
                    .change("rosterEntryUpdate", input, "rosterEntry { id }")
                    .await
                    .ok();
                "change groups"
            }
            8 => {
                let status = choices.of(&["ACTIVE", "INACTIVE", "INJURED"]);
                coach
                    .change(
                        "rosterEntryUpdate",
                        json!({ "id": entry.id.global(), "status": status }),
                        "rosterEntry { id }",
                    )
                    .await
                    .ok();
                "change status"
            }
            9 => {
                let group = choices.of(&[&campus.distance, &campus.middle]).id.global();
                let input = json!({ "practiceSessionWorkoutId": choices.of(&assigned), "eventGroupId": group,
                    "stepOverrides": [{ "elementId": run.tree[0]["id"], "isSkipped": choices.below(2) == 0 }] });
                coach
                    .change("practiceGroupOverride", input, "practiceSessionWorkout { id }")
                    .await;
                "override a group"
            }
            _ => {
                let sessions = campus.sessions(member, athlete).await;
                if let Some(session) = sessions.get(choices.below(sessions.len().max(1))) {
                    let input = json!({ "id": session["id"], "actual": { "durationSeconds": 1800, "rpe": 5 } });
                    member
                        .change("trainingSessionComplete", input, "trainingSession { id }")
                        .await;
                }
                "log"
            }
        };
        let kept = if what == "log" { Logged::new() } else { before };
        holds(world, &kept, &format!("{what} (seed {seed})")).await;
    }
    for practice in &practices {
        let made = coach
            .change(
                "practiceSessionPublish",
                json!({ "id": practice }),
                "createdTrainingSessionCount updatedTrainingSessionCount withdrawnTrainingSessionCount",
            )
            .await;
        if made.mistakes().is_empty() {
            assert_eq!(
                made.get("updatedTrainingSessionCount"),
                &Value::from(0),
                "what was to do said what the practice says (seed {seed})"
            );
            assert_eq!(
                made.get("withdrawnTrainingSessionCount"),
                &Value::from(0),
                "nothing was left over (seed {seed})"
            );
        }
    }
}

/// The seed that `FIELDHOUSE_SEED` names, to try more of them or one again; 1 without it.
fn seed() -> u64 {
    let named = std::env::var("FIELDHOUSE_SEED").ok();
    named.map_or(1, |seed| seed.parse().expect("FIELDHOUSE_SEED is a number"))
}

both! {
    async fn whatever_happens_sessions_follow_and_logs_stay(world: World) {
        anything(&world, seed(), 60).await;
    }

    async fn whatever_else_happens_sessions_follow_and_logs_stay(world: World) {
        anything(&world, 20_260_302, 60).await;
    }
}
