//! What is asked over a WebSocket: answered once, or again with each event.
use super::{
    api::{Transport, finish, server_error},
    protocol::Parameters,
};
use crate::{
    App,
    error::Failure,
    gather::Gathering,
    scope::{Client, Request},
};
use async_graphql::{Response, ServerError, parser::types::OperationType};
use futures_util::{
    FutureExt, StreamExt,
    stream::{self, BoxStream},
};
use std::{panic::AssertUnwindSafe, sync::Arc};
use uuid::Uuid;

/// A subscription that goes on.
struct Listening {
    app: App,
    client: Client,
    user: Option<Uuid>,
    /// What each event costs.
    cost: u64,
    gathering: Arc<Gathering>,
    events: BoxStream<'static, Response>,
}

impl App {
    /// The answers to what came over a WebSocket: one to a query or mutation, one to each event of a subscription.
    pub(crate) async fn follow(self, parameters: Parameters, client: Client) -> BoxStream<'static, Response> {
        let begun = AssertUnwindSafe(self.begin(parameters, client.clone())).catch_unwind();
        let begun = begun.await.unwrap_or_else(|_| Err(server_error(Failure::Internal)));
        begun.unwrap_or_else(|error| {
            let mut response = Response::from_errors(vec![*error]);
            finish(&mut response, &client);
            once(response)
        })
    }

    async fn begin(
        self,
        parameters: Parameters,
        client: Client,
    ) -> Result<BoxStream<'static, Response>, Box<ServerError>> {
        self.api.knock(&client, self.clock.now()).map_err(server_error)?;
        let request = self.request(parameters).map_err(server_error)?;
        let prepared = self.api.prepare(request, Transport::Socket)?;
        if prepared.kind() != OperationType::Subscription {
            let request = prepared.into_request();
            return Ok(once(self.respond(request, client, Transport::Socket, 0).await));
        }
        let request = Request::begin(self.db.clone(), self.clock.clone(), client.clone()).await;
        let request = request.map_err(server_error)?;
        let charge = self.api.charge(&prepared, &request).map_err(server_error)?;
        let listening = Listening {
            user: request.scope().viewer().user_id,
            cost: prepared.cost,
            gathering: request.gathering(),
            events: self.api.subscribe(prepared, request, self.services(charge)),
            app: self,
            client,
        };
        let answers = stream::unfold(Some(listening), async |listening| listening?.next().await);
        Ok(answers.boxed())
    }
}

impl Listening {
    /// The answer to the next event, and what goes on after it; nothing goes on after what cannot be paid, or panicked.
    async fn next(mut self) -> Option<(Response, Option<Self>)> {
        let event = AssertUnwindSafe(self.gathering.run(self.events.next()));
        let event = match event.catch_unwind().await {
            Ok(event) => Ok(event?),
            Err(_) => Err(Failure::Internal),
        };
        let charged = event.and_then(|event| {
            let now = self.app.clock.now();
            self.app.api.charge_event(self.user, self.cost, now)?;
            Ok(event)
        });
        let goes_on = charged.is_ok();
        let mut response = charged.unwrap_or_else(|failure| Response::from_errors(vec![*server_error(failure)]));
        finish(&mut response, &self.client);
        Some((response, goes_on.then_some(self)))
    }
}

fn once(response: Response) -> BoxStream<'static, Response> {
    stream::iter([response]).boxed()
}
