/** The body of an upload: a form with one file, made anew for each try where that can be done. */

import type { Outgoing, TryBody } from "./transport.js";
import { webCrypto } from "./webcrypto.js";

/** What can be uploaded. A stream is sent as it comes, so it cannot be sent again after a failure. */
export type Uploadable = Blob | ArrayBuffer | Uint8Array | ReadableStream<Uint8Array>;

/** What an upload says of its file; the server reads the type from the bytes. */
export interface FileFacts {
  filename?: string | undefined;
  contentType?: string | undefined;
}

/** The part of a call that carries the file. */
export function uploadBody(
  file: Uploadable,
  { filename, contentType }: FileFacts,
): Pick<Outgoing, "body" | "once"> {
  const name = filename ?? (file as Partial<File>).name ?? "file";
  if (file instanceof ReadableStream) {
    return { once: true, body: () => streamed(file, name, contentType ?? "") };
  }
  const blob = file instanceof Blob ? file : new Blob([file as BlobPart]);
  const typed = contentType === undefined ? blob : blob.slice(0, blob.size, contentType);
  return {
    body: () => {
      const form = new FormData();
      form.append("file", typed, name);
      return { body: form };
    },
  };
}

function streamed(file: ReadableStream<Uint8Array>, name: string, declared: string): TryBody {
  const boundary = `letmepost-${webCrypto().randomUUID()}`;
  const quoted = name.replace(/["\r\n]/g, (each) => encodeURIComponent(each));
  const contentType = declared.replace(/[\r\n]/g, "") || "application/octet-stream";
  const head =
    `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="${quoted}"\r\n` +
    `Content-Type: ${contentType}\r\n\r\n`;
  return {
    body: wrapped(head, file, `\r\n--${boundary}--\r\n`),
    contentType: `multipart/form-data; boundary=${boundary}`,
    duplex: "half",
  };
}

function wrapped(
  head: string,
  file: ReadableStream<Uint8Array>,
  tail: string,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  return file.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      start: (sink) => sink.enqueue(encoder.encode(head)),
      transform: (chunk, sink) => sink.enqueue(chunk),
      flush: (sink) => sink.enqueue(encoder.encode(tail)),
    }),
  );
}
