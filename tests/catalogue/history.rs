//! Training sessions: planned, logged, imported.
use super::{Entry, entry};
use crate::support::{Stock, json};

pub fn entries(stock: &Stock) -> Vec<Entry> {
    let id = |key| stock.id(key);
    let actual = json!({
        "description": "Good.", "distanceMeters": 9000, "durationSeconds": 2700, "rpe": 6, "sessionLoad": 270.0,
        "splits": [{ "index": 0, "distanceMeters": 1000.0, "durationSeconds": 240.0, "restSeconds": 60,
            "averageHeartRateBpm": 170, "averagePowerWatts": 300 }],
        "sets": [{ "exerciseId": id("TrainingEvent"), "set": 1, "reps": 5, "loadKg": 60.0, "rpe": 7.0, "repsInReserve": 3 }],
        "metrics": {}
    });
    let planned = json!({ "description": "Easy.", "distanceMeters": 9000, "durationSeconds": 2700, "rpe": 3 });
    vec![
        entry(
            "trainingSessionCreate",
            json!({
                "idempotencyKey": "k1", "athleteId": id("Athlete"), "scheduledDate": "2026-03-06",
                "scheduledTime": "07:30:00", "workoutCategory": "RUN", "sport": "RUNNING", "type": "EASY",
                "title": "Shake-out", "planned": planned, "teamSeasonId": id("TeamSeason"), "externalId": "S1"
            }),
        ),
        entry(
            "trainingSessionUpdate",
            json!({
                "id": id("AthleteTrainingSession own"), "expectedVersion": 1, "scheduledDate": "2026-03-07",
                "scheduledTime": "07:30:00", "workoutCategory": "RUN", "sport": "TRAIL_RUNNING", "type": "LONG",
                "title": "Long run", "planned": planned
            }),
        ),
        entry(
            "trainingSessionComplete",
            json!({
                "idempotencyKey": "k1", "id": id("AthleteTrainingSession own"), "expectedVersion": 1,
                "outcome": "PARTIAL", "completedAt": "2026-03-02T11:00:00Z", "actual": actual
            }),
        ),
        entry(
            "trainingSessionBulkComplete",
            json!({
                "idempotencyKey": "k1", "errorPolicy": "REJECT_EVERYTHING", "completions": [{
                    "trainingSessionId": id("AthleteTrainingSession own"), "expectedVersion": 1, "outcome": "COMPLETED",
                    "completedAt": "2026-03-02T11:00:00Z", "actual": actual
                }]
            }),
        ),
        entry(
            "trainingSessionReopen",
            json!({ "id": id("AthleteTrainingSession done"), "expectedVersion": 1 }),
        ),
        entry(
            "trainingSessionDelete",
            json!({ "id": id("AthleteTrainingSession own") }),
        ),
        entry(
            "trainingSessionsImport",
            json!({
                "programId": id("Program"), "teamSeasonId": id("TeamSeason"), "skipVariables": [], "createAthletes": false,
                "dryRun": false, "content": "athlete,date,category,duration_seconds,rpe\nMia Novak,2026-03-01,RUN,1800,4\n"
            }),
        ),
    ]
}
