/** What a client is made with, and what each call may be given. */

/** How a client is made. What is left out is read from the environment, or has a default. */
export interface LetmepostOptions {
  /** The API key. Default: `LMP_API_KEY`, then `LETMEPOST_API_KEY` of the environment. */
  apiKey?: string;
  /** Where the server is. Default: `LMP_API_BASE`, then `LETMEPOST_API_URL`, then port 8000 here. */
  baseUrl?: string;
  /** How often a failed call is sent again. Default: 3. */
  retries?: number;
  /** The first wait before a call is sent again; it doubles, up to 8 seconds. Default: 500. */
  retryBaseMs?: number;
  /** The longest wait that a `Retry-After` may ask for. Default: 30000. */
  retryAfterMaxMs?: number;
  /** Headers of every call. */
  defaultHeaders?: Readonly<Record<string, string>>;
  /** The fetch to call with. Default: the global one. */
  fetch?: typeof globalThis.fetch;
}

/** What one call may be given besides its arguments. */
export interface CallOptions {
  /** The `Idempotency-Key` of a call that changes something. Default: a new UUID. */
  idempotencyKey?: string;
  /** How often this call is sent again, in place of the client's number. */
  retries?: number;
  /** Headers of this call; they win over the client's. */
  headers?: Readonly<Record<string, string>>;
  /** Ends the call, waits included; the call then throws the signal's reason. */
  signal?: AbortSignal;
  /** Is shown the last answer: its status and headers, such as `Idempotency-Replayed`. */
  onResponse?: (response: Response) => void;
}

/** The options with every default filled in. */
export interface Settings {
  readonly apiKey: string;
  readonly baseUrl: string;
  readonly retries: number;
  readonly retryBaseMs: number;
  readonly retryAfterMaxMs: number;
  readonly defaultHeaders: Readonly<Record<string, string>>;
  readonly fetch: typeof globalThis.fetch;
}

const DEFAULT_BASE_URL = "http://127.0.0.1:8000";

/** Fill in what is left out. Throws a `TypeError` without an API key, or with no http address. */
export function settingsOf(options: LetmepostOptions): Settings {
  const apiKey = options.apiKey ?? fromEnvironment("LMP_API_KEY", "LETMEPOST_API_KEY");
  if (!apiKey) {
    throw new TypeError("There is no API key: give `apiKey`, or set LMP_API_KEY.");
  }
  const baseUrl =
    options.baseUrl ?? fromEnvironment("LMP_API_BASE", "LETMEPOST_API_URL") ?? DEFAULT_BASE_URL;
  if (!/^https?:$/.test(new URL(baseUrl).protocol)) {
    throw new TypeError(`${baseUrl} is no http or https address.`);
  }
  return {
    apiKey,
    baseUrl: baseUrl.replace(/\/+$/, ""),
    retries: options.retries ?? 3,
    retryBaseMs: options.retryBaseMs ?? 500,
    retryAfterMaxMs: options.retryAfterMaxMs ?? 30_000,
    defaultHeaders: options.defaultHeaders ?? {},
    // Browsers refuse a fetch that is called as a method of another object.
    fetch: options.fetch ?? ((...request) => globalThis.fetch(...request)),
  };
}

function fromEnvironment(...names: readonly string[]): string | undefined {
  // Browsers and some workers have no `process`.
  const { process } = globalThis as { process?: { env?: Record<string, string | undefined> } };
  return names.map((name) => process?.env?.[name]).find(Boolean);
}
