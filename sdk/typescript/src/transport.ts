/** One call on the wire: its headers, its key, its retries, and the answer that is read whole. */

import type { LetmepostError } from "./errors.js";
import { answeredFailure, networkFailure, unreadableAnswer } from "./failure.js";
import type { CallOptions, Settings } from "./options.js";
import { backoffMs, isWorthRetrying, retryAfterMs, sleep } from "./retry.js";
import type { Upload } from "./schema.js";
import { webCrypto } from "./webcrypto.js";

/** What a query may hold; an array is sent as one parameter for each of its entries. */
export type QueryValues = Readonly<
  Record<string, string | number | boolean | readonly string[] | null | undefined>
>;

/** The body of one try. `duplex` is what fetch wants to be told of a body that is a stream. */
export interface TryBody {
  body: NonNullable<RequestInit["body"]>;
  contentType?: string;
  duplex?: "half";
}

/** A call that is ready to go out. */
export interface Outgoing {
  method: string;
  path: string;
  query?: QueryValues | undefined;
  headers?: Readonly<Record<string, string>>;
  /** Makes the body anew for each try. */
  body?: () => TryBody;
  /** Whether `body` can be called once only, so that nothing can be sent again. */
  once?: boolean;
}

/** The answer of one try, with its body read. */
interface Answered {
  response: Response;
  text: string;
}

/** One request, complete: every try of it is the same. */
interface Complete {
  method: string;
  url: string;
  headers: Headers;
  body: Outgoing["body"];
  once: boolean | undefined;
}

/** Sends calls to one server with one key. */
export class Transport {
  readonly #settings: Settings;

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  /** Send a call until it succeeds or no try is left; the JSON of its answer. */
  async send(outgoing: Outgoing, options: CallOptions): Promise<unknown> {
    const { method, body, once } = outgoing;
    const headers = this.#headers(outgoing, options);
    const complete = { method, url: this.#url(outgoing), headers, body, once };
    return parsed(await this.#answered(complete, options));
  }

  /** Send bytes to an address that needs no key, perhaps of another server. */
  async put(upload: Pick<Upload, "url" | "headers">, file: Blob, options: CallOptions): Promise<void> {
    const headers = new Headers(upload.headers);
    // Without a type of its own: only the headers that were asked for are signed.
    const body = (): TryBody => ({ body: file.slice() });
    const complete = { method: "PUT", url: upload.url, headers, body, once: false };
    await this.#answered(complete, options);
  }

  async #answered(complete: Complete, options: CallOptions): Promise<Answered> {
    const { retries, retryBaseMs, retryAfterMaxMs } = this.#settings;
    const lastTry = complete.once ? 0 : (options.retries ?? retries);
    for (let attempt = 0; ; attempt += 1) {
      const ended = await this.#try(complete, options.signal);
      const isAnswered = "text" in ended;
      if (isAnswered && ended.response.ok) {
        options.onResponse?.(ended.response);
        return ended;
      }
      const error = isAnswered ? answeredFailure(ended.response, ended.text) : ended;
      if (attempt >= lastTry || !isWorthRetrying(error, attempt)) {
        if (isAnswered) {
          options.onResponse?.(ended.response);
        }
        throw error;
      }
      const asked = isAnswered ? retryAfterMs(ended.response.headers, Date.now()) : undefined;
      const waitMs =
        asked === undefined
          ? backoffMs(attempt, retryBaseMs, Math.random())
          : Math.min(asked, retryAfterMaxMs);
      await sleep(waitMs, options.signal);
    }
  }

  /** One try. A connection that breaks, be it within the answer, is no answer. */
  async #try(
    { method, url, headers, body: begin }: Complete,
    signal: AbortSignal | undefined,
  ): Promise<Answered | LetmepostError> {
    signal?.throwIfAborted();
    const { contentType, ...body } = begin?.() ?? { body: null };
    if (contentType !== undefined) {
      headers.set("Content-Type", contentType);
    }
    // A write that is redirected would arrive as a GET, and succeed without doing anything.
    const request: RequestInit = { method, headers, redirect: "manual", ...body };
    if (signal !== undefined) {
      request.signal = signal;
    }
    try {
      const response = await this.#settings.fetch(url, request);
      return { response, text: await response.text() };
    } catch (cause) {
      signal?.throwIfAborted();
      return networkFailure(cause);
    }
  }

  #headers(outgoing: Outgoing, options: CallOptions): Headers {
    const headers = new Headers({ Accept: "application/json", ...outgoing.headers });
    headers.set("Authorization", `Bearer ${this.#settings.apiKey}`);
    if (outgoing.method !== "GET") {
      // One key for every try: what the first one did is not done again.
      headers.set("Idempotency-Key", options.idempotencyKey ?? webCrypto().randomUUID());
    }
    for (const more of [this.#settings.defaultHeaders, options.headers ?? {}]) {
      Object.entries(more).forEach(([name, value]) => headers.set(name, value));
    }
    return headers;
  }

  #url({ path, query }: Outgoing): string {
    const parameters = new URLSearchParams();
    for (const [name, value] of Object.entries(query ?? {})) {
      for (const each of Array.isArray(value) ? value : [value]) {
        if (each !== undefined && each !== null) {
          parameters.append(name, String(each));
        }
      }
    }
    const written = parameters.toString();
    return `${this.#settings.baseUrl}${path}${written && `?${written}`}`;
  }
}

function parsed({ response, text }: Answered): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw unreadableAnswer(response, cause);
  }
}
