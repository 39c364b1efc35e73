/** Calls of the API by method and path, checked against the OpenAPI document by the compiler. */

import type { AnswerOf, Input, Method, PathOf } from "./operations.js";
import type { CallOptions } from "./options.js";
import { Paged, type Page } from "./paged.js";
import type { Outgoing, QueryValues, Transport } from "./transport.js";

const JSON_TYPE = "application/json";

/** Calls any operation of the document. */
export class Api {
  readonly transport: Transport;

  constructor(transport: Transport) {
    this.transport = transport;
  }

  /** Call an operation; the JSON of its answer. Throws a `LetmepostError`. */
  async call<M extends Method, P extends PathOf<M>>(
    method: M,
    path: P,
    input: Input<M, P> = {},
    options: CallOptions = {},
  ): Promise<AnswerOf<M, P>> {
    const outgoing: Outgoing = {
      method: method.toUpperCase(),
      path: filled(path, (input.path ?? {}) as Readonly<Record<string, string>>),
      query: input.query as QueryValues | undefined,
      ...(input.headers && { headers: input.headers }),
      ...(input.body !== undefined && {
        body: () => ({ body: JSON.stringify(input.body), contentType: JSON_TYPE }),
      }),
    };
    return (await this.transport.send(outgoing, options)) as AnswerOf<M, P>;
  }

  /** Call an operation that answers in pages. */
  pages<P extends PathOf<"get">>(
    path: P,
    input: Input<"get", P>,
    options: CallOptions = {},
  ): Paged<AnswerOf<"get", P> & Page> {
    return new Paged((cursor) => {
      const query = cursor === undefined ? input.query : { ...input.query, cursor };
      const at = { ...input, query } as Input<"get", P>;
      return this.call("get", path, at, options) as Promise<AnswerOf<"get", P> & Page>;
    });
  }
}

function filled(path: string, values: Readonly<Record<string, string>>): string {
  return path.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = values[name];
    if (!value || value === "." || value === "..") {
      // It would lead to another address, and delete what nobody meant.
      throw new TypeError(`\`${name}\` is empty or a part of a path.`);
    }
    return encodeURIComponent(value);
  });
}
