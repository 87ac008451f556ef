//! The audit log of an account: how somebody got in, or tried to, and what was done to it.
use crate::support::{account::PASSWORD, *};
use chrono::Duration;
use entity::audit_event;
use fieldhouse::scope;
use sea_orm::EntityTrait;
use serde_json::Value;

const LOG: &str =
    "{ viewer { auditLog(first: 100) { nodes { action subjectType detail ipAddress actor { name } program { id }
    subject { __typename } } } } }";

/// The entries of the own account, the first one first.
async fn entries(who: &Client) -> Vec<Value> {
    let mut entries = who.ask(LOG).await.each("viewer.auditLog.nodes", "");
    entries.reverse();
    entries
}

async fn words(who: &Client) -> Vec<String> {
    let word = |entry: &Value| entry["action"].as_str().unwrap_or_default().to_owned();
    entries(who).await.iter().map(word).collect()
}

/// Waits for what is noted without anybody waiting for it.
async fn noted(world: &World, number: u64) {
    for _ in 0..200 {
        if world.count::<audit_event::Entity>().await >= number {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("there are not {number} entries");
}

both! {
    async fn getting_in_and_out_is_told_to_the_person_alone(world: World) {
        world.founder("Ines", "Riverside").await;
        let before = world.count::<audit_event::Entity>().await;
        assert_eq!(world.log_in("ines@example.org", "something else entirely").await.mistakes(), ["INVALID_CREDENTIALS"]);
        noted(&world, before + 1).await;
        world.log_in("nobody@example.org", "something else entirely").await;
        world.pass(Duration::minutes(1));
        let (here, there) = (world.logged_in("ines@example.org").await, world.logged_in("ines@example.org").await);
        there.change("authLogout", json!({}), "revokedSessionIds").await.ok();
        assert_eq!(
            words(&here).await,
            ["account.create", "account.sign_in_failed", "account.sign_in", "account.sign_in", "account.sign_out"]
        );
        let found = entries(&here).await;
        assert_eq!(found[1], json!({
            "action": "account.sign_in_failed", "subjectType": "User", "detail": {}, "ipAddress": null, "actor": null,
            "program": null, "subject": { "__typename": "User" }
        }));
        assert_eq!((&found[2]["actor"]["name"], &found[2]["subjectType"]), (&json!("Ines"), &json!("AuthSession")));
        let program = here.ask("{ programs { nodes { auditLog { nodes { action } } } } }").await;
        assert_eq!(program.each("programs.nodes.0.auditLog.nodes", "action"), ["program.create"]);
    }

    async fn what_is_done_to_an_account_is_told_to_nobody_else(world: World) {
        let program = world.program("Riverside").await;
        let (owner, assistant) = (program.owner("Ines").await, program.assistant("Amy").await);
        let input = json!({ "name": "Sheet", "scopes": ["READ_PROGRAM"] });
        let made = assistant.change("apiTokenCreate", input, "secret apiToken { id }").await;
        let input = json!({ "id": made.get("apiToken.id") });
        for _ in 0..2 {
            assistant.change("apiTokenRevoke", input.clone(), "apiToken { id }").await.ok();
        }
        let found = entries(&assistant).await;
        let told: Vec<&str> = found.iter().filter_map(|entry| entry["action"].as_str()).collect();
        assert_eq!(told, ["api_token.create", "api_token.revoke"]);
        assert_eq!(found[0]["detail"], json!({ "name": "Sheet", "scopes": ["READ_PROGRAM"] }));
        let text = "query($id: ID!) { node(id: $id) { ... on User { name auditLog { totalCount nodes { id } } } } }";
        let answer = owner.query(text, json!({ "id": assistant.user.global() })).await;
        assert_eq!(answer.get("node.name"), "Amy");
        assert_eq!(answer.get("node.auditLog"), &json!({ "totalCount": 0, "nodes": [] }));
        for row in audit_event::Entity::find().all(&world.raw).await.expect("entries") {
            let id = fieldhouse::node::global::<audit_event::Entity>(row.id).0;
            let answer = owner.query("query($id: ID!) { node(id: $id) { id } }", json!({ "id": id })).await;
            assert!(answer.get("node").is_null());
        }
        let narrow = assistant.api_token(&[fieldhouse::access::ApiScope::ReadTraining], None).await;
        assert_eq!(words(&narrow).await, [""; 0]);
    }

    async fn passwords_addresses_and_copied_tokens_are_told(world: World) {
        let postbox = Postbox::open().await;
        let world = world.mailing(postbox.mailer());
        world.founder("Ines", "Riverside").await;
        let first = world.log_in("ines@example.org", PASSWORD).await.text("tokens.refreshToken").to_owned();
        let refresh = async |token: &str| {
            let input = json!({ "refreshToken": token });
            world.anonymous().change("authTokenRefresh", input, "tokens { refreshToken }").await
        };
        let second = refresh(&first).await.text("tokens.refreshToken").to_owned();
        refresh(&second).await.ok();
        assert_eq!(refresh(&first).await.mistakes(), ["TOKEN_EXPIRED at input.refreshToken"]);
        let here = world.logged_in("ines@example.org").await;
        let answer = here.ask("mutation { emailVerificationRequest { userErrors { code } } }").await;
        assert_eq!(answer.get("emailVerificationRequest.userErrors"), &json!([]));
        world.app.send_mail().await.expect("it is sent");
        let input = json!({ "token": postbox.mails()[0].token() });
        world.anonymous().change("emailVerify", input, "user { id }").await.ok();
        let input = json!({ "currentPassword": PASSWORD, "newPassword": "another good password" });
        here.change("passwordChange", input, "user { name }").await.ok();
        let input = json!({ "email": "ines@example.org" });
        world.anonymous().change("passwordResetRequest", input, "accepted").await.ok();
        world.app.send_mail().await.expect("it is sent");
        let input = json!({ "token": postbox.mails()[1].token(), "newPassword": "seven purple kettles sing" });
        let payload = world.anonymous().change("passwordReset", input, "tokens { accessToken }").await;
        let here = world.client(payload.text("tokens.accessToken"));
        assert_eq!(words(&here).await, [
            "account.create", "account.sign_in", "account.token_reuse", "account.sign_out", "account.sign_in",
            "account.email_verify", "account.password_change", "account.password_reset", "account.sign_out",
            "account.sign_in",
        ]);
        for row in audit_event::Entity::find().all(&world.raw).await.expect("entries") {
            let text = format!("{row:?}");
            for secret in [PASSWORD, "kettles", "another good", "@example.org", &first[3..], &second[3..]] {
                assert!(!text.contains(secret), "{text}");
            }
        }
    }

    async fn the_network_address_of_the_request_is_told(world: World) {
        let program = world.program("Riverside").await;
        let owner = program.owner("Ines").await;
        let team = program.team("Ski").await;
        let sender = scope::Client {
            credential: owner.token.clone().map(fieldhouse::auth::Credential::new),
            address: Some([192, 0, 2, 7].into()),
            ..Default::default()
        };
        let text = format!(r#"mutation {{ teamDelete(input: {{ id: "{}" }}) {{ deletedTeamId }} }}"#, team.id.global());
        let answer = world.app.execute(async_graphql::Request::new(text), sender).await;
        assert!(answer.errors.is_empty(), "{:?}", answer.errors);
        let row = audit_event::Entity::find().one(&world.raw).await.expect("entries").expect("one");
        assert_eq!(row.ip_address.as_deref(), Some("192.0.2.7"));
    }
}
