//! Signing in with a password, and how it is slowed down.
use crate::support::{
    account::{PASSWORD, TOKENS},
    *,
};
use chrono::Duration;
use entity::{auth_token, user};
use sea_orm::EntityTrait;
use std::time::Instant;

both! {
    async fn a_password_lets_in_and_a_token_says_who(world: World) {
        world.founder("Ines", "Riverside").await;
        let payload = world.log_in("  INES@Example.org ", PASSWORD).await;
        assert_eq!(payload.text("user.email"), "ines@example.org");
        assert!(payload.text("tokens.accessToken").starts_with("fa_"));
        assert!(payload.text("tokens.refreshToken").starts_with("fr_"));
        let client = world.client(payload.text("tokens.accessToken"));
        let answer = client.ask("{ viewer { name isViewer lastSignedInAt memberships { nodes { role } } } }").await;
        assert_eq!(answer.get("viewer.name"), "Ines");
        assert_eq!(answer.get("viewer.isViewer"), true);
        assert_eq!(answer.get("viewer.lastSignedInAt"), "2026-03-02T12:00:00+00:00");
        assert_eq!(answer.get("viewer.memberships.nodes.0.role"), "OWNER");
        for row in auth_token::Entity::find().all(&world.raw).await.expect("tokens") {
            assert_eq!(row.hash.len(), 64, "only hashes are kept");
        }
        world.pass(Duration::minutes(15));
        assert_eq!(client.ask("{ viewer { name } }").await.get("viewer"), &json!(null));
    }

    async fn later_fields_of_the_document_are_answered_as_the_person(world: World) {
        world.founder("Ines", "Riverside").await;
        let text = format!(
            r#"mutation {{ authLogin(input: {{ email: "ines@example.org", password: "{PASSWORD}" }}) {{ {TOKENS} }}
            viewerUpdate(input: {{ unitSystem: IMPERIAL }}) {{ user {{ unitSystem }} userErrors {{ code }} }} }}"#
        );
        let answer = world.anonymous().ask(&text).await;
        assert_eq!(answer.get("viewerUpdate.user.unitSystem"), "IMPERIAL");
    }

    async fn a_wrong_password_and_an_unknown_address_are_one_answer(world: World) {
        world.founder("Ines", "Riverside").await;
        let wrong = world.log_in("ines@example.org", "something else entirely").await;
        let unknown = world.log_in("nobody@example.org", "something else entirely").await;
        assert_eq!(wrong.mistakes(), ["INVALID_CREDENTIALS"]);
        assert_eq!(wrong.answer.body_text, unknown.answer.body_text);
        world.person("Omar").await;
        let without = world.log_in("omar@example.org", PASSWORD).await;
        assert_eq!(without.answer.body_text, unknown.answer.body_text, "an account without a password");
    }

    async fn failures_block_for_longer_and_longer_whether_or_not_there_is_an_account(world: World) {
        world.founder("Ines", "Riverside").await;
        for email in ["ines@example.org", "nobody@example.org"] {
            for _ in 0..3 {
                assert_eq!(world.log_in(email, "wrong").await.mistakes(), ["INVALID_CREDENTIALS"]);
            }
            for seconds in [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900] {
                world.pass(Duration::seconds(seconds) - Duration::milliseconds(1));
                let blocked = world.log_in(email, PASSWORD).await;
                assert_eq!(blocked.mistakes(), ["TOO_MANY_ATTEMPTS"], "{email} before {seconds} s");
                world.pass(Duration::milliseconds(1));
                assert_eq!(world.log_in(email, "wrong").await.mistakes(), ["INVALID_CREDENTIALS"], "{seconds}");
            }
        }
        world.pass(Duration::seconds(900));
        world.log_in("ines@example.org", PASSWORD).await.ok();
        let row = user::Entity::find().one(&world.raw).await.expect("users").expect("Ines");
        assert_eq!((row.failed_sign_ins, row.blocked_until), (0, None));
        assert_eq!(row.version, 1, "signing in changes nothing that clients have read");
    }

    async fn many_guesses_at_once_get_no_more_tries(world: World) {
        world.founder("Ines", "Riverside").await;
        for email in ["ines@example.org", "nobody@example.org"] {
            let guesses = (0..12).map(|number| {
                let world = world.clone();
                async move { world.log_in(email, &format!("guess {number}")).await.mistakes() }
            });
            let answers = futures_util::future::join_all(guesses).await;
            let tried = answers.iter().filter(|answer| **answer == ["INVALID_CREDENTIALS"]).count();
            assert_eq!(tried, 3, "{email}: {answers:?}");
        }
    }

    async fn an_unknown_address_takes_as_long_as_a_wrong_password(world: World) {
        for number in 0..8 {
            world.founder(&format!("Coach{number}"), "Riverside").await;
        }
        let (mut known, mut unknown) = (Vec::new(), Vec::new());
        for number in 0..8 {
            let begin = Instant::now();
            world.log_in(&format!("coach{number}@example.org"), "something else entirely").await;
            known.push(begin.elapsed());
            let begin = Instant::now();
            world.log_in(&format!("nobody{number}@example.org"), "something else entirely").await;
            unknown.push(begin.elapsed());
        }
        known.sort();
        unknown.sort();
        let (known, unknown) = (known[3].as_secs_f64(), unknown[3].as_secs_f64());
        eprintln!("known {known:.4} s, unknown {unknown:.4} s");
        assert!(unknown > 0.5 * known && known > 0.5 * unknown, "known {known}, unknown {unknown}");
    }

    async fn a_changed_password_signs_out_the_other_devices(world: World) {
        world.founder("Ines", "Riverside").await;
        let (here, there) = (
            world.logged_in("ines@example.org").await,
            world.logged_in("ines@example.org").await,
        );
        let change = async |current: &str, new: &str| {
            let input = json!({ "currentPassword": current, "newPassword": new });
            here.change("passwordChange", input, "user { name version }").await
        };
        let refused = change("not the password", "another good password").await;
        assert_eq!(refused.mistakes(), ["INVALID_CREDENTIALS at input.currentPassword"]);
        assert_eq!(change(PASSWORD, "short").await.mistakes(), ["TOO_SHORT at input.newPassword"]);
        assert_eq!(
            change(PASSWORD, &"x".repeat(201)).await.mistakes(),
            ["TOO_LONG at input.newPassword"]
        );
        assert_eq!(there.ask("{ viewer { name } }").await.get("viewer.name"), "Ines");
        assert_eq!(change(PASSWORD, "another good password").await.get("user.name"), "Ines");
        assert_eq!(there.ask("{ viewer { name } }").await.get("viewer"), &json!(null));
        assert_eq!(here.ask("{ viewer { name } }").await.get("viewer.name"), "Ines");
        assert_eq!(world.log_in("ines@example.org", PASSWORD).await.mistakes(), ["INVALID_CREDENTIALS"]);
        world.log_in("ines@example.org", "another good password").await.ok();
    }

    async fn logging_out_ends_this_device_or_all(world: World) {
        world.founder("Ines", "Riverside").await;
        let mut devices = Vec::new();
        for _ in 0..4 {
            devices.push(world.logged_in("ines@example.org").await);
        }
        let viewer = async |device: &Client| device.ask("{ viewer { name sessions { id isCurrent } } }").await;
        assert_eq!(viewer(&devices[0]).await.each("viewer.sessions", "isCurrent"), [true, false, false, false]);
        let ended = devices[0].change("authLogout", json!({}), "revokedSessionIds").await;
        assert_eq!(ended.get("revokedSessionIds").as_array().map(Vec::len), Some(1));
        assert_eq!(viewer(&devices[0]).await.get("viewer"), &json!(null));
        let others = viewer(&devices[1]).await.each("viewer.sessions", "id");
        assert_eq!(others.len(), 3);
        let input = json!({ "sessionId": others[1] });
        let ended = devices[1].change("authSessionRevoke", input, "session { id revokedAt }").await;
        assert_eq!(ended.get("session.revokedAt"), "2026-03-02T12:00:00+00:00");
        assert_eq!(viewer(&devices[2]).await.get("viewer"), &json!(null));
        world.founder("Omar", "Lakeside").await;
        let omar = world.logged_in("omar@example.org").await;
        let refused = omar.change("authSessionRevoke", json!({ "sessionId": others[0] }), "session { id }").await;
        assert_eq!(refused.mistakes(), ["NOT_FOUND at input.sessionId"]);
        let ended = devices[1].change("authLogout", json!({ "allSessions": true }), "revokedSessionIds").await;
        assert_eq!(ended.get("revokedSessionIds").as_array().map(Vec::len), Some(2));
        for device in &devices {
            assert_eq!(viewer(device).await.get("viewer"), &json!(null));
        }
    }
}
