//! Benchmarks: what is in force on a day, and how they are entered.
use crate::support::*;
use entity::benchmark;

fn weight(athlete: &Athlete, value: f64, day: &str) -> serde_json::Value {
    json!({ "athleteId": athlete.id.global(), "kind": "BODY_WEIGHT", "value": value, "effectiveFrom": day })
}

both! {
    async fn what_is_in_force_is_the_latest_of_each_sort_that_began_by_then(world: World) {
        let riverside = world.program("Riverside").await;
        let owner = riverside.owner("Ines Duarte").await;
        let (ana, bo) = (riverside.athlete("Ana Silva").await, riverside.athlete("Bo Lind").await);
        let lift = |lift, value: f64, day| json!({ "athleteId": ana.id.global(), "kind": "ONE_REP_MAX", "lift": lift, "value": value, "effectiveFrom": day });
        let race = |meters: f64, value: f64, day| json!({ "athleteId": ana.id.global(), "kind": "RACE_TIME", "raceDistanceMeters": meters,
            "value": value, "effectiveFrom": day, "source": "RACE", "sport": "RUNNING" });
        let items = json!([lift("SQUAT", 80.0, "2026-01-10"), lift("SQUAT", 90.0, "2026-02-10"), lift("SQUAT", 95.0, "2026-04-10"),
            lift("DEADLIFT", 110.0, "2026-01-10"), race(5000.0, 1080.0, "2026-01-15"), race(1500.0, 270.5, "2026-01-20"), weight(&bo, 70.0, "2026-01-01")]);
        let saved = owner.change("benchmarksSave", json!({ "items": items }), "benchmarks { value unit source recordedBy { id } athlete { lastName } }").await;
        assert_eq!(saved.get("benchmarks").as_array().map(Vec::len), Some(7));
        assert_eq!(saved.text("benchmarks.0.recordedBy.id"), owner.user.global());
        let ask = async |on: serde_json::Value, kinds: serde_json::Value| {
            let text = format!("query($program: ID!, $kinds: [BenchmarkKind!]) {{ program(id: $program) {{ athletes {{ nodes {{ lastName \
                benchmarks(on: {on}, kinds: $kinds) {{ kind lift raceDistanceMeters value unit }} }} }} }} }}");
            owner.query(&text, json!({ "program": riverside.id.global(), "kinds": kinds })).await
        };
        let today = ask(json!(null), json!(null)).await;
        assert_eq!(today.each("program.athletes.nodes.0.benchmarks", "value"), [json!(70.0)]);
        assert_eq!(today.each("program.athletes.nodes.1.benchmarks", "value"), [json!(110.0), json!(90.0), json!(1080.0), json!(270.5)]);
        let later = ask(json!("2026-04-10"), json!(["ONE_REP_MAX"])).await;
        assert_eq!(later.each("program.athletes.nodes.1.benchmarks", "value"), [json!(110.0), json!(95.0)]);
        assert_eq!(ask(json!("2026-01-01"), json!(null)).await.get("program.athletes.nodes.1.benchmarks"), &json!([]));
        let text = "query($id: ID!) { athlete(id: $id) { benchmarkHistory(kind: ONE_REP_MAX, first: 2) { totalCount nodes { value effectiveFrom } } } }";
        let history = owner.query(text, json!({ "id": ana.id.global() })).await;
        assert_eq!(history.get("athlete.benchmarkHistory.totalCount"), &json!(4));
        assert_eq!(history.each("athlete.benchmarkHistory.nodes", "value"), [json!(95.0), json!(90.0)]);
        let teammate = bo.signs_in("Bo Lind").await;
        let none = teammate.query(text, json!({ "id": ana.id.global() })).await;
        assert_eq!(none.get("athlete"), &json!(null));
    }

    async fn the_same_sort_and_day_replaces_and_keeps_its_id(world: World) {
        let riverside = world.program("Riverside").await;
        let owner = riverside.owner("Ines Duarte").await;
        let ana = riverside.athlete("Ana Silva").await;
        let first = owner.change("benchmarksSave", json!({ "items": [weight(&ana, 60.0, "2026-01-01")] }), "benchmarks { id value }").await;
        world.pass(chrono::Duration::days(1));
        let second = owner.change("benchmarksSave", json!({ "items": [weight(&ana, 61.5, "2026-01-01")] }), "benchmarks { id value createdAt updatedAt }").await;
        assert_eq!(second.get("benchmarks"), &json!([{ "id": first.text("benchmarks.0.id"), "value": 61.5,
            "createdAt": "2026-03-02T12:00:00+00:00", "updatedAt": "2026-03-03T12:00:00+00:00" }]));
        assert_eq!(world.count::<benchmark::Entity>().await, 1);
    }

    async fn a_list_with_mistakes_is_refused_or_saved_without_them(world: World) {
        let riverside = world.program("Riverside").await;
        let owner = riverside.owner("Ines Duarte").await;
        let ana = riverside.athlete("Ana Silva").await;
        let stranger = world.program("Hillcrest").await.athlete("Otto Brandt").await;
        let id = ana.id.global();
        let items = json!([weight(&ana, 60.0, "2026-01-01"), weight(&ana, 6000.0, "2026-01-02"), weight(&stranger, 60.0, "2026-01-01"),
            weight(&ana, 61.0, "2026-01-01"),
            { "athleteId": id, "kind": "ONE_REP_MAX", "value": 80, "effectiveFrom": "2026-01-01" },
            { "athleteId": id, "kind": "RACE_TIME", "value": 80, "effectiveFrom": "2026-01-01" },
            { "athleteId": id, "kind": "ONE_REP_MAX", "value": 80, "effectiveFrom": "2026-01-01", "exerciseId": id },
            weight(&ana, 62.0, "2026-01-05")]);
        let mistakes = ["OUT_OF_RANGE at input.items.value[1]", "NOT_FOUND at input.items.athleteId[2]", "TAKEN at input.items[3]",
            "INVALID at input.items.lift[4]", "INVALID at input.items.raceDistanceMeters[5]", "NOT_FOUND at input.items.exerciseId[6]", "TAKEN at input.items[6]"];
        let refused = owner.change("benchmarksSave", json!({ "items": items }), "benchmarks { value }").await;
        assert_eq!(refused.mistakes(), mistakes);
        assert_eq!(world.count::<benchmark::Entity>().await, 0);
        let partly = owner.change("benchmarksSave", json!({ "items": items, "errorPolicy": "REJECT_FAILED_ITEMS" }), "benchmarks { value }").await;
        assert_eq!(partly.mistakes(), mistakes);
        assert_eq!(partly.answer.get("benchmarksSave.benchmarks"), &json!([{ "value": 60.0 }, { "value": 62.0 }]));
    }

    async fn an_assistant_enters_benchmarks_of_the_own_groups_alone(world: World) {
        let riverside = world.program("Riverside").await;
        let season = riverside.team("Milers").await.season("Outdoor 2026").await;
        let group = season.group("1500 m").await;
        let assistant = riverside.assistant("Otto Brandt").await;
        group.coached_by(&assistant).await;
        let (ana, bo) = (riverside.athlete("Ana Silva").await, riverside.athlete("Bo Lind").await);
        group.join(&season.enter(&ana).await).await;
        season.enter(&bo).await;
        assistant.change("benchmarksSave", json!({ "items": [weight(&ana, 60.0, "2026-01-01")] }), "benchmarks { value viewerCanUpdate }").await.ok();
        let refused = assistant.change("benchmarksSave", json!({ "items": [weight(&bo, 60.0, "2026-01-01")] }), "benchmarks { value }").await;
        assert_eq!(refused.mistakes(), ["NOT_ALLOWED at input.items.athleteId[0]"]);
    }
}
