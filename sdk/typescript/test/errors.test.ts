import assert from "node:assert/strict";
import { test } from "node:test";

import * as sdk from "@letmepost/sdk";
import { LetmepostError, PreflightFailedError, type ErrorFields } from "@letmepost/sdk";

import { ERROR_CLASSES } from "../dist/esm/error-classes.js";
import { envelope, serverThat } from "./server.js";

// Does not compile when the API has a field that the error does not carry.
type Missing = Exclude<keyof ErrorFields, keyof LetmepostError>;
const NOTHING_IS_MISSING: [Missing] extends [never] ? true : false = true;

test("every field of the envelope is carried", async () => {
  assert.ok(NOTHING_IS_MISSING);
  const fields = {
    code: "preflight_failed",
    message: "Text is 301 graphemes; Bluesky accepts 300.",
    rule: "bluesky.text.max_graphemes",
    platform: "bluesky",
    platformVersion: "2026-11",
    platformResponse: { httpStatus: 400 },
    remediation: "Shorten the text.",
    docUrl: "http://127.0.0.1/docs/errors/preflight_failed",
    ruleUrl: "http://127.0.0.1/docs/preflight/bluesky-text-max_graphemes",
    requestId: "req_1",
    retryable: false,
    retryAfterSeconds: 1.5,
    retryAfterSource: "platform",
    violations: [{ rule: "bluesky.text.max_graphemes", field: "text", message: "Too long." }],
    postId: "post_1",
  };
  const server = await serverThat({ status: 400, json: { error: fields } });
  const error = await server.client().posts.get("post_1").catch((each) => each);
  assert.ok(error instanceof PreflightFailedError);
  assert.ok(error instanceof LetmepostError);
  assert.equal(error.name, "PreflightFailedError");
  assert.equal(error.status, 400);
  const { message, ...others } = fields;
  assert.equal(error.message, message);
  assert.deepEqual({ ...others, ...pick(error, Object.keys(others)) }, others);
});

for (const [code, Kind] of Object.entries(ERROR_CLASSES)) {
  test(`${code} has a class of its own`, async () => {
    const server = await serverThat({ status: 400, json: envelope(code) });
    const error = await server.client().posts.get("post_1").catch((each) => each);
    assert.equal(Object.getPrototypeOf(error), Kind.prototype);
    assert.equal(error.name, Kind.name);
    assert.equal(sdk[Kind.name as keyof typeof sdk], Kind);
  });
}

for (const code of ["from_the_future", "constructor", "__proto__"]) {
  test(`the unknown code ${code} is the class that all have in common`, async () => {
    const server = await serverThat({ status: 418, json: envelope(code) });
    const error = await server.client().posts.get("post_1").catch((each) => each);
    assert.equal(Object.getPrototypeOf(error), LetmepostError.prototype);
    assert.equal(error.code, code);
    assert.equal(error.status, 418);
  });
}

for (const text of ["<html>", "null", "[]", '{"error": "no"}', '{"error": {"code": 5}}', ""]) {
  test(`an error whose body is ${text || "empty"} has its status and the code unknown`, async () => {
    const headers = { "X-Request-Id": "req_2" };
    const server = await serverThat({ status: 404, text, headers });
    const error = await server.client().posts.get("post_1").catch((each) => each);
    assert.ok(error instanceof LetmepostError);
    assert.equal(error.code, "unknown");
    assert.equal(error.status, 404);
    assert.equal(error.requestId, "req_2");
  });
}

function pick(error: LetmepostError, names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(names.map((name) => [name, error[name as keyof LetmepostError]]));
}
