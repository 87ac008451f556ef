// The types that a client generates from schema.graphql compile, and those of real operations with them.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { codegen } from "@graphql-codegen/core";
import * as typescript from "@graphql-codegen/typescript";
import * as operations from "@graphql-codegen/typescript-operations";
import { parse } from "graphql";

const here = dirname(fileURLToPath(import.meta.url));
const OPERATIONS = /* GraphQL */ `
  query Roster($season: ID!, $after: String) {
    teamSeason(id: $season) {
      roster(first: 50, after: $after) {
        totalCount
        pageInfo {
          hasNextPage
          endCursor
        }
        nodes {
          id
          status
          athlete {
            id
            displayName
          }
        }
      }
    }
  }
  subscription Sessions($athlete: ID!) {
    trainingSessionChanged(athleteId: $athlete) {
      id
      status
    }
  }
`;

test("generated TypeScript compiles", async () => {
  const folder = mkdtempSync(join(here, ".types-"));
  try {
    const code = await codegen({
      filename: "api.ts",
      schema: parse(readFileSync(join(here, "../../schema.graphql"), "utf8")),
      documents: [{ document: parse(OPERATIONS) }],
      plugins: [{ typescript: {} }, { operations: {} }],
      pluginMap: { typescript, operations },
      config: {},
    });
    writeFileSync(join(folder, "api.ts"), code);
    writeFileSync(
      join(folder, "use.ts"),
      `import type { RosterQuery, SessionsSubscription } from "./api";
export const names = (roster: RosterQuery): string[] =>
  roster.teamSeason?.roster.nodes.map((entry) => entry.athlete.displayName) ?? [];
export const state = (event: SessionsSubscription): string => event.trainingSessionChanged.status;
`,
    );
    const tsc = createRequire(import.meta.url).resolve("typescript/bin/tsc");
    const options = ["--noEmit", "--strict", "--skipLibCheck", "false", "--target", "es2022", "--moduleResolution", "bundler", "--module", "esnext"];
    execFileSync(process.execPath, [tsc, ...options, join(folder, "use.ts")], { cwd: folder, encoding: "utf8", stdio: "pipe" });
  } catch (error) {
    assert.fail(error.stdout || String(error));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
