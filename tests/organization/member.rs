//! Members: who may change whom, and the last owner.
use crate::support::*;
use entity::{enums::ProgramRole, program_member};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

const SELECTION: &str = "member { id role title version deactivatedAt permissions teams { id } eventGroups { id } }";

async fn update(who: &Client, whom: &Member, mut changes: serde_json::Value) -> client::Payload {
    changes["id"] = json!(whom.id.global());
    who.change("programMemberUpdate", changes, SELECTION).await
}

async fn remove(who: &Client, whom: &Member) -> client::Payload {
    let input = json!({ "id": whom.id.global() });
    who.change("programMemberRemove", input, SELECTION).await
}

const REFUSED: [&str; 1] = ["NOT_ALLOWED at input.id"];

both! {
    async fn nobody_changes_or_removes_those_at_or_above_them(world: World) {
        let program = world.program("Riverside").await;
        let (owner, coach) = (program.owner("Ines").await, program.head_coach("Omar").await);
        let (peer, assistant) = (program.head_coach("Nora").await, program.assistant("Eva").await);
        let athlete = program.athlete("Ana Ruiz").await.signs_in("Ana Ruiz").await;
        for whom in [&owner, &peer, &coach] {
            assert_eq!(update(&coach, whom, json!({ "role": "ATHLETE" })).await.mistakes(), REFUSED);
            assert_eq!(update(&coach, whom, json!({ "title": "X" })).await.mistakes(), REFUSED);
            assert_eq!(remove(&coach, whom).await.mistakes(), REFUSED);
        }
        for who in [&assistant, &athlete] {
            assert_eq!(update(who, who, json!({ "role": "OWNER" })).await.mistakes(), REFUSED);
            assert_eq!(remove(who, &owner).await.mistakes(), REFUSED);
        }
        for role in ["OWNER", "HEAD_COACH", "ATHLETIC_TRAINER"] {
            let refused = update(&coach, &assistant, json!({ "role": role })).await;
            assert_eq!(refused.mistakes(), ["NOT_ALLOWED at input.role"]);
        }
        let payload = update(&coach, &assistant, json!({ "title": "Throws" })).await;
        assert_eq!(payload.get("member.title"), "Throws");
        let stranger = world.program("Lakeside").await.owner("Sam").await;
        assert_eq!(update(&stranger, &assistant, json!({ "role": "ATHLETE" })).await.mistakes(), ["NOT_FOUND at input.id"]);
        assert_eq!(remove(&stranger, &assistant).await.mistakes(), ["NOT_FOUND at input.id"]);
        let text = "query($id: ID!) { node(id: $id) { ... on ProgramMember { viewerCanUpdate viewerCanDelete } } }";
        for (whom, may) in [(&owner, false), (&peer, false), (&assistant, true), (&athlete, true)] {
            let answer = coach.query(text, json!({ "id": whom.id.global() })).await;
            assert_eq!(answer.get("node"), &json!({ "viewerCanUpdate": may, "viewerCanDelete": may }));
        }
        let made = update(&owner, &coach, json!({ "role": "OWNER" })).await;
        assert_eq!(made.get("member.role"), "OWNER");
        remove(&coach, &owner).await.ok();
    }

    async fn a_change_takes_effect_at_once(world: World) {
        let program = world.program("Riverside").await;
        let (owner, coach) = (program.owner("Ines").await, program.head_coach("Omar").await);
        let assistant = program.assistant("Eva").await;
        update(&coach, &assistant, json!({ "title": "Throws" })).await.ok();
        update(&owner, &coach, json!({ "role": "ASSISTANT_COACH" })).await.ok();
        assert_eq!(update(&coach, &assistant, json!({ "title": "Jumps" })).await.mistakes(), REFUSED);
        remove(&owner, &coach).await.ok();
        let answer = coach.ask("{ viewer { memberships { nodes { deactivatedAt program { id } permissions } } } }").await;
        let ended = json!({ "deactivatedAt": "2026-03-02T12:00:00+00:00", "program": null, "permissions": [] });
        assert_eq!(answer.get("viewer.memberships.nodes.0"), &ended);
        assert_eq!(remove(&owner, &coach).await.mistakes(), ["INVALID_STATE at input.id"]);
        assert_eq!(update(&owner, &coach, json!({ "role": "OWNER" })).await.mistakes(), ["INVALID_STATE at input.id"]);
    }

    async fn the_last_owner_stays(world: World) {
        let program = world.program("Riverside").await;
        let (owner, former) = (program.owner("Ines").await, program.owner("Sam").await);
        remove(&owner, &former).await.ok();
        program.head_coach("Omar").await;
        assert_eq!(remove(&owner, &owner).await.mistakes(), ["INVALID_STATE at input.id"]);
        let demoted = update(&owner, &owner, json!({ "role": "HEAD_COACH" })).await;
        assert_eq!(demoted.mistakes(), ["INVALID_STATE at input.role"]);
        update(&owner, &owner, json!({ "role": "OWNER", "title": "Director" })).await.ok();
    }

    async fn one_owner_stays_when_two_leave_at_once(world: World) {
        for round in 0..5 {
            let program = world.program(&format!("Riverside {round}")).await;
            let one = program.owner(&format!("Ines {round}")).await;
            let other = program.owner(&format!("Omar {round}")).await;
            let demotion = json!({ "role": "ATHLETE" });
            let (first, second) = match round {
                0 | 1 => futures_util::future::join(remove(&one, &one), remove(&other, &other)).await,
                2 | 3 => futures_util::future::join(remove(&one, &other), remove(&other, &one)).await,
                _ => futures_util::future::join(update(&one, &one, demotion), remove(&other, &other)).await,
            };
            let refusals = [first, second].iter().filter(|payload| !payload.mistakes().is_empty()).count();
            assert_eq!(refusals, 1, "round {round}");
            let owners = program_member::Entity::find()
                .filter(program_member::Column::ProgramId.eq(program.id.id))
                .filter(program_member::Column::Role.eq(ProgramRole::Owner))
                .filter(program_member::Column::DeactivatedAt.is_null());
            assert_eq!(owners.all(&world.raw).await.expect("owners").len(), 1);
        }
    }

    async fn teams_and_groups_replace_each_other_within_the_program(world: World) {
        let program = world.program("Riverside").await;
        let owner = program.owner("Ines").await;
        let (women, men) = (program.team("Women").await, program.team("Men").await);
        let group = women.season("2026").await.group("Distance").await;
        let elsewhere = world.program("Lakeside").await;
        let foreign = elsewhere.team("Women").await;
        elsewhere.member(&owner, "Ines", ProgramRole::Owner).await;
        let assistant = program.assistant("Eva").await;
        let places = json!({ "teamIds": [women.id.global()], "eventGroupIds": [group.id.global()] });
        let payload = update(&owner, &assistant, places).await;
        assert_eq!(payload.get("member.teams"), &json!([{ "id": women.id.global() }]));
        assert_eq!(payload.get("member.eventGroups"), &json!([{ "id": group.id.global() }]));
        let payload = update(&owner, &assistant, json!({ "teamIds": [men.id.global(), men.id.global()] })).await;
        assert_eq!(payload.get("member.teams"), &json!([{ "id": men.id.global() }]));
        assert_eq!(payload.get("member.eventGroups"), &json!([{ "id": group.id.global() }]));
        let refused = update(&owner, &assistant, json!({ "teamIds": [foreign.id.global()] })).await;
        assert_eq!(refused.mistakes(), ["CROSS_PROGRAM at input.teamIds[0]"]);
        let refused = update(&owner, &assistant, json!({ "expectedVersion": 1, "title": "X" })).await;
        assert_eq!(refused.mistakes(), ["VERSION_CONFLICT at input.expectedVersion"]);
        let payload = update(&owner, &assistant, json!({ "role": "ATHLETE" })).await;
        assert_eq!(payload.get("member.teams"), &json!([]));
        assert_eq!(payload.get("member.eventGroups"), &json!([]));

        let coach = program.head_coach("Omar").await;
        coach.limited_to(&women).await;
        let promoted = update(&coach, &assistant, json!({ "role": "ASSISTANT_COACH" })).await;
        assert_eq!(promoted.mistakes(), ["NOT_ALLOWED at input.teamIds"]);
        let input = json!({ "role": "ASSISTANT_COACH", "teamIds": [women.id.global()] });
        update(&coach, &assistant, input).await.ok();
    }

    async fn a_role_grants_what_the_table_says(world: World) {
        let program = world.program("Riverside").await;
        let owner = program.owner("Ines").await;
        let members = [
            (program.head_coach("Omar").await, 10),
            (program.assistant("Eva").await, 4),
            (program.trainer("Lea").await, 4),
            (program.athlete("Ana Ruiz").await.signs_in("Ana Ruiz").await, 0),
        ];
        let text = "query($id: ID!) { node(id: $id) { ... on ProgramMember { permissions } } }";
        for (member, number) in &members {
            let answer = owner.query(text, json!({ "id": member.id.global() })).await;
            assert_eq!(answer.get("node.permissions").as_array().map(Vec::len), Some(*number), "{}", answer.body_text);
        }
    }

    async fn members_are_found_by_address_only_by_those_who_may_read_it(world: World) {
        let program = world.program("Riverside").await;
        let (owner, coach) = (program.owner("Ines").await, program.assistant("Omar").await);
        program.assistant("Eva Diaz").await;
        let text = "query($id: ID!, $filter: MembershipFilter) { program(id: $id) { \
                    members(filter: $filter) { totalCount nodes { displayName } } } }";
        let found = async |who: &Client, filter: serde_json::Value| {
            let answer = who.query(text, json!({ "id": program.id.global(), "filter": filter })).await;
            let names = answer.each("program.members.nodes", "displayName");
            assert_eq!(answer.get("program.members.totalCount"), names.len());
            names
        };
        assert_eq!(found(&owner, json!(null)).await, ["Eva Diaz", "Ines", "Omar"]);
        assert_eq!(found(&owner, json!({ "search": "eva.diaz@EXAMPLE" })).await, ["Eva Diaz"]);
        assert_eq!(found(&coach, json!({ "search": "eva.diaz@EXAMPLE" })).await, [] as [&str; 0]);
        assert_eq!(found(&coach, json!({ "search": "diaz eva" })).await, ["Eva Diaz"]);
        assert_eq!(found(&coach, json!({ "roles": ["OWNER"], "isActive": true })).await, ["Ines"]);
    }

    async fn waiting_invitations_are_for_those_who_manage_members(world: World) {
        let program = world.program("Riverside").await;
        let (owner, assistant) = (program.owner("Ines").await, program.assistant("Omar").await);
        let input = json!({ "programId": program.id.global(), "email": "eva@example.org", "role": "ATHLETE" });
        owner.change("programMemberInvite", input, "token").await.ok();
        let text = "query($id: ID!) { program(id: $id) { viewerMembership { role } viewerPermissions \
                    invitations { totalCount nodes { email viewerCanDelete } } } }";
        let ask = async |who: &Client| who.query(text, json!({ "id": program.id.global() })).await;
        let seen = ask(&owner).await;
        assert_eq!(seen.get("program.invitations.nodes.0"), &json!({ "email": "eva@example.org", "viewerCanDelete": true }));
        assert_eq!(seen.get("program.viewerMembership.role"), "OWNER");
        let hidden = ask(&assistant).await;
        assert_eq!(hidden.get("program.invitations"), &json!({ "totalCount": 0, "nodes": [] }));
        assert_eq!(hidden.get("program.viewerPermissions").as_array().map(Vec::len), Some(4));
    }
}
