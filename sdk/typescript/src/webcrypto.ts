/** The WebCrypto of this runtime. Node 18 has it in a module only, and `index.node` gives it. */

let provided: Crypto | undefined;

/** Give the WebCrypto of a runtime that has no global one. */
export function provideWebCrypto(crypto: Crypto): void {
  provided = crypto;
}

/** The global WebCrypto, or the one that was given. */
export function webCrypto(): Crypto {
  const crypto = provided ?? globalThis.crypto;
  if (crypto?.subtle === undefined) {
    throw new TypeError("This runtime has no WebCrypto; a browser has it on https pages only.");
  }
  return crypto;
}
