//! Proving that an address is one's own.
use crate::support::{account::PASSWORD, *};
use chrono::Duration;
use entity::{mail, mail_token, user};
use sea_orm::{ActiveValue::Set, EntityTrait};

/// Somebody who joined by an invitation.
async fn joins(world: &World, email: &str) -> Client {
    let program = world.program("Riverside").await;
    let ines = program.owner("Ines").await;
    let input = json!({ "programId": program.id.global(), "email": email, "role": "ASSISTANT_COACH" });
    let invited = ines.change("programMemberInvite", input, "token").await;
    let input = json!({ "email": email, "password": PASSWORD, "invitationToken": invited.get("token") });
    let payload = world
        .anonymous()
        .change("authRegister", input, "tokens { accessToken }")
        .await;
    world.client(payload.text("tokens.accessToken"))
}

async fn verify(client: &Client, token: &str) -> client::Payload {
    client
        .change(
            "emailVerify",
            json!({ "token": token }),
            "user { id name emailVerifiedAt }",
        )
        .await
}

async fn ask_again(client: &Client) -> Vec<String> {
    let answer = client
        .ask("mutation { emailVerificationRequest { user { email } userErrors { code } } }")
        .await;
    answer
        .each("emailVerificationRequest.userErrors", "code")
        .iter()
        .map(|code| code.to_string())
        .collect()
}

/// Tokens that an account may have at once.
const MOST: usize = 5;

const NO_LONGER: [&str; 1] = ["TOKEN_EXPIRED at input.token"];

