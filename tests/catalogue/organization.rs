//! Programs, teams, seasons and event groups.
use super::{Entry, entry};
use crate::support::{Stock, json};

pub fn entries(stock: &Stock) -> Vec<Entry> {
    let id = |key| stock.id(key);
    vec![
        entry(
            "programCreate",
            json!({
                "idempotencyKey": "k1", "name": "Hillside", "slug": "hillside", "kind": "CLUB",
                "timezone": "America/Denver", "logoUrl": "https://example.org/logo.png", "healthAccess": "ALL_STAFF",
                "externalId": "P1"
            }),
        ),
        entry(
            "programUpdate",
            json!({
                "id": id("Program"), "expectedVersion": 1, "name": "Hillside", "slug": "hillside", "kind": "CLUB",
                "timezone": "America/Chicago", "logoUrl": "https://example.org/logo.png",
                "healthAccess": "HEAD_COACHES", "missedAfterHours": 48, "externalId": "P1"
            }),
        ),
        entry(
            "programArchive",
            json!({ "id": id("Program"), "expectedVersion": 1, "isArchived": true }),
        ),
        entry(
            "teamCreate",
            json!({
                "idempotencyKey": "k1", "programId": id("Program"), "name": "Swimming", "sport": "SWIMMING",
                "gender": "MIXED", "level": "Varsity"
            }),
        ),
        entry(
            "teamUpdate",
            json!({
                "id": id("Team"), "expectedVersion": 1, "name": "Track and Field", "sport": "TRACK_AND_FIELD",
                "gender": "WOMEN", "level": "Varsity"
            }),
        ),
        entry("teamDelete", json!({ "id": id("Team empty") })),
        entry(
            "teamSeasonCreate",
            json!({
                "idempotencyKey": "k1", "teamId": id("Team"), "name": "2027", "startDate": "2027-01-04",
                "endDate": "2027-06-13", "copyRosterFromTeamSeasonId": id("TeamSeason")
            }),
        ),
        entry(
            "teamSeasonUpdate",
            json!({
                "id": id("TeamSeason"), "expectedVersion": 1, "name": "Outdoor 2026", "startDate": "2026-01-05",
                "endDate": "2026-06-30", "status": "ACTIVE"
            }),
        ),
        entry(
            "eventGroupCreate",
            json!({
                "idempotencyKey": "k1", "teamSeasonId": id("TeamSeason"), "name": "Jumps", "color": "#336699",
                "coachMemberIds": [id("ProgramMember")]
            }),
        ),
        entry(
            "eventGroupUpdate",
            json!({
                "id": id("EventGroup"), "expectedVersion": 1, "name": "Long distance", "color": "#993366",
                "position": 1, "coachMemberIds": [id("ProgramMember")]
            }),
        ),
        entry("eventGroupDelete", json!({ "id": id("EventGroup empty") })),
        entry(
            "eventGroupMembersSet",
            json!({ "eventGroupId": id("EventGroup empty"), "addRosterEntryIds": [id("RosterEntry")] }),
        ),
        entry(
            "eventGroupMembersSet",
            json!({ "eventGroupId": id("EventGroup"), "removeRosterEntryIds": [id("RosterEntry")] }),
        ),
    ]
}
