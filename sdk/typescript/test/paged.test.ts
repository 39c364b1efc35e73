import assert from "node:assert/strict";
import { test } from "node:test";

import { NotFoundError } from "@letmepost/sdk";

import { envelope, serverThat } from "./server.js";

const FIRST = { json: { data: [{ id: "a" }, { id: "b" }], nextCursor: "more/+" } };
const SECOND = { json: { data: [{ id: "c" }], nextCursor: null } };

test("looping gives every entry of every page, with the filters on each", async () => {
  const server = await serverThat(FIRST, { json: { data: [], nextCursor: "on" } }, SECOND);
  const ids: string[] = [];
  for await (const post of server.client().posts.list({ status: ["queued", "failed"] })) {
    ids.push(post.id);
  }
  assert.deepEqual(ids, ["a", "b", "c"]);
  assert.deepEqual(
    server.received.map((each) => each.url),
    [
      "/v1/posts?status=queued&status=failed",
      "/v1/posts?status=queued&status=failed&cursor=more%2F%2B",
      "/v1/posts?status=queued&status=failed&cursor=on",
    ],
  );
});

test("awaiting gives one page, and asks once", async () => {
  const server = await serverThat(FIRST);
  const list = server.client().posts.list({ limit: 2, q: null as never });
  assert.equal(server.received.length, 0);
  assert.equal((await list).nextCursor, "more/+");
  assert.equal((await list).data.length, 2);
  assert.deepEqual(server.received.map((each) => each.url), ["/v1/posts?limit=2"]);
});

test("pages come one after the other, and only while they are asked for", async () => {
  const server = await serverThat(FIRST, SECOND);
  for await (const page of server.client().media.list().pages()) {
    assert.equal(page.data.length, 2);
    break;
  }
  assert.equal(server.received.length, 1);
});

test("a page that cannot be read is thrown", async () => {
  const server = await serverThat(FIRST, { status: 404, json: envelope("not_found") });
  const read = async (): Promise<void> => {
    for await (const post of server.client().posts.list()) {
      assert.ok(post.id);
    }
  };
  await assert.rejects(read(), NotFoundError);
});

test("a list is a promise in every way", async () => {
  const server = await serverThat({ status: 404, json: envelope("not_found") });
  const list = server.client().posts.list();
  assert.equal(await list.catch(() => "caught"), "caught");
  await assert.rejects(list.finally(() => undefined), NotFoundError);
});
