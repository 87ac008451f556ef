//! Athletes: registering, renaming, archiving, transfers.
use crate::support::*;
use entity::{athlete, event_group_member, roster_entry};
use sea_orm::EntityTrait;

const PROFILE: &str = "{ id version firstName lastName displayName leftOn archivedAt externalId createdAt program { slug } user { id } \
    primaryTeamSeason { name } viewerCanUpdate viewerCanAssign viewerCanViewHealth rosterEntries { nodes { status leftOn eventGroups { name } } } }";

both! {
    async fn a_head_coach_registers_athletes_in_the_own_teams_alone(world: World) {
        let riverside = world.program("Riverside").await;
        let (milers, throws) = (riverside.team("Milers").await, riverside.team("Throws").await);
        let (own, other) = (milers.season("Outdoor 2026").await, throws.season("Outdoor 2026").await);
        let group = own.group("1500 m").await;
        let coach = riverside.coach("Otto Brandt").await;
        coach.limited_to(&milers).await;
        let mut input = json!({ "programId": riverside.id.global(), "firstName": "Ana", "lastName": " Silva ", "externalId": "A-1" });
        let refused = coach.change("athleteCreate", input.clone(), "athlete { id }").await;
        assert_eq!(refused.mistakes(), ["NOT_ALLOWED at input.programId"]);
        input["teamSeasonId"] = json!(other.id.global());
        let refused = coach.change("athleteCreate", input.clone(), "athlete { id }").await;
        assert_eq!(refused.mistakes(), ["NOT_ALLOWED at input.teamSeasonId"]);
        input["teamSeasonId"] = json!(own.id.global());
        input["eventGroupIds"] = json!([group.id.global()]);
        let made = coach.change("athleteCreate", input.clone(), &format!("athlete {PROFILE} rosterEntry {{ id eventGroups {{ name }} }}")).await;
        assert_eq!(made.text("athlete.displayName"), "Ana Silva");
        assert_eq!(made.text("athlete.primaryTeamSeason.name"), "Outdoor 2026");
        assert_eq!(made.text("rosterEntry.eventGroups.0.name"), "1500 m");
        assert_eq!(made.get("athlete.viewerCanAssign"), &json!(true));
        assert_eq!(made.get("athlete.viewerCanViewHealth"), &json!(false));
        let again = coach.change("athleteCreate", input, "athlete { id }").await;
        assert_eq!(again.mistakes(), ["EXTERNAL_ID_TAKEN at input.externalId"]);
    }

    async fn a_person_who_coaches_themselves_is_their_own_athlete(world: World) {
        let ines = world.person("Ines Duarte").await;
        let program = json!({ "name": "My running", "kind": "PERSONAL", "timezone": "Europe/Lisbon" });
        let program = ines.change("programCreate", program, "program { id }").await;
        let input = json!({ "programId": program.text("program.id"), "firstName": "Ines", "lastName": "Duarte", "isViewer": true });
        let made = ines.change("athleteCreate", input.clone(), "athlete { user { id } viewerCanViewHealth }").await;
        assert_eq!(made.text("athlete.user.id"), ines.user.global());
        assert_eq!(made.get("athlete.viewerCanViewHealth"), &json!(true));
        let again = ines.change("athleteCreate", input, "athlete { id }").await;
        assert_eq!(again.mistakes().len(), 1);
    }

    async fn a_new_name_reaches_every_list_and_an_archived_athlete_comes_back(world: World) {
        let riverside = world.program("Riverside").await;
        let owner = riverside.owner("Ines Duarte").await;
        let season = riverside.team("Milers").await.season("Outdoor 2026").await;
        let group = season.group("1500 m").await;
        let ana = riverside.athlete("Ana Silva").await;
        group.join(&season.enter(&ana).await).await;
        let change = json!({ "id": ana.id.global(), "lastName": "Zaragoza", "expectedVersion": 1 });
        let changed = owner.change("athleteUpdate", change, "athlete { displayName version }").await;
        assert_eq!(changed.get("athlete"), &json!({ "displayName": "Ana Zaragoza", "version": 2 }));
        let entries = roster_entry::Entity::find().all(&world.raw).await.expect("rows");
        let members = event_group_member::Entity::find().all(&world.raw).await.expect("rows");
        assert_eq!((entries[0].sort_name.as_str(), members[0].sort_name.as_str()), ("zaragoza ana", "zaragoza ana"));
        let archive = json!({ "id": ana.id.global(), "isArchived": true });
        let archived = owner.change("athleteUpdate", archive, "athlete { archivedAt }").await;
        assert_eq!(archived.text("athlete.archivedAt"), "2026-03-02T12:00:00+00:00");
        let back = json!({ "id": ana.id.global(), "isArchived": false });
        assert_eq!(owner.change("athleteUpdate", back, "athlete { archivedAt }").await.get("athlete.archivedAt"), &json!(null));
    }

    async fn teammates_see_a_name_and_groups_and_nothing_else(world: World) {
        let riverside = world.program("Riverside").await;
        let season = riverside.team("Milers").await.season("Outdoor 2026").await;
        let (ana, bo, cy) = (riverside.athlete("Ana Silva").await, riverside.athlete("Bo Lind").await, riverside.athlete("Cy Ott").await);
        season.group("1500 m").await.join(&season.enter(&ana).await).await;
        season.enter(&bo).await;
        ana.signs_in("Ana Silva").await;
        let teammate = bo.signs_in("Bo Lind").await;
        let text = format!("query($id: ID!) {{ athlete(id: $id) {PROFILE} }}");
        let seen = teammate.query(&text, json!({ "id": ana.id.global() })).await;
        assert_eq!(seen.get("athlete"), &json!({ "id": ana.id.global(), "version": 1, "firstName": "Ana", "lastName": "Silva", "displayName": "Ana Silva",
            "leftOn": null, "archivedAt": null, "externalId": null, "createdAt": null, "program": { "slug": "riverside" }, "user": null,
            "primaryTeamSeason": null, "viewerCanUpdate": false, "viewerCanAssign": false, "viewerCanViewHealth": false,
            "rosterEntries": { "nodes": [{ "status": null, "leftOn": null, "eventGroups": [{ "name": "1500 m" }] }] } }));
        assert_eq!(teammate.query(&text, json!({ "id": cy.id.global() })).await.get("athlete"), &json!(null), "on no roster");
    }

    async fn a_transfer_ends_the_old_record_and_begins_a_new_one(world: World) {
        let riverside = world.program("Riverside").await;
        let hillcrest = world.program("Hillcrest").await;
        let owner = riverside.owner("Ines Duarte").await;
        let season = riverside.team("Milers").await.season("Outdoor 2026").await;
        let there = hillcrest.team("Milers").await.season("Outdoor 2026").await;
        let group = there.group("800 m").await;
        let ana = riverside.athlete("Ana Silva").await;
        season.enter(&ana).await;
        let person = ana.signs_in("Ana Silva").await;
        let input = json!({ "athleteId": ana.id.global(), "toProgramId": hillcrest.id.global(), "teamSeasonId": there.id.global(),
            "eventGroupIds": [group.id.global()], "idempotencyKey": "t" });
        let refused = owner.change("athleteTransfer", input.clone(), "athlete { id }").await;
        assert_eq!(refused.mistakes(), ["NOT_FOUND at input.toProgramId"], "a stranger there");
        hillcrest.member(&owner.person, "Ines Duarte", entity::enums::ProgramRole::HeadCoach).await;
        let selection = format!("athlete {PROFILE} rosterEntry {{ id }} previousAthlete {PROFILE}");
        let moved = owner.change("athleteTransfer", input.clone(), &selection).await;
        assert_eq!(moved.get("previousAthlete.leftOn"), &json!("2026-03-02"));
        assert_eq!(moved.get("previousAthlete.rosterEntries.nodes"), &json!([{ "status": "TRANSFERRED", "leftOn": "2026-03-02", "eventGroups": [] }]));
        assert_eq!(moved.get("athlete.leftOn"), &json!(null));
        assert_eq!(moved.text("athlete.program.slug"), "hillcrest");
        assert_eq!(moved.get("athlete.rosterEntries.nodes"), &json!([{ "status": "ACTIVE", "leftOn": null, "eventGroups": [{ "name": "800 m" }] }]));
        let again = owner.change("athleteTransfer", input, &selection).await;
        assert_eq!(again.text("athlete.id"), moved.text("athlete.id"));
        assert_eq!(world.count::<athlete::Entity>().await, 2);
        let seen = person.ask("{ programs { nodes { slug athletes { totalCount } } } }").await;
        assert_eq!(seen.get("programs.nodes.0.slug"), &json!("hillcrest"));
        let late = json!({ "athleteId": ana.id.global(), "toProgramId": hillcrest.id.global() });
        assert_eq!(owner.change("athleteTransfer", late, "athlete { id }").await.mistakes(), ["INVALID_STATE at input.athleteId"]);
        // And back: the person's record there is taken up again.
        let back = json!({ "athleteId": moved.text("athlete.id"), "toProgramId": riverside.id.global() });
        let back = owner.change("athleteTransfer", back, "athlete { id leftOn }").await;
        assert_eq!(back.get("athlete"), &json!({ "id": ana.id.global(), "leftOn": null }));
    }
}
