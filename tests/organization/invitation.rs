//! Invitations: from the link to the account, once, and never to more than the inviter may give.
use crate::support::{account::PASSWORD, *};
use chrono::Duration;
use entity::program_invitation;
use sea_orm::EntityTrait;

const SELECTION: &str = "token invitation { id email role viewerCanDelete expiresAt acceptedAt revokedAt \
                         invitedBy { displayName } athlete { id } teams { id } eventGroups { id } program { id } }";

async fn invite(inviter: &Member, email: &str, role: &str, more: serde_json::Value) -> client::Payload {
    let mut input = json!({ "programId": inviter.program.id.global(), "email": email, "role": role });
    for (key, value) in more.as_object().into_iter().flatten() {
        input[key] = value.clone();
    }
    inviter.change("programMemberInvite", input, SELECTION).await
}

async fn register(world: &World, email: &str, token: &str) -> client::Payload {
    let input = json!({ "email": email, "password": PASSWORD, "invitationToken": token });
    let selection = "user { name timezone athletes { id } memberships { nodes { id role displayName athlete { id } \
                     teams { id } eventGroups { id } } } } tokens { accessToken }";
    world.anonymous().change("authRegister", input, selection).await
}

async fn accept(client: &Client, token: &str) -> client::Payload {
    let input = json!({ "token": token });
    client
        .change(
            "programInvitationAccept",
            input,
            "member { id role deactivatedAt athlete { id } teams { id } }",
        )
        .await
}

const NO_LONGER: [&str; 1] = ["TOKEN_EXPIRED at input.invitationToken"];

