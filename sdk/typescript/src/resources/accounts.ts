/** Accounts: connect them, look after them, and disconnect them. */

import type { Api } from "../api.js";
import type { QueryOf } from "../operations.js";
import type { CallOptions } from "../options.js";
import type {
  Account,
  AccountCheck,
  AccountHealth,
  AccountList,
  CompleteConnect,
  ConnectedAccount,
  ConnectLink,
  ConnectStart,
  CreatePinterestBoard,
  Disconnected,
  MakeConnectLink,
  PinterestBoardMade,
  PinterestBoards,
  PinterestDefaultBoard,
  PlatformName,
  StartConnect,
} from "../schema.js";

/** The calls below `/v1/accounts`, and `/v1/connect-links`. */
export class Accounts {
  readonly #api: Api;

  constructor(api: Api) {
    this.#api = api;
  }

  /** Every connected account that the key may see. */
  list(query?: QueryOf<"get", "/v1/accounts">, options?: CallOptions): Promise<AccountList> {
    return this.#api.call("get", "/v1/accounts", { query }, options);
  }

  /** One account. */
  get(id: string, options?: CallOptions): Promise<Account> {
    return this.#api.call("get", "/v1/accounts/{id}", { path: { id } }, options);
  }

  /** Disconnect an account; its queued posts are canceled. */
  delete(id: string, options?: CallOptions): Promise<Disconnected> {
    return this.#api.call("delete", "/v1/accounts/{id}", { path: { id } }, options);
  }

  /** Begin to connect: a consent page to visit, or the credentials to ask for. */
  connect(
    platform: PlatformName,
    body?: StartConnect,
    options?: CallOptions,
  ): Promise<ConnectStart> {
    const input = { path: { platform }, body };
    return this.#api.call("post", "/v1/accounts/connect/{platform}", input, options);
  }

  /**
   * End what `connect` began, with the credentials or with what the consent page gave; then
   * `accounts` holds all that the consent has connected.
   */
  completeConnect(
    platform: PlatformName,
    body: CompleteConnect,
    options?: CallOptions,
  ): Promise<ConnectedAccount> {
    const input = { path: { platform }, body };
    return this.#api.call("post", "/v1/accounts/connect/{platform}/complete", input, options);
  }

  /** Make a page on which somebody else connects an account to this server. */
  connectLink(body?: MakeConnectLink, options?: CallOptions): Promise<ConnectLink> {
    return this.#api.call("post", "/v1/connect-links", { body }, options);
  }

  /** Hold back everything that would go out on an account. */
  pause(id: string, options?: CallOptions): Promise<Account> {
    return this.#api.call("post", "/v1/accounts/{id}/pause", { path: { id } }, options);
  }

  /** Let a paused account go on. */
  resume(id: string, options?: CallOptions): Promise<Account> {
    return this.#api.call("post", "/v1/accounts/{id}/resume", { path: { id } }, options);
  }

  /** How an account's access stands, as far as this server knows. */
  health(id: string, options?: CallOptions): Promise<AccountHealth> {
    return this.#api.call("get", "/v1/accounts/{id}/health", { path: { id } }, options);
  }

  /** Renew an account's access now. */
  refresh(id: string, options?: CallOptions): Promise<AccountHealth> {
    return this.#api.call("post", "/v1/accounts/{id}/refresh", { path: { id } }, options);
  }

  /** Ask the platform itself whether an account can be posted to. */
  check(id: string, options?: CallOptions): Promise<AccountCheck> {
    return this.#api.call("get", "/v1/accounts/{id}/check", { path: { id } }, options);
  }

  /** The boards of a Pinterest account. */
  listPinterestBoards(id: string, options?: CallOptions): Promise<PinterestBoards> {
    return this.#api.call("get", "/v1/accounts/{id}/pinterest/boards", { path: { id } }, options);
  }

  /** Make a board on a Pinterest account. */
  addPinterestBoard(
    id: string,
    body: CreatePinterestBoard,
    options?: CallOptions,
  ): Promise<PinterestBoardMade> {
    const input = { path: { id }, body };
    return this.#api.call("post", "/v1/accounts/{id}/pinterest/boards", input, options);
  }

  /** Choose the board of pins that name none. */
  setPinterestDefaultBoard(
    id: string,
    boardId: string,
    options?: CallOptions,
  ): Promise<PinterestDefaultBoard> {
    const input = { path: { id }, body: { boardId } };
    return this.#api.call("patch", "/v1/accounts/{id}/pinterest/default-board", input, options);
  }
}
