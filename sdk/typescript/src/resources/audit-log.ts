/** The audit log: who changed what, when and from where. */

import type { Api } from "../api.js";
import type { QueryOf } from "../operations.js";
import type { CallOptions } from "../options.js";
import type { Paged } from "../paged.js";
import type { AuditPage } from "../schema.js";

/** The calls below `/v1/audit-log`. */
export class AuditLog {
  readonly #api: Api;

  constructor(api: Api) {
    this.#api = api;
  }

  /** Every change by filters, the newest first; the key needs the scope `audit:read`. */
  list(query?: QueryOf<"get", "/v1/audit-log">, options?: CallOptions): Paged<AuditPage> {
    return this.#api.pages("/v1/audit-log", { query }, options);
  }
}
