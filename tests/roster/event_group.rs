//! Event groups: who is in them, who coaches them, and when they can be removed.
use crate::support::*;
use entity::event_group_member;
use futures_util::future::join_all;

both! {
    async fn a_group_lists_its_athletes_by_name_page_by_page(world: World) {
        let riverside = world.program("Riverside").await;
        let owner = riverside.owner("Ines Duarte").await;
        let season = riverside.team("Milers").await.season("Outdoor 2026").await;
        let input = json!({ "teamSeasonId": season.id.global(), "name": "Distance", "color": "#1E88E5", "coachMemberIds": [owner.id.global()] });
        let group = owner.change("eventGroupCreate", input, "eventGroup { id color position teamSeason { name } coaches { id } viewerCanAssign }").await;
        assert_eq!(group.text("eventGroup.coaches.0.id"), owner.id.global());
        let id = group.text("eventGroup.id").to_owned();
        let mut entries = Vec::new();
        for name in ["Cy Ott", "Ana Silva", "Bo Lind"] {
            entries.push(season.enter(&riverside.athlete(name).await).await.id.global());
        }
        let set = json!({ "eventGroupId": id, "addRosterEntryIds": [entries[0], entries[1], entries[2], entries[1]] });
        let selection = "eventGroup { athleteCount rosterEntries(first: 2) { totalCount pageInfo { hasNextPage endCursor } nodes { athlete { lastName } } } }";
        let joined = owner.change("eventGroupMembersSet", set.clone(), selection).await;
        assert_eq!(joined.get("eventGroup.athleteCount"), &json!(3));
        assert_eq!(joined.get("eventGroup.rosterEntries.nodes"), &json!([{ "athlete": { "lastName": "Lind" } }, { "athlete": { "lastName": "Ott" } }]));
        assert_eq!(joined.get("eventGroup.rosterEntries.pageInfo.hasNextPage"), &json!(true));
        let text = "query($id: ID!, $after: String) { node(id: $id) { ... on EventGroup { rosterEntries(first: 2, after: $after) { \
            pageInfo { hasNextPage hasPreviousPage } nodes { athlete { lastName } } } } } }";
        let after = joined.text("eventGroup.rosterEntries.pageInfo.endCursor");
        let rest = owner.query(text, json!({ "id": id, "after": after })).await;
        assert_eq!(rest.get("node.rosterEntries"), &json!({ "pageInfo": { "hasNextPage": false, "hasPreviousPage": true },
            "nodes": [{ "athlete": { "lastName": "Silva" } }] }));
        owner.change("eventGroupMembersSet", set, selection).await.ok();
        assert_eq!(world.count::<event_group_member::Entity>().await, 3);
        let set = json!({ "eventGroupId": id, "removeRosterEntryIds": [entries[0]] });
        let left = owner.change("eventGroupMembersSet", set, "eventGroup { athleteCount }").await;
        assert_eq!(left.get("eventGroup.athleteCount"), &json!(2));
        let set = json!({ "eventGroupId": id, "addRosterEntryIds": [entries[0]], "removeRosterEntryIds": [entries[0]] });
        let refused = owner.change("eventGroupMembersSet", set, "eventGroup { id }").await;
        assert_eq!(refused.mistakes(), ["INVALID at input.removeRosterEntryIds[0]"]);
    }

    async fn athletes_of_another_season_do_not_join(world: World) {
        let riverside = world.program("Riverside").await;
        let owner = riverside.owner("Ines Duarte").await;
        let team = riverside.team("Milers").await;
        let (this, other) = (team.season("Outdoor 2026").await, team.season("Indoor 2026").await);
        let (group, foreign) = (this.group("1500 m").await, other.group("800 m").await);
        let ana = riverside.athlete("Ana Silva").await;
        let entry = other.enter(&ana).await;
        let set = json!({ "eventGroupId": group.id.global(), "addRosterEntryIds": [entry.id.global()] });
        let refused = owner.change("eventGroupMembersSet", set, "eventGroup { id }").await;
        assert_eq!(refused.mistakes(), ["INVALID at input.addRosterEntryIds[0]"]);
        let add = json!({ "teamSeasonId": this.id.global(), "athleteIds": [ana.id.global()], "eventGroupIds": [group.id.global(), foreign.id.global()] });
        let refused = owner.change("rosterEntriesAdd", add, "rosterEntries { id }").await;
        assert_eq!(refused.mistakes(), ["INVALID at input.eventGroupIds[1]"]);
    }

    async fn two_coaches_who_fill_a_group_at_once_both_succeed(world: World) {
        let riverside = world.program("Riverside").await;
        let (ines, otto) = (riverside.owner("Ines Duarte").await, riverside.coach("Otto Brandt").await);
        let season = riverside.team("Milers").await.season("Outdoor 2026").await;
        let group = season.group("1500 m").await;
        let mut inputs = Vec::new();
        for athletes in riverside.athletes(20).await.chunks(2) {
            let ids: Vec<String> = athletes.iter().map(|athlete| athlete.id.global()).collect();
            inputs.push(json!({ "teamSeasonId": season.id.global(), "athleteIds": ids, "eventGroupIds": [group.id.global()] }));
        }
        let changes = inputs.into_iter().enumerate().map(|(index, input)| {
            let coach = if index % 2 == 0 { ines.clone() } else { otto.clone() };
            async move { coach.change("rosterEntriesAdd", input, "rosterEntries { id }").await }
        });
        for change in join_all(changes).await {
            assert_eq!(change.get("rosterEntries").as_array().map(Vec::len), Some(2));
        }
        assert_eq!(world.count::<event_group_member::Entity>().await, 20);
    }

    async fn a_group_without_training_can_be_removed_with_its_members(world: World) {
        let riverside = world.program("Riverside").await;
        let owner = riverside.owner("Ines Duarte").await;
        let season = riverside.team("Milers").await.season("Outdoor 2026").await;
        let group = season.group("1500 m").await;
        let entry = season.enter(&riverside.athlete("Ana Silva").await).await;
        group.join(&entry).await;
        let primary = json!({ "id": entry.id.global(), "primaryEventGroupId": group.id.global() });
        let selection = "rosterEntry { version primaryEventGroup { name } }";
        assert_eq!(owner.change("rosterEntryUpdate", primary, selection).await.text("rosterEntry.primaryEventGroup.name"), "1500 m");
        let assistant = riverside.assistant("Otto Brandt").await;
        group.coached_by(&assistant).await;
        let id = json!({ "id": group.id.global() });
        let refused = assistant.change("eventGroupDelete", id.clone(), "deletedEventGroupId").await;
        assert_eq!(refused.mistakes(), ["NOT_ALLOWED at input.id"]);
        let removed = owner.change("eventGroupDelete", id, "deletedEventGroupId").await;
        assert_eq!(removed.text("deletedEventGroupId"), group.id.global());
        let text = "query($id: ID!) { node(id: $id) { ... on RosterEntry { version primaryEventGroup { name } eventGroups { name } } } }";
        let after = owner.query(text, json!({ "id": entry.id.global() })).await;
        assert_eq!(after.get("node"), &json!({ "version": 3, "primaryEventGroup": null, "eventGroups": [] }));
    }
}
