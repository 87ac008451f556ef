//! The audit log of a program: what is done there is told, to those who may know, and stays told.
use crate::support::*;
use entity::audit_event;
use sea_orm::{ConnectionTrait, EntityTrait};
use serde_json::Value;

const LOG: &str =
    "query($id: ID!, $filter: AuditEventFilter) { program(id: $id) { auditLog(first: 100, filter: $filter) {
    totalCount nodes { action subjectType subjectId detail occurredAt actorTokenName ipAddress requestId actorId actor { id }
    program { id } subject { __typename id } } } } }";

/// The entries that somebody reads, the first one first.
async fn entries(who: &Client, program: &Program, filter: Value) -> Vec<Value> {
    let answer = who
        .query(LOG, json!({ "id": program.id.global(), "filter": filter }))
        .await;
    let mut entries = answer.each("program.auditLog.nodes", "");
    assert_eq!(
        answer.get("program.auditLog.totalCount").as_u64(),
        Some(entries.len() as u64)
    );
    entries.reverse();
    entries
}

/// What was done, in words.
async fn words(who: &Client, program: &Program, filter: Value) -> Vec<String> {
    let entries = entries(who, program, filter).await;
    let word = |entry: &Value| entry["action"].as_str().unwrap_or_default().to_owned();
    entries.iter().map(word).collect()
}