both! {
    async fn whoever_joins_is_mailed_a_token_that_confirms_the_address_once(world: World) {
        let postbox = Postbox::open().await;
        let world = world.mailing(postbox.mailer());
        let omar = joins(&world, "omar@example.org").await;
        assert!(world.app.send_mail().await.expect("it is sent"));
        let mail = postbox.only();
        assert_eq!(mail.to, "omar@example.org");
        assert_eq!(mail.header("Subject"), "Confirm your e-mail address");
        assert_eq!(mail.header("From"), "Fieldhouse <no-reply@example.org>");
        assert_eq!(mail.header("Auto-Submitted"), "auto-generated");
        let token = mail.token();
        assert!(mail.text().contains(&format!("https://fieldhouse.example.org/verify-email?token={token}")));
        for row in mail_token::Entity::find().all(&world.raw).await.expect("tokens") {
            assert!(row.hash.len() == 64 && !row.hash.contains(&token[3..]), "only the hash is kept");
        }
        let viewer = async || omar.ask("{ viewer { emailVerifiedAt version } }").await.get("viewer").clone();
        assert_eq!(viewer().await, json!({ "emailVerifiedAt": null, "version": 1 }));
        assert_eq!(verify(&world.anonymous(), "fe_nobody").await.mistakes(), NO_LONGER);
        let payload = verify(&world.anonymous(), &token).await;
        assert_eq!(payload.text("user.name"), "omar");
        assert_eq!(payload.get("user.emailVerifiedAt"), &json!(null), "who is not signed in sees no more than before");
        assert_eq!(viewer().await, json!({ "emailVerifiedAt": "2026-03-02T12:00:00+00:00", "version": 2 }));
        assert_eq!(verify(&omar, &token).await.mistakes(), NO_LONGER);
        assert_eq!(ask_again(&omar).await, ["\"INVALID_STATE\""]);
        assert!(!world.app.send_mail().await.expect("it is looked into"), "no second mail");
        assert_eq!(postbox.mails().len(), 1);
    }

    async fn a_person_confirms_while_signed_in_and_sees_it_at_once(world: World) {
        let postbox = Postbox::open().await;
        let world = world.mailing(postbox.mailer());
        let omar = joins(&world, "omar@example.org").await;
        world.app.send_mail().await.expect("it is sent");
        let text = "mutation($input: EmailVerifyInput!) { before: viewerUpdate(input: {}) { user { emailVerifiedAt } }
            emailVerify(input: $input) { user { emailVerifiedAt } }
            after: viewerUpdate(input: {}) { user { emailVerifiedAt } } }";
        let answer = omar.query(text, json!({ "input": { "token": postbox.only().token() } })).await;
        assert_eq!(answer.get("before.user.emailVerifiedAt"), &json!(null));
        assert_eq!(answer.get("emailVerify.user.emailVerifiedAt"), "2026-03-02T12:00:00+00:00");
        assert_eq!(answer.get("after.user.emailVerifiedAt"), "2026-03-02T12:00:00+00:00");
    }

    async fn a_token_runs_out_after_a_day_and_another_is_sent(world: World) {
        let postbox = Postbox::open().await;
        let world = world.mailing(postbox.mailer());
        joins(&world, "omar@example.org").await;
        world.app.send_mail().await.expect("it is sent");
        let late = postbox.only().token();
        world.pass(Duration::hours(24));
        let omar = world.logged_in("omar@example.org").await;
        assert_eq!(verify(&omar, &late).await.mistakes(), NO_LONGER);
        for _ in 0..MOST {
            assert_eq!(ask_again(&omar).await, [""; 0]);
            world.app.send_mail().await.expect("it is sent");
            world.pass(Duration::minutes(1));
        }
        assert_eq!(ask_again(&omar).await, ["\"TOO_MANY_ATTEMPTS\""]);
        let mails = postbox.mails();
        assert_eq!(mails.len(), 1 + MOST);
        verify(&omar, &mails[2].token()).await.ok();
        assert_eq!(verify(&omar, &mails[3].token()).await.mistakes(), NO_LONGER, "one is enough");
        assert_eq!(world.count::<mail_token::Entity>().await, 0);
    }

    async fn another_address_makes_older_tokens_worthless(world: World) {
        let postbox = Postbox::open().await;
        let world = world.mailing(postbox.mailer());
        let omar = joins(&world, "omar@example.org").await;
        world.app.send_mail().await.expect("it is sent");
        let row = user::Entity::find().all(&world.raw).await.expect("users");
        let row = row.into_iter().find(|row| row.email == "omar@example.org").expect("Omar");
        assert_eq!(ask_again(&omar).await, [""; 0], "and a mail to the former address waits");
        let changes = user::ActiveModel {
            id: sea_orm::ActiveValue::Unchanged(row.id),
            email: Set("omar.new@example.org".to_owned()),
            ..Default::default()
        };
        world.alter(changes).await;
        assert_eq!(verify(&omar, &postbox.only().token()).await.mistakes(), NO_LONGER);
        assert!(world.app.send_mail().await.expect("it is removed"));
        assert_eq!(postbox.mails().len(), 1, "nobody has the former address");
        assert_eq!(ask_again(&omar).await, [""; 0]);
        world.app.send_mail().await.expect("it is sent");
        let mail = postbox.mails().remove(1);
        assert_eq!(mail.to, "omar.new@example.org");
        verify(&omar, &mail.token()).await.ok();
    }

    async fn a_token_for_a_new_password_confirms_no_address_and_an_api_token_asks_for_none(world: World) {
        let postbox = Postbox::open().await;
        let world = world.mailing(postbox.mailer());
        world.founder("Ines", "Riverside").await;
        let input = json!({ "email": "ines@example.org" });
        world.anonymous().change("passwordResetRequest", input, "accepted").await.ok();
        world.app.send_mail().await.expect("it is sent");
        assert_eq!(verify(&world.anonymous(), &postbox.only().token()).await.mistakes(), NO_LONGER);
        let omar = world.person("Omar").await;
        let token = omar.api_token(&[fieldhouse::access::ApiScope::ReadProgram], None).await;
        assert_eq!(ask_again(&token).await, ["\"NOT_ALLOWED\""]);
    }

    async fn a_server_without_mail_says_so_and_promises_none(world: World) {
        let world = world.mailing(fieldhouse::mail::Mailer::default());
        let omar = joins(&world, "omar@example.org").await;
        assert_eq!(ask_again(&omar).await, ["\"INVALID_STATE\""]);
        let input = json!({ "email": "omar@example.org" });
        let refused = world.anonymous().change("passwordResetRequest", input, "accepted").await;
        assert_eq!(refused.mistakes(), ["INVALID_STATE"]);
        assert_eq!(world.count::<mail::Entity>().await, 0);
    }
}
