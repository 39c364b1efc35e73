/** Lists that come in pages: the first page when it is awaited, everything when it is looped over. */

/** One page, as the API answers it. */
export interface Page {
  data: readonly unknown[];
  nextCursor: string | null;
}

/**
 * A list. `await` gives its first page; `for await` gives every entry of every page, and `pages()`
 * every page. Nothing is asked before one of them.
 */
export class Paged<P extends Page> implements Promise<P>, AsyncIterable<P["data"][number]> {
  readonly #read: (cursor?: string) => Promise<P>;
  #first: Promise<P> | undefined;

  constructor(read: (cursor?: string) => Promise<P>) {
    this.#read = read;
  }

  get [Symbol.toStringTag](): string {
    return "Paged";
  }

  /** Every page, each asked for when the one before it is used up. */
  async *pages(): AsyncGenerator<P, void, undefined> {
    let page = await this.#read();
    yield page;
    while (page.nextCursor !== null) {
      page = await this.#read(page.nextCursor);
      yield page;
    }
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<P["data"][number], void, undefined> {
    for await (const page of this.pages()) {
      yield* page.data as Iterable<Awaited<P["data"][number]>>;
    }
  }

  then<Kept = P, Caught = never>(
    kept?: ((page: P) => Kept | PromiseLike<Kept>) | null,
    caught?: ((reason: unknown) => Caught | PromiseLike<Caught>) | null,
  ): Promise<Kept | Caught> {
    this.#first ??= this.#read();
    return this.#first.then(kept, caught);
  }

  catch<Caught = never>(
    caught?: ((reason: unknown) => Caught | PromiseLike<Caught>) | null,
  ): Promise<P | Caught> {
    return this.then(undefined, caught);
  }

  finally(ended?: (() => void) | null): Promise<P> {
    return this.then().finally(ended);
  }
}
