/** Publish to many social accounts with one call, and learn the truth about it. */

export { Letmepost } from "./client.js";
export type { CallOptions, LetmepostOptions } from "./options.js";
export { LetmepostError, type ErrorParts } from "./errors.js";
export * from "./error-classes.js";
export { Paged, type Page } from "./paged.js";
export type { AnswerOptions } from "./resources/posts.js";
export type { WaitOptions } from "./until-settled.js";
export type { UploadOptions } from "./resources/media.js";
export type { Uploadable } from "./upload.js";
export {
  verifyWebhook,
  verifyWebhookSignature,
  WebhookVerificationError,
  type ReceivedWebhook,
  type WebhookHeaders,
  type WebhookVerificationReason,
} from "./verify.js";
export type * from "./schema.js";
