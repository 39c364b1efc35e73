import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";

import { Letmepost } from "@letmepost/sdk";

import { OPERATIONS } from "./operations.js";
import { serverThat } from "./server.js";

const VARIABLES = ["LMP_API_KEY", "LETMEPOST_API_KEY", "LMP_API_BASE", "LETMEPOST_API_URL"];

/** The address and the key that a client calls with, in an environment. */
async function calledWith(environment: Record<string, string>): Promise<[string, string | null]> {
  VARIABLES.forEach((name) => delete process.env[name]);
  Object.assign(process.env, environment);
  let called: [string, string | null] = ["", null];
  const fetch: typeof globalThis.fetch = async (url, init) => {
    called = [String(url), new Headers(init?.headers).get("Authorization")];
    return new Response("{}");
  };
  await new Letmepost({ fetch }).profiles.list();
  return called;
}

test("key and address are read from the environment", async () => {
  assert.deepEqual(await calledWith({ LETMEPOST_API_KEY: "b" }), [
    "http://127.0.0.1:8000/v1/profiles",
    "Bearer b",
  ]);
  assert.deepEqual(
    await calledWith({ LMP_API_KEY: "a", LETMEPOST_API_KEY: "b", LETMEPOST_API_URL: "http://d/" }),
    ["http://d/v1/profiles", "Bearer a"],
  );
  assert.deepEqual(
    await calledWith({ LMP_API_KEY: "a", LMP_API_BASE: "http://c", LETMEPOST_API_URL: "http://d" }),
    ["http://c/v1/profiles", "Bearer a"],
  );
});

test("without a key there is no client", () => {
  VARIABLES.forEach((name) => delete process.env[name]);
  assert.throws(() => new Letmepost(), TypeError);
});

test("an address that is none makes no client", () => {
  for (const baseUrl of ["letmepost.example", "ftp://letmepost.example", "127.0.0.1:8000"]) {
    assert.throws(() => new Letmepost({ apiKey: "key", baseUrl }), TypeError);
  }
});

test("what is printed of a client does not hold its key", () => {
  const client = new Letmepost({ apiKey: "lmp_live_secret" });
  assert.doesNotMatch(inspect(client, { depth: 9, showHidden: true }), /lmp_live_secret/);
  assert.doesNotMatch(JSON.stringify(client), /lmp_live_secret/);
});

test("the older shape answers for its one account", async () => {
  const server = await serverThat({ json: { id: "post_1", platform: "bluesky" } });
  const account = { platform: "bluesky", id: "acc_1" } as const;
  const flat = await server.client().posts.create({ account, text: "Hello" });
  assert.equal(flat.platform, "bluesky");
});

test("headers of the call win over those of the client", async () => {
  const server = await serverThat({});
  const client = server.client({ defaultHeaders: { "X-One": "client", "X-Two": "client" } });
  await client.profiles.list({ headers: { "x-two": "call" } });
  const headers = server.received[0]?.headers;
  assert.equal(headers?.["x-one"], "client");
  assert.equal(headers?.["x-two"], "call");
  assert.equal(headers?.authorization, "Bearer lmp_test_key");
});

test("how long the server waits is said in Prefer", async () => {
  const server = await serverThat({});
  const { posts } = server.client();
  await posts.create({ text: "a" }, { waitSeconds: 60 });
  await posts.create({ text: "a" }, { waitSeconds: 0 });
  await posts.create({ text: "a" });
  const said = server.received.map((each) => each.headers["prefer"]);
  assert.deepEqual(said, ["wait=60", "respond-async", undefined]);
});

test("a wait reads until the status is final", async () => {
  const statuses = ["queued", "publishing", "published"];
  const answers = statuses.map((status) => ({ json: { status } }));
  const server = await serverThat(...answers, ...answers);
  const client = server.client();
  const post = await client.posts.wait("post_1", { intervalMs: 1 });
  assert.equal(post.status, "published");
  const batch = await client.batches.wait("batch_1", { intervalMs: 1 });
  assert.equal(batch.status, "published");
  assert.equal(server.received.length, 6);
});

test("a time may be a Date", async () => {
  const server = await serverThat({});
  const at = new Date("2030-01-01T09:00:00Z");
  await server.client().posts.reschedule("post_1", at);
  assert.equal(server.received[0]?.body, '{"scheduledAt":"2030-01-01T09:00:00.000Z"}');
});

test("an id is a part of the path and nothing else", async () => {
  const server = await serverThat({});
  const { posts } = server.client();
  await posts.get("a/b?c#d e");
  assert.equal(server.received[0]?.url, "/v1/posts/a%2Fb%3Fc%23d%20e");
  for (const id of ["", ".", ".."]) {
    await assert.rejects(posts.delete(id), TypeError);
  }
  assert.equal(server.received.length, 1);
});

test("any operation can be called by its path", async () => {
  const server = await serverThat({ json: { id: "rule" } });
  const rule = await server.client().call("get", "/v1/rules/{id}", { path: { id: "a.b" } });
  assert.equal(rule.id, "rule");
  assert.equal(server.received[0]?.url, "/v1/rules/a.b");
});

test("every operation of the API has a method", async () => {
  const called = new Set<string>();
  const fetch: typeof globalThis.fetch = async (url, init) => {
    const { host, pathname: path } = new URL(String(url));
    if (host === "storage") {
      return new Response();
    }
    const matches = OPERATIONS.filter((each) => {
      const [method, template = ""] = each.split(" ");
      const pattern = template.replace(/\{\w+\}/g, "an-id");
      return method === init?.method && pattern === path;
    });
    assert.equal(matches.length, 1, `${init?.method} ${path}`);
    matches.forEach((each) => called.add(each));
    return new Response('{"id": "an-id", "url": "http://storage/", "headers": {}}');
  };
  const client = new Letmepost({ apiKey: "key", fetch });
  for (const resource of Object.values(client) as object[]) {
    const methods = Object.getOwnPropertyNames(Object.getPrototypeOf(resource));
    for (const name of methods.filter((each) => each !== "constructor")) {
      const method = resource[name as keyof typeof resource] as (...given: unknown[]) => unknown;
      const given = name.startsWith("upload") ? [new Blob(["a"])] : ["an-id", "an-id", {}];
      await method.apply(resource, given);
    }
  }
  assert.deepEqual([...called].sort(), [...OPERATIONS].sort());
});
