//! Programs: founding, reading by id and slug, changing, archiving; strangers learn nothing.
use crate::support::*;
use entity::change_event;
use fieldhouse::access::ApiScope;

both! {
    async fn whoever_founds_a_program_owns_it(world: World) {
        let ines = world.person("Ines Duarte").await;
        let input = json!({ "name": "Élan Track  Club", "kind": "CLUB", "timezone": "America/Denver", "idempotencyKey": "a" });
        let selection = "program { id name slug kind healthAccess missedAfterHours version archivedAt viewerCanUpdate \
            viewerMembership { id } viewerPermissions members { totalCount nodes { id } } }";
        let made = ines.change("programCreate", input.clone(), selection).await;
        assert_eq!(made.text("program.slug"), "lan-track-club");
        assert_eq!(made.text("program.healthAccess"), "HEAD_COACHES");
        assert_eq!(made.get("program.viewerCanUpdate"), &json!(true));
        assert_eq!(made.get("program.viewerPermissions").as_array().map(Vec::len), Some(13));
        assert_eq!(made.get("program.members.totalCount"), &json!(1));
        assert_eq!(made.get("program.viewerMembership"), made.get("program.members.nodes.0"));
        let again = ines.change("programCreate", input, "program { id }").await;
        assert_eq!(again.text("program.id"), made.text("program.id"));
        assert_eq!(world.count::<entity::program::Entity>().await, 1);
        assert_eq!(world.count::<change_event::Entity>().await, 2);
        let other = json!({ "name": "Élan Track Club", "kind": "HIGH_SCHOOL", "timezone": "America/Denver" });
        let other = ines.change("programCreate", other, "program { slug healthAccess }").await;
        assert!(other.text("program.slug").starts_with("lan-track-club-"));
        assert_eq!(other.text("program.healthAccess"), "MEDICAL_STAFF_ONLY");
        assert_eq!(ines.ask("{ programs { totalCount } }").await.get("programs.totalCount"), &json!(2));
    }

    async fn all_mistakes_in_a_new_program_are_told_at_once(world: World) {
        let ines = world.person("Ines Duarte").await;
        let input = json!({ "name": " ", "slug": "No Good", "kind": "CLUB", "timezone": "Denver", "logoUrl": "javascript:x" });
        let refused = ines.change("programCreate", input, "program { id }").await;
        let mistakes = ["BLANK at input.name", "INVALID at input.timezone", "INVALID at input.slug", "INVALID at input.logoUrl"];
        assert_eq!(refused.mistakes(), mistakes);
        world.program("Riverside").await;
        let input = json!({ "name": "Riverside", "slug": "riverside", "kind": "CLUB", "timezone": "America/Denver" });
        let refused = ines.change("programCreate", input, "program { id }").await;
        assert_eq!(refused.mistakes(), ["TAKEN at input.slug"]);
    }

    async fn a_confined_token_founds_no_program(world: World) {
        let riverside = world.program("Riverside").await;
        let owner = riverside.owner("Ines Duarte").await;
        let input = json!({ "name": "Another", "kind": "CLUB", "timezone": "America/Denver" });
        for token in [
            owner.api_token(&[ApiScope::Admin], Some(&riverside)).await,
            owner.api_token(&[ApiScope::ReadTraining], None).await,
        ] {
            let refused = token.change("programCreate", input.clone(), "program { id }").await;
            assert_eq!(refused.mistakes(), ["NOT_ALLOWED"]);
        }
    }

    async fn a_program_is_found_by_id_or_slug_and_by_nobody_else(world: World) {
        let riverside = world.program("Riverside").await;
        let owner = riverside.owner("Ines Duarte").await;
        let stranger = world.program("Hillcrest").await.owner("Otto Brandt").await;
        let text = "query($id: ID, $slug: String) { program(id: $id, slug: $slug) { name externalId timezone } }";
        for variables in [json!({ "id": riverside.id.global() }), json!({ "slug": "riverside" })] {
            assert_eq!(owner.query(text, variables.clone()).await.text("program.name"), "Riverside");
            assert_eq!(stranger.query(text, variables).await.get("program"), &json!(null));
        }
        assert_eq!(owner.query(text, json!({})).await.codes(), ["BAD_USER_INPUT"]);
        let changed = json!({ "id": riverside.id.global(), "name": "Mine" });
        let refused = stranger.change("programUpdate", changed, "program { id }").await;
        assert_eq!(refused.mistakes(), ["NOT_FOUND at input.id"]);
    }

    async fn only_owners_change_and_archive_a_program(world: World) {
        let riverside = world.program("Riverside").await;
        let owner = riverside.owner("Ines Duarte").await;
        let coach = riverside.coach("Otto Brandt").await;
        let id = riverside.id.global();
        let input = json!({ "id": id, "name": "Riverside Harriers", "missedAfterHours": 48, "expectedVersion": 1,
            "externalId": "R-1", "logoUrl": "https://example.org/logo.png" });
        let refused = coach.change("programUpdate", input.clone(), "program { id }").await;
        assert_eq!(refused.mistakes(), ["NOT_ALLOWED at input.id"]);
        let changed = owner.change("programUpdate", input.clone(), "program { name missedAfterHours version externalId logoUrl }").await;
        assert_eq!(changed.get("program"), &json!({ "name": "Riverside Harriers", "missedAfterHours": 48, "version": 2,
            "externalId": "R-1", "logoUrl": "https://example.org/logo.png" }));
        let late = owner.change("programUpdate", input, "program { id }").await;
        assert_eq!(late.mistakes(), ["VERSION_CONFLICT at input.expectedVersion"]);
        let archived = owner.change("programArchive", json!({ "id": id }), "program { archivedAt }").await;
        assert_eq!(archived.text("program.archivedAt"), "2026-03-02T12:00:00+00:00");
        let back = owner.change("programArchive", json!({ "id": id, "isArchived": false }), "program { archivedAt }").await;
        assert_eq!(back.get("program.archivedAt"), &json!(null));
    }

    async fn members_are_listed_by_name_and_filtered(world: World) {
        let riverside = world.program("Riverside").await;
        let owner = riverside.owner("Ines Duarte").await;
        riverside.coach("Otto Brandt").await;
        let runner = riverside.athlete("Ana Silva").await.signs_in("Ana Silva").await;
        let text = "query($id: ID!, $filter: MembershipFilter) { program(id: $id) { members(filter: $filter) { totalCount } \
            invitations { totalCount } viewerPermissions } }";
        let asked = async |client: &Client, filter: serde_json::Value| {
            let answer = client.query(text, json!({ "id": riverside.id.global(), "filter": filter })).await;
            answer.get("program.members.totalCount").clone()
        };
        assert_eq!(asked(&owner, json!(null)).await, json!(3));
        assert_eq!(asked(&owner, json!({ "roles": ["ATHLETE"] })).await, json!(1));
        assert_eq!(asked(&owner, json!({ "search": "OTTO br" })).await, json!(1));
        assert_eq!(asked(&owner, json!({ "isActive": false })).await, json!(0));
        assert_eq!(asked(&runner, json!({ "roles": ["ATHLETE"] })).await, json!(1), "herself");
    }
}