both! {
    async fn the_invited_register_and_sign_in(world: World) {
        let program = world.program("Riverside").await;
        let ines = program.owner("Ines").await;
        let team = program.team("Women").await;
        let group = team.season("2026").await.group("Distance").await;
        let places = json!({ "teamIds": [team.id.global()], "eventGroupIds": [group.id.global()] });
        let invited = invite(&ines, " Omar@Example.org", "ASSISTANT_COACH", places).await;
        assert_eq!(invited.text("invitation.email"), "omar@example.org");
        assert_eq!(invited.text("invitation.expiresAt"), "2026-03-16T12:00:00+00:00");
        assert_eq!(invited.text("invitation.invitedBy.displayName"), "Ines");
        let token = invited.text("token");
        let row = program_invitation::Entity::find().one(&world.raw).await.expect("rows").expect("one");
        assert!(!row.token_hash.contains(&token[3..]), "only the hash is kept");

        let payload = register(&world, "omar.private@example.org", token).await;
        assert_eq!(payload.text("user.name"), "omar.private");
        assert_eq!(payload.text("user.timezone"), "America/Denver");
        assert_eq!(payload.get("user.memberships.nodes.0.role"), "ASSISTANT_COACH");
        assert_eq!(payload.get("user.memberships.nodes.0.teams.0.id"), &json!(team.id.global()));
        assert_eq!(payload.get("user.memberships.nodes.0.eventGroups.0.id"), &json!(group.id.global()));
        let omar = world.logged_in("omar.private@example.org").await;
        assert_eq!(omar.ask("{ viewer { emailVerifiedAt } }").await.get("viewer.emailVerifiedAt"), &json!(null));
        assert_eq!(register(&world, "second@example.org", token).await.mistakes(), NO_LONGER);
        assert_eq!(accept(&omar, token).await.mistakes(), ["TOKEN_EXPIRED at input.token"]);
    }

    async fn an_athlete_claims_the_record(world: World) {
        let program = world.program("Riverside").await;
        let ines = program.head_coach("Ines").await;
        let ana = program.athlete("Ana Ruiz").await;
        let named = json!({ "athleteId": ana.id.global() });
        let first = invite(&ines, "ana@example.org", "ATHLETE", named.clone()).await;
        let other = invite(&ines, "other@example.org", "ATHLETE", named.clone()).await;
        let payload = register(&world, "ana@example.org", first.text("token")).await;
        assert_eq!(payload.text("user.name"), "Ana Ruiz");
        assert_eq!(payload.get("user.athletes.0.id"), &json!(ana.id.global()));
        assert_eq!(payload.get("user.memberships.nodes.0.athlete.id"), &json!(ana.id.global()));
        let late = register(&world, "other@example.org", other.text("token")).await;
        assert_eq!(late.mistakes(), ["INVALID_STATE at input.invitationToken"]);
        let again = invite(&ines, "third@example.org", "ATHLETE", named.clone()).await;
        assert_eq!(again.mistakes(), ["INVALID_STATE at input.athleteId"]);
        let wrong = invite(&ines, "third@example.org", "ASSISTANT_COACH", named).await;
        assert_eq!(wrong.mistakes(), ["INVALID at input.athleteId"]);
        let remove = json!({ "id": payload.get("user.memberships.nodes.0.id") });
        ines.change("programMemberRemove", remove, "member { deactivatedAt }").await.ok();
        let client = world.client(payload.text("tokens.accessToken"));
        assert_eq!(client.ask("{ viewer { athletes { id } } }").await.get("viewer.athletes"), &json!([]));
    }

    async fn staff_who_train_keep_their_role(world: World) {
        let program = world.program("Riverside").await;
        let (ines, omar) = (program.owner("Ines").await, program.assistant("Omar").await);
        let record = program.athlete("Omar Diaz").await;
        let plain = invite(&ines, "omar@example.org", "ATHLETE", json!({})).await;
        assert_eq!(plain.mistakes(), ["TAKEN at input.email"]);
        let invited = invite(&ines, "omar@example.org", "ATHLETE", json!({ "athleteId": record.id.global() })).await;
        let payload = accept(&omar, invited.text("token")).await;
        assert_eq!(payload.get("member.role"), "ASSISTANT_COACH");
        assert_eq!(payload.get("member.athlete.id"), &json!(record.id.global()));
    }

    async fn a_former_member_comes_back_with_the_new_role(world: World) {
        let program = world.program("Riverside").await;
        let (ines, omar) = (program.owner("Ines").await, program.head_coach("Omar").await);
        ines.change("programMemberRemove", json!({ "id": omar.id.global() }), "member { id }").await.ok();
        let invited = invite(&ines, "omar@example.org", "ATHLETIC_TRAINER", json!({})).await;
        let payload = accept(&omar, invited.text("token")).await;
        assert_eq!(payload.get("member.id"), &json!(omar.id.global()));
        assert_eq!(payload.get("member.role"), "ATHLETIC_TRAINER");
        assert_eq!(payload.get("member.deactivatedAt"), &json!(null));
    }

    async fn an_invitation_ends_by_time_by_withdrawal_and_by_another(world: World) {
        let program = world.program("Riverside").await;
        let ines = program.owner("Ines").await;
        let old = invite(&ines, "omar@example.org", "ASSISTANT_COACH", json!({})).await;
        let new = invite(&ines, "omar@example.org", "ASSISTANT_COACH", json!({})).await;
        assert_eq!(register(&world, "omar@example.org", old.text("token")).await.mistakes(), NO_LONGER);
        let input = json!({ "id": new.get("invitation.id") });
        let revoked = ines.change("programInvitationRevoke", input, SELECTION).await;
        assert_eq!(revoked.get("token"), &json!(null));
        assert_eq!(revoked.text("invitation.revokedAt"), "2026-03-02T12:00:00+00:00");
        assert_eq!(register(&world, "omar@example.org", new.text("token")).await.mistakes(), NO_LONGER);
        let late = invite(&ines, "omar@example.org", "ASSISTANT_COACH", json!({})).await;
        world.pass(Duration::days(14));
        assert_eq!(register(&world, "omar@example.org", late.text("token")).await.mistakes(), NO_LONGER);
        assert_eq!(register(&world, "omar@example.org", "fi_made_up").await.mistakes(), NO_LONGER);
    }

    async fn a_removed_coach_leaves_no_link_behind(world: World) {
        let program = world.program("Riverside").await;
        let (ines, omar) = (program.owner("Ines").await, program.head_coach("Omar").await);
        let invited = invite(&omar, "omar.again@example.org", "ASSISTANT_COACH", json!({})).await;
        let demote = json!({ "id": omar.id.global(), "role": "ASSISTANT_COACH" });
        ines.change("programMemberUpdate", demote, "member { role }").await.ok();
        assert_eq!(register(&world, "omar.again@example.org", invited.text("token")).await.mistakes(), NO_LONGER);
    }

    async fn nobody_offers_a_role_at_or_above_their_own(world: World) {
        let program = world.program("Riverside").await;
        let (owner, coach) = (program.owner("Ines").await, program.head_coach("Omar").await);
        for role in ["OWNER", "HEAD_COACH"] {
            let refused = invite(&coach, "x@example.org", role, json!({})).await;
            assert_eq!(refused.mistakes(), ["NOT_ALLOWED at input.role"]);
            invite(&owner, &format!("{role}@example.org"), role, json!({})).await.ok();
        }
        for role in ["ASSISTANT_COACH", "ATHLETE"] {
            invite(&coach, &format!("{role}@example.org"), role, json!({})).await.ok();
        }
        // A trainer reads health data, which head coaches do only where the program lets them.
        let trainer = |email: &'static str| invite(&coach, email, "ATHLETIC_TRAINER", json!({}));
        assert_eq!(trainer("trainer@example.org").await.mistakes(), ["NOT_ALLOWED at input.role"]);
        let lets = json!({ "id": program.id.global(), "healthAccess": "HEAD_COACHES" });
        owner.change("programUpdate", lets, "program { id }").await.ok();
        trainer("trainer@example.org").await.ok();
        let (assistant, trainer) = (program.assistant("Eva").await, program.trainer("Lea").await);
        let athlete = program.athlete("Ana Ruiz").await.signs_in("Ana Ruiz").await;
        for member in [&assistant, &trainer, &athlete] {
            let refused = invite(member, "y@example.org", "ATHLETE", json!({})).await;
            assert_eq!(refused.mistakes(), ["NOT_ALLOWED at input.programId"]);
        }
        let mut stranger = world.program("Lakeside").await.owner("Sam").await;
        stranger.program = program.clone();
        let refused = invite(&stranger, "z@example.org", "ATHLETE", json!({})).await;
        assert_eq!(refused.mistakes(), ["NOT_FOUND at input.programId"]);

        let high = invite(&owner, "boss@example.org", "HEAD_COACH", json!({})).await;
        let input = json!({ "id": high.get("invitation.id") });
        let refused = coach.change("programInvitationRevoke", input.clone(), SELECTION).await;
        assert_eq!(refused.mistakes(), ["NOT_ALLOWED at input.id"]);
        let refused = assistant.change("programInvitationRevoke", input, SELECTION).await;
        assert_eq!(refused.mistakes(), ["NOT_FOUND at input.id"]);
        invite(&coach, "boss@example.org", "ATHLETE", json!({})).await.ok();
        register(&world, "boss@example.org", high.text("token")).await.ok();
    }

    async fn a_coach_of_some_teams_offers_these_teams_alone(world: World) {
        let program = world.program("Riverside").await;
        let (own, other) = (program.team("Women").await, program.team("Men").await);
        let foreign = world.program("Lakeside").await.team("Women").await;
        let coach = program.head_coach("Omar").await;
        let owner = program.owner("Ines").await;
        coach.limited_to(&own).await;
        let offer = async |who: &Member, teams: serde_json::Value| {
            invite(who, "x@example.org", "ASSISTANT_COACH", teams).await
        };
        assert_eq!(offer(&coach, json!({})).await.mistakes(), ["NOT_ALLOWED at input.teamIds"]);
        let teams = json!({ "teamIds": [own.id.global(), other.id.global()] });
        assert_eq!(offer(&coach, teams).await.mistakes(), ["NOT_ALLOWED at input.teamIds[1]"]);
        let teams = json!({ "teamIds": [foreign.id.global()] });
        assert_eq!(offer(&owner, teams).await.mistakes(), ["NOT_FOUND at input.teamIds[0]"]);
        offer(&coach, json!({ "teamIds": [own.id.global()] })).await.ok();
        let athlete = json!({ "teamIds": [own.id.global()] });
        let refused = invite(&coach, "y@example.org", "ATHLETE", athlete).await;
        assert_eq!(refused.mistakes(), ["INVALID at input.teamIds"]);
        invite(&coach, "y@example.org", "ATHLETE", json!({})).await.ok();
    }

    async fn a_repeated_key_makes_one_invitation_and_shows_no_secret_again(world: World) {
        let program = world.program("Riverside").await;
        let ines = program.owner("Ines").await;
        let key = json!({ "idempotencyKey": "once" });
        let first = invite(&ines, "omar@example.org", "ATHLETE", key.clone()).await;
        let second = invite(&ines, "omar@example.org", "ATHLETE", key).await;
        assert_eq!(first.get("invitation"), second.get("invitation"));
        assert!(first.get("token").is_string());
        assert_eq!(second.get("token"), &json!(null));
        assert_eq!(world.count::<program_invitation::Entity>().await, 1);
    }

    async fn one_link_lets_in_one_person_also_when_two_come_at_once(world: World) {
        let program = world.program("Riverside").await;
        let ines = program.owner("Ines").await;
        let invited = invite(&ines, "omar@example.org", "ATHLETE", json!({})).await;
        let token = invited.text("token");
        let (one, other) = futures_util::future::join(
            register(&world, "one@example.org", token),
            register(&world, "other@example.org", token),
        )
        .await;
        let mut mistakes = [one.mistakes(), other.mistakes()];
        mistakes.sort();
        assert_eq!(mistakes, [Vec::new(), NO_LONGER.map(str::to_owned).to_vec()]);
        assert_eq!(world.count::<entity::user::Entity>().await, 2);
    }

    async fn an_input_that_is_no_good_uses_nothing_up(world: World) {
        let program = world.program("Riverside").await;
        let ines = program.owner("Ines").await;
        let refused = invite(&ines, "no address", "ATHLETE", json!({})).await;
        assert_eq!(refused.mistakes(), ["INVALID at input.email"]);
        let invited = invite(&ines, "omar@example.org", "ATHLETE", json!({})).await;
        let input = json!({ "email": "a@b@c", "password": "short", "name": "", "timezone": "?",
            "invitationToken": invited.text("token") });
        let refused = world.anonymous().change("authRegister", input, "user { id }").await;
        assert_eq!(
            refused.mistakes(),
            ["INVALID at input.email", "TOO_SHORT at input.password", "BLANK at input.name", "INVALID at input.timezone"]
        );
        let taken = register(&world, "ines@example.org", invited.text("token")).await;
        assert_eq!(taken.mistakes(), ["TAKEN at input.email"]);
        register(&world, "omar@example.org", invited.text("token")).await.ok();
    }
}
