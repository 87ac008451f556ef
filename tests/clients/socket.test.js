// Subscriptions through the clients that people use: graphql-ws by itself, in Apollo and in urql.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { ApolloClient, InMemoryCache, gql } from "@apollo/client";
import { GraphQLWsLink } from "@apollo/client/link/subscriptions";
import { Client, fetchExchange, subscriptionExchange } from "@urql/core";
import { createClient } from "graphql-ws";
import WebSocket from "ws";
import { signIn, start } from "./server.js";

let server, coach, url, names, athleteId, sessionId;
before(async () => {
  server = await start();
  url = server.address.replace("http", "ws");
  coach = await signIn(server.address, "head.coach");
  const { data } = await coach.apollo.query({
    query: gql`
      query Sessions {
        program(slug: "riverbend") {
          id
          athletes(first: 1) {
            nodes {
              id
              trainingSessions(first: 1) {
                nodes {
                  id
                }
              }
            }
          }
        }
      }
    `,
  });
  const [athlete] = data.program.athletes.nodes;
  athleteId = athlete.id;
  sessionId = athlete.trainingSessions.nodes[0].id;
});
after(() => server?.stop());

const RENAME = "mutation Rename($name: String!) { viewerUpdate(input: { name: $name }) { user { name } userErrors { code } } }";
const CHANGED = "subscription { viewerChanged { name timezone } }";

const rename = (name) =>
  fetch(server.address, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${coach.token}` },
    body: JSON.stringify({ query: RENAME, variables: { name } }),
  });

const socket = (extra = {}) =>
  createClient({
    url,
    webSocketImpl: WebSocket,
    retryAttempts: 0,
    lazy: false,
    connectionParams: { authorization: `Bearer ${coach.token}` },
    ...extra,
  });

/** Resolves with the first event, once `act` has caused it. */
async function first(subscribe, act) {
  let resolve, reject;
  const event = new Promise((yes, no) => ([resolve, reject] = [yes, no]));
  const stop = subscribe(resolve, reject);
  const timer = setInterval(() => act().catch(reject), 300);
  try {
    return await Promise.race([
      event,
      new Promise((_, no) => setTimeout(() => no(new Error("no event in ten seconds")), 10_000).unref()),
    ]);
  } finally {
    clearInterval(timer);
    stop?.();
  }
}

test("graphql-ws hears what changes, and is answered queries too", async () => {
  const client = socket();
  const event = await first(
    (next, error) => client.subscribe({ query: CHANGED }, { next, error, complete() {} }),
    () => rename("Over a socket"),
  );
  assert.equal(event.data.viewerChanged.name, "Over a socket");
  const answer = await new Promise((next, error) =>
    client.subscribe({ query: "{ viewer { name } }" }, { next, error, complete() {} }),
  );
  assert.equal(answer.data.viewer.name, "Over a socket");
  await client.dispose();
});

test("Apollo hears what changes", async () => {
  const client = socket();
  const apollo = new ApolloClient({ link: new GraphQLWsLink(client), cache: new InMemoryCache() });
  const event = await first((next, error) => {
    const subscription = apollo.subscribe({ query: gql(CHANGED) }).subscribe({ next, error });
    return () => subscription.unsubscribe();
  }, () => rename("Through Apollo"));
  assert.equal(event.data.viewerChanged.name, "Through Apollo");
  await client.dispose();
});

test("urql queries, and hears what changes", async () => {
  const client = socket();
  const urql = new Client({
    url: server.address,
    preferGetMethod: false,
    fetchOptions: { headers: { authorization: `Bearer ${coach.token}` } },
    exchanges: [
      fetchExchange,
      subscriptionExchange({
        forwardSubscription: (request) => ({
          subscribe: (sink) => ({ unsubscribe: client.subscribe({ ...request, query: request.query ?? "" }, sink) }),
        }),
      }),
    ],
  });
  const answer = await urql.query("query One($id: ID!) { athlete(id: $id) { id } }", { id: athleteId }).toPromise();
  assert.equal(answer.data.athlete.id, athleteId);
  const event = await first((next) => {
    const { unsubscribe } = urql.subscription(CHANGED, {}).subscribe(next);
    return unsubscribe;
  }, () => rename("Through urql"));
  assert.equal(event.data.viewerChanged.name, "Through urql");
  await client.dispose();
});

test("a socket without a token is closed with 4403, one that sends nonsense with 4400", async () => {
  const closed = (act) =>
    new Promise((resolve, reject) => {
      const raw = new WebSocket(url, "graphql-transport-ws");
      raw.on("open", () => act(raw));
      raw.on("close", (code) => resolve(code));
      raw.on("error", reject);
    });
  const say = (message) => (raw) => raw.send(JSON.stringify(message));
  assert.equal(await closed(say({ type: "connection_init" })), 4403);
  assert.equal(await closed(say({ type: "connection_init", payload: { authorization: "Bearer fa_none" } })), 4403);
  assert.equal(await closed(say({ type: "nonsense" })), 4400);
  assert.equal(await closed((raw) => raw.send("{")), 4400);
  assert.equal(await closed(say({ type: "subscribe", id: "1", payload: { query: CHANGED } })), 4401);
  const payload = { authorization: `Bearer ${coach.token}` };
  assert.equal(
    await closed((raw) => {
      say({ type: "connection_init", payload })(raw);
      say({ type: "connection_init", payload })(raw);
    }),
    4429,
  );
  assert.equal(
    await closed((raw) => {
      say({ type: "connection_init", payload })(raw);
      raw.on("message", (text) => {
        if (JSON.parse(text).type !== "connection_ack") return;
        say({ type: "subscribe", id: "1", payload: { query: CHANGED } })(raw);
        say({ type: "subscribe", id: "1", payload: { query: CHANGED } })(raw);
      });
    }),
    4409,
  );
});
