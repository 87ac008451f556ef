//! Who asked a moment ago is known, but never longer than a second, and not past a change through this server.
use crate::support::*;
use chrono::Duration;
use entity::{auth_session, program_member};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};

const PROGRAM: &str = "query($id: ID!) { program(id: $id) { name } }";

both! {
    async fn what_another_server_changes_counts_within_a_second(world: World) {
        let program = world.program("Riverside").await;
        let ines = program.head_coach("Ines").await;
        let seen = async || !ines.query(PROGRAM, json!({ "id": program.id.global() })).await.get("program").is_null();
        assert!(seen().await);
        // Not by the world, which tells the server.
        let gone = program_member::ActiveModel { id: Set(ines.id.id), deactivated_at: Set(Some(world.now())), ..Default::default() };
        gone.update(&world.raw).await.expect("the member is changed");
        world.pass(Duration::seconds(1));
        assert!(!seen().await);
    }

    async fn what_this_server_changes_counts_at_once(world: World) {
        let program = world.program("Riverside").await;
        let ines = program.head_coach("Ines").await;
        let is_known = async || !ines.ask("{ viewer { id } }").await.get("viewer").is_null();
        assert!(is_known().await);
        let session = auth_session::Entity::find().filter(auth_session::Column::UserId.eq(ines.user.id)).one(&world.raw).await;
        let id = session.expect("an answer").expect("a session").id;
        let id = fieldhouse::node::global::<auth_session::Entity>(id).0;
        ines.change("authSessionRevoke", json!({ "sessionId": id }), "session { id }").await;
        assert!(!is_known().await);
    }
}
