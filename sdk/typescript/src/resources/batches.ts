/** A post as it was asked for, with the result of each target. */

import type { Api } from "../api.js";
import type { CallOptions } from "../options.js";
import type { Batch, PostBody, PublishBody } from "../schema.js";
import { type AnswerOptions, prefer } from "./posts.js";
import { untilSettled, type WaitOptions } from "../until-settled.js";

/** The calls below `/v1/batches`. */
export class Batches {
  readonly #api: Api;

  constructor(api: Api) {
    this.#api = api;
  }

  /** What `posts.create` answered, as it stands now. */
  get(id: string, options?: CallOptions): Promise<Batch> {
    return this.#api.call("get", "/v1/batches/{id}", { path: { id } }, options);
  }

  /** Keep another post in the place of one whose targets are all drafts. */
  replace(id: string, body: PostBody, options?: CallOptions): Promise<Batch> {
    return this.#api.call("put", "/v1/batches/{id}", { path: { id }, body }, options);
  }

  /** Publish every target that is a draft, now or at `scheduledAt`: all of them, or none. */
  publish(
    id: string,
    body: PublishBody = {},
    { waitSeconds, ...options }: AnswerOptions = {},
  ): Promise<Batch> {
    const input = { path: { id }, body, headers: prefer(waitSeconds) };
    return this.#api.call("post", "/v1/batches/{id}/publish", input, options);
  }

  /** Read a batch until none of its targets is queued or publishing; the batch then. */
  wait(id: string, options: WaitOptions = {}): Promise<Batch> {
    return untilSettled((each) => this.get(id, each), options);
  }
}
