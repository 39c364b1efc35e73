/** From what went wrong on the wire to the error that is thrown. */

import { LetmepostError, type ErrorParts } from "./errors.js";
import { ERROR_CLASSES } from "./error-classes.js";
import { retryAfterMs } from "./retry.js";

const INTERNAL_ERROR = "internal_error";
// No code of the server: who answered is somebody else.
const UNKNOWN = "unknown";

/** The error of a call that got no answer. */
export function networkFailure(cause: unknown): LetmepostError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return errorOf({
    status: 0,
    code: INTERNAL_ERROR,
    message: `The server did not answer: ${reason}.`,
    remediation: "Check the address and the connection, then try again with the same key.",
    retryable: true,
    cause,
  });
}

/** The error of an answer that is not 2xx, whoever wrote it: the server, or a proxy before it. */
export function answeredFailure(response: Response, text: string): LetmepostError {
  const waitMs = retryAfterMs(response.headers, Date.now());
  const requestId = response.headers.get("x-request-id");
  return errorOf({
    status: response.status,
    code: UNKNOWN,
    message: `The answer has status ${response.status} and no error in its body.`,
    retryable: response.status === 429 || response.status >= 500,
    ...(waitMs !== undefined && { retryAfterSeconds: waitMs / 1000 }),
    ...(requestId !== null && { requestId }),
    ...sent(text),
  });
}

/** The error of a 2xx answer that is not the JSON that it should be. */
export function unreadableAnswer(response: Response, cause: unknown): LetmepostError {
  return errorOf({
    status: response.status,
    code: UNKNOWN,
    message: "The answer is not JSON. Is `baseUrl` the address of a letmepost server?",
    cause,
  });
}

function sent(text: string): Partial<ErrorParts> {
  try {
    const { error } = JSON.parse(text) as { error?: Partial<ErrorParts> };
    return typeof error?.code === "string" ? error : {};
  } catch {
    return {};
  }
}

function errorOf(parts: ErrorParts): LetmepostError {
  const known = Object.hasOwn(ERROR_CLASSES, parts.code);
  const Kind = known ? ERROR_CLASSES[parts.code as keyof typeof ERROR_CLASSES] : LetmepostError;
  return new Kind(parts);
}
