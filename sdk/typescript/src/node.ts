/** What only Node can do: open a file by its path. Imported as `@letmepost/sdk/node`. */

import * as fs from "node:fs";
import { basename } from "node:path";

/** A file that is ready for `media.upload`. */
export interface OpenedFile {
  file: Blob;
  filename: string;
}

/**
 * Open a file for `media.upload`. Its bytes are read while they are sent, and again for each retry;
 * Node before 19.8 reads them all at once.
 */
export async function openFile(path: string): Promise<OpenedFile> {
  // The declarations are those of Node 18, which cannot do this yet.
  const { openAsBlob } = fs as { openAsBlob?: (path: string) => Promise<Blob> };
  const file = openAsBlob
    ? await openAsBlob(path)
    : new Blob([new Uint8Array(await fs.promises.readFile(path))]);
  return { file, filename: basename(path) };
}
