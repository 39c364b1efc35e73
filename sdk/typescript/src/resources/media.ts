/** Files: upload, list and delete them. */

import type { Api } from "../api.js";
import type { QueryOf } from "../operations.js";
import type { CallOptions } from "../options.js";
import type { Paged } from "../paged.js";
import type { BeginUpload, Deleted, FetchMedia, Media, MediaPage, Upload } from "../schema.js";
import { uploadBody, type FileFacts, type Uploadable } from "../upload.js";

/** How `media.upload` is called. */
export interface UploadOptions extends CallOptions, FileFacts {
  profileId?: string;
}

/** The calls below `/v1/media`. */
export class MediaFiles {
  readonly #api: Api;

  constructor(api: Api) {
    this.#api = api;
  }

  /**
   * Upload a file: a `Blob`, bytes, or a stream; in Node a path, by `openFile` of
   * `@letmepost/sdk/node`. A stream is sent as it comes, and is not sent again after a failure.
   */
  async upload(
    file: Uploadable | { file: Blob; filename: string },
    { profileId, filename, contentType, ...options }: UploadOptions = {},
  ): Promise<Media> {
    const opened = "file" in file ? file : { file, filename: undefined };
    const facts = { filename: filename ?? opened.filename, contentType };
    const carried = uploadBody(opened.file, facts);
    const outgoing = { method: "POST", path: "/v1/media", query: { profileId }, ...carried };
    return (await this.#api.transport.send(outgoing, options)) as Media;
  }

  /** Let the server fetch a file from a public address. */
  fetch(body: FetchMedia, options?: CallOptions): Promise<Media> {
    return this.#api.call("post", "/v1/media/fetch", { body }, options);
  }

  /** The files that were uploaded, the newest first. */
  list(query?: QueryOf<"get", "/v1/media">, options?: CallOptions): Paged<MediaPage> {
    return this.#api.pages("/v1/media", { query }, options);
  }

  /** Delete a file for good, unless a post that has not ended needs it. */
  delete(id: string, options?: CallOptions): Promise<Deleted> {
    return this.#api.call("delete", "/v1/media/{id}", { path: { id } }, options);
  }

  /**
   * Upload a large file straight to the server's storage, past the API. Its size must be known, so
   * a stream will not do.
   */
  async uploadDirect(
    file: Exclude<Uploadable, ReadableStream> | { file: Blob; filename: string },
    { profileId, filename, contentType, ...options }: UploadOptions = {},
  ): Promise<Media> {
    const opened = "file" in file ? file : { file, filename: undefined };
    const blob = opened.file instanceof Blob ? opened.file : new Blob([opened.file as BlobPart]);
    const begun = await this.beginUpload(
      {
        sizeBytes: blob.size,
        filename: filename ?? opened.filename ?? null,
        contentType: contentType ?? (blob.type || null),
        profileId: profileId ?? null,
      },
      options,
    );
    await this.#api.transport.put(begun, blob, options);
    return this.completeUpload(begun.id, options);
  }

  /** Begin a direct upload: an address to PUT the bytes to without a key, from a browser say. */
  beginUpload(body: BeginUpload, options?: CallOptions): Promise<Upload> {
    return this.#api.call("post", "/v1/media/uploads", { body }, options);
  }

  /** Make a file of the bytes that were PUT to a direct upload's address. */
  completeUpload(id: string, options?: CallOptions): Promise<Media> {
    return this.#api.call("post", "/v1/media/uploads/{id}/complete", { path: { id } }, options);
  }
}
