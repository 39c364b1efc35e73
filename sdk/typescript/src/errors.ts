/** The error that every failed call throws: the fields of the server's answer, and its status. */

import type { ErrorFields, Violated } from "./schema.js";

/** What an error is made of. */
export interface ErrorParts extends Partial<Omit<ErrorFields, "code">> {
  /** The HTTP status; 0 when no answer came. */
  status: number;
  /** An `ErrorCode`, a code of a later server, or `unknown` where somebody else answered. */
  code: string;
  message: string;
  /** What the failure came from, such as the fault of the connection. */
  cause?: unknown;
}

/**
 * A call that failed. Branch on the class, or on `code` and `rule`; never on the message.
 *
 * Each code that this version knows has a class of its own, such as `PreflightFailedError`; a code
 * that it does not know comes as this class.
 */
export class LetmepostError extends Error {
  override readonly name: string = "LetmepostError";
  /** The HTTP status; 0 when no answer came. */
  readonly status: number;
  readonly code: string;
  /** The rule that was broken, or the dotted path of the field that is wrong. */
  readonly rule: string | undefined;
  readonly platform: string | undefined;
  readonly platformVersion: string | undefined;
  /** What the platform answered, in its own words. */
  readonly platformResponse: unknown;
  /** What to do about it. */
  readonly remediation: string | undefined;
  readonly docUrl: string | undefined;
  readonly ruleUrl: string | undefined;
  /** Finds this call in the server's log. */
  readonly requestId: string | undefined;
  /** Whether the same call may succeed later. */
  readonly retryable: boolean;
  /** How long to wait before that: from the answer's body, else from its `Retry-After`. */
  readonly retryAfterSeconds: number | undefined;
  readonly retryAfterSource: string | undefined;
  /** Every broken rule, not only the first. */
  readonly violations: readonly Violated[];
  /** The post that a refused call has left behind. */
  readonly postId: string | undefined;

  constructor(parts: ErrorParts) {
    super(parts.message, "cause" in parts ? { cause: parts.cause } : undefined);
    this.status = parts.status;
    this.code = parts.code;
    this.rule = parts.rule ?? undefined;
    this.platform = parts.platform ?? undefined;
    this.platformVersion = parts.platformVersion ?? undefined;
    this.platformResponse = parts.platformResponse;
    this.remediation = parts.remediation;
    this.docUrl = parts.docUrl;
    this.ruleUrl = parts.ruleUrl ?? undefined;
    this.requestId = parts.requestId;
    this.retryable = parts.retryable ?? false;
    this.retryAfterSeconds = parts.retryAfterSeconds ?? undefined;
    this.retryAfterSource = parts.retryAfterSource ?? undefined;
    this.violations = parts.violations ?? [];
    this.postId = parts.postId ?? undefined;
  }
}
