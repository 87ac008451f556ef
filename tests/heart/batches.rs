//! What is asked for at the same time is read by one statement, also when those who asked first go away.
use crate::support::*;
use async_graphql::{Context, EmptyMutation, EmptySubscription, ID, Object, Schema};
use entity::athlete;
use fieldhouse::{
    auth::Credential,
    error::{Failure, Nullable},
    node,
    scope::{self, Scope},
};

struct Query;

struct Entry(ID);

struct Side;

async fn name(ctx: &Context<'_>, id: &ID) -> Result<Option<String>, Failure> {
    let id = node::parse::<athlete::Entity>(id).ok_or(Failure::Internal)?;
    let row = Scope::of(ctx).get::<athlete::Entity>(id).await?;
    Ok(row.map(|athlete| athlete.last_name.clone()))
}

#[Object]
impl Query {
    async fn entries(&self, ids: Vec<ID>) -> Vec<Entry> {
        ids.into_iter().map(Entry).collect()
    }

    async fn side(&self) -> Nullable<Side> {
        Ok(Some(Side)).into()
    }
}

#[Object]
impl Entry {
    async fn name(&self, ctx: &Context<'_>) -> Nullable<String> {
        name(ctx, &self.0).await.into()
    }
}

#[Object]
impl Side {
    async fn doomed(&self, after: i32) -> Result<i32, Failure> {
        for _ in 0..after {
            tokio::task::yield_now().await;
        }
        Err(Failure::BadInput("No.".into()))
    }

    async fn name(&self, ctx: &Context<'_>, id: ID) -> Nullable<String> {
        name(ctx, &id).await.into()
    }
}

async fn execute(client: &Client, text: &str, variables: serde_json::Value) -> (serde_json::Value, u64) {
    let schema = Schema::new(Query, EmptyMutation, EmptySubscription);
    let app = &client.world.app;
    let sender = scope::Client {
        credential: client.token.clone().map(Credential::new),
        ..Default::default()
    };
    let request = scope::Request::begin(app.db.clone(), app.clock.clone(), sender).await;
    let request = request.unwrap_or_else(|failure| panic!("{failure:?}"));
    let (before, _) = app.db.spent();
    let variables = async_graphql::Variables::from_json(variables);
    let gathering = request.gathering();
    let execution = schema.execute(
        async_graphql::Request::new(text)
            .variables(variables)
            .data(std::sync::Arc::new(request)),
    );
    let response = gathering.run(execution).await;
    let (after, _) = app.db.spent();
    (response.data.into_json().expect("JSON"), after - before)
}

both! {
    async fn a_thousand_keys_make_one_statement(world: World) {
        let program = world.program("Riverside").await;
        let ines = program.coach("Ines").await;
        let athletes = program.athletes(1_000).await;
        let ids: Vec<String> = athletes.iter().map(|athlete| athlete.id.global()).collect();
        let (data, statements) = execute(&ines, "query($ids: [ID!]!) { entries(ids: $ids) { name } }", json!({ "ids": ids })).await;
        assert_eq!(statements, 1);
        let names = data["entries"].as_array().expect("a list").iter().map(|entry| entry["name"].as_str());
        assert_eq!(names.flatten().collect::<std::collections::HashSet<_>>().len(), 1_000);
    }

    async fn a_loader_answers_although_the_sibling_that_carried_it_failed(world: World) {
        let program = world.program("Riverside").await;
        let ines = program.coach("Ines").await;
        let athlete = program.athlete("Mia Novak").await;
        let text = "query($id: ID!, $after: Int!) {
            lost: side { doomed(after: $after) name(id: $id) }
            kept: side { name(id: $id) }
        }";
        for after in 0..24 {
            let (data, statements) = execute(&ines, text, json!({ "id": athlete.id.global(), "after": after })).await;
            assert_eq!(data, json!({ "lost": null, "kept": { "name": "Novak" } }), "failed after {after} turns");
            assert!(statements <= 2, "{statements} statements");
        }
    }
}
