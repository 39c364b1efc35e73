/** Whether a webhook came from who holds the secret, and lately. Works without a client. */

import type { Event } from "./schema.js";
import { webCrypto } from "./webcrypto.js";

const TOLERANCE_SECONDS = 300;
const PREFIX = "whsec_";

const REASONS = {
  missing_header: "The headers hold no signature, or not all of it.",
  malformed_timestamp: "The timestamp is not a number of seconds.",
  timestamp_out_of_tolerance: "The timestamp is too far from now.",
  invalid_secret: "The secret is not whsec_ and base64.",
  no_matching_signature: "No signature is of this body and secret.",
  malformed_body: "The body is signed, and is no event.",
} as const;

/** Why a webhook is not to be trusted. */
export type WebhookVerificationReason = keyof typeof REASONS;

/** A webhook that is not to be trusted. */
export class WebhookVerificationError extends Error {
  override readonly name = "WebhookVerificationError";
  readonly reason: WebhookVerificationReason;

  constructor(reason: WebhookVerificationReason, options?: ErrorOptions) {
    super(REASONS[reason], options);
    this.reason = reason;
  }
}

/** The headers of a request, as fetch, Node or a framework holds them. */
export type WebhookHeaders =
  | Headers
  | Readonly<Record<string, string | readonly string[] | undefined>>;

/** A webhook as it came. Give `headers`, or `signature` alone. */
export interface ReceivedWebhook {
  /** The body as it came, before anything has parsed it. */
  body: string | Uint8Array;
  /** All headers. The strongest of the three signatures that is there is checked. */
  headers?: WebhookHeaders;
  /**
   * The value of `X-Letmepost-Signature-V1`, or of `X-Letmepost-Signature`: `sha256=` and hex, or
   * the hex alone. These hold no time, so they do not tell a request that is sent again.
   */
  signature?: string;
  /** The `signingSecret` of the endpoint, as it was shown; or several, while one is replaced. */
  secret: string | readonly string[];
  /** How far from now the time of the signature may be. Default: 300. */
  toleranceSeconds?: number;
  /** The time to measure from. Default: now. */
  now?: Date;
}

/** What the headers say was signed, and the signatures that would do. */
interface Claim {
  keyOf: (secret: string) => Uint8Array;
  /** Stands before the body in what was signed. */
  prefix: string;
  signatures: readonly Uint8Array[];
  /** Null for a signature that holds no time. */
  timestamp: string | null;
}

/** The event of a webhook that is genuine. Throws a `WebhookVerificationError` for any other. */
export async function verifyWebhook(received: ReceivedWebhook): Promise<Event> {
  const { secret, toleranceSeconds = TOLERANCE_SECONDS, now = new Date() } = received;
  const body = bytesOf(received.body);
  const claim = claimOf(received);
  if (claim.timestamp !== null) {
    checkTime(claim.timestamp, toleranceSeconds, now);
  }
  const keys = (typeof secret === "string" ? [secret] : secret).map(claim.keyOf);
  if (!(await isSigned(claim, keys, body))) {
    throw new WebhookVerificationError("no_matching_signature");
  }
  return eventOf(body);
}

/** Whether a webhook is genuine. */
export async function verifyWebhookSignature(received: ReceivedWebhook): Promise<boolean> {
  try {
    await verifyWebhook(received);
    return true;
  } catch (error) {
    if (error instanceof WebhookVerificationError) {
      return false;
    }
    throw error;
  }
}

function eventOf(body: Uint8Array): Event {
  let event: unknown;
  try {
    event = JSON.parse(new TextDecoder().decode(body));
  } catch (cause) {
    throw new WebhookVerificationError("malformed_body", { cause });
  }
  if (typeof event !== "object" || event === null || Array.isArray(event)) {
    throw new WebhookVerificationError("malformed_body");
  }
  return event as Event;
}

function checkTime(timestamp: string, toleranceSeconds: number, now: Date): void {
  // More digits are no moment of ours.
  if (!/^\d{1,12}$/.test(timestamp)) {
    throw new WebhookVerificationError("malformed_timestamp");
  }
  if (Math.abs(now.getTime() / 1000 - Number(timestamp)) > toleranceSeconds) {
    throw new WebhookVerificationError("timestamp_out_of_tolerance");
  }
}

