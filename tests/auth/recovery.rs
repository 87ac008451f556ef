//! A new password for whoever forgot the old one.
use crate::support::{
    account::{PASSWORD, TOKENS},
    *,
};
use chrono::Duration;
use entity::{mail, mail_token, user};
use std::time::Instant;

const NEW: &str = "seven purple kettles sing";

async fn request(world: &World, email: &str) -> client::Payload {
    let input = json!({ "email": email });
    world
        .anonymous()
        .change("passwordResetRequest", input, "accepted")
        .await
}

async fn reset(world: &World, token: &str, more: serde_json::Value) -> client::Payload {
    let mut input = json!({ "token": token, "newPassword": NEW });
    for (key, value) in more.as_object().into_iter().flatten() {
        input[key] = value.clone();
    }
    world.anonymous().change("passwordReset", input, TOKENS).await
}

/// The token that a request brings.
async fn token(world: &World, postbox: &Postbox) -> String {
    request(world, "ines@example.org").await.ok();
    assert!(world.app.send_mail().await.expect("it is sent"));
    postbox.mails().pop().expect("a mail").token()
}

const NO_LONGER: [&str; 1] = ["TOKEN_EXPIRED at input.token"];

both! {
    async fn a_mailed_token_takes_a_new_password_and_signs_everybody_else_out(world: World) {
        let postbox = Postbox::open().await;
        let world = world.mailing(postbox.mailer());
        world.founder("Ines", "Riverside").await;
        let there = world.logged_in("ines@example.org").await;
        let input = json!({ "name": "Sheet", "scopes": ["READ_PROGRAM"] });
        let sheet = there.change("apiTokenCreate", input, "secret").await;
        let sheet = world.client(sheet.text("secret"));
        let token = token(&world, &postbox).await;
        let mail = postbox.only();
        assert_eq!(mail.header("Subject"), "Choose a new password");
        assert!(mail.text().contains(&format!("https://fieldhouse.example.org/password-reset?token={token}")));
        let payload = reset(&world, &token, json!({})).await;
        assert_eq!(payload.text("user.email"), "ines@example.org");
        let here = world.client(payload.text("tokens.accessToken"));
        let answer = here.ask("{ viewer { emailVerifiedAt sessions { isCurrent } } }").await;
        assert_eq!(answer.get("viewer.emailVerifiedAt"), "2026-03-02T12:00:00+00:00", "the mail was read");
        assert_eq!(answer.get("viewer.sessions"), &json!([{ "isCurrent": true }]));
        assert_eq!(there.ask("{ viewer { name } }").await.get("viewer"), &json!(null));
        assert_eq!(sheet.ask("{ viewer { name } }").await.get("viewer"), &json!(null), "nobody had confirmed the address");
        assert_eq!(world.log_in("ines@example.org", PASSWORD).await.mistakes(), ["INVALID_CREDENTIALS"]);
        world.log_in("ines@example.org", NEW).await.ok();
        assert_eq!(reset(&world, &token, json!({})).await.mistakes(), NO_LONGER);
        assert_eq!(world.count::<mail_token::Entity>().await, 0);
    }

    async fn api_tokens_are_revoked_when_asked(world: World) {
        let postbox = Postbox::open().await;
        let world = world.mailing(postbox.mailer());
        world.founder("Ines", "Riverside").await;
        let there = world.logged_in("ines@example.org").await;
        let input = json!({ "name": "Sheet", "scopes": ["READ_PROGRAM"] });
        let sheet = world.client(there.change("apiTokenCreate", input, "secret").await.text("secret"));
        let token = token(&world, &postbox).await;
        let payload = reset(&world, &token, json!({ "revokeApiTokens": true })).await;
        assert_eq!(sheet.ask("{ viewer { name } }").await.get("viewer"), &json!(null));
        let here = world.client(payload.text("tokens.accessToken"));
        assert_eq!(here.ask("{ viewer { apiTokens { id } } }").await.get("viewer.apiTokens"), &json!([]));
    }

    async fn a_new_password_ends_the_wait_after_failures(world: World) {
        let postbox = Postbox::open().await;
        let world = world.mailing(postbox.mailer());
        world.founder("Ines", "Riverside").await;
        for _ in 0..3 {
            world.log_in("ines@example.org", "wrong").await;
        }
        assert_eq!(world.log_in("ines@example.org", PASSWORD).await.mistakes(), ["TOO_MANY_ATTEMPTS"]);
        let token = token(&world, &postbox).await;
        reset(&world, &token, json!({})).await.ok();
        world.log_in("ines@example.org", NEW).await.ok();
    }

    async fn a_token_is_good_for_half_an_hour_and_one_of_two_at_once_wins(world: World) {
        let postbox = Postbox::open().await;
        let world = world.mailing(postbox.mailer());
        world.founder("Ines", "Riverside").await;
        let late = token(&world, &postbox).await;
        world.pass(Duration::minutes(30));
        assert_eq!(reset(&world, &late, json!({})).await.mistakes(), NO_LONGER);
        let (first, second) = (token(&world, &postbox).await, token(&world, &postbox).await);
        let (one, other) = futures_util::future::join(
            reset(&world, &first, json!({})),
            reset(&world, &second, json!({ "newPassword": "another seven kettles" })),
        )
        .await;
        let mut outcomes = [one.mistakes(), other.mistakes()];
        outcomes.sort();
        assert_eq!(outcomes[0], [""; 0]);
        assert_eq!(outcomes[1], NO_LONGER);
    }

    async fn a_changed_password_makes_tokens_for_a_forgotten_one_worthless(world: World) {
        let postbox = Postbox::open().await;
        let world = world.mailing(postbox.mailer());
        world.founder("Ines", "Riverside").await;
        let token = token(&world, &postbox).await;
        let here = world.logged_in("ines@example.org").await;
        let input = json!({ "currentPassword": PASSWORD, "newPassword": "another good password" });
        here.change("passwordChange", input, "user { name }").await.ok();
        assert_eq!(reset(&world, &token, json!({})).await.mistakes(), NO_LONGER);
    }

    async fn passwords_that_are_soon_guessed_are_refused(world: World) {
        let postbox = Postbox::open().await;
        let world = world.mailing(postbox.mailer());
        world.founder("Ines", "Riverside").await;
        let token = token(&world, &postbox).await;
        for password in [
            "password1234", "123456789012", "qwertyuiop12", "aaaaaaaaaaaaaa", "iloveyou1234", "ines@example.org",
            "InesInesInes", "fieldhouse123", "abcdefghijkl", "passwordpassword", "2001200120012001",
        ] {
            let refused = reset(&world, &token, json!({ "newPassword": password })).await;
            assert_eq!(refused.mistakes(), ["INVALID at input.newPassword"], "{password}");
        }
        assert_eq!(reset(&world, &token, json!({ "newPassword": "short" })).await.mistakes(), ["TOO_SHORT at input.newPassword"]);
        let here = world.logged_in("ines@example.org").await;
        let input = json!({ "currentPassword": PASSWORD, "newPassword": "password1234" });
        let refused = here.change("passwordChange", input, "user { name }").await;
        assert_eq!(refused.mistakes(), ["INVALID at input.newPassword"]);
        reset(&world, &token, json!({ "newPassword": "x".repeat(99) + "purple kettles" })).await.mistakes();
        reset(&world, &token, json!({})).await.ok();
    }

    async fn an_address_that_nobody_has_is_answered_the_same_and_not_written_to(world: World) {
        let postbox = Postbox::open().await;
        let world = world.mailing(postbox.mailer());
        let founder = world.founder("Ines", "Riverside").await;
        for _ in 0..5 {
            let known = request(&world, " INES@example.org").await;
            let unknown = request(&world, "nobody@example.org").await;
            assert_eq!(known.get("accepted"), true);
            assert_eq!(known.answer.body_text, unknown.answer.body_text);
            assert_eq!(known.answer.statements, unknown.answer.statements);
        }
        let (known, unknown) = (request(&world, "ines@example.org").await, request(&world, "nobody@example.org").await);
        assert_eq!(known.mistakes(), ["TOO_MANY_ATTEMPTS"]);
        assert_eq!(known.answer.body_text, unknown.answer.body_text);
        while world.app.send_mail().await.expect("the outbox is emptied") {}
        assert_eq!(postbox.only().to, "ines@example.org", "five requests that wait are one mail");
        assert_eq!(world.count::<mail::Entity>().await, 0);
        world.pass(Duration::minutes(30));
        request(&world, "ines@example.org").await.ok();
        let closed = user::ActiveModel {
            id: sea_orm::ActiveValue::Unchanged(founder.user_id),
            deactivated_at: sea_orm::ActiveValue::Set(Some(world.now())),
            ..Default::default()
        };
        world.alter(closed).await;
        assert!(world.app.send_mail().await.expect("it is removed"));
        assert_eq!(postbox.mails().len(), 1, "an account that is closed");
        assert_eq!(request(&world, "nobody").await.mistakes(), ["INVALID at input.email"]);
    }

    async fn an_account_has_at_most_five_tokens_that_are_good(world: World) {
        let postbox = Postbox::open().await;
        let world = world.mailing(postbox.mailer());
        world.founder("Ines", "Riverside").await;
        for server in 0..2 {
            // Each server counts requests for itself.
            let world = world.mailing(postbox.mailer());
            for _ in 0..4 {
                request(&world, "ines@example.org").await.ok();
                world.app.send_mail().await.expect("it is looked at");
            }
            assert_eq!(postbox.mails().len(), [4, 5][server]);
        }
    }

    async fn an_address_that_nobody_has_takes_as_long(world: World) {
        let world = world.mailing(fieldhouse::mail::Mailer::logging(&Default::default()).expect("a mailer"));
        for number in 0..20 {
            world.person(&format!("Coach{number}")).await;
        }
        let (mut known, mut unknown) = (Vec::new(), Vec::new());
        for number in 0..20 {
            let begin = Instant::now();
            request(&world, &format!("coach{number}@example.org")).await.ok();
            known.push(begin.elapsed());
            let begin = Instant::now();
            request(&world, &format!("nobody{number}@example.org")).await.ok();
            unknown.push(begin.elapsed());
        }
        known.sort();
        unknown.sort();
        let (known, unknown) = (known[9].as_secs_f64(), unknown[9].as_secs_f64());
        eprintln!("known {known:.5} s, unknown {unknown:.5} s");
        assert!(unknown > 0.5 * known && known > 0.5 * unknown, "known {known}, unknown {unknown}");
    }
}
