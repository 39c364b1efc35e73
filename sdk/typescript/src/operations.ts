/** The types of a call, taken from the OpenAPI document: what it needs, and what it answers. */

import type { paths } from "./schema.js";

/** The methods that the API has. */
export type Method = "get" | "post" | "put" | "patch" | "delete";

/** The paths that have an operation with this method. */
export type PathOf<M extends Method> = {
  [P in keyof paths]: paths[P] extends Record<M, { responses: unknown }> ? P : never;
}[keyof paths];

/** The operation at a path. */
export type Operation<M extends Method, P extends PathOf<M>> = paths[P][M];

type Parameters<O, In extends string> = O extends { parameters: { [I in In]?: infer V } }
  ? Exclude<V, undefined>
  : never;

/** The query of an operation. */
export type QueryOf<M extends Method, P extends PathOf<M>> = Parameters<Operation<M, P>, "query">;

type JsonOf<Holder> = Holder extends { content: { "application/json": infer Body } } ? Body : never;

/** The JSON body of an operation. */
export type BodyOf<M extends Method, P extends PathOf<M>> =
  Operation<M, P> extends { requestBody?: infer Body } ? JsonOf<Exclude<Body, undefined>> : never;

/** The JSON of an operation's 2xx answer. */
export type AnswerOf<M extends Method, P extends PathOf<M>> =
  Operation<M, P> extends { responses: infer Responses }
    ? { [S in keyof Responses]: S extends number ? JsonOf<Responses[S]> : never }[keyof Responses]
    : never;

/** What a call of an operation is given. */
export type Input<M extends Method, P extends PathOf<M>> = {
  path?: Readonly<Parameters<Operation<M, P>, "path">>;
  query?: QueryOf<M, P> | undefined;
  body?: BodyOf<M, P> | undefined;
  headers?: Readonly<Record<string, string>>;
};