async function isSigned(
  { prefix, signatures }: Claim,
  keys: readonly Uint8Array[],
  body: Uint8Array,
): Promise<boolean> {
  const { subtle } = webCrypto();
  const before = bytesOf(prefix);
  const signed = new Uint8Array(before.length + body.length);
  signed.set(before);
  signed.set(body, before.length);
  for (const each of keys) {
    const hmac = { name: "HMAC", hash: "SHA-256" };
    const key = await subtle.importKey("raw", each as BufferSource, hmac, false, ["verify"]);
    for (const signature of signatures) {
      // WebCrypto compares in constant time.
      if (await subtle.verify("HMAC", key, signature as BufferSource, signed)) {
        return true;
      }
    }
  }
  return false;
}

function claimOf({ headers, signature }: ReceivedWebhook): Claim {
  if (signature !== undefined) {
    return signature.includes("t=") ? datedClaim(signature) : undatedClaim(signature);
  }
  const id = headerOf(headers, "webhook-id");
  const timestamp = headerOf(headers, "webhook-timestamp");
  const signatures = headerOf(headers, "webhook-signature");
  if (signatures !== undefined) {
    if (id === undefined || timestamp === undefined) {
      throw new WebhookVerificationError("missing_header");
    }
    return standardClaim(id, timestamp, signatures);
  }
  const dated = headerOf(headers, "x-letmepost-signature-v1");
  if (dated !== undefined) {
    return datedClaim(dated);
  }
  const undated = headerOf(headers, "x-letmepost-signature");
  if (undated !== undefined) {
    // Servers before ours have sent the dated form under this name.
    return undated.includes("t=") ? datedClaim(undated) : undatedClaim(undated);
  }
  throw new WebhookVerificationError("missing_header");
}

function standardClaim(id: string, timestamp: string, signatures: string): Claim {
  return {
    keyOf: decodedSecret,
    prefix: `${id}.${timestamp}.`,
    signatures: signatures
      .split(" ")
      .filter((each) => each.startsWith("v1,"))
      .flatMap((each) => fromBase64(each.slice("v1,".length)) ?? []),
    timestamp,
  };
}

function datedClaim(value: string): Claim {
  const parts = value.split(",").map((part) => part.trim());
  const timestamp = parts.find((part) => part.startsWith("t="))?.slice("t=".length) ?? "";
  const signatures = parts.filter((part) => part.startsWith("v1="));
  return {
    keyOf: wholeSecret,
    prefix: `${timestamp}.`,
    signatures: signatures.flatMap((part) => fromHex(part.slice("v1=".length)) ?? []),
    timestamp,
  };
}

function undatedClaim(value: string): Claim {
  const signature = fromHex(value.trim().replace(/^sha256=/, ""));
  const signatures = signature === undefined ? [] : [signature];
  return { keyOf: wholeSecret, prefix: "", signatures, timestamp: null };
}

function headerOf(headers: WebhookHeaders | undefined, name: string): string | undefined {
  if (headers instanceof Headers) {
    return headers.get(name) ?? undefined;
  }
  const found = Object.entries(headers ?? {}).find(([each]) => each.toLowerCase() === name)?.[1];
  return typeof found === "object" ? found[0] : found;
}

function decodedSecret(secret: string): Uint8Array {
  const key = fromBase64(secret.startsWith(PREFIX) ? secret.slice(PREFIX.length) : secret);
  if (key === undefined || key.length === 0) {
    throw new WebhookVerificationError("invalid_secret");
  }
  return key;
}

function wholeSecret(secret: string): Uint8Array {
  if (secret === "") {
    throw new WebhookVerificationError("invalid_secret");
  }
  return bytesOf(secret);
}

function fromBase64(text: string): Uint8Array | undefined {
  try {
    return Uint8Array.from(atob(text), (each) => each.charCodeAt(0));
  } catch {
    return undefined;
  }
}

function fromHex(text: string): Uint8Array | undefined {
  const pairs = /^(?:[0-9a-f]{2})+$/i.test(text) ? text.match(/../g) : null;
  return pairs ? Uint8Array.from(pairs, (pair) => Number.parseInt(pair, 16)) : undefined;
}

function bytesOf(text: string | Uint8Array): Uint8Array {
  return typeof text === "string" ? new TextEncoder().encode(text) : text;
}
