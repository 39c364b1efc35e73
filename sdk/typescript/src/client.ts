/** The client: one server, one key, and everything that can be called there. */

import { Api } from "./api.js";
import type { AnswerOf, Input, Method, PathOf } from "./operations.js";
import { settingsOf, type CallOptions, type LetmepostOptions } from "./options.js";
import { Accounts } from "./resources/accounts.js";
import { ApiKeys } from "./resources/api-keys.js";
import { AuditLog } from "./resources/audit-log.js";
import { Batches } from "./resources/batches.js";
import { Events } from "./resources/events.js";
import { MediaFiles } from "./resources/media.js";
import { PlatformVersions } from "./resources/platform-versions.js";
import { Posts } from "./resources/posts.js";
import { Profiles } from "./resources/profiles.js";
import { Rules } from "./resources/rules.js";
import { Server } from "./resources/server.js";
import { Webhooks } from "./resources/webhooks.js";
import { Transport } from "./transport.js";

/** A client of a letmepost server. Throws a `TypeError` without an API key. */
export class Letmepost {
  readonly posts: Posts;
  readonly batches: Batches;
  readonly media: MediaFiles;
  readonly accounts: Accounts;
  readonly apiKeys: ApiKeys;
  readonly profiles: Profiles;
  readonly events: Events;
  readonly webhooks: Webhooks;
  readonly auditLog: AuditLog;
  readonly rules: Rules;
  readonly platformVersions: PlatformVersions;
  readonly server: Server;
  readonly #api: Api;

  constructor(options: LetmepostOptions = {}) {
    const api = new Api(new Transport(settingsOf(options)));
    this.#api = api;
    this.posts = new Posts(api);
    this.batches = new Batches(api);
    this.media = new MediaFiles(api);
    this.accounts = new Accounts(api);
    this.apiKeys = new ApiKeys(api);
    this.profiles = new Profiles(api);
    this.events = new Events(api);
    this.webhooks = new Webhooks(api);
    this.auditLog = new AuditLog(api);
    this.rules = new Rules(api);
    this.platformVersions = new PlatformVersions(api);
    this.server = new Server(api);
  }

  /**
   * Call an operation by its method and path, as the OpenAPI document has it; with the same key,
   * retries and errors as every method above.
   */
  call<M extends Method, P extends PathOf<M>>(
    method: M,
    path: P,
    input: Input<M, P> = {},
    options: CallOptions = {},
  ): Promise<AnswerOf<M, P>> {
    return this.#api.call(method, path, input, options);
  }
}
