/**
 * Nothing stays behind of an earlier version, nor of another application that was served at this
 * address before: no old cache and no stored queue (protocol.md, section 8.8). The client itself
 * stores nothing but its own files, see appliance-worker.js; the outbox of a session is in memory.
 */
const OURS = /^appliance-/;

export default class HomeCall_Web_Pwa_CacheCleaner {
  #env;
  #logger;
  #server;

  constructor({ env, logger, server }) {
    this.#env = env;
    this.#server = server;
    this.#logger = logger;
  }

  /** Drop all that is stored, but for the client's own files. */
  async clean() {
    try {
      localStorage.clear();
      sessionStorage.clear();
      const names = (await globalThis.caches?.keys()) ?? [];
      for (const name of names.filter((one) => !OURS.test(one))) await caches.delete(name);
      for (const { name } of (await globalThis.indexedDB?.databases?.()) ?? []) {
        indexedDB.deleteDatabase(name);
      }
    } catch (error) {
      this.#logger.warn("The browser lets nothing be stored", error);
    }
  }

  /** @returns {Promise<boolean>} whether the server has another version than this page is of */
  async isOutdated() {
    const [mine, current] = [this.#env.version, await this.#server.version()];
    return mine !== null && current !== null && current !== mine;
  }
}
