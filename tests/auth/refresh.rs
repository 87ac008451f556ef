//! Refresh tokens rotate; one that was copied ends the session.
use crate::support::{account::PASSWORD, *};
use chrono::Duration;
use entity::{auth_token, enums::TokenKind};
use fieldhouse::auth::Credential;
use sea_orm::EntityTrait;

async fn refresh(world: &World, token: &str) -> client::Payload {
    let input = json!({ "refreshToken": token });
    world
        .anonymous()
        .change(
            "authTokenRefresh",
            input,
            "user { name } tokens { accessToken refreshToken }",
        )
        .await
}

async fn begin(world: &World) -> String {
    world.founder("Ines", "Riverside").await;
    let payload = world.log_in("ines@example.org", PASSWORD).await;
    payload.text("tokens.refreshToken").to_owned()
}

async fn renewed(world: &World, token: &str) -> String {
    refresh(world, token).await.text("tokens.refreshToken").to_owned()
}

const REFUSED: [&str; 1] = ["TOKEN_EXPIRED at input.refreshToken"];

both! {
    async fn each_refresh_gives_new_tokens_for_another_thirty_days(world: World) {
        let mut token = begin(&world).await;
        for _ in 0..3 {
            world.pass(Duration::days(29));
            let payload = refresh(&world, &token).await;
            assert_eq!(payload.text("user.name"), "Ines");
            let client = world.client(payload.text("tokens.accessToken"));
            assert_eq!(client.ask("{ viewer { name } }").await.get("viewer.name"), "Ines");
            token = payload.text("tokens.refreshToken").to_owned();
        }
        world.pass(Duration::days(30));
        assert_eq!(refresh(&world, &token).await.mistakes(), REFUSED);
        assert_eq!(refresh(&world, "fr_nobody").await.mistakes(), REFUSED);
    }

    async fn an_access_token_is_no_refresh_token_and_the_other_way_round(world: World) {
        world.founder("Ines", "Riverside").await;
        let payload = world.log_in("ines@example.org", PASSWORD).await;
        assert_eq!(refresh(&world, payload.text("tokens.accessToken")).await.mistakes(), REFUSED);
        let client = world.client(payload.text("tokens.refreshToken"));
        assert_eq!(client.ask("{ viewer { name } }").await.get("viewer"), &json!(null));
    }

    async fn a_lost_answer_can_be_asked_for_again_within_a_minute(world: World) {
        let first = begin(&world).await;
        renewed(&world, &first).await;
        world.pass(Duration::seconds(59));
        let second = renewed(&world, &first).await;
        let third = renewed(&world, &second).await;
        assert_ne!(second, third);
    }

    async fn after_a_minute_the_preceding_token_ends_the_session(world: World) {
        let first = begin(&world).await;
        let payload = refresh(&world, &first).await;
        let (access, second) = (payload.text("tokens.accessToken"), payload.text("tokens.refreshToken"));
        world.pass(Duration::seconds(60));
        assert_eq!(refresh(&world, &first).await.mistakes(), REFUSED);
        assert_eq!(refresh(&world, second).await.mistakes(), REFUSED);
        assert_eq!(world.client(access).ask("{ viewer { name } }").await.get("viewer"), &json!(null));
    }

    async fn a_token_whose_successor_was_used_ends_the_session(world: World) {
        let first = begin(&world).await;
        let second = renewed(&world, &first).await;
        let third = renewed(&world, &second).await;
        assert_eq!(refresh(&world, &first).await.mistakes(), REFUSED);
        assert_eq!(refresh(&world, &third).await.mistakes(), REFUSED);
    }

    async fn a_successor_that_turns_up_after_it_was_replaced_ends_the_session(world: World) {
        let first = begin(&world).await;
        let lost = renewed(&world, &first).await;
        let second = renewed(&world, &first).await;
        assert_eq!(refresh(&world, &lost).await.mistakes(), REFUSED);
        assert_eq!(refresh(&world, &second).await.mistakes(), REFUSED);
    }

    async fn two_refreshes_at_once_leave_one_token_that_is_good(world: World) {
        let first = begin(&world).await;
        let (one, other) = futures_util::future::join(renewed(&world, &first), renewed(&world, &first)).await;
        assert_ne!(one, other);
        let rows = auth_token::Entity::find().all(&world.raw).await.expect("tokens");
        let unused = rows.iter().filter(|row| row.kind == TokenKind::Refresh && row.replaced_at.is_none());
        let unused: Vec<&str> = unused.map(|row| row.hash.as_str()).collect();
        assert_eq!(unused.len(), 1);
        let is_good = |token: &&String| unused.contains(&Credential::new(token.as_str()).hash().as_str());
        let good: Vec<&String> = [&one, &other].into_iter().filter(is_good).collect();
        renewed(&world, good[0]).await;
    }

    async fn another_session_is_left_alone(world: World) {
        let first = begin(&world).await;
        let other = world.log_in("ines@example.org", PASSWORD).await.text("tokens.refreshToken").to_owned();
        let second = renewed(&world, &first).await;
        renewed(&world, &second).await;
        assert_eq!(refresh(&world, &first).await.mistakes(), REFUSED);
        renewed(&world, &other).await;
    }
}
