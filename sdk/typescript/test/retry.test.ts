import assert from "node:assert/strict";
import { test } from "node:test";

import {
  IdempotencyConflictError,
  InternalError,
  LetmepostError,
  PlatformRejectedError,
  RateLimitedError,
  type PostBody,
} from "@letmepost/sdk";

import { backoffMs, retryAfterMs } from "../dist/esm/retry.js";
import { envelope, serverThat, type Answer } from "./server.js";

const BODY: PostBody = { targets: [{ platform: "bluesky" }], text: "Hello" };
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const BROKEN: Record<string, Answer> = {
  "a connection that breaks before the answer": { cut: "before" },
  "a connection that breaks within the answer": { cut: "within" },
  "a 500": { status: 500, json: envelope("internal_error", { retryable: true }) },
  "a 503 of a proxy": { status: 503, text: "<html>" },
  "a 429": { status: 429, json: envelope("rate_limited", { retryable: true }) },
};

for (const [what, answer] of Object.entries(BROKEN)) {
  test(`${what} is tried again with the same key`, async () => {
    const server = await serverThat(answer, answer, { json: { id: "post_1" } });
    const batch = await server.client().posts.create(BODY);
    assert.equal(batch.id, "post_1");
    const keys = server.received.map((each) => each.headers["idempotency-key"]);
    assert.equal(keys.length, 3);
    assert.match(String(keys[0]), UUID);
    assert.equal(new Set(keys).size, 1);
    assert.equal(new Set(server.received.map((each) => each.body)).size, 1);
  });
}

test("two calls have two keys", async () => {
  const server = await serverThat({});
  const client = server.client();
  await client.posts.cancel("post_1");
  await client.posts.cancel("post_1");
  assert.equal(new Set(server.received.map((each) => each.headers["idempotency-key"])).size, 2);
});

test("a key that is given is sent, and a GET has none", async () => {
  const server = await serverThat({});
  const client = server.client();
  await client.posts.create(BODY, { idempotencyKey: "mine" });
  await client.posts.get("post_1");
  const keys = server.received.map((each) => each.headers["idempotency-key"]);
  assert.deepEqual(keys, ["mine", undefined]);
});

for (const status of [400, 401, 403, 404, 409, 413, 422]) {
  test(`a ${status} is final`, async () => {
    const server = await serverThat({ status, json: envelope("validation_failed") });
    await assert.rejects(server.client().posts.create(BODY), { status });
    assert.equal(server.received.length, 1);
  });
}

test("three retries are made unless another number is given", async () => {
  const server = await serverThat({ status: 500, json: envelope("internal_error", { retryable: true }) });
  await assert.rejects(server.client().posts.get("post_1"), InternalError);
  assert.equal(server.received.length, 4);
  await assert.rejects(server.client({ retries: 1 }).posts.get("post_1"), InternalError);
  assert.equal(server.received.length, 6);
  await assert.rejects(server.client().posts.get("post_1", { retries: 0 }), InternalError);
  assert.equal(server.received.length, 7);
});

test("a network failure has status 0 and the code internal_error", async () => {
  const server = await serverThat({ cut: "before" });
  const error = await server.client({ retries: 0 }).posts.get("post_1").catch((each) => each);
  assert.ok(error instanceof InternalError);
  assert.equal(error.status, 0);
  assert.equal(error.code, "internal_error");
  assert.equal(error.retryable, true);
  assert.ok(error.cause instanceof Error);
});

test("a first request that still runs is waited for after a lost answer, and only then", async () => {
  const runs: Answer = {
    status: 409,
    headers: { "Retry-After": "0" },
    json: envelope("idempotency_conflict", { rule: "idempotency_key.in_progress" }),
  };
  const server = await serverThat({ cut: "before" }, runs, { json: { id: "post_1" } }, runs);
  const client = server.client();
  assert.equal((await client.posts.create(BODY)).id, "post_1");
  await assert.rejects(client.posts.create(BODY), IdempotencyConflictError);
  assert.equal(server.received.length, 4);
});

