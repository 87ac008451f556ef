// A server with the demo on a database of its own, and its clients.
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { ApolloClient, HttpLink, InMemoryCache, gql } from "@apollo/client";
import { buildSchema, isAbstractType } from "graphql";

const repository = fileURLToPath(new URL("../../", import.meta.url));

export const schema = buildSchema(readFileSync(join(repository, "schema.graphql"), "utf8"));

const possibleTypes = Object.fromEntries(
  Object.values(schema.getTypeMap())
    .filter(isAbstractType)
    .map((type) => [type.name, schema.getPossibleTypes(type).map(({ name }) => name)]),
);

/** Starts `FIELDHOUSE`, the debug build unless set otherwise; answers its address and how to stop it. */
export async function start(...options) {
  const folder = mkdtempSync(join(tmpdir(), "fieldhouse-clients-"));
  const program = process.env.FIELDHOUSE ?? join(repository, "target/debug/fieldhouse");
  const child = spawn(
    program,
    ["serve", "--demo", "--listen", "127.0.0.1:0", "--database-url", `sqlite://${folder}/demo.db`, ...options],
    { stdio: ["ignore", "pipe", "inherit"], env: { ...process.env, RUST_LOG: "warn" } },
  );
  const ended = new Promise((resolve) => child.once("exit", resolve));
  let address;
  for await (const line of createInterface({ input: child.stdout })) {
    address = line.match(/listening on (http:\S+)/)?.[1];
    if (address) break;
  }
  if (!address) throw new Error("the server did not start");
  return {
    address,
    async stop() {
      child.kill("SIGTERM");
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** An Apollo client with its normalising cache, signed in to an account of the demo; `sent` counts its requests. */
export async function signIn(address, email) {
  const client = { sent: 0, token: undefined };
  const link = new HttpLink({
    uri: address,
    fetch(uri, options) {
      client.sent += 1;
      const headers = { ...options.headers, ...(client.token && { authorization: `Bearer ${client.token}` }) };
      return fetch(uri, { ...options, headers });
    },
  });
  client.apollo = new ApolloClient({ link, cache: new InMemoryCache({ possibleTypes }) });
  const { data } = await client.apollo.mutate({
    mutation: gql`
      mutation SignIn($email: String!) {
        authLogin(input: { email: $email, password: "fieldhouse-demo" }) {
          tokens {
            accessToken
          }
          userErrors {
            code
          }
        }
      }
    `,
    variables: { email: `${email}@demo.fieldhouse.test` },
    fetchPolicy: "no-cache",
  });
  client.token = data.authLogin.tokens.accessToken;
  return client;
}

/** Runs a mutation; fails when it has user errors. */
export async function change({ apollo }, mutation, input) {
  const { data } = await apollo.mutate({ mutation, variables: { input } });
  const [payload] = Object.values(data);
  if (payload.userErrors.length > 0) throw new Error(JSON.stringify(payload.userErrors));
  return payload;
}
