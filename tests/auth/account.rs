//! The own account, and what others see of it.
use crate::support::*;

const PRIVATE: &str =
    "email emailVerifiedAt lastSignedInAt name isViewer viewerCanUpdate sessions { id } apiTokens { id }";

both! {
    async fn an_account_is_changed_against_the_version_that_was_read(world: World) {
        let program = world.program("Riverside").await;
        let ines = program.owner("Ines").await;
        let input = json!({ "expectedVersion": 1, "name": " Ines M. ", "timezone": "Europe/Madrid", "unitSystem": "IMPERIAL" });
        let payload = ines.change("viewerUpdate", input.clone(), "user { name timezone unitSystem version }").await;
        assert_eq!(
            payload.get("user"),
            &json!({ "name": "Ines M.", "timezone": "Europe/Madrid", "unitSystem": "IMPERIAL", "version": 2 })
        );
        let again = ines.change("viewerUpdate", input, "user { name }").await;
        assert_eq!(again.mistakes(), ["VERSION_CONFLICT at input.expectedVersion"]);
        let answer = ines.ask("{ viewer { memberships { nodes { displayName } } } }").await;
        assert_eq!(answer.get("viewer.memberships.nodes.0.displayName"), "Ines M.");
        let wrong = json!({ "name": "", "timezone": "Mars/Olympus" });
        let refused = ines.change("viewerUpdate", wrong, "user { name }").await;
        assert_eq!(refused.mistakes(), ["BLANK at input.name", "INVALID at input.timezone"]);
        let text = "mutation { viewerUpdate(input: { name: \"X\" }) { user { name } } }";
        assert_eq!(world.anonymous().ask(text).await.codes(), ["UNAUTHENTICATED"]);
    }

    async fn addresses_are_for_oneself_and_those_who_manage_members(world: World) {
        let program = world.program("Riverside").await;
        let (owner, assistant) = (program.owner("Ines").await, program.assistant("Omar").await);
        let athlete = program.athlete("Ana Ruiz").await.signs_in("Ana Ruiz").await;
        let text = format!("query($id: ID!) {{ node(id: $id) {{ ... on User {{ {PRIVATE} }} }} }}");
        let see = async |who: &Member, whom: &Member| {
            let answer = who.query(&text, json!({ "id": whom.user.global() })).await;
            answer.get("node").clone()
        };
        assert_eq!(see(&owner, &assistant).await["email"], "omar@example.org");
        assert_eq!(see(&owner, &assistant).await["sessions"], json!([]));
        assert_eq!(see(&owner, &assistant).await["viewerCanUpdate"], false);
        assert_eq!(see(&assistant, &owner).await["email"], json!(null));
        assert_eq!(see(&assistant, &owner).await["emailVerifiedAt"], json!(null));
        assert_eq!(see(&assistant, &owner).await["name"], "Ines");
        assert_eq!(see(&assistant, &assistant).await["email"], "omar@example.org");
        assert_eq!(see(&assistant, &assistant).await["sessions"].as_array().map(Vec::len), Some(1));
        assert_eq!(see(&athlete, &owner).await, json!(null));
        let stranger = world.program("Lakeside").await.owner("Sam").await;
        assert_eq!(see(&stranger, &owner).await, json!(null));
    }

    async fn memberships_are_filtered(world: World) {
        let (riverside, lakeside) = (world.program("Riverside").await, world.program("Lakeside").await);
        let ines = riverside.owner("Ines").await;
        lakeside.member(&ines, "Ines", entity::enums::ProgramRole::Athlete).await;
        let text = "query($filter: MembershipFilter) { viewer { memberships(filter: $filter) { totalCount nodes { role } } } }";
        let roles = async |filter: serde_json::Value| {
            let answer = ines.query(text, json!({ "filter": filter })).await;
            assert_eq!(
                answer.get("viewer.memberships.totalCount").as_u64(),
                answer.get("viewer.memberships.nodes").as_array().map(|nodes| nodes.len() as u64)
            );
            answer.each("viewer.memberships.nodes", "role")
        };
        assert_eq!(roles(json!(null)).await, ["OWNER", "ATHLETE"]);
        assert_eq!(roles(json!({ "roles": ["ATHLETE"] })).await, ["ATHLETE"]);
        assert_eq!(roles(json!({ "roles": [] })).await, [] as [&str; 0]);
        assert_eq!(roles(json!({ "search": "LAKE" })).await, ["ATHLETE"]);
        assert_eq!(roles(json!({ "search": "ines" })).await, ["OWNER", "ATHLETE"]);
        assert_eq!(roles(json!({ "isActive": false })).await, [] as [&str; 0]);
    }
}
