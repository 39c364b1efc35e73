/** Ask again and again until a post has come to its end. */

import type { CallOptions } from "./options.js";
import { sleep } from "./retry.js";

/** How a wait goes. Only `signal` ends one early: `AbortSignal.timeout(60_000)`. */
export interface WaitOptions extends CallOptions {
  /** The time between two questions. Default: 1000. */
  intervalMs?: number;
}

const UNSETTLED: readonly string[] = ["queued", "publishing"];

/** Read until the status is final; what was read last. */
export async function untilSettled<Read extends { status: string }>(
  read: (options: CallOptions) => Promise<Read>,
  { intervalMs = 1_000, ...options }: WaitOptions,
): Promise<Read> {
  for (;;) {
    const shown = await read(options);
    if (!UNSETTLED.includes(shown.status)) {
      return shown;
    }
    await sleep(intervalMs, options.signal);
  }
}
