//! A campus: a program with a season, two groups, athletes in them, a coach, and what they ask of the server.
use crate::support::*;
use serde_json::Value;

/// A program with a season and two groups.
pub struct Campus {
    pub program: Program,
    pub coach: Member,
    pub season: Season,
    pub distance: Group,
    pub middle: Group,
}

/// What the tests compare of a session.
const SESSION: &str = "id version status date title outcome: status plannedMeters: planned { distanceMeters durationSeconds } \
    actual { distanceMeters durationSeconds rpe description sessionLoad } prescription { key name length { __typename \
    ... on DistanceLength { distanceMeters } } resolved { fastestPaceSecondsPerKm minLoadKg missing } isOverridden } \
    eventGroups { id } updatedAt completedAt";

impl Campus {
    pub async fn of(world: &World) -> Self {
        let program = world.program("Riverside").await;
        let coach = program.head_coach("Ines Prior").await;
        let season = program.team("Cross country").await.season("Autumn").await;
        let (distance, middle) = (season.group("Distance").await, season.group("Middle distance").await);
        Self {
            program,
            coach,
            season,
            distance,
            middle,
        }
    }

    /// An athlete of the roster, in these groups, who can sign in.
    pub async fn runner(&self, name: &str, groups: &[&Group]) -> (Athlete, Member, RosterEntry) {
        let athlete = self.program.athlete(name).await;
        let entry = self.season.enter(&athlete).await;
        for group in groups {
            group.join(&entry).await;
        }
        let member = athlete.signs_in(name).await;
        (athlete, member, entry)
    }

    /// A workout of the program: 15 minutes easy, 6 x 1 km at threshold, and back squats.
    pub async fn six_by_one(&self) -> Composed {
        self.compose(json!([
            { "step": { "kind": "WARMUP", "name": "Easy jog", "length": { "durationSeconds": 900 } } },
            { "repeat": { "count": 6, "restBetweenSeconds": 60, "elements": [
                { "step": { "kind": "WORK", "name": "Kilometre", "length": { "distanceMeters": 1000.0 },
                  "target": { "pace": { "reference": "THRESHOLD", "minPercentOfReference": 98.0, "maxPercentOfReference": 100.0 } } } }] } },
            { "step": { "kind": "STRENGTH", "name": "Back squat", "length": { "repetitions": { "sets": 4, "repsMin": 5, "restSeconds": 150 } },
              "target": { "percentOneRepMax": { "lift": "SQUAT", "minPercent": 75.0 } } } }
        ]), "6 x 1 km", "RUN").await
    }

    /// A lift.
    pub async fn lift(&self) -> Composed {
        self.compose(json!([{ "step": { "kind": "STRENGTH", "name": "Deadlift", "length": { "repetitions": { "sets": 3, "repsMin": 5 } } } }]), "Lift", "GYM").await
    }

    pub async fn compose(&self, steps: Value, title: &str, category: &str) -> Composed {
        let input = json!({ "programId": self.program.id.global(), "title": title, "category": category,
            "type": "THRESHOLD", "sport": "RUNNING", "steps": steps });
        let selection = "workout { id version steps { id ... on WorkoutRepeat { elements { id } } } }";
        let made = self.coach.change("workoutCreate", input, selection).await;
        Composed {
            id: made.text("workout.id").to_owned(),
            tree: made.get("workout.steps").clone(),
        }
    }

    /// A draft practice on Wednesday, 4 March 2026, at 16:00 UTC.
    pub async fn practice(&self) -> String {
        self.practice_at("2026-03-04T16:00:00Z", "2026-03-04T18:00:00Z").await
    }

    pub async fn practice_at(&self, starts_at: &str, ends_at: &str) -> String {
        let input = json!({ "teamSeasonId": self.season.id.global(), "title": "Practice", "startsAt": starts_at, "endsAt": ends_at });
        let made = self
            .coach
            .change("practiceSessionCreate", input, "practiceSession { id }")
            .await;
        made.text("practiceSession.id").to_owned()
    }

    /// Assigns a workout to groups; answers the practice workout.
    pub async fn assign(&self, practice: &str, workout: &Composed, groups: &[&Group]) -> String {
        let groups: Vec<String> = groups.iter().map(|group| group.id.global()).collect();
        let input = json!({ "practiceSessionId": practice, "assignments": [{ "workoutId": workout.id, "eventGroupIds": groups }] });
        let made = self
            .coach
            .change("practiceSessionWorkoutsAssign", input, "practiceSessionWorkouts { id }")
            .await;
        made.text("practiceSessionWorkouts.0.id").to_owned()
    }

    /// Publishes; answers how many sessions were created, updated and withdrawn.
    pub async fn publish(&self, practice: &str) -> (i64, i64, i64) {
        published(&self.coach, json!({ "id": practice })).await
    }

    /// Everything that the athlete sees of her sessions, oldest first.
    pub async fn sessions(&self, member: &Member, athlete: &Athlete) -> Vec<Value> {
        let text = format!(
            "query($id: ID!) {{ athlete(id: $id) {{ trainingSessions(first: 100, orderBy: {{ field: DATE, direction: ASC }}) \
             {{ nodes {{ {SESSION} }} }} }} }}"
        );
        let answer = member.query(&text, json!({ "id": athlete.id.global() })).await;
        answer
            .get("athlete.trainingSessions.nodes")
            .as_array()
            .cloned()
            .unwrap_or_default()
    }

    /// Logs the only session of an athlete.
    pub async fn logs(&self, member: &Member, athlete: &Athlete, meters: i32) -> Value {
        let session = self.sessions(member, athlete).await.remove(0);
        let input =
            json!({ "id": session["id"], "actual": { "distanceMeters": meters, "durationSeconds": 3000, "rpe": 7 } });
        member
            .change("trainingSessionComplete", input, "trainingSession { id }")
            .await
            .ok();
        self.sessions(member, athlete).await.remove(0)
    }
}

/// A workout that was composed: its id and its tree of elements.
pub struct Composed {
    pub id: String,
    pub tree: Value,
}

pub async fn published(coach: &Member, input: Value) -> (i64, i64, i64) {
    let counts = "createdTrainingSessionCount updatedTrainingSessionCount withdrawnTrainingSessionCount";
    let made = coach.change("practiceSessionPublish", input, counts).await;
    let count = |name: &str| made.get(name).as_i64().unwrap_or(-1);
    (
        count("createdTrainingSessionCount"),
        count("updatedTrainingSessionCount"),
        count("withdrawnTrainingSessionCount"),
    )
}
