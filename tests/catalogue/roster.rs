//! Athletes, rosters and benchmarks.
use super::{Entry, entry};
use crate::support::{Stock, json};

pub fn entries(stock: &Stock) -> Vec<Entry> {
    let id = |key| stock.id(key);
    vec![
        entry(
            "athleteCreate",
            json!({
                "idempotencyKey": "k1", "programId": id("Program"), "firstName": "Jo", "lastName": "Reyes",
                "externalId": "A1", "teamSeasonId": id("TeamSeason"), "eventGroupIds": [id("EventGroup")]
            }),
        ),
        entry(
            "athleteUpdate",
            json!({
                "id": id("Athlete"), "expectedVersion": 1, "firstName": "Mia", "lastName": "Novak Reyes",
                "externalId": "A1", "isArchived": false
            }),
        ),
        entry(
            "athleteTransfer",
            json!({
                "idempotencyKey": "k1", "athleteId": id("Athlete"), "expectedVersion": 1,
                "toProgramId": id("Program second"), "teamSeasonId": id("TeamSeason second"),
                "eventGroupIds": [id("EventGroup second")]
            }),
        ),
        entry(
            "rosterEntriesAdd",
            json!({
                "idempotencyKey": "k1", "teamSeasonId": id("TeamSeason"), "athleteIds": [id("Athlete newcomer")],
                "eventGroupIds": [id("EventGroup")], "joinedOn": "2026-02-02"
            }),
        ),
        entry(
            "rosterEntryUpdate",
            json!({
                "id": id("RosterEntry"), "expectedVersion": 1, "status": "REDSHIRT", "jerseyNumber": "7",
                "classYear": "Sophomore", "eventGroupIds": [id("EventGroup"), id("EventGroup empty")],
                "primaryEventGroupId": id("EventGroup"), "notes": "Late twice.", "joinedOn": "2026-01-05",
                "externalId": "R1"
            }),
        ),
        entry("rosterEntryRemove", json!({ "id": id("RosterEntry newcomer") })),
        entry(
            "benchmarksSave",
            json!({
                "items": [
                    {
                        "athleteId": id("Athlete"), "kind": "ONE_REP_MAX", "lift": "SQUAT", "value": 120.0,
                        "effectiveFrom": "2026-02-01", "source": "TESTED"
                    },
                    {
                        "athleteId": id("Athlete"), "kind": "THRESHOLD_PACE", "sport": "RUNNING", "value": 240.0,
                        "effectiveFrom": "2026-02-01", "source": "COACH"
                    },
                    {
                        "athleteId": id("Athlete"), "kind": "RACE_TIME", "sport": "RUNNING", "value": 1000.0,
                        "raceDistanceMeters": 5000.0, "effectiveFrom": "2026-02-01", "source": "RACE"
                    },
                    {
                        "athleteId": id("Athlete"), "kind": "TRAINING_MAX", "exerciseId": id("TrainingEvent"),
                        "value": 80.0, "effectiveFrom": "2026-02-01"
                    }
                ],
                "errorPolicy": "REJECT_EVERYTHING"
            }),
        ),
    ]
}