both! {
    async fn members_who_come_change_and_go_are_told(world: World) {
        let program = world.program("Riverside").await;
        let owner = program.owner("Ines").await;
        let omar = world.person("Omar").await;
        let team = program.team("Track").await;
        let input = json!({ "programId": program.id.global(), "email": "omar@example.org", "role": "ASSISTANT_COACH" });
        let withdrawn = owner.change("programMemberInvite", input.clone(), "token invitation { id }").await;
        let invited = owner.change("programMemberInvite", input, "token invitation { id }").await;
        let joined = omar.change("programInvitationAccept", json!({ "token": invited.text("token") }), "member { id }").await;
        let id = joined.text("member.id");
        owner.change("programMemberUpdate", json!({ "id": id, "title": "Throws" }), "member { id }").await.ok();
        owner.change("programMemberUpdate", json!({ "id": id, "role": "HEAD_COACH" }), "member { id }").await.ok();
        let input = json!({ "id": id, "teamIds": [team.id.global()] });
        owner.change("programMemberUpdate", input, "member { id }").await.ok();
        owner.change("programMemberRemove", json!({ "id": id }), "member { id }").await.ok();
        let found = entries(&owner, &program, json!(null)).await;
        let told: Vec<(&str, &str)> = found
            .iter()
            .map(|entry| (entry["action"].as_str().unwrap_or_default(), entry["subjectType"].as_str().unwrap_or_default()))
            .collect();
        assert_eq!(told, [
            ("member.invite", "ProgramInvitation"),
            ("member.invitation_revoke", "ProgramInvitation"),
            ("member.invite", "ProgramInvitation"),
            ("member.join", "ProgramMember"),
            ("member.role_change", "ProgramMember"),
            ("member.reach_change", "ProgramMember"),
            ("member.remove", "ProgramMember"),
        ]);
        assert_eq!(found[1]["subjectId"], *withdrawn.get("invitation.id"));
        assert_eq!((&found[3]["actorId"], &found[3]["actor"]), (&json!(omar.user.global()), &json!(null)), "he left");
        assert_eq!(found[3]["detail"], json!({ "role": "ASSISTANT_COACH", "invitation": invited.get("invitation.id") }));
        assert_eq!(found[4]["requestId"].as_str().map(str::len), Some(32), "the number of the request");
        assert_eq!(found[4], json!({
            "action": "member.role_change", "subjectType": "ProgramMember", "subjectId": id,
            "detail": { "role": { "from": "ASSISTANT_COACH", "to": "HEAD_COACH" } },
            "occurredAt": "2026-03-02T12:00:00+00:00", "actorTokenName": null, "ipAddress": null, "requestId": found[4]["requestId"],
            "actorId": owner.user.global(), "actor": { "id": owner.user.global() }, "program": { "id": program.id.global() },
            "subject": { "__typename": "ProgramMember", "id": id }
        }));
        assert_eq!(found[5]["detail"]["teams"], json!({ "from": [], "to": [team.id.global()] }));
        for entry in audit_event::Entity::find().all(&world.raw).await.expect("entries") {
            let detail = entry.detail.0.to_string();
            assert!(!detail.contains("fi_") && !detail.contains('@'), "{detail}");
        }
    }

    async fn rosters_groups_and_removals_are_told(world: World) {
        let program = world.program("Riverside").await;
        let owner = program.owner("Ines").await;
        let assistant = program.assistant("Amy").await;
        let season = program.team("Track").await.season("2026").await;
        let (group, athlete) = (season.group("Distance").await, program.athlete("Mia Novak").await);
        let coaches = json!({ "id": group.id.global(), "coachMemberIds": [assistant.id.global()] });
        for _ in 0..2 {
            owner.change("eventGroupUpdate", coaches.clone(), "eventGroup { id }").await.ok();
        }
        let input = json!({ "teamSeasonId": season.id.global(), "athleteIds": [athlete.id.global()] });
        let entry = owner.change("rosterEntriesAdd", input, "rosterEntries { id }").await;
        let entry = entry.text("rosterEntries.0.id");
        for groups in [json!([group.id.global()]), json!([])] {
            let input = json!({ "id": entry, "eventGroupIds": groups });
            owner.change("rosterEntryUpdate", input, "rosterEntry { id }").await.ok();
        }
        for status in ["INJURED", "INJURED", "ACTIVE"] {
            let input = json!({ "id": entry, "status": status, "notes": "Her knee hurts." });
            owner.change("rosterEntryUpdate", input, "rosterEntry { id }").await.ok();
        }
        owner.change("rosterEntryRemove", json!({ "id": entry }), "removedRosterEntryId").await.ok();
        for is_archived in [true, true, false] {
            let input = json!({ "id": athlete.id.global(), "isArchived": is_archived });
            owner.change("athleteUpdate", input, "athlete { id }").await.ok();
        }
        owner.change("eventGroupDelete", json!({ "id": group.id.global() }), "deletedEventGroupId").await.ok();
        let found = entries(&owner, &program, json!(null)).await;
        let told: Vec<&str> = found.iter().filter_map(|entry| entry["action"].as_str()).collect();
        assert_eq!(told, [
            "event_group.coaches_change", "roster_entry.add", "roster_entry.join", "roster_entry.leave",
            "roster_entry.status_change", "roster_entry.status_change", "roster_entry.delete", "athlete.archive", "athlete.restore", "event_group.delete",
        ]);
        assert_eq!(found[0]["detail"], json!({ "coaches": { "from": [], "to": [assistant.id.global()] } }));
        assert_eq!(found[1]["detail"], json!({ "athlete": athlete.id.global() }));
        for place in [2, 3] {
            let groups = json!({ "athlete": athlete.id.global(), "eventGroups": [group.id.global()] });
            assert_eq!(found[place]["detail"], groups);
        }
        assert_eq!(found[9]["detail"], json!({ "name": "Distance" }));
        assert_eq!(found[9]["subjectId"], json!(group.id.global()));
        assert_eq!(found[9]["subject"], json!(null), "it is gone");
        for entry in audit_event::Entity::find().all(&world.raw).await.expect("entries") {
            let detail = entry.detail.0.to_string();
            assert!(!detail.contains("INJURED") && !detail.contains("knee"), "health data stays out of it: {detail}");
        }
    }

    async fn who_may_not_read_it_finds_it_empty(world: World) {
        let program = world.program("Riverside").await;
        let (owner, head) = (program.owner("Ines").await, program.head_coach("Hugo").await);
        let assistant = program.assistant("Amy").await;
        let mia = program.athlete("Mia Novak").await.signs_in("Mia").await;
        let stranger = world.program("Lakeside").await.owner("Sam").await;
        let team = program.team("Ski").await;
        owner.change("teamDelete", json!({ "id": team.id.global() }), "deletedTeamId").await.ok();
        for who in [&*owner, &*head] {
            assert_eq!(words(who, &program, json!(null)).await, ["team.delete"]);
        }
        for who in [&*assistant, &*mia] {
            assert_eq!(words(who, &program, json!(null)).await, [""; 0]);
        }
        let row = audit_event::Entity::find().one(&world.raw).await.expect("entries").expect("one");
        let id = fieldhouse::node::global::<audit_event::Entity>(row.id).0;
        let text = "query($id: ID!) { node(id: $id) { ... on AuditEvent { action } } }";
        for (who, sees) in [(&*head, true), (&*assistant, false), (&*mia, false), (&*stranger, false)] {
            let answer = who.query(text, json!({ "id": id })).await;
            assert_eq!(answer.get("node").is_null(), !sees);
        }
    }

    async fn an_api_token_is_named_and_reads_the_log_by_admin_alone(world: World) {
        use fieldhouse::access::ApiScope;
        let program = world.program("Riverside").await;
        let owner = program.owner("Ines").await;
        let team = program.team("Ski").await;
        for (_, scope) in ApiScope::WORDS.into_iter().map(|(scope, word)| (word, scope)) {
            let token = owner.api_token(&[scope], None).await;
            if scope == ApiScope::WriteRoster {
                token.change("teamDelete", json!({ "id": team.id.global() }), "deletedTeamId").await.ok();
            }
            let found = entries(&token, &program, json!(null)).await;
            assert_eq!(found.len(), usize::from(scope == ApiScope::Admin), "{scope:?}");
        }
        let found = entries(&owner, &program, json!(null)).await;
        assert_eq!(found[0]["actorTokenName"], "Spreadsheet");
        assert_eq!(found[0]["actor"]["id"], json!(owner.user.global()));
    }

    async fn a_change_that_is_refused_tells_nothing(world: World) {
        let program = world.program("Riverside").await;
        let owner = program.owner("Ines").await;
        let input = json!({ "id": owner.id.global(), "role": "ATHLETE" });
        let refused = owner.change("programMemberUpdate", input, "member { id }").await;
        assert_eq!(refused.mistakes(), ["INVALID_STATE at input.role"]);
        let team = program.team("Track").await;
        team.season("2026").await;
        let refused = owner.change("teamDelete", json!({ "id": team.id.global() }), "deletedTeamId").await;
        assert_eq!(refused.mistakes(), ["IN_USE at input.id"]);
        assert_eq!(world.count::<audit_event::Entity>().await, 0);
    }

    async fn a_filter_keeps_what_is_asked_for(world: World) {
        let program = world.program("Riverside").await;
        let (owner, head) = (program.owner("Ines").await, program.head_coach("Hugo").await);
        let (one, other) = (program.team("Ski").await, program.team("Golf").await);
        owner.change("teamDelete", json!({ "id": one.id.global() }), "deletedTeamId").await.ok();
        world.pass(chrono::Duration::hours(1));
        head.change("teamDelete", json!({ "id": other.id.global() }), "deletedTeamId").await.ok();
        let input = json!({ "id": head.id.global(), "role": "ASSISTANT_COACH" });
        owner.change("programMemberUpdate", input, "member { id }").await.ok();
        let found = async |filter: Value| words(&owner, &program, filter).await;
        let (deletion, change) = ("team.delete", "member.role_change");
        assert_eq!(found(json!({})).await, [deletion, deletion, change]);
        assert_eq!(found(json!({ "actions": ["member.role_change"] })).await, [change]);
        assert_eq!(found(json!({ "actions": [] })).await, [""; 0]);
        assert_eq!(found(json!({ "actorIds": [head.user.global()] })).await, [deletion]);
        assert_eq!(found(json!({ "subjectIds": [one.id.global(), head.id.global()] })).await, [deletion, change]);
        assert_eq!(found(json!({ "subjectIds": ["none"] })).await, [""; 0]);
        assert_eq!(found(json!({ "occurredAt": { "from": "2026-03-02T13:00:00Z" } })).await, [deletion, change]);
        assert_eq!(found(json!({ "occurredAt": { "before": "2026-03-02T13:00:00Z" } })).await, [deletion]);
        let many = json!({ "id": program.id.global(), "filter": { "actions": vec!["x"; 101] } });
        assert_eq!(owner.query(LOG, many).await.codes(), ["BAD_USER_INPUT"]);
    }

    async fn the_database_keeps_every_entry_as_it_is(world: World) {
        let program = world.program("Riverside").await;
        let owner = program.owner("Ines").await;
        let team = program.team("Ski").await;
        owner.change("teamDelete", json!({ "id": team.id.global() }), "deletedTeamId").await.ok();
        let mut attempts = vec![
            "UPDATE audit_event SET action = 'nothing'",
            "UPDATE audit_event SET actor_id = NULL",
            "DELETE FROM audit_event",
        ];
        if world.kind == Kind::Postgres {
            attempts.push("TRUNCATE audit_event");
            // As the demo and imports load, with foreign keys and ordinary triggers off.
            world.raw.execute_unprepared("SET session_replication_role = replica").await.expect("a superuser may");
        }
        for attempt in attempts {
            let refused = world.raw.execute_unprepared(attempt).await.expect_err(attempt);
            assert!(refused.to_string().contains("audit_event is append-only"), "{refused}");
        }
        assert_eq!(words(&owner, &program, json!(null)).await, ["team.delete"]);
    }
}
