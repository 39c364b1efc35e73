/** Profiles: the parts of an organization. */

import type { Api } from "../api.js";
import type { CallOptions } from "../options.js";
import type {
  ChangeProfile,
  CreateProfile,
  Deleted,
  PlanSlots,
  Profile,
  ProfileList,
  Slots,
} from "../schema.js";

/** The calls below `/v1/profiles`. */
export class Profiles {
  readonly #api: Api;

  constructor(api: Api) {
    this.#api = api;
  }

  /** Make a profile. */
  create(body: CreateProfile, options?: CallOptions): Promise<Profile> {
    return this.#api.call("post", "/v1/profiles", { body }, options);
  }

  /** Every profile. */
  list(options?: CallOptions): Promise<ProfileList> {
    return this.#api.call("get", "/v1/profiles", {}, options);
  }

  /** One profile. */
  get(id: string, options?: CallOptions): Promise<Profile> {
    return this.#api.call("get", "/v1/profiles/{id}", { path: { id } }, options);
  }

  /** Change a profile's name or slug. */
  update(id: string, body: ChangeProfile, options?: CallOptions): Promise<Profile> {
    return this.#api.call("patch", "/v1/profiles/{id}", { path: { id }, body }, options);
  }

  /** The queue slots of a profile: its weekly times, and the next of them that are free. */
  slots(id: string, options?: CallOptions): Promise<Slots> {
    return this.#api.call("get", "/v1/profiles/{id}/slots", { path: { id } }, options);
  }

  /** Replace the queue slots of a profile. */
  setSlots(id: string, body: PlanSlots, options?: CallOptions): Promise<Slots> {
    return this.#api.call("put", "/v1/profiles/{id}/slots", { path: { id }, body }, options);
  }

  /** Delete a profile that has no accounts. */
  delete(id: string, options?: CallOptions): Promise<Deleted> {
    return this.#api.call("delete", "/v1/profiles/{id}", { path: { id } }, options);
  }
}