test("a 5xx that the server calls final is final", async () => {
  const server = await serverThat({ status: 502, json: envelope("platform_rejected") });
  await assert.rejects(server.client().posts.create(BODY), PlatformRejectedError);
  assert.equal(server.received.length, 1);
});

test("a redirect is not followed, since a write would arrive as a GET", async () => {
  const server = await serverThat({ status: 301, headers: { Location: "/elsewhere" } });
  await assert.rejects(server.client().posts.create(BODY), { status: 301, code: "unknown" });
  assert.equal(server.received.length, 1);
});

test("a RateLimitedError says how long to wait, and no Retry-After waits longer than allowed", async () => {
  const server = await serverThat({
    status: 429,
    headers: { "Retry-After": "86400" },
    json: envelope("rate_limited", { retryable: true }),
  });
  const client = server.client({ retryAfterMaxMs: 1 });
  const error = await client.posts.get("post_1").catch((each) => each);
  assert.ok(error instanceof RateLimitedError);
  assert.equal(error.retryAfterSeconds, 86400);
  assert.equal(server.received.length, 4);
});

test("a Retry-After is waited for in place of the backoff", async () => {
  const server = await serverThat(
    { status: 429, headers: { "Retry-After": "0" } },
    { json: { id: "post_1" } },
  );
  // With a backoff of days, only the header can have ended the wait.
  const post = await server.client({ retryBaseMs: 1e9 }).posts.get("post_1");
  assert.equal(post.id, "post_1");
});

test("a signal ends a wait between two tries", async () => {
  const server = await serverThat({ status: 500, json: envelope("internal_error", { retryable: true }) });
  const stop = new AbortController();
  const reason = new Error("enough");
  const call = server.client({ retryBaseMs: 1e9 }).posts.get("post_1", {
    signal: stop.signal,
    headers: { "X-Test": "1" },
  });
  const stopping = setInterval(() => {
    if (server.received.length === 1) {
      stop.abort(reason);
    }
  }, 1);
  await assert.rejects(call, (error) => error === reason);
  clearInterval(stopping);
});

test("a signal that has ended makes no call", async () => {
  const server = await serverThat({});
  const call = server.client().posts.get("post_1", { signal: AbortSignal.abort() });
  await assert.rejects(call, { name: "AbortError" });
  assert.equal(server.received.length, 0);
});

test("the backoff doubles from its base up to 8 seconds, and half of it is random", () => {
  assert.deepEqual([0, 1, 2, 3, 4, 5, 60].map((attempt) => backoffMs(attempt, 500, 1)), [
    500, 1000, 2000, 4000, 8000, 8000, 8000,
  ]);
  assert.equal(backoffMs(2, 500, 0), 1000);
});

test("Retry-After is read in seconds and as a date", () => {
  const now = Date.parse("2026-11-24T12:00:00Z");
  const read = (value: string): number | undefined =>
    retryAfterMs(new Headers({ "Retry-After": value }), now);
  assert.equal(read("7"), 7000);
  assert.equal(read("Tue, 24 Nov 2026 12:00:09 GMT"), 9000);
  assert.equal(read("Tue, 24 Nov 2026 11:00:00 GMT"), 0);
  assert.equal(read("soon"), undefined);
  assert.equal(retryAfterMs(new Headers(), now), undefined);
});

test("the last answer is shown with its headers", async () => {
  const server = await serverThat({ headers: { "Idempotency-Replayed": "true" } });
  let replayed: string | null = null;
  await server.client().posts.create(BODY, {
    onResponse: (response) => (replayed = response.headers.get("Idempotency-Replayed")),
  });
  assert.equal(replayed, "true");
});

test("an answer that is not JSON is an error with its status", async () => {
  const server = await serverThat({ text: "<html>" });
  await assert.rejects(server.client().posts.get("post_1"), (error) => {
    assert.ok(error instanceof LetmepostError);
    assert.equal(error.status, 200);
    return true;
  });
});
