/** What has happened, for who reads in place of being told. */

import type { Api } from "../api.js";
import type { QueryOf } from "../operations.js";
import type { CallOptions } from "../options.js";
import type { Paged } from "../paged.js";
import type { Event, EventPage, EventTypeList } from "../schema.js";

/** The calls below `/v1/events`, and `/v1/event-types`. */
export class Events {
  readonly #api: Api;

  constructor(api: Api) {
    this.#api = api;
  }

  /** Events by filters, the newest first unless `order` is `asc`. */
  list(query?: QueryOf<"get", "/v1/events">, options?: CallOptions): Paged<EventPage> {
    return this.#api.pages("/v1/events", { query }, options);
  }

  /** One event, as webhook endpoints get it. */
  get(id: string, options?: CallOptions): Promise<Event> {
    return this.#api.call("get", "/v1/events/{id}", { path: { id } }, options);
  }

  /** Every type of event, with the JSON Schema of its `data`. */
  types(options?: CallOptions): Promise<EventTypeList> {
    return this.#api.call("get", "/v1/event-types", {}, options);
  }
}
