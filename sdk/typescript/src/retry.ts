/** Which failures are worth another try, and how long to wait before it. */

import type { LetmepostError } from "./errors.js";

const MAX_BACKOFF_MS = 8_000;
// The first request of this very key still runs. After a lost answer, that is our own.
const IN_PROGRESS = "idempotency_key.in_progress";

/** Whether the same call, with the same key, may do better after the try `attempt`. */
export function isWorthRetrying(error: LetmepostError, attempt: number): boolean {
  const { status, rule, retryable } = error;
  if (rule === IN_PROGRESS) {
    return attempt > 0;
  }
  return retryable && (status === 0 || status === 429 || status >= 500);
}

/** The wait before try `attempt`, counted from 0: base × 2^attempt up to 8 s, half of it random. */
export function backoffMs(attempt: number, baseMs: number, random: number): number {
  const whole = Math.min(baseMs * 2 ** attempt, MAX_BACKOFF_MS);
  return whole / 2 + (whole / 2) * random;
}

/** What `Retry-After` asks for, in seconds or as a date; undefined where it says nothing. */
export function retryAfterMs(headers: Headers, nowMs: number): number | undefined {
  const value = headers.get("retry-after")?.trim();
  if (!value) {
    return undefined;
  }
  const ms = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - nowMs;
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined;
}

/** Wait; reject with the signal's reason when it ends the wait. */
export function sleep(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const onAbort = (): void => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", onAbort);
      resolve();
    }, ms);
    signal?.addEventListener("abort", onAbort, { once: true });
  });
}
