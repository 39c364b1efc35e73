/** The server itself: whether it is there, and whether it can do its work. */

import type { Api } from "../api.js";
import type { CallOptions } from "../options.js";
import type { Health, Readiness } from "../schema.js";

/** The calls of `/health` and `/ready`, for which no key is looked at. */
export class Server {
  readonly #api: Api;

  constructor(api: Api) {
    this.#api = api;
  }

  /** Whether the process answers; nothing else is asked. */
  health(options?: CallOptions): Promise<Health> {
    return this.#api.call("get", "/health", {}, options);
  }

  /** Whether database and storage answer. Throws a `LetmepostError` where one does not. */
  ready(options?: CallOptions): Promise<Readiness> {
    return this.#api.call("get", "/ready", {}, options);
  }
}
