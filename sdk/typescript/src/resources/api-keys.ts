/** API keys: make, list and revoke them. */

import type { Api } from "../api.js";
import type { QueryOf } from "../operations.js";
import type { CallOptions } from "../options.js";
import type { Paged } from "../paged.js";
import type { KeyPage, MintedKey, MintKey, RevokedKey } from "../schema.js";

/** The calls below `/v1/api-keys`. */
export class ApiKeys {
  readonly #api: Api;

  constructor(api: Api) {
    this.#api = api;
  }

  /** Make a key. It is in this answer, and is never shown again. */
  create(body: MintKey, options?: CallOptions): Promise<MintedKey> {
    return this.#api.call("post", "/v1/api-keys", { body }, options);
  }

  /** Every key, the revoked ones too. */
  list(query?: QueryOf<"get", "/v1/api-keys">, options?: CallOptions): Paged<KeyPage> {
    return this.#api.pages("/v1/api-keys", { query }, options);
  }

  /** Revoke a key, at once and for good. */
  delete(id: string, options?: CallOptions): Promise<RevokedKey> {
    return this.#api.call("delete", "/v1/api-keys/{id}", { path: { id } }, options);
  }
}
