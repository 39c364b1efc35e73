/** Runs the scenario file that all SDKs share against a real server; see `sdk/README.md`. */

import { readFile } from "node:fs/promises";
import { isDeepStrictEqual } from "node:util";

import {
  Letmepost,
  LetmepostError,
  verifyWebhook,
  WebhookVerificationError,
  type CallOptions,
  type ErrorFields,
} from "@letmepost/sdk";
import { openFile } from "@letmepost/sdk/node";

type Json = null | boolean | number | string | Json[] | { [name: string]: Json };
type Members = { [name: string]: Json };

interface Step {
  call?: string;
  paginate?: string;
  dropConnection?: string;
  with?: Members;
  options?: CallOptions;
  save?: Record<string, string>;
  expect?: Members;
}

interface ScenarioFile {
  placeholders: { pattern: string; with: string }[];
  without: string[];
  scenarios: { name: string; steps: Step[] }[];
}

const { SCENARIOS = "", SCENARIO_CONTROL_URL = "", LETMEPOST_API_BASE = "" } = process.env;
const file = JSON.parse(await readFile(SCENARIOS, "utf8")) as ScenarioFile;
const placeholders = file.placeholders.map((each) => [new RegExp(each.pattern, "g"), each.with] as const);
const client = new Letmepost({ baseUrl: LETMEPOST_API_BASE, retryBaseMs: 10 });

const ERROR_FIELDS: Record<keyof ErrorFields, true> = {
  code: true,
  message: true,
  rule: true,
  platform: true,
  platformVersion: true,
  platformResponse: true,
  remediation: true,
  docUrl: true,
  ruleUrl: true,
  requestId: true,
  retryable: true,
  retryAfterSeconds: true,
  retryAfterSource: true,
  violations: true,
  postId: true,
};

// What a step gives is data, whose types the scenario file answers for.
type Call = (given: any, options: CallOptions) => PromiseLike<unknown>;

const CALLS: Record<string, Call> = {
  "accounts.get": ({ id }, options) => client.accounts.get(id, options),
  "batches.get": ({ id }, options) => client.batches.get(id, options),
  "batches.publish": ({ id, ...body }, options) => client.batches.publish(id, body, options),
  "batches.replace": ({ id, ...body }, options) => client.batches.replace(id, body, options),
  "media.fetch": (body, options) => client.media.fetch(body, options),
  "media.upload": async ({ path }, options) => client.media.upload(await openFile(path), options),
  "posts.cancel": ({ id }, options) => client.posts.cancel(id, options),
  "posts.create": (body, options) => client.posts.create(body, options),
  "posts.delete": ({ id }, options) => client.posts.delete(id, options),
  "posts.get": ({ id }, options) => client.posts.get(id, options),
  "posts.list": (query, options) => client.posts.list(query, options),
  "posts.publish": ({ id, ...body }, options) => client.posts.publish(id, body, options),
  "posts.reschedule": ({ id, scheduledAt }, options) => client.posts.reschedule(id, scheduledAt, options),
  "posts.update": ({ id, ...body }, options) => client.posts.update(id, body, options),
  "posts.validate": (body, options) => client.posts.validate(body, options),
  "posts.wait": ({ id }, options) => client.posts.wait(id, options),
  "profiles.setSlots": ({ id, ...body }, options) => client.profiles.setSlots(id, body, options),
  "profiles.slots": ({ id }, options) => client.profiles.slots(id, options),
  "webhooks.create": (body, options) => client.webhooks.create(body, options),
  "webhooks.delete": ({ id }, options) => client.webhooks.delete(id, options),
  "webhooks.test": ({ id, ...body }, options) => client.webhooks.test(id, body, options),
  "webhooks.update": ({ id, ...body }, options) => client.webhooks.update(id, body, options),
  "webhooks.verify": (received) => verifyWebhook(received),
};

const LISTS: Record<string, (query: any) => AsyncIterable<{ id: string }>> = {
  "events.list": (query) => client.events.list(query),
  "media.list": (query) => client.media.list(query),
  "posts.list": (query) => client.posts.list(query),
};

