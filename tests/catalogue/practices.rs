//! Practices, their workouts, and what athletes do in them.
use super::{Entry, entry};
use crate::support::{Stock, json};

pub fn entries(stock: &Stock) -> Vec<Entry> {
    let id = |key| stock.id(key);
    let shorter = json!([{
        "elementId": id("WorkoutStep"), "isSkipped": false, "length": { "durationSeconds": 900 },
        "target": { "rpe": { "min": 3.0, "max": 4.0 } }, "notes": "Half of it."
    }]);
    let assignment = json!({
        "workoutId": id("Workout"), "eventGroupIds": [id("EventGroup")], "athleteIds": [id("Athlete")], "position": 1,
        "startOffsetMinutes": 15, "notes": "On grass.", "stepOverrides": shorter
    });
    vec![
        entry(
            "practiceSessionCreate",
            json!({
                "idempotencyKey": "k1", "teamSeasonId": id("TeamSeason"), "kind": "PRACTICE", "title": "Friday",
                "startsAt": "2026-03-06T21:00:00Z", "endsAt": "2026-03-06T23:00:00Z", "timezone": "America/Denver",
                "location": "Field house", "athleteNotes": "Spikes.", "coachNotes": "Cones.", "workouts": [assignment]
            }),
        ),
        entry(
            "practiceSessionUpdate",
            json!({
                "id": id("PracticeSession"), "expectedVersion": 1, "kind": "LIFT", "title": "Tuesday lift",
                "startsAt": "2026-03-04T21:00:00Z", "endsAt": "2026-03-04T23:00:00Z", "timezone": "America/Chicago",
                "location": "Weight room", "athleteNotes": "Belts.", "coachNotes": "Plates."
            }),
        ),
        entry(
            "practiceSessionPublish",
            json!({
                "id": id("PracticeSession draft"), "expectedVersion": 1,
                "practiceSessionWorkoutIds": [id("PracticeSessionWorkout draft")]
            }),
        ),
        entry(
            "practiceSessionCancel",
            json!({ "id": id("PracticeSession"), "expectedVersion": 1, "reason": "Lightning." }),
        ),
        entry(
            "practiceSessionReinstate",
            json!({ "id": id("PracticeSession cancelled"), "expectedVersion": 1 }),
        ),
        entry(
            "practiceSessionDuplicate",
            json!({
                "idempotencyKey": "k1", "id": id("PracticeSession"), "startsAt": "2026-03-10T21:00:00Z",
                "includeOverrides": true, "asMakeup": false
            }),
        ),
        entry("practiceSessionDelete", json!({ "id": id("PracticeSession draft") })),
        entry(
            "practiceSessionWorkoutsAssign",
            json!({
                "idempotencyKey": "k1", "practiceSessionId": id("PracticeSession draft"), "expectedVersion": 1,
                "assignments": [assignment]
            }),
        ),
        entry(
            "practiceSessionWorkoutUpdate",
            json!({
                "id": id("PracticeSessionWorkout draft"), "expectedVersion": 1, "workoutId": id("Workout"),
                "eventGroupIds": [id("EventGroup")], "athleteIds": [id("Athlete")], "position": 0,
                "startOffsetMinutes": 10, "notes": "On grass.", "stepOverrides": shorter
            }),
        ),
        entry(
            "practiceSessionWorkoutRemove",
            json!({ "id": id("PracticeSessionWorkout draft") }),
        ),
        entry(
            "practiceAssignmentOverride",
            json!({
                "practiceSessionWorkoutId": id("PracticeSessionWorkout"), "athleteId": id("Athlete"),
                "stepOverrides": shorter, "reasonCategory": "TAPER", "privateReason": "Race on Saturday."
            }),
        ),
        entry(
            "practiceAssignmentOverride",
            json!({
                "practiceSessionWorkoutId": id("PracticeSessionWorkout"), "athleteId": id("Athlete"),
                "expectedVersion": 1, "replacementWorkoutId": id("Workout unused")
            }),
        ),
        entry(
            "practiceGroupOverride",
            json!({
                "practiceSessionWorkoutId": id("PracticeSessionWorkout"), "eventGroupId": id("EventGroup"),
                "stepOverrides": shorter
            }),
        ),
        entry(
            "practiceAssignmentExcuse",
            json!({
                "practiceSessionWorkoutId": id("PracticeSessionWorkout"), "athleteId": id("Athlete"),
                "expectedVersion": 1, "reasonCategory": "ILLNESS", "privateReason": "A cold."
            }),
        ),
        entry(
            "practiceAssignmentReset",
            json!({ "id": id("PracticeAssignment"), "expectedVersion": 1 }),
        ),
    ]
}
