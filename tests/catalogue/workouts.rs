//! Workouts and their building blocks.
use super::{Entry, entry};
use crate::support::{Stock, json};

pub fn entries(stock: &Stock) -> Vec<Entry> {
    let id = |key| stock.id(key);
    let steps = json!([
        { "step": { "kind": "WARMUP", "name": "Jog", "length": { "durationSeconds": 600 }, "notes": "Easy." } },
        { "repeat": { "count": 6, "restBetweenSeconds": 90, "notes": "Even.", "elements": [
            { "step": {
                "kind": "WORK", "trainingEventId": id("TrainingEvent"), "length": { "distanceMeters": 800.0 },
                "target": { "pace": { "fastestSecondsPerKm": 180.0, "slowestSecondsPerKm": 190.0 } }
            } }
        ] } },
        { "step": { "kind": "STRENGTH", "length": {
            "repetitions": { "sets": 3, "repsMin": 5, "repsMax": 8, "restSeconds": 120, "tempo": "3-1-1" }
        }, "target": { "percentOneRepMax": { "lift": "SQUAT", "minPercent": 70.0, "maxPercent": 80.0 } } } },
        { "step": { "kind": "COOLDOWN", "length": { "open": { "instruction": "Until calm." } },
            "target": { "zone": { "metric": "HEART_RATE", "minZone": 1, "maxZone": 2 } } } }
    ]);
    vec![
        entry(
            "workoutCreate",
            json!({
                "idempotencyKey": "k1", "programId": id("Program"), "title": "6 x 800 m", "category": "RUN",
                "type": "INTERVALS", "sport": "RUNNING", "difficulty": "ADVANCED", "description": "Even splits.",
                "coachNotes": "Stop at form loss.", "tags": ["track"], "steps": steps
            }),
        ),
        entry(
            "workoutUpdate",
            json!({
                "id": id("Workout"), "expectedVersion": 1, "title": "Easy hour", "category": "RUN", "type": "EASY",
                "sport": "TRAIL_RUNNING", "difficulty": "BEGINNER", "description": "Talk.", "coachNotes": "Listen.",
                "tags": ["trail"], "steps": steps
            }),
        ),
        entry(
            "workoutDuplicate",
            json!({ "idempotencyKey": "k1", "id": id("Workout"), "targetProgramId": id("Program"), "title": "Copy" }),
        ),
        entry("workoutArchive", json!({ "id": id("Workout"), "archived": true })),
        entry("workoutDelete", json!({ "id": id("Workout unused") })),
        entry(
            "trainingEventCreate",
            json!({
                "idempotencyKey": "k1", "programId": id("Program"), "name": "Back squat", "kind": "EXERCISE",
                "sport": "STRENGTH", "description": "Below parallel.", "videoUrl": "https://example.org/squat",
                "tags": ["legs"], "defaultLength": { "repetitions": { "sets": 3, "repsMin": 5 } },
                "defaultTarget": { "rpe": { "min": 7.0 } }
            }),
        ),
        entry(
            "trainingEventUpdate",
            json!({
                "id": id("TrainingEvent"), "expectedVersion": 1, "name": "Strides", "kind": "DRILL", "sport": "RUNNING",
                "description": "Relaxed.", "videoUrl": "https://example.org/strides", "tags": ["speed"],
                "defaultLength": { "distanceMeters": 100.0 }, "defaultTarget": { "power": { "minWatts": 200, "maxWatts": 220 } }
            }),
        ),
        entry(
            "trainingEventArchive",
            json!({ "id": id("TrainingEvent"), "archived": true }),
        ),
    ]
}
