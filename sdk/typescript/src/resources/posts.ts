/** Publish, check, read and change posts. */

import type { Api } from "../api.js";
import type { QueryOf } from "../operations.js";
import type { CallOptions } from "../options.js";
import type { Paged } from "../paged.js";
import type {
  AccountPostBody,
  Batch,
  Calendar,
  Canceled,
  DeletedPost,
  EditBody,
  FlatResult,
  Post,
  PostBody,
  PostPage,
  PostWithAttempts,
  PublishBody,
  Retried,
  RetryBody,
  Validation,
} from "../schema.js";
import { untilSettled, type WaitOptions } from "../until-settled.js";

/** How a call is made that the server answers when the platforms have. */
export interface AnswerOptions extends CallOptions {
  /** How long the server may wait for the platforms: 0 to 120. The server's default: 30. */
  waitSeconds?: number;
}

/** The calls below `/v1/posts`, and the calendar. */
export class Posts {
  readonly #api: Api;

  constructor(api: Api) {
    this.#api = api;
  }

  /**
   * Publish on every target now, or at `scheduledAt`. What can be refused before anything is sent
   * is refused whole, with a `PreflightFailedError`. What becomes of each target afterwards is in
   * `results`, and is no error of this call.
   */
  create(body: PostBody, options?: AnswerOptions): Promise<Batch>;
  /** Publish on one account, in the older shape. A target that fails is thrown as an error here. */
  create(body: AccountPostBody, options?: AnswerOptions): Promise<FlatResult>;
  create(
    body: PostBody | AccountPostBody,
    { waitSeconds, ...options }: AnswerOptions = {},
  ): Promise<Batch | FlatResult> {
    const input = { body, headers: prefer(waitSeconds) };
    return this.#api.call("post", "/v1/posts", input, options);
  }

  /** Check a post against every rule, and send nothing. Broken rules are no error here. */
  validate(body: PostBody, options?: CallOptions): Promise<Validation> {
    return this.#api.call("post", "/v1/posts/validate", { body }, options);
  }

  /** Posts by filters, the newest first. */
  list(query?: QueryOf<"get", "/v1/posts">, options?: CallOptions): Paged<PostPage> {
    return this.#api.pages("/v1/posts", { query }, options);
  }

  /** The days of a time zone, with the first posts of each. */
  calendar(query?: QueryOf<"get", "/v1/calendar">, options?: CallOptions): Promise<Calendar> {
    return this.#api.call("get", "/v1/calendar", { query }, options);
  }

  /** One post with every attempt. */
  get(id: string, options?: CallOptions): Promise<PostWithAttempts> {
    return this.#api.call("get", "/v1/posts/{id}", { path: { id } }, options);
  }

  /** Read a post until it is published, refused, canceled or deleted; the post then. */
  wait(id: string, options: WaitOptions = {}): Promise<PostWithAttempts> {
    return untilSettled((each) => this.get(id, each), options);
  }

  /** Change a queued post or a draft: its time, its content, or both. What is left out stays as it is. */
  update(id: string, body: EditBody, options?: CallOptions): Promise<Post> {
    return this.#api.call("patch", "/v1/posts/{id}", { path: { id }, body }, options);
  }

  /** Give a queued post another time. */
  reschedule(id: string, scheduledAt: string | Date, options?: CallOptions): Promise<Post> {
    const time = scheduledAt instanceof Date ? scheduledAt.toISOString() : scheduledAt;
    return this.update(id, { scheduledAt: time }, options);
  }

  /** Cancel a queued post. A draft is removed by `delete`. */
  cancel(id: string, options?: CallOptions): Promise<Canceled> {
    const path = { id };
    return this.#api.call("delete", "/v1/posts/{id}", { path }, options) as Promise<Canceled>;
  }

  /** Delete a published post on its platform, or cancel it while it is queued; remove a draft. */
  delete(
    id: string,
    { waitSeconds, ...options }: AnswerOptions = {},
  ): Promise<DeletedPost | Canceled> {
    const input = { path: { id }, query: { upstream: true }, headers: prefer(waitSeconds) };
    return this.#api.call("delete", "/v1/posts/{id}", input, options);
  }

  /**
   * Publish a draft now, or at `scheduledAt`. What a new post would be refused for, it is refused
   * for, and stays a draft.
   */
  publish(
    id: string,
    body: PublishBody = {},
    { waitSeconds, ...options }: AnswerOptions = {},
  ): Promise<Post> {
    const input = { path: { id }, body, headers: prefer(waitSeconds) };
    return this.#api.call("post", "/v1/posts/{id}/publish", input, options);
  }

  /** Put a failed, rejected or canceled post back into the queue. */
  retry(id: string, body?: RetryBody, options?: CallOptions): Promise<Retried> {
    return this.#api.call("post", "/v1/posts/{id}/retry", { path: { id }, body }, options);
  }
}

export function prefer(waitSeconds: number | undefined): Record<string, string> {
  if (waitSeconds === undefined) {
    return {};
  }
  return { Prefer: waitSeconds === 0 ? "respond-async" : `wait=${waitSeconds}` };
}
