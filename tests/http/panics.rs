//! What panics is answered as a failure of the server, and takes nothing else along. The clock of the server here runs to
//! the end of time, where there is no next week, and east of Greenwich not even a today.
use super::wire::{Line, Wire};
use crate::support::*;
use chrono::{DateTime, Duration, Utc};
use fieldhouse::{App, http::Edge, scope::Clock};
use sea_orm::ConnectionTrait;
use std::sync::{Arc, Mutex, PoisonError};

/// A server whose clock can be at the end of time, and a program on the first island where the day begins.
struct Server {
    wire: Wire,
    moment: Arc<Mutex<DateTime<Utc>>>,
    owner: Member,
    team: Team,
}

impl Server {
    async fn of(world: &World) -> Self {
        let program = world.program("Riverside").await;
        let (owner, team) = (program.owner("Olga").await, program.team("Track").await);
        for statement in [
            "UPDATE program SET timezone = 'Pacific/Kiritimati'",
            "UPDATE auth_token SET expires_at = 'infinity'",
        ] {
            let changed = world.raw.execute_unprepared(statement).await;
            changed.expect("the rows are changed");
        }
        world.app.db.forget_viewers();
        let moment = Arc::new(Mutex::new(world.now()));
        let mut app = App::with(world.app.db.clone(), Edge::default());
        app.clock = Clock::Set(moment.clone());
        app.mailer = world.app.mailer.clone();
        let wire = Wire::serving(app).await;
        Self {
            wire,
            moment,
            owner,
            team,
        }
    }

    fn set_time(&self, moment: DateTime<Utc>) {
        *self.moment.lock().unwrap_or_else(PoisonError::into_inner) = moment;
    }

    /// A question that needs to know what day it is.
    fn query(&self) -> String {
        let id = self.team.id.global();
        format!("{{ team: node(id: \"{id}\") {{ ... on Team {{ name currentSeason {{ id }} }} }} }}")
    }

    async fn ask(&self, line: &mut Line, query: &str) -> serde_json::Value {
        line.ask(self.owner.client.token.as_deref(), query).await
    }
}

/// The last hour of all.
fn end() -> DateTime<Utc> {
    DateTime::<Utc>::MAX_UTC - Duration::hours(1)
}

fn code(answer: &serde_json::Value) -> &serde_json::Value {
    &answer["errors"][0]["extensions"]["code"]
}

/// What a message of a socket is, and its first error's code.
fn refusal(message: &serde_json::Value) -> (&str, &str) {
    let code = &message["payload"][0]["extensions"]["code"];
    (
        message["type"].as_str().unwrap_or_default(),
        code.as_str().unwrap_or_default(),
    )
}

both! {
    async fn a_connection_is_kept_when_a_request_panics(world: World) {
        let server = Server::of(&world).await;
        let mut line = server.wire.line().await;
        let query = server.query();
        let fine = server.ask(&mut line, &query).await;
        assert_eq!(fine["data"]["team"]["name"], "Track", "{fine}");
        let program = server.team.program.id.global();
        let invite = format!("mutation {{ programMemberInvite(input: {{ programId: \"{program}\", email: \"ben@example.org\", role: ASSISTANT_COACH }}) {{ invitation {{ id }} userErrors {{ code }} }} }}");
        server.set_time(end());
        for text in [&query, &invite] {
            let failed = server.ask(&mut line, text).await;
            assert_eq!(code(&failed), "INTERNAL", "{failed}");
            assert_eq!(failed["errors"].as_array().map(Vec::len), Some(1));
            assert!(failed["errors"][0]["extensions"]["requestId"].is_string(), "by which the log tells more");
        }
        server.set_time(world.now());
        assert_eq!(server.ask(&mut line, &query).await, fine);
        let invited = server.ask(&mut line, &invite).await;
        assert_eq!(invited["data"]["programMemberInvite"]["userErrors"], json!([]), "nothing of the first was kept: {invited}");
    }

    async fn a_socket_is_kept_when_an_operation_panics(world: World) {
        let server = Server::of(&world).await;
        let mut socket = server.wire.signed_in(server.owner.client.token.as_deref()).await;
        let program = server.team.program.id.global();
        let listen = format!("subscription {{ changeOccurred(programId: \"{program}\", types: [TEAM]) {{ node {{ ... on Team {{ currentSeason {{ id }} }} }} }} }}");
        let other = format!("subscription {{ changeOccurred(programId: \"{program}\", types: [TEAM]) {{ nodeType }} }}");
        socket.subscribe("1", &listen).await;
        socket.subscribe("2", &other).await;
        // Answered once both have begun.
        socket.subscribe("3", "{ __typename }").await;
        assert_eq!(socket.hear().await["id"], "3");
        assert_eq!(socket.hear().await, json!({ "type": "complete", "id": "3" }));
        tokio::time::sleep(std::time::Duration::from_millis(500)).await;
        let rename = async |name: &str| {
            let input = json!({ "id": server.team.id.global(), "name": name });
            server.owner.change("teamUpdate", input, "team { id }").await.ok();
        };
        server.set_time(end());
        rename("Field").await;
        let mut heard = [socket.hear().await, socket.hear().await];
        heard.sort_by_key(|message| message["id"].to_string());
        assert_eq!(refusal(&heard[0]), ("error", "INTERNAL"), "which ends the operation");
        assert_eq!(heard[1]["payload"]["data"]["changeOccurred"]["nodeType"], "TEAM", "the other one goes on");
        socket.subscribe("1", &server.query()).await;
        assert_eq!(refusal(&socket.hear().await), ("error", "INTERNAL"));
        server.set_time(DateTime::<Utc>::MAX_UTC);
        socket.subscribe("1", &listen).await;
        assert_eq!(refusal(&socket.hear().await), ("error", "INTERNAL"), "before it began");
        server.set_time(world.now());
        socket.subscribe("1", &server.query()).await;
        assert_eq!(socket.hear().await["payload"]["data"]["team"]["name"], "Field");
        assert_eq!(socket.hear().await, json!({ "type": "complete", "id": "1" }));
    }
}
