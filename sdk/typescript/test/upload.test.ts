import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";

import { InternalError, type Uploadable } from "@letmepost/sdk";
import { openFile } from "@letmepost/sdk/node";

import { envelope, serverThat } from "./server.js";

const CONTENT = "a picture\r\n--no boundary";
const BYTES = new TextEncoder().encode(CONTENT);
const PART = /name="file"; filename="([^"]*)"\r\ncontent-type: ([^\r]*)\r\n\r\n(.*)\r\n--[^\r]*--(?:\r\n)?$/is;

const folder = await mkdtemp(join(tmpdir(), "letmepost-sdk-"));
after(() => rm(folder, { recursive: true }));

const streamed = (): ReadableStream<Uint8Array> =>
  new ReadableStream({
    start(sink) {
      sink.enqueue(BYTES.slice(0, 4));
      sink.enqueue(BYTES.slice(4));
      sink.close();
    },
  });

const UPLOADS: Record<string, () => Uploadable> = {
  "a Blob": () => new Blob([CONTENT]),
  "bytes": () => BYTES,
  "an ArrayBuffer": () => BYTES.slice().buffer,
  "a stream": streamed,
};

for (const [what, file] of Object.entries(UPLOADS)) {
  test(`${what} is sent as one part called file`, async () => {
    const server = await serverThat({ status: 201, json: { id: "med_1" } });
    const stored = await server.client().media.upload(file(), {
      filename: 'a "ferry".png',
      contentType: "image/png",
      profileId: "prof_1",
    });
    assert.equal(stored.id, "med_1");
    const [request] = server.received;
    assert.equal(request?.url, "/v1/media?profileId=prof_1");
    assert.match(String(request?.headers["content-type"]), /^multipart\/form-data; boundary=/);
    assert.deepEqual(PART.exec(request?.body ?? "")?.slice(1), [
      "a %22ferry%22.png",
      "image/png",
      CONTENT,
    ]);
  });
}

test("a path is opened, keeps its name, and is sent again after a failure", async () => {
  const path = join(folder, "ferry.png");
  await writeFile(path, CONTENT);
  const server = await serverThat({ cut: "before" }, { status: 201, json: { id: "med_1" } });
  const stored = await server.client().media.upload(await openFile(path));
  assert.equal(stored.id, "med_1");
  const [first, second] = server.received;
  assert.equal(first?.headers["idempotency-key"], second?.headers["idempotency-key"]);
  assert.deepEqual(PART.exec(second?.body ?? "")?.slice(1), [
    "ferry.png",
    "application/octet-stream",
    CONTENT,
  ]);
});

test("a stream is sent once only", async () => {
  const server = await serverThat({ status: 500, json: envelope("internal_error") });
  await assert.rejects(server.client().media.upload(streamed()), InternalError);
  assert.equal(server.received.length, 1);
});

test("a direct upload begins, sends the bytes without the key, and completes", async () => {
  const headers = { "Content-Type": "image/png", "X-Signed": "1" };
  const server = await serverThat({}, { cut: "before" }, {}, { status: 201, json: { id: "med_1" } });
  const begun = { id: "up_1", url: `${server.url}/storage?signature=a`, method: "PUT", headers };
  server.answers[0] = { status: 201, json: begun };
  const stored = await server.client().media.uploadDirect(BYTES, {
    filename: "ferry.png",
    contentType: "image/png",
  });
  assert.equal(stored.id, "med_1");
  assert.deepEqual(
    server.received.map(({ method, url }) => `${method} ${url}`),
    [
      "POST /v1/media/uploads",
      "PUT /storage?signature=a",
      "PUT /storage?signature=a",
      "POST /v1/media/uploads/up_1/complete",
    ],
  );
  const [asked, , sent] = server.received;
  assert.deepEqual(JSON.parse(asked?.body ?? ""), {
    sizeBytes: BYTES.length,
    filename: "ferry.png",
    contentType: "image/png",
    profileId: null,
  });
  assert.equal(sent?.body, CONTENT);
  assert.equal(sent?.headers.authorization, undefined);
  assert.equal(sent?.headers["x-signed"], "1");
  assert.equal(sent?.headers["content-type"], "image/png");
});
