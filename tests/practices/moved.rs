//! An athlete who goes to another program: what was done stays behind, and neither program learns of the other.
use super::campus::*;
use crate::support::{client::Answer, *};
use entity::enums::ProgramRole;
use serde_json::Value;

const PROGRAM: &str = "query($id: ID!) { program(id: $id) { athletes(first: 100, filter: { search: \"Ana\" }) { totalCount nodes { id } }
    teamSeasons(first: 10) { nodes { roster(first: 100) { totalCount } trainingSessions(first: 100) { totalCount nodes { id } } } }
    compliance(range: { from: \"2026-02-01\", to: \"2026-03-31\" }) { completed missed completionPercent } } }";

const ATHLETE: &str = "query($id: ID!) { athlete(id: $id) { id leftOn trainingSessions(first: 100) { totalCount nodes { id } }
    trend(metric: DISTANCE_METERS, range: { from: \"2026-02-23\", to: \"2026-03-08\" }, bucket: WEEK) { value sampleCount } } }";

/// What a query answers about an id that nothing has.
async fn unknown(client: &Client, text: &str) -> Value {
    let id = fieldhouse::node::global::<entity::athlete::Entity>(fieldhouse::scope::new_id());
    client.query(text, json!({ "id": id.as_str() })).await.body
}

async fn about(client: &Client, text: &str, id: &str) -> Answer {
    client.query(text, json!({ "id": id })).await
}

both! {
    async fn a_transfer_leaves_the_past_behind_and_shows_neither_program_the_other(world: World) {
        let campus = Campus::of(&world).await;
        let (ana, ana_signs_in, _) = campus.runner("Ana Prior", &[&campus.distance]).await;
        let (bea, _, _) = campus.runner("Bea Prior", &[&campus.distance]).await;
        let workout = campus.six_by_one().await;
        for (starts_at, ends_at) in [("2026-03-02T16:00:00Z", "2026-03-02T18:00:00Z"), ("2026-03-05T16:00:00Z", "2026-03-05T18:00:00Z")] {
            let practice = campus.practice_at(starts_at, ends_at).await;
            campus.assign(&practice, &workout, &[&campus.distance]).await;
            assert_eq!(campus.publish(&practice).await, (2, 0, 0));
        }
        let logged = campus.logs(&ana_signs_in, &ana, 9_000).await;
        let lakeside = world.program("Lakeside").await;
        let their_coach = lakeside.head_coach("Lars Lake").await;
        let their_season = lakeside.team("Track").await.season("Spring").await;
        let their_group = their_season.group("Milers").await;
        let director = world.person("Dora Both").await;
        campus.program.member(&director, "Dora Both", ProgramRole::Owner).await;
        lakeside.member(&director, "Dora Both", ProgramRole::Owner).await;
        let before = about(&their_coach, PROGRAM, &lakeside.id.global()).await;

        let input = json!({ "athleteId": ana.id.global(), "toProgramId": lakeside.id.global(), "teamSeasonId": their_season.id.global(),
            "eventGroupIds": [their_group.id.global()] });
        let refused = campus.coach.change("athleteTransfer", input.clone(), "athlete { id }").await;
        assert_eq!(refused.mistakes(), ["NOT_FOUND at input.toProgramId"]);
        let moved = director.change("athleteTransfer", input, "athlete { id } previousAthlete { id leftOn }").await;
        let arrived = moved.text("athlete.id").to_owned();
        assert_eq!(moved.text("previousAthlete.id"), ana.id.global());
        assert_ne!(arrived, ana.id.global());

        // The old program keeps what was done, and nothing that was still to come.
        let old = about(&campus.coach, ATHLETE, &ana.id.global()).await;
        assert_eq!(old.each("athlete.trainingSessions.nodes", "id"), [logged["id"].clone()]);
        let sessions = campus.sessions(&ana_signs_in, &ana).await;
        assert_eq!(sessions[0].to_string(), logged.to_string(), "byte for byte, and still hers to read");
        let theirs = about(&campus.coach, ATHLETE, &bea.id.global()).await;
        assert_eq!(theirs.get("athlete.trainingSessions.totalCount"), 2, "who stays keeps hers");

        // The new one begins with none of it.
        let new = about(&their_coach, ATHLETE, &arrived).await;
        assert_eq!(new.get("athlete.trainingSessions"), &json!({ "totalCount": 0, "nodes": [] }));
        assert!(new.each("athlete.trend", "sampleCount").iter().all(|count| count == 0));
        let after = about(&their_coach, PROGRAM, &lakeside.id.global()).await;
        assert_eq!(after.each("program.athletes.nodes", "id"), [json!(arrived)], "found once, by name");
        assert_eq!(after.get("program.teamSeasons.nodes.0.trainingSessions.totalCount"), 0);
        assert_eq!(after.get("program.compliance"), before.get("program.compliance"));
        let found = about(&campus.coach, PROGRAM, &campus.program.id.global()).await;
        assert!(!found.each("program.athletes.nodes", "id").contains(&json!(arrived)));

        // What belongs to the other reads as what does not exist: as a record, for a change, and in a filter.
        for (client, id) in [(&their_coach, ana.id.global()), (&campus.coach, arrived.clone())] {
            assert_eq!(about(client, ATHLETE, &id).await.body, unknown(client, ATHLETE).await);
            let node = "query($id: ID!) { node(id: $id) { __typename } }";
            assert_eq!(about(client, node, &id).await.body, unknown(client, node).await);
        }
        let session = logged["id"].as_str().expect("an id");
        for (id, of) in [(session, "a session"), ("bm9uZQ", "none")] {
            let input = json!({ "id": id, "actual": { "distanceMeters": 1 } });
            let refused = their_coach.change("trainingSessionComplete", input, "trainingSession { id }").await;
            assert_eq!(refused.mistakes(), ["NOT_FOUND at input.id"], "{of}");
        }
        let filtered = "query($program: ID!, $group: ID!) { program(id: $program) { teamSeasons(first: 1) { nodes {
            trainingSessions(first: 10, filter: { eventGroupIds: [$group] }) { totalCount }
            roster(first: 10, filter: { eventGroupIds: [$group] }) { totalCount } } } } }";
        let variables = json!({ "program": lakeside.id.global(), "group": campus.distance.id.global() });
        let counts = their_coach.query(filtered, variables).await;
        assert_eq!(counts.get("program.teamSeasons.nodes.0"), &json!({ "trainingSessions": { "totalCount": 0 }, "roster": { "totalCount": 0 } }));
        let both = ana_signs_in.query(ATHLETE, json!({ "id": arrived })).await;
        assert_eq!(both.text("athlete.id"), arrived, "the person herself sees both");
    }
}
