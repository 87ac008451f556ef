//! Teams: made, changed and removed by who manages rosters.
use crate::support::*;

both! {
    async fn a_head_coach_limited_to_a_team_changes_that_team_alone(world: World) {
        let riverside = world.program("Riverside").await;
        let owner = riverside.owner("Ines Duarte").await;
        let input = json!({ "programId": riverside.id.global(), "name": "Throws", "sport": "TRACK_AND_FIELD", "gender": "WOMEN" });
        let throws = owner.change("teamCreate", input.clone(), "team { id gender level program { name } }").await;
        assert_eq!(throws.text("team.program.name"), "Riverside");
        let again = owner.change("teamCreate", input.clone(), "team { id }").await;
        assert_eq!(again.mistakes(), ["TAKEN at input.name"]);
        let milers = riverside.team("Milers").await;
        let coach = riverside.coach("Otto Brandt").await;
        coach.limited_to(&milers).await;
        let refused = coach.change("teamCreate", input, "team { id }").await;
        assert_eq!(refused.mistakes(), ["NOT_ALLOWED at input.programId"]);
        let change = json!({ "id": throws.text("team.id"), "name": "Shot" });
        assert_eq!(coach.change("teamUpdate", change, "team { id }").await.mistakes(), ["NOT_ALLOWED at input.id"]);
        let change = json!({ "id": milers.id.global(), "level": "Varsity", "gender": null });
        let changed = coach.change("teamUpdate", change, "team { level gender version staff { id } viewerCanUpdate }").await;
        assert_eq!(changed.get("team"), &json!({ "level": "Varsity", "gender": null, "version": 2,
            "staff": [{ "id": coach.id.global() }], "viewerCanUpdate": true }));
    }

    async fn a_team_in_use_cannot_be_removed(world: World) {
        let riverside = world.program("Riverside").await;
        let owner = riverside.owner("Ines Duarte").await;
        let (milers, throws, jumps) = (riverside.team("Milers").await, riverside.team("Throws").await, riverside.team("Jumps").await);
        milers.season("Outdoor 2026").await;
        riverside.coach("Otto Brandt").await.limited_to(&throws).await;
        for team in [&milers, &throws] {
            let refused = owner.change("teamDelete", json!({ "id": team.id.global() }), "deletedTeamId").await;
            assert_eq!(refused.mistakes(), ["IN_USE at input.id"]);
        }
        let removed = owner.change("teamDelete", json!({ "id": jumps.id.global() }), "deletedTeamId").await;
        assert_eq!(removed.text("deletedTeamId"), jumps.id.global());
    }

    async fn ids_of_another_program_are_unknown_to_every_mutation(world: World) {
        let riverside = world.program("Riverside").await;
        let season = riverside.team("Milers").await.season("Outdoor 2026").await;
        let group = season.group("1500 m").await;
        let entry = season.enter(&riverside.athlete("Ana Silva").await).await;
        let stranger = world.program("Hillcrest").await.owner("Otto Brandt").await;
        let own = stranger.program.team("Sprints").await.season("Outdoor 2026").await;
        let own_group = own.group("100 m").await;
        let (program, team) = (riverside.id.global(), season.team.id.global());
        let (season, group, athlete, entry) =
            (season.id.global(), group.id.global(), entry.athlete.id.global(), entry.id.global());
        let day = "2026-03-01";
        for (mutation, input, selection, mistake) in [
            ("teamCreate", json!({ "programId": program, "name": "X", "sport": "RUNNING" }), "team { id }", "programId"),
            ("teamUpdate", json!({ "id": team, "name": "X" }), "team { id }", "id"),
            ("teamDelete", json!({ "id": team }), "deletedTeamId", "id"),
            ("teamSeasonCreate", json!({ "teamId": team, "name": "X", "startDate": day, "endDate": day }), "teamSeason { id }", "teamId"),
            ("teamSeasonCreate", json!({ "teamId": own.team.id.global(), "name": "X", "startDate": day, "endDate": day, "copyRosterFromTeamSeasonId": season }), "teamSeason { id }", "copyRosterFromTeamSeasonId"),
            ("teamSeasonUpdate", json!({ "id": season, "name": "X" }), "teamSeason { id }", "id"),
            ("eventGroupCreate", json!({ "teamSeasonId": season, "name": "X" }), "eventGroup { id }", "teamSeasonId"),
            ("eventGroupUpdate", json!({ "id": group, "name": "X" }), "eventGroup { id }", "id"),
            ("eventGroupDelete", json!({ "id": group }), "deletedEventGroupId", "id"),
            ("eventGroupMembersSet", json!({ "eventGroupId": group }), "eventGroup { id }", "eventGroupId"),
            ("athleteCreate", json!({ "programId": program, "firstName": "X", "lastName": "Y" }), "athlete { id }", "programId"),
            ("athleteUpdate", json!({ "id": athlete, "firstName": "X" }), "athlete { id }", "id"),
            ("athleteTransfer", json!({ "athleteId": athlete, "toProgramId": stranger.program.id.global() }), "athlete { id }", "athleteId"),
            ("rosterEntriesAdd", json!({ "teamSeasonId": season, "athleteIds": [athlete] }), "rosterEntries { id }", "teamSeasonId"),
            ("rosterEntryUpdate", json!({ "id": entry, "status": "INJURED" }), "rosterEntry { id }", "id"),
            ("rosterEntryRemove", json!({ "id": entry }), "removedRosterEntryId", "id"),
        ] {
            let refused = stranger.change(mutation, input, selection).await;
            assert_eq!(refused.mistakes(), [format!("NOT_FOUND at input.{mistake}")], "{mutation}");
        }
        for (mutation, input, selection, mistake) in [
            ("rosterEntriesAdd", json!({ "teamSeasonId": own.id.global(), "athleteIds": [athlete] }), "rosterEntries { id }", "athleteIds[0]"),
            ("rosterEntriesAdd", json!({ "teamSeasonId": own.id.global(), "athleteIds": [stranger.program.athlete("Bo Lind").await.id.global()], "eventGroupIds": [group] }), "rosterEntries { id }", "eventGroupIds[0]"),
            ("eventGroupMembersSet", json!({ "eventGroupId": own_group.id.global(), "addRosterEntryIds": [entry] }), "eventGroup { id }", "addRosterEntryIds[0]"),
            ("eventGroupCreate", json!({ "teamSeasonId": own.id.global(), "name": "X", "coachMemberIds": [riverside.coach("Ines Duarte").await.id.global()] }), "eventGroup { id }", "coachMemberIds[0]"),
            ("benchmarksSave", json!({ "items": [{ "athleteId": athlete, "kind": "BODY_WEIGHT", "value": 60, "effectiveFrom": day }] }), "benchmarks { id }", "items.athleteId[0]"),
        ] {
            let refused = stranger.change(mutation, input, selection).await;
            assert_eq!(refused.mistakes(), [format!("NOT_FOUND at input.{mistake}")], "{mutation}");
        }
        let text = "query($ids: [ID!]!) { nodes(ids: $ids) { id } }";
        let seen = stranger.query(text, json!({ "ids": [program, team, season, group, athlete, entry] })).await;
        assert_eq!(seen.get("nodes"), &json!([null, null, null, null, null, null]));
    }
}