for (const { name, steps } of file.scenarios) {
  const variables = JSON.parse(process.env["SCENARIO_VARIABLES"] ?? "{}") as Members;
  for (const [index, step] of steps.entries()) {
    const result = await resultOf(step, variables);
    const failure = failureOf(result);
    for (const [variable, path] of Object.entries(step.save ?? {})) {
      variables[variable] = valueAt(failure ?? result, path);
    }
    const { error: wantedFailure = null, ...wanted } = filled(step.expect ?? {}, variables) as Members;
    check(Boolean(failure) === Boolean(wantedFailure), "an error", name, index, result);
    for (const [path, value] of Object.entries({ ...wanted, ...(wantedFailure as Members | null) })) {
      check(isDeepStrictEqual(valueAt(failure ?? result, path), value), path, name, index, result);
    }
    console.log(JSON.stringify(comparable({ result, scenario: name, step: index + 1 })));
  }
}

function check(met: boolean, what: string, scenario: string, index: number, result: Members): void {
  if (!met) {
    const shown = JSON.stringify(result);
    console.error(`${scenario}, step ${index + 1}: not as expected: ${what}\n${shown}`);
    process.exit(1);
  }
}

/** The error of the SDK in a result; a post that has failed has an `error` of another kind. */
function failureOf(result: Members): Members | null {
  const error = result["error"] as Members | null | undefined;
  return error && "class" in error ? error : null;
}

async function resultOf(step: Step, variables: Members): Promise<Members> {
  const given = filled(step.with ?? {}, variables) as Members;
  if (step.dropConnection !== undefined) {
    const asked = { dropConnection: step.dropConnection };
    await fetch(SCENARIO_CONTROL_URL, { method: "POST", body: JSON.stringify(asked) });
    return asked;
  }
  if (step.paginate !== undefined) {
    const ids: string[] = [];
    for await (const each of known(LISTS, step.paginate)(given)) {
      ids.push(each.id);
    }
    return { count: ids.length, distinct: new Set(ids).size };
  }
  try {
    return (await known(CALLS, step.call ?? "")(given, step.options ?? {})) as Members;
  } catch (error) {
    return { error: described(error) };
  }
}

function known<Found>(table: Record<string, Found>, name: string): Found {
  const found = table[name];
  if (found === undefined) {
    throw new Error(`This runner does not know ${name}.`);
  }
  return found;
}

function described(error: unknown): Members {
  if (error instanceof WebhookVerificationError) {
    return { class: "WebhookVerification", reason: error.reason };
  }
  if (error instanceof LetmepostError) {
    const names = Object.keys(ERROR_FIELDS) as (keyof ErrorFields)[];
    const carried = names.filter((name) => name !== "violations" || error.violations.length > 0);
    const fields = carried.map((name) => [name, error[name] as Json] as const);
    const { name, status } = error;
    return { class: name.replace(/Error$/, ""), status, ...Object.fromEntries(fields) };
  }
  throw error;
}

function valueAt(value: Json, path: string): Json {
  const inside = (found: Json, part: string): Json =>
    (found as Record<string, Json> | null)?.[part] ?? null;
  return path.split(".").reduce(inside, value);
}

function filled(value: Json, variables: Members): Json {
  if (typeof value === "string") {
    const alone = /^\$\{(\w+)\}$/.exec(value)?.[1];
    const variable = (name: string): Json => variables[name] ?? null;
    return alone === undefined
      ? value.replace(/\$\{(\w+)\}/g, (_, name: string) => String(variable(name)))
      : variable(alone);
  }
  return mapped(value, (each) => filled(each, variables));
}

/** What two runs have in common: no nulls, nothing that differs, members in order. */
function comparable(value: Json): Json {
  if (typeof value === "string") {
    return placeholders.reduce((text, [pattern, word]) => text.replace(pattern, word), value);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return mapped(value, comparable);
  }
  const kept = Object.entries(value).filter(
    ([name, each]) => each !== null && each !== undefined && !file.without.includes(name),
  );
  kept.sort(([one], [other]) => (one < other ? -1 : 1));
  return mapped(Object.fromEntries(kept), comparable);
}

function mapped(value: Json, change: (value: Json) => Json): Json {
  if (Array.isArray(value)) {
    return value.map(change);
  }
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, change(each)]));
  }
  return value;
}
