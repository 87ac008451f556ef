//! Several coaches and athletes at once.
use super::campus::*;
use crate::support::*;
use futures_util::future::join_all;

both! {
    async fn two_coaches_publish_their_parts_at_once(world: World) {
        let campus = Campus::of(&world).await;
        let (first, second) = (campus.program.assistant("First").await, campus.program.assistant("Second").await);
        campus.distance.coached_by(&first).await;
        campus.middle.coached_by(&second).await;
        for number in 0..6 {
            let group = if number % 2 == 0 { &campus.distance } else { &campus.middle };
            campus.runner(&format!("Runner {number}"), &[group]).await;
        }
        let practice = campus.practice().await;
        campus.assign(&practice, &campus.six_by_one().await, &[&campus.distance]).await;
        campus.assign(&practice, &campus.lift().await, &[&campus.middle]).await;
        let input = || json!({ "id": practice, "expectedVersion": 1 });
        let (one, other) = tokio::join!(published(&first, input()), published(&second, input()));
        assert_eq!((one, other), ((3, 0, 0), (3, 0, 0)), "each its own");
    }

    async fn a_group_change_while_practice_is_published_leaves_nothing_behind(world: World) {
        let campus = Campus::of(&world).await;
        let mut runners = Vec::new();
        for number in 0..4 {
            runners.push(campus.runner(&format!("Runner {number}"), &[&campus.distance]).await);
        }
        let practice = campus.practice().await;
        campus.assign(&practice, &campus.six_by_one().await, &[&campus.distance]).await;
        let publishing = campus.publish(&practice);
        let moving = join_all(runners.iter().map(|(_, _, entry)| {
            let input = json!({ "id": entry.id.global(), "eventGroupIds": [campus.middle.id.global()] });
            async { campus.coach.change("rosterEntryUpdate", input, "rosterEntry { id }").await.ok(); }
        }));
        tokio::join!(publishing, moving);
        for (athlete, member, _) in &runners {
            assert_eq!(campus.sessions(member, athlete).await.len(), 0, "nobody is in the group any more");
        }
        assert_eq!(campus.publish(&practice).await, (0, 0, 0));
    }

    async fn excusals_and_group_changes_at_once_all_succeed(world: World) {
        let campus = Campus::of(&world).await;
        let mut runners = Vec::new();
        for number in 0..6 {
            runners.push(campus.runner(&format!("Runner {number}"), &[&campus.distance]).await);
        }
        let practice = campus.practice().await;
        let assigned = campus.assign(&practice, &campus.six_by_one().await, &[&campus.distance]).await;
        campus.publish(&practice).await;
        let groups = [json!([campus.distance.id.global(), campus.middle.id.global()]), json!([campus.distance.id.global()])];
        for round in 0..6 {
            let excusing = join_all(runners[..3].iter().map(|(athlete, _, _)| {
                let input = json!({ "practiceSessionWorkoutId": assigned, "athleteId": athlete.id.global(), "reasonCategory": "ILLNESS" });
                async { campus.coach.change("practiceAssignmentExcuse", input, "practiceAssignment { id }").await.ok(); }
            }));
            let moving = join_all(runners.iter().map(|(_, _, entry)| {
                let input = json!({ "id": entry.id.global(), "eventGroupIds": groups[round % 2] });
                async { campus.coach.change("rosterEntryUpdate", input, "rosterEntry { id }").await.ok(); }
            }));
            tokio::join!(excusing, moving);
        }
        let (athlete, member, _) = &runners[0];
        assert_eq!(campus.sessions(member, athlete).await[0]["status"], "EXCUSED");
    }
}
