/** A post as it was asked for, with the result of each target. */

import type { Api } from "../api.js";
import type { CallOptions } from "../options.js";
import type { Batch } from "../schema.js";
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

  /** Read a batch until none of its targets is queued or publishing; the batch then. */
  wait(id: string, options: WaitOptions = {}): Promise<Batch> {
    return untilSettled((each) => this.get(id, each), options);
  }
}
