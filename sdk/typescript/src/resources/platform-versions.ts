/** Which version of each platform's API the server speaks. */

import type { Api } from "../api.js";
import type { CallOptions } from "../options.js";
import type { SpokenVersions } from "../schema.js";

/** The call of `/v1/platform-versions`. */
export class PlatformVersions {
  readonly #api: Api;

  constructor(api: Api) {
    this.#api = api;
  }

  /** Every platform's version, and until when it lives. */
  list(options?: CallOptions): Promise<SpokenVersions> {
    return this.#api.call("get", "/v1/platform-versions", {}, options);
  }
}
