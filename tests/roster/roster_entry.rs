//! Places on a roster: what teammates see of them, what staff changes.
use crate::support::*;
use entity::{enums::RosterStatus, roster_entry};
use sea_orm::ActiveValue::{Set, Unchanged};

both! {
    async fn staff_changes_a_place_and_teammates_see_names_and_groups_alone(world: World) {
        let riverside = world.program("Riverside").await;
        let owner = riverside.owner("Ines Duarte").await;
        let season = riverside.team("Milers").await.season("Outdoor 2026").await;
        let group = season.group("1500 m").await;
        let (ana, bo) = (riverside.athlete("Ana Silva").await, riverside.athlete("Bo Lind").await);
        let add = json!({ "teamSeasonId": season.id.global(), "athleteIds": [ana.id.global(), bo.id.global()], "idempotencyKey": "k" });
        let added = owner.change("rosterEntriesAdd", add.clone(), "rosterEntries { id }").await;
        assert_eq!(owner.change("rosterEntriesAdd", add, "rosterEntries { id }").await.get("rosterEntries"), added.get("rosterEntries"));
        let add = json!({ "teamSeasonId": season.id.global(), "athleteIds": [bo.id.global()] });
        assert_eq!(owner.change("rosterEntriesAdd", add, "rosterEntries { id }").await.mistakes(), ["TAKEN at input.athleteIds[0]"]);
        let id = added.text("rosterEntries.0.id");
        let change = json!({ "id": id, "expectedVersion": 1, "status": "REDSHIRT", "jerseyNumber": "12", "classYear": "Junior",
            "eventGroupIds": [group.id.global()], "primaryEventGroupId": group.id.global(), "notes": "Sore shin", "joinedOn": "2026-02-01",
            "leftOn": "2026-06-01", "externalId": "E-1" });
        let selection = "rosterEntry { version status jerseyNumber classYear eventGroups { name } primaryEventGroup { name } notes joinedOn leftOn \
            externalId createdAt athlete { displayName } }";
        let changed = owner.change("rosterEntryUpdate", change.clone(), selection).await;
        let seen = json!({ "version": 2, "status": "REDSHIRT", "jerseyNumber": "12", "classYear": "Junior", "eventGroups": [{ "name": "1500 m" }],
            "primaryEventGroup": { "name": "1500 m" }, "notes": "Sore shin", "joinedOn": "2026-02-01", "leftOn": "2026-06-01", "externalId": "E-1",
            "createdAt": "2026-03-02T12:00:00+00:00", "athlete": { "displayName": "Ana Silva" } });
        assert_eq!(changed.get("rosterEntry"), &seen);
        assert_eq!(owner.change("rosterEntryUpdate", change, selection).await.mistakes(), ["VERSION_CONFLICT at input.expectedVersion"]);

        let text = "query($id: ID!) { node(id: $id) { ... on RosterEntry { version status jerseyNumber classYear eventGroups { name } \
            primaryEventGroup { name } notes joinedOn leftOn externalId createdAt athlete { displayName } } } }";
        let mut own = seen.clone();
        own["notes"] = json!(null);
        let runner = ana.signs_in("Ana Silva").await;
        assert_eq!(runner.query(text, json!({ "id": id })).await.get("node"), &own, "neither the athlete reads notes");
        let mut others = own.clone();
        for field in ["status", "jerseyNumber", "classYear", "joinedOn", "leftOn", "externalId", "createdAt"] {
            others[field] = json!(null);
        }
        let teammate = bo.signs_in("Bo Lind").await;
        assert_eq!(teammate.query(text, json!({ "id": id })).await.get("node"), &others);

        let wrong = json!({ "id": id, "joinedOn": "2026-07-01" });
        assert_eq!(owner.change("rosterEntryUpdate", wrong, selection).await.mistakes(), ["OUT_OF_RANGE at input.leftOn"]);
        let cleared = json!({ "id": id, "eventGroupIds": [], "notes": null, "leftOn": null, "jerseyNumber": null });
        let cleared = owner.change("rosterEntryUpdate", cleared, selection).await;
        for field in ["primaryEventGroup", "notes", "leftOn", "jerseyNumber"] {
            assert_eq!(cleared.get(&format!("rosterEntry.{field}")), &json!(null), "{field}");
        }
        let primary = json!({ "id": id, "primaryEventGroupId": group.id.global() });
        assert_eq!(owner.change("rosterEntryUpdate", primary, selection).await.mistakes(), ["INVALID at input.primaryEventGroupId"]);
        let removed = owner.change("rosterEntryRemove", json!({ "id": id }), "removedRosterEntryId").await;
        assert_eq!(removed.text("removedRosterEntryId"), id);
    }

    async fn a_filter_does_not_tell_what_a_field_hides(world: World) {
        let riverside = world.program("Riverside").await;
        let owner = riverside.owner("Ines Duarte").await;
        let season = riverside.team("Milers").await.season("Outdoor 2026").await;
        let group = season.group("1500 m").await;
        let (ana, bo) = (riverside.athlete("Ana Silva").await, riverside.athlete("Bo Lind").await);
        let (entry, _) = (season.enter(&ana).await, season.enter(&bo).await);
        group.join(&entry).await;
        world.alter(roster_entry::ActiveModel { id: Unchanged(entry.id.id), status: Set(RosterStatus::Injured), ..Default::default() }).await;
        let teammate = bo.signs_in("Bo Lind").await;
        let text = "query($season: ID!, $filter: RosterEntryFilter, $program: ID!, $athletes: AthleteFilter) { \
            teamSeason(id: $season) { roster(filter: $filter) { totalCount nodes { athlete { lastName } } } } \
            program(id: $program) { athletes(filter: $athletes) { totalCount nodes { lastName } } } }";
        let ask = async |client: &Client, filter: serde_json::Value, athletes: serde_json::Value| {
            let variables = json!({ "season": season.id.global(), "filter": filter, "program": riverside.id.global(), "athletes": athletes });
            let answer = client.query(text, variables).await;
            (answer.get("teamSeason.roster.totalCount").as_i64(), answer.get("program.athletes.totalCount").as_i64())
        };
        let (injured, hurt) = (json!({ "statuses": ["INJURED"] }), json!({ "rosterStatuses": ["INJURED"] }));
        assert_eq!(ask(&owner, injured.clone(), hurt.clone()).await, (Some(1), Some(1)));
        assert_eq!(ask(&teammate, injured, hurt).await, (Some(0), Some(0)));
        let grouped = json!({ "eventGroupIds": [group.id.global()] });
        assert_eq!(ask(&teammate, grouped.clone(), grouped).await, (Some(1), Some(1)));
        let named = json!({ "search": "ANA sil" });
        assert_eq!(ask(&teammate, named.clone(), named).await, (Some(1), Some(1)));
        let recent = json!({ "updatedAt": { "from": "2026-01-01T00:00:00Z" } });
        assert_eq!(ask(&teammate, json!(null), recent.clone()).await, (Some(2), Some(1)), "herself");
        assert_eq!(ask(&owner, json!(null), recent).await, (Some(2), Some(2)));
        let joined = json!({ "teamSeasonIds": [season.id.global()], "isActive": true });
        assert_eq!(ask(&owner, json!(null), joined).await, (Some(2), Some(2)));
    }
}
