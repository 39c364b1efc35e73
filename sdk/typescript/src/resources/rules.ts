/** The catalogue of rules that posts are checked against. */

import type { Api } from "../api.js";
import type { QueryOf } from "../operations.js";
import type { CallOptions } from "../options.js";
import type { CatalogueRule, RulePage } from "../schema.js";

/** The calls below `/v1/rules`. */
export class Rules {
  readonly #api: Api;

  constructor(api: Api) {
    this.#api = api;
  }

  /** Rules by filters, all at once. */
  list(query?: QueryOf<"get", "/v1/rules">, options?: CallOptions): Promise<RulePage> {
    return this.#api.call("get", "/v1/rules", { query }, options);
  }

  /** One rule: its limit, its reason and its sources. */
  get(id: string, options?: CallOptions): Promise<CatalogueRule> {
    return this.#api.call("get", "/v1/rules/{id}", { path: { id } }, options);
  }
}
