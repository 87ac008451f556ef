//! API tokens: never more than their maker may.
use crate::support::*;
use chrono::Duration;
use entity::{api_token, enums::ProgramRole};
use fieldhouse::access::ApiScope;
use sea_orm::EntityTrait;

const SELECTION: &str = "secret apiToken { id name prefix scopes program { id } expiresAt revokedAt }";

async fn make(client: &Client, input: serde_json::Value) -> client::Payload {
    client.change("apiTokenCreate", input, SELECTION).await
}

both! {
    async fn a_secret_is_shown_once_and_cut_to_its_scopes(world: World) {
        let program = world.program("Riverside").await;
        let ines = program.owner("Ines").await;
        let input = json!({ "name": "Sheet", "scopes": ["READ_PROGRAM", "READ_PROGRAM"] });
        let payload = make(&ines, input).await;
        let secret = payload.text("secret");
        assert!(secret.starts_with("fh_") && secret.starts_with(payload.text("apiToken.prefix")));
        assert_eq!(payload.get("apiToken.scopes"), &json!(["READ_PROGRAM"]));
        let row = api_token::Entity::find().one(&world.raw).await.expect("tokens").expect("one");
        assert!(!row.hash.contains(&secret[3..]), "only the hash is kept");
        let token = world.client(secret);
        let answer = token
            .ask("{ viewer { name viewerCanUpdate apiTokens { id } sessions { id } memberships { nodes { permissions } } } }")
            .await;
        assert_eq!(answer.get("viewer.viewerCanUpdate"), false);
        assert_eq!(answer.get("viewer.apiTokens"), &json!([]));
        assert_eq!(answer.get("viewer.sessions"), &json!([]));
        let refused = token.change("viewerUpdate", json!({ "name": "Mallory" }), "user { name }").await;
        assert_eq!(refused.mistakes(), ["NOT_ALLOWED at input.id"]);
        let refused = make(&token, json!({ "name": "More", "scopes": ["READ_PROGRAM"] })).await;
        assert_eq!(refused.mistakes(), ["NOT_ALLOWED at input.scopes"]);
        let refused = token.change("authLogout", json!({ "allSessions": true }), "revokedSessionIds").await;
        assert_eq!(refused.mistakes(), ["NOT_ALLOWED"]);
        let input = json!({ "programId": program.id.global(), "email": "x@example.org", "role": "ATHLETE" });
        let refused = token.change("programMemberInvite", input, "token").await;
        assert_eq!(refused.mistakes(), ["NOT_ALLOWED at input.programId"]);
    }

    async fn an_admin_token_makes_none_that_is_wider(world: World) {
        let (riverside, lakeside) = (world.program("Riverside").await, world.program("Lakeside").await);
        let ines = riverside.owner("Ines").await;
        lakeside.member(&ines, "Ines", ProgramRole::Owner).await;
        let confined = ines.api_token(&[ApiScope::Admin], Some(&riverside)).await;
        let wide = json!({ "name": "All", "scopes": ["READ_PROGRAM"] });
        assert_eq!(make(&confined, wide.clone()).await.mistakes(), ["NOT_ALLOWED at input.programId"]);
        let other = json!({ "name": "All", "scopes": ["READ_PROGRAM"], "programId": lakeside.id.global() });
        assert_eq!(make(&confined, other).await.mistakes(), ["NOT_FOUND at input.programId"]);
        let same = json!({ "name": "All", "scopes": ["ADMIN"], "programId": riverside.id.global() });
        assert_eq!(make(&confined, same).await.get("apiToken.program.id"), &json!(riverside.id.global()));
        let memberships = confined.ask("{ viewer { memberships { totalCount nodes { program { id } } } } }").await;
        assert_eq!(memberships.get("viewer.memberships.totalCount"), 1);
        assert_eq!(memberships.get("viewer.memberships.nodes.0.program.id"), &json!(riverside.id.global()));
        let refused = confined.change("viewerUpdate", json!({ "name": "Mallory" }), "user { name }").await;
        assert_eq!(refused.mistakes(), ["NOT_ALLOWED at input.id"]);
        let tokens = confined.ask("{ viewer { apiTokens { program { id } } sessions { id } } }").await;
        assert_eq!(tokens.each("viewer.apiTokens", "program.id").len(), 2);
        assert_eq!(tokens.get("viewer.sessions"), &json!([]));

        let end = world.now() + Duration::days(7);
        let input = json!({ "name": "Week", "scopes": ["ADMIN"], "expiresAt": end });
        let week = make(&ines, input).await;
        let week = world.client(week.text("secret"));
        let later = json!({ "name": "Later", "scopes": ["ADMIN"], "expiresAt": end + Duration::seconds(1) });
        for longer in [wide.clone(), later] {
            assert_eq!(make(&week, longer).await.mistakes(), ["NOT_ALLOWED at input.expiresAt"]);
        }
        make(&week, json!({ "name": "Same", "scopes": ["ADMIN"], "expiresAt": end })).await.ok();
        world.pass(Duration::days(7));
        assert_eq!(week.ask("{ viewer { name } }").await.get("viewer"), &json!(null));
    }

    async fn a_revoked_token_stops_at_once(world: World) {
        let ines = world.person("Ines").await;
        let payload = make(&ines, json!({ "name": "Sheet", "scopes": ["ADMIN"] })).await;
        let token = world.client(payload.text("secret"));
        assert_eq!(token.ask("{ viewer { name } }").await.get("viewer.name"), "Ines");
        let omar = world.person("Omar").await;
        let input = json!({ "id": payload.get("apiToken.id") });
        let refused = omar.change("apiTokenRevoke", input.clone(), SELECTION).await;
        assert_eq!(refused.mistakes(), ["NOT_FOUND at input.id"]);
        let revoked = token.change("apiTokenRevoke", input, SELECTION).await;
        assert_eq!(revoked.get("apiToken.revokedAt"), "2026-03-02T12:00:00+00:00");
        assert_eq!(token.ask("{ viewer { name } }").await.get("viewer"), &json!(null));
        assert_eq!(ines.ask("{ viewer { apiTokens { id } } }").await.get("viewer.apiTokens"), &json!([]));
    }

    async fn the_use_of_a_token_is_noted(world: World) {
        let ines = world.person("Ines").await;
        let payload = make(&ines, json!({ "name": "Sheet", "scopes": ["READ_PROGRAM"] })).await;
        world.client(payload.text("secret")).ask("{ viewer { name } }").await.ok();
        for _ in 0..100 {
            let answer = ines.ask("{ viewer { apiTokens { lastUsedAt } } }").await;
            if answer.get("viewer.apiTokens.0.lastUsedAt") == "2026-03-02T12:00:00+00:00" {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        panic!("the use was not noted");
    }

    async fn mistakes_are_told_at_once(world: World) {
        let ines = world.person("Ines").await;
        let input = json!({ "name": " ", "scopes": [], "expiresAt": world.now() });
        assert_eq!(
            make(&ines, input).await.mistakes(),
            ["BLANK at input.name", "TOO_SHORT at input.scopes", "OUT_OF_RANGE at input.expiresAt"]
        );
    }
}
