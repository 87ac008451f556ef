// GraphQL over HTTP, as the specification's own audits see it: with queries over GET and without.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { serverAudits } from "graphql-http";
import { start } from "./server.js";

const servers = {};
before(async () => {
  servers.post = await start();
  servers.get = await start("--get");
});
after(() => Promise.all(Object.values(servers).map((server) => server?.stop())));

// Without GET, what is asked over GET is answered with 405.
const OVER_GET = /GET/;

for (const way of ["post", "get"]) {
  test(`audits pass (${way})`, async () => {
    const failed = [];
    for (const audit of serverAudits({ url: servers[way].address, fetchFn: fetch })) {
      const result = await audit.fn();
      if (result.status === "ok" || (way === "post" && OVER_GET.test(audit.name))) continue;
      failed.push(`${result.status} ${audit.id} ${audit.name}: ${result.reason}`);
    }
    assert.deepEqual(failed, []);
  });
}
