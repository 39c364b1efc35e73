/** Webhook endpoints and their deliveries. */

import type { Api } from "../api.js";
import type { QueryOf } from "../operations.js";
import type { CallOptions } from "../options.js";
import type { Paged } from "../paged.js";
import type {
  ChangeEndpoint,
  CreateEndpoint,
  Deleted,
  Replayed,
  ReplayEvents,
  TestEndpoint,
  WebhookDelivery,
  WebhookDeliveryPage,
  WebhookEndpoint,
  WebhookEndpointPage,
  WebhookEndpointWithSecret,
  WebhookTest,
} from "../schema.js";

/** The calls below `/v1/webhook-endpoints`. `verifyWebhook` needs no client. */
export class Webhooks {
  readonly #api: Api;

  constructor(api: Api) {
    this.#api = api;
  }

  /** Make an endpoint. Its `signingSecret` is in this answer, and is never shown again. */
  create(body: CreateEndpoint, options?: CallOptions): Promise<WebhookEndpointWithSecret> {
    return this.#api.call("post", "/v1/webhook-endpoints", { body }, options);
  }

  /** Every endpoint. */
  list(
    query?: QueryOf<"get", "/v1/webhook-endpoints">,
    options?: CallOptions,
  ): Paged<WebhookEndpointPage> {
    return this.#api.pages("/v1/webhook-endpoints", { query }, options);
  }

  /** One endpoint. */
  get(id: string, options?: CallOptions): Promise<WebhookEndpoint> {
    return this.#api.call("get", "/v1/webhook-endpoints/{id}", { path: { id } }, options);
  }

  /** Change an endpoint; `active: false` pauses it. */
  update(id: string, body: ChangeEndpoint, options?: CallOptions): Promise<WebhookEndpoint> {
    return this.#api.call("patch", "/v1/webhook-endpoints/{id}", { path: { id }, body }, options);
  }

  /** Delete an endpoint. */
  delete(id: string, options?: CallOptions): Promise<Deleted> {
    return this.#api.call("delete", "/v1/webhook-endpoints/{id}", { path: { id } }, options);
  }

  /** Give an endpoint another secret; the one before stays good for a day. */
  rotateSecret(id: string, options?: CallOptions): Promise<WebhookEndpointWithSecret> {
    const input = { path: { id } };
    return this.#api.call("post", "/v1/webhook-endpoints/{id}/rotate-secret", input, options);
  }

  /** Send one event to an endpoint now; what the endpoint said. */
  test(id: string, body: TestEndpoint = {}, options?: CallOptions): Promise<WebhookTest> {
    const input = { path: { id }, body };
    return this.#api.call("post", "/v1/webhook-endpoints/{id}/test", input, options);
  }

  /** What became of every event of an endpoint, the newest first. */
  listDeliveries(
    id: string,
    query?: QueryOf<"get", "/v1/webhook-endpoints/{id}/deliveries">,
    options?: CallOptions,
  ): Paged<WebhookDeliveryPage> {
    const input = { path: { id }, query };
    return this.#api.pages("/v1/webhook-endpoints/{id}/deliveries", input, options);
  }

  /** Send one delivery again. */
  redeliver(id: string, deliveryId: string, options?: CallOptions): Promise<WebhookDelivery> {
    const path = "/v1/webhook-endpoints/{id}/deliveries/{delivery}/redeliver";
    return this.#api.call("post", path, { path: { id, delivery: deliveryId } }, options);
  }

  /** Send everything between two times again. */
  replay(id: string, body: ReplayEvents, options?: CallOptions): Promise<Replayed> {
    const input = { path: { id }, body };
    return this.#api.call("post", "/v1/webhook-endpoints/{id}/replay", input, options);
  }
}
