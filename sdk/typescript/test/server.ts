/** A small server on loopback that answers as it is told, and keeps what it was asked. */

import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { after } from "node:test";

import { Letmepost, type LetmepostOptions } from "@letmepost/sdk";

/** One request as it came. */
export interface Received {
  method: string;
  url: string;
  headers: IncomingMessage["headers"];
  body: string;
}

/** What one request is answered with. `cut` breaks the connection: at once, or within the body. */
export interface Answer {
  status?: number;
  headers?: Record<string, string>;
  json?: unknown;
  text?: string;
  cut?: "before" | "within";
}

/** The server: its address, what it answers and was asked, and a client that calls it. */
export interface TestServer {
  url: string;
  answers: Answer[];
  received: Received[];
  client: (options?: LetmepostOptions) => Letmepost;
}

/** Start a server that gives these answers in order, the last one again and again. */
export async function serverThat(...answers: Answer[]): Promise<TestServer> {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const { method = "", url = "", headers } = request;
      received.push({ method, url, headers, body: Buffer.concat(chunks).toString("latin1") });
      const answer = answers[Math.min(received.length, answers.length) - 1] ?? {};
      const text = answer.text ?? JSON.stringify(answer.json ?? {});
      if (answer.cut === "before") {
        request.socket.destroy();
        return;
      }
      response.writeHead(answer.status ?? 200, {
        "Content-Type": "application/json",
        ...answer.headers,
        ...(answer.cut && { "Content-Length": String(text.length + 100) }),
      });
      response.write(text, () => (answer.cut ? request.socket.destroy() : response.end()));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  after(() => {
    server.close();
    server.closeAllConnections();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const client = (options: LetmepostOptions = {}): Letmepost =>
    new Letmepost({ apiKey: "lmp_test_key", baseUrl: url, retryBaseMs: 1, ...options });
  return { url, answers, received, client };
}

/** The body of an error as the server writes it. */
export function envelope(code: string, more: object = {}): { error: object } {
  return {
    error: {
      code,
      message: "It went wrong.",
      remediation: "Do it otherwise.",
      docUrl: `http://127.0.0.1/docs/errors/${code}`,
      requestId: "req_1",
      retryable: false,
      ...more,
    },
  };
}
