import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { test } from "node:test";

import {
  verifyWebhook,
  verifyWebhookSignature,
  WebhookVerificationError,
  type ReceivedWebhook,
} from "@letmepost/sdk";

const SECRET = "whsec_Q2F0Y2hlcnNPZlRoZUxpZ2h0SW5UaGVGZXJyeQ==";
const OTHER = "whsec_Tm90VGhlU2VjcmV0T2ZUaGlzRW5kcG9pbnRBdA==";
const BODY = '{"id":"evt_1","type":"post.published","data":{"text":"Grüße ⛴️"}}';
const NOW = new Date("2026-11-24T12:00:00Z");
const SECONDS = NOW.getTime() / 1000;

const mac = (key: string | Buffer, text: string, as: "hex" | "base64"): string =>
  createHmac("sha256", key).update(text).digest(as);
const standard = (secret = SECRET, at = SECONDS): Record<string, string> => ({
  "Webhook-Id": "evt_1",
  "Webhook-Timestamp": String(at),
  "Webhook-Signature": `v1,${mac(Buffer.from(secret.slice(6), "base64"), `evt_1.${at}.${BODY}`, "base64")}`,
});
const dated = (secret = SECRET, at = SECONDS): string =>
  `t=${at},v1=${mac(secret, `${at}.${BODY}`, "hex")}`;
const plain = (secret = SECRET): string => mac(secret, BODY, "hex");

const received = (more: Partial<ReceivedWebhook>): ReceivedWebhook => ({
  body: BODY,
  secret: SECRET,
  now: NOW,
  ...more,
});
const both = `${standard(OTHER)["Webhook-Signature"]} ${standard()["Webhook-Signature"]}`;

const GOOD: Record<string, Partial<ReceivedWebhook>> = {
  "Standard Webhooks": { headers: standard() },
  "Standard Webhooks in a Headers": { headers: new Headers(standard()) },
  "Standard Webhooks in arrays, as Node may give them": {
    headers: Object.fromEntries(Object.entries(standard()).map(([k, v]) => [k, [v]])),
  },
  "one of several signatures": { headers: { ...standard(), "Webhook-Signature": both } },
  "one of several secrets": { headers: standard(), secret: [OTHER, SECRET] },
  "bytes": { headers: standard(), body: new TextEncoder().encode(BODY) },
  "a signature 299 seconds old": { headers: standard(SECRET, SECONDS - 299) },
  "the dated form": { headers: { "X-Letmepost-Signature-V1": dated() } },
  "the dated form under its older name": { headers: { "X-Letmepost-Signature": dated() } },
  "the dated form alone": { signature: dated() },
  "the dated form of two secrets": { signature: `${dated(OTHER)},${dated().split(",")[1]}` },
  "the plain form": { headers: { "X-Letmepost-Signature": `sha256=${plain()}` } },
  "the plain form alone": { signature: `sha256=${plain()}` },
  "bare hex": { signature: plain() },
  "bare hex in capitals": { signature: plain().toUpperCase() },
};

for (const [what, more] of Object.entries(GOOD)) {
  test(`${what} is verified`, async () => {
    const event = await verifyWebhook(received(more));
    assert.equal(event.type, "post.published");
    assert.equal(await verifyWebhookSignature(received(more)), true);
  });
}

const BAD: Record<string, [Partial<ReceivedWebhook>, string]> = {
  "another secret": [{ headers: standard(OTHER) }, "no_matching_signature"],
  "another body": [{ headers: standard(), body: `${BODY} ` }, "no_matching_signature"],
  "another id": [{ headers: { ...standard(), "Webhook-Id": "evt_2" } }, "no_matching_signature"],
  "a signature of another version": [
    { headers: { ...standard(), "Webhook-Signature": standard()["Webhook-Signature"]?.slice(3) } },
    "no_matching_signature",
  ],
  "a signature that is no base64": [
    { headers: { ...standard(), "Webhook-Signature": "v1,???" } },
    "no_matching_signature",
  ],
  "an empty signature": [{ signature: "" }, "no_matching_signature"],
  "half a signature": [{ signature: plain().slice(0, 32) }, "no_matching_signature"],
  "a signature 301 seconds old": [
    { headers: standard(SECRET, SECONDS - 301) },
    "timestamp_out_of_tolerance",
  ],
  "a signature of tomorrow": [
    { headers: standard(SECRET, SECONDS + 86400) },
    "timestamp_out_of_tolerance",
  ],
  "a smaller tolerance": [
    { headers: standard(SECRET, SECONDS - 20), toleranceSeconds: 10 },
    "timestamp_out_of_tolerance",
  ],
  "an old dated form": [{ signature: dated(SECRET, SECONDS - 301) }, "timestamp_out_of_tolerance"],
  "a time that is none": [
    { headers: { ...standard(), "Webhook-Timestamp": "soon" } },
    "malformed_timestamp",
  ],
  "a dated form without digits": [{ signature: "t=,v1=00" }, "malformed_timestamp"],
  "no headers": [{}, "missing_header"],
  "headers of somebody else": [{ headers: { "Content-Type": "text/plain" } }, "missing_header"],
  "a secret that is no base64": [{ headers: standard(), secret: "whsec_?" }, "invalid_secret"],
  "an empty secret": [{ headers: standard(), secret: "" }, "invalid_secret"],
  "an empty secret of the plain form": [{ signature: plain(), secret: "" }, "invalid_secret"],
  "a body that is no JSON": [
    { body: "no", signature: mac(SECRET, "no", "hex") },
    "malformed_body",
  ],
  "a body that is no event": [
    { body: "[]", signature: mac(SECRET, "[]", "hex") },
    "malformed_body",
  ],
  "a signature without its id": [
    { headers: { ...standard(), "Webhook-Id": undefined } },
    "missing_header",
  ],
};

for (const [what, [more, reason]] of Object.entries(BAD)) {
  test(`${what} is refused`, async () => {
    await assert.rejects(verifyWebhook(received(more)), (error) => {
      assert.ok(error instanceof WebhookVerificationError);
      assert.equal(error.reason, reason);
      assert.ok(error.message);
      return true;
    });
    assert.equal(await verifyWebhookSignature(received(more)), false);
  });
}

test("a stronger signature that is wrong is not made good by a weaker one", async () => {
  const headers = { ...standard(OTHER), "X-Letmepost-Signature": `sha256=${plain()}` };
  assert.equal(await verifyWebhookSignature(received({ headers })), false);
});
