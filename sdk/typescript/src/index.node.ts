/** The entry for Node: the same as everywhere, with WebCrypto where Node 18 keeps it. */

import { webcrypto } from "node:crypto";

import { provideWebCrypto } from "./webcrypto.js";

provideWebCrypto(webcrypto as Crypto);

export * from "./index.js";
