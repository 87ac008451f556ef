//! Seasons: which one is current, how they are filtered, and how a new one begins with the roster of another.
use crate::support::*;
use entity::{athlete, enums::RosterStatus, roster_entry};
use sea_orm::ActiveValue::{Set, Unchanged};

both! {
    async fn the_current_season_is_the_one_that_today_falls_in(world: World) {
        let riverside = world.program("Riverside").await;
        let owner = riverside.owner("Ines Duarte").await;
        let team = riverside.team("Milers").await;
        let make = async |name: &str, first: &str, last: &str| {
            let input = json!({ "teamId": team.id.global(), "name": name, "startDate": first, "endDate": last });
            owner.change("teamSeasonCreate", input, "teamSeason { id status team { name } program { slug } }").await
        };
        // It is 2 March, five in the morning in Denver.
        assert_eq!(make("Past", "2025-09-01", "2026-03-01").await.text("teamSeason.status"), "COMPLETED");
        assert_eq!(make("Now", "2026-03-02", "2026-06-01").await.text("teamSeason.status"), "ACTIVE");
        assert_eq!(make("Next", "2026-09-01", "2026-12-01").await.text("teamSeason.status"), "PLANNED");
        assert_eq!(make("now ", "2026-09-01", "2026-12-01").await.mistakes(), ["TAKEN at input.name"]);
        assert_eq!(make("Wrong", "2026-09-01", "2026-08-01").await.mistakes(), ["OUT_OF_RANGE at input.endDate"]);
        let text = "query($id: ID!, $filter: TeamSeasonFilter, $team: ID!) { program(id: $id) { \
            teams { nodes { currentSeason { name } seasons { nodes { name } } } } \
            teamSeasons(filter: $filter, orderBy: { field: NAME }) { totalCount nodes { name } } } node(id: $team) { id } }";
        let ask = async |filter| {
            let variables = json!({ "id": riverside.id.global(), "filter": filter, "team": team.id.global() });
            owner.query(text, variables).await
        };
        let all = ask(json!(null)).await;
        assert_eq!(all.text("program.teams.nodes.0.currentSeason.name"), "Now");
        assert_eq!(all.each("program.teams.nodes.0.seasons.nodes", "name"), ["Next", "Now", "Past"]);
        assert_eq!(all.each("program.teamSeasons.nodes", "name"), ["Next", "Now", "Past"]);
        assert_eq!(ask(json!({ "activeOn": "2026-03-01" })).await.each("program.teamSeasons.nodes", "name"), ["Past"]);
        assert_eq!(ask(json!({ "statuses": ["PLANNED"] })).await.get("program.teamSeasons.totalCount"), &json!(1));
        assert_eq!(ask(json!({ "teamIds": ["nonsense"] })).await.get("program.teamSeasons.totalCount"), &json!(0));
        assert_eq!(ask(json!({ "teamIds": [team.id.global()] })).await.get("program.teamSeasons.totalCount"), &json!(3));
    }

    async fn a_new_season_takes_over_groups_coaches_and_active_athletes(world: World) {
        let riverside = world.program("Riverside").await;
        let owner = riverside.owner("Ines Duarte").await;
        let helper = riverside.assistant("Otto Brandt").await;
        let old = riverside.team("Milers").await.season("Outdoor 2026").await;
        let (long, short) = (old.group("5000 m").await, old.group("1500 m").await);
        long.coached_by(&helper).await;
        let (ana, bo, cy) = (riverside.athlete("Ana Silva").await, riverside.athlete("Bo Lind").await, riverside.athlete("Cy Ott").await);
        let (in_first, in_second, gone) = (old.enter(&ana).await, old.enter(&bo).await, old.enter(&cy).await);
        for (group, entry) in [(&long, &in_first), (&short, &in_first), (&short, &in_second), (&long, &gone)] {
            group.join(entry).await;
        }
        world.alter(roster_entry::ActiveModel { id: Unchanged(in_first.id.id), primary_event_group_id: Set(Some(short.id.id)), jersey_number: Set(Some("7".into())), ..Default::default() }).await;
        world.alter(roster_entry::ActiveModel { id: Unchanged(in_second.id.id), status: Set(RosterStatus::Graduated), ..Default::default() }).await;
        world.alter(athlete::ActiveModel { id: Unchanged(cy.id.id), archived_at: Set(Some(world.now())), ..Default::default() }).await;
        let input = json!({ "teamId": old.team.id.global(), "name": "Outdoor 2027", "startDate": "2027-01-05", "endDate": "2027-06-14",
            "copyRosterFromTeamSeasonId": old.id.global() });
        let made = owner.change("teamSeasonCreate", input, "teamSeason { status eventGroups { name athleteCount coaches { id } } \
            roster { nodes { jerseyNumber status athlete { displayName } eventGroups { name } primaryEventGroup { name } } } }").await;
        assert_eq!(made.get("teamSeason"), &json!({
            "status": "PLANNED",
            "eventGroups": [
                { "name": "5000 m", "athleteCount": 1, "coaches": [{ "id": helper.id.global() }] },
                { "name": "1500 m", "athleteCount": 1, "coaches": [] },
            ],
            "roster": { "nodes": [{ "jerseyNumber": "7", "status": "ACTIVE", "athlete": { "displayName": "Ana Silva" },
                "eventGroups": [{ "name": "5000 m" }, { "name": "1500 m" }], "primaryEventGroup": { "name": "1500 m" } }] },
        }));
    }

    async fn an_athlete_keeps_seeing_the_seasons_that_are_over_for_them(world: World) {
        let riverside = world.program("Riverside").await;
        let season = riverside.team("Milers").await.season("Outdoor 2026").await;
        let group = season.group("1500 m").await;
        let ana = riverside.athlete("Ana Silva").await;
        let entry = season.enter(&ana).await;
        group.join(&entry).await;
        season.enter(&riverside.athlete("Bo Lind").await).await;
        let runner = ana.signs_in("Ana Silva").await;
        let text = "query($id: ID!) { athlete(id: $id) { rosterEntries { nodes { status teamSeason { name team { name } roster { totalCount } } \
            eventGroups { name } } } } }";
        let roster = async || {
            let answer = runner.query(text, json!({ "id": ana.id.global() })).await;
            assert_eq!(answer.text("athlete.rosterEntries.nodes.0.teamSeason.team.name"), "Milers");
            assert_eq!(answer.text("athlete.rosterEntries.nodes.0.eventGroups.0.name"), "1500 m");
            answer.get("athlete.rosterEntries.nodes.0.teamSeason.roster.totalCount").clone()
        };
        assert_eq!(roster().await, json!(2));
        ana.left_yesterday().await;
        assert_eq!(roster().await, json!(1), "the own place alone");
    }
}
