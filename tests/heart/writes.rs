//! Writing: once for a key, against the version that was read, to the end although the client left, by many at once.
use crate::support::*;
use async_graphql::{Context, EmptySubscription, ID, Object, Response, Schema, SimpleObject};
use entity::{change_event, idempotency_record, team};
use fieldhouse::{
    access::Action,
    auth::Credential,
    error::{Nullable, Refusal},
    payload::{UserError, UserErrorCode},
    scope,
    write::{Tx, write_once},
};
use futures_util::future::join_all;
use sea_orm::{ActiveValue::Set, EntityTrait};
use std::time::Duration;

struct Query;

struct Mutation;

/// A changed team.
#[derive(SimpleObject)]
struct Changed {
    name: Option<String>,
    user_errors: Vec<UserError>,
}

fn changed<S>(outcome: Result<(S, String), Refusal>) -> Nullable<Changed> {
    let (name, user_errors) = match outcome {
        Ok((_, name)) => (Some(name), Vec::new()),
        Err(Refusal::Errors(errors)) => (None, errors),
        Err(Refusal::Failure(failure)) => return Err(failure).into(),
    };
    Ok(Some(Changed { name, user_errors })).into()
}

#[Object]
impl Query {
    async fn fine(&self) -> bool {
        true
    }
}

#[Object]
impl Mutation {
    /// Renames a team after a while; refuses the name "refused" after it was written.
    async fn rename(
        &self,
        ctx: &Context<'_>,
        id: ID,
        name: String,
        expected_version: Option<i32>,
        key: Option<String>,
        #[graphql(default)] milliseconds: u64,
    ) -> Nullable<Changed> {
        let renamed = write_once(ctx, key, async move |tx: Tx| {
            let row = tx.lock::<team::Entity>(&id, Action::Update, "id").await?;
            let changes = team::ActiveModel {
                id: Set(row.id),
                name: Set(name.clone()),
                ..Default::default()
            };
            let row = tx.update(changes, Action::Update, expected_version).await?;
            tokio::time::sleep(Duration::from_millis(milliseconds)).await;
            if name == "refused" {
                return Err(UserError::new(UserErrorCode::Invalid, "Refused.").at("name").into());
            }
            Ok(row.name)
        });
        changed(renamed.await)
    }

    /// Adds one to the number that a team has for its level.
    async fn promote(&self, ctx: &Context<'_>, id: ID) -> Nullable<Changed> {
        let promoted = write_once(ctx, None, async move |tx: Tx| {
            let row = tx.lock::<team::Entity>(&id, Action::Update, "id").await?;
            let level: u32 = row
                .level
                .as_deref()
                .and_then(|level| level.parse().ok())
                .unwrap_or_default();
            tokio::task::yield_now().await;
            let changes = team::ActiveModel {
                id: Set(row.id),
                level: Set(Some((level + 1).to_string())),
                ..Default::default()
            };
            Ok(tx.update(changes, Action::Update, None).await?.name)
        });
        changed(promoted.await)
    }
}

async fn execute(client: &Client, text: &str) -> Response {
    let schema = Schema::new(Query, Mutation, EmptySubscription);
    let app = &client.world.app;
    let sender = scope::Client {
        credential: client.token.clone().map(Credential::new),
        ..Default::default()
    };
    let request = scope::Request::begin(app.db.clone(), app.clock.clone(), sender).await;
    let request = request.unwrap_or_else(|failure| panic!("{failure:?}"));
    schema
        .execute(async_graphql::Request::new(text).data(std::sync::Arc::new(request)))
        .await
}

/// The payload of `rename` with these arguments besides the id, as one line.
async fn rename(client: &Client, team: &Team, arguments: &str) -> String {
    let id = team.id.global();
    let selection = "name userErrors { code currentVersion }";
    let response = execute(
        client,
        &format!("mutation {{ rename(id: \"{id}\", {arguments}) {{ {selection} }} }}"),
    )
    .await;
    assert!(response.errors.is_empty(), "{:?}", response.errors);
    let payload = response.data.into_json().expect("JSON")["rename"].clone();
    match payload["name"].as_str() {
        Some(name) => name.to_owned(),
        None => {
            let error = &payload["userErrors"][0];
            format!(
                "{} {}",
                error["code"].as_str().unwrap_or("none"),
                error["currentVersion"]
            )
        }
    }
}

async fn stored(team: &Team) -> team::Model {
    let found = team::Entity::find_by_id(team.id.id).one(&team.program.world.raw).await;
    found.expect("the table is read").expect("the team is there")
}

both! {
    async fn a_key_makes_a_change_once(world: World) {
        let program = world.program("Riverside").await;
        let ines = program.coach("Ines").await;
        let team = program.team("Varsity").await;
        let once = r#"name: "Junior Varsity", key: "k1""#;
        assert_eq!(rename(&ines, &team, once).await, "Junior Varsity");
        assert_eq!(rename(&ines, &team, once).await, "Junior Varsity");
        assert_eq!(stored(&team).await.version, 2);
        assert_eq!(world.count::<change_event::Entity>().await, 1);
    }

    async fn a_key_sent_many_times_at_once_makes_a_change_once(world: World) {
        let program = world.program("Riverside").await;
        let ines = program.coach("Ines").await;
        let team = program.team("Varsity").await;
        let sent = (0..8).map(|_| rename(&ines, &team, r#"name: "Junior Varsity", key: "k1", milliseconds: 20"#));
        assert_eq!(join_all(sent).await, ["Junior Varsity"; 8]);
        assert_eq!(stored(&team).await.version, 2);
    }

    async fn a_key_is_refused_for_another_input(world: World) {
        let program = world.program("Riverside").await;
        let ines = program.coach("Ines").await;
        let team = program.team("Varsity").await;
        rename(&ines, &team, r#"name: "Junior Varsity", key: "k1""#).await;
        let other = rename(&ines, &team, r#"name: "Novice", key: "k1""#).await;
        assert_eq!(other, "IDEMPOTENCY_KEY_REUSED null");
        assert_eq!(stored(&team).await.name, "Junior Varsity");
    }

    async fn a_key_belongs_to_the_one_who_sent_it(world: World) {
        let program = world.program("Riverside").await;
        let (ines, olga) = (program.coach("Ines").await, program.owner("Olga").await);
        let team = program.team("Varsity").await;
        rename(&ines, &team, r#"name: "Junior Varsity", key: "k1""#).await;
        assert_eq!(rename(&olga, &team, r#"name: "Novice", key: "k1""#).await, "Novice");
    }

    async fn a_refused_change_leaves_its_key_free(world: World) {
        let program = world.program("Riverside").await;
        let ines = program.coach("Ines").await;
        let team = program.team("Varsity").await;
        assert_eq!(rename(&ines, &team, r#"name: "refused", key: "k1""#).await, "INVALID null");
        assert_eq!(stored(&team).await.name, "Varsity");
        assert_eq!(world.count::<change_event::Entity>().await, 0);
        assert_eq!(world.count::<idempotency_record::Entity>().await, 0);
        assert_eq!(rename(&ines, &team, r#"name: "Novice", key: "k1""#).await, "Novice");
    }

    async fn a_key_is_kept_for_a_day(world: World) {
        let program = world.program("Riverside").await;
        let ines = program.coach("Ines").await;
        let team = program.team("Varsity").await;
        let once = r#"name: "Novice", key: "k1""#;
        rename(&ines, &team, once).await;
        world.pass(chrono::Duration::hours(23));
        rename(&ines, &team, once).await;
        assert_eq!(stored(&team).await.version, 2);
        world.pass(chrono::Duration::hours(2));
        rename(&ines, &team, once).await;
        assert_eq!(stored(&team).await.version, 3);
    }

    async fn a_change_against_an_old_version_is_refused(world: World) {
        let program = world.program("Riverside").await;
        let ines = program.coach("Ines").await;
        let team = program.team("Varsity").await;
        assert_eq!(rename(&ines, &team, r#"name: "Novice", expectedVersion: 1"#).await, "Novice");
        assert_eq!(rename(&ines, &team, r#"name: "Junior Varsity", expectedVersion: 1"#).await, "VERSION_CONFLICT 2");
        assert_eq!(stored(&team).await.name, "Novice");
    }

    async fn of_many_changes_against_one_version_one_wins(world: World) {
        let program = world.program("Riverside").await;
        let ines = program.coach("Ines").await;
        let team = program.team("Varsity").await;
        let sent = (0..8).map(|_| rename(&ines, &team, r#"name: "Novice", expectedVersion: 1"#));
        let mut outcomes = join_all(sent).await;
        outcomes.sort();
        assert_eq!(outcomes[0], "Novice");
        assert_eq!(outcomes[1..], ["VERSION_CONFLICT 2"; 7]);
    }

    async fn no_change_is_lost_when_many_write_at_once(world: World) {
        let program = world.program("Riverside").await;
        let (ines, olga) = (program.coach("Ines").await, program.owner("Olga").await);
        let team = program.team("Varsity").await;
        let text = format!("mutation {{ promote(id: \"{}\") {{ name }} }}", team.id.global());
        let tasks: Vec<_> = (0..40)
            .map(|number| {
                let (client, text) = (if number % 2 == 0 { &ines } else { &olga }.client.clone(), text.clone());
                tokio::spawn(async move { execute(&client, &text).await })
            })
            .collect();
        for response in join_all(tasks).await {
            assert!(response.expect("no panic").errors.is_empty());
        }
        let team = stored(&team).await;
        assert_eq!((team.level.as_deref(), team.version), (Some("40"), 41));
        assert_eq!(world.count::<change_event::Entity>().await, 40);
    }

    async fn a_client_that_leaves_does_not_stop_its_change_half_way(world: World) {
        let program = world.program("Riverside").await;
        let ines = program.coach("Ines").await;
        let team = program.team("Varsity").await;
        let sent = rename(&ines, &team, r#"name: "Novice", milliseconds: 1000"#);
        assert!(tokio::time::timeout(Duration::from_millis(500), sent).await.is_err());
        for _ in 0..100 {
            if stored(&team).await.name == "Novice" {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        assert_eq!(stored(&team).await.name, "Novice");
        assert_eq!(world.count::<change_event::Entity>().await, 1);
    }

    async fn a_server_stops_although_a_change_is_under_way(world: World) {
        let program = world.program("Riverside").await;
        let ines = program.coach("Ines").await;
        let team = program.team("Varsity").await;
        let sent = rename(&ines, &team, r#"name: "Novice", milliseconds: 1000"#);
        assert!(tokio::time::timeout(Duration::from_millis(500), sent).await.is_err());
        let stopped = tokio::time::timeout(Duration::from_secs(20), world.app.db.clone().close()).await;
        assert!(stopped.is_ok(), "the database does not close");
        assert_eq!(stored(&team).await.name, "Novice");
    }

    async fn a_row_of_another_program_is_no_row(world: World) {
        let ines = world.program("Riverside").await.coach("Ines").await;
        let other = world.program("Lakeside").await.team("Varsity").await;
        assert_eq!(rename(&ines, &other, r#"name: "Taken over""#).await, "NOT_FOUND null");
    }

    async fn a_row_that_is_seen_but_not_governed_is_not_allowed(world: World) {
        let program = world.program("Riverside").await;
        let amy = program.assistant("Amy").await;
        let team = program.team("Varsity").await;
        assert_eq!(rename(&amy, &team, r#"name: "Taken over""#).await, "NOT_ALLOWED null");
    }
}
