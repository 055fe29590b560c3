/**
 * After an update of the app: no old cache and no stored queue stays behind (protocol.md, section
 * 8.8). Of everything stored only the version is kept; the outbox of a session is in memory. The
 * app has no service worker: one that is there is of another application.
 */

const KEY = "homecall.version";

export default class HomeCall_Web_Pwa_CacheCleaner {
  #logger;
  #loaded = null;

  constructor({ logger }) {
    this.#logger = logger;
  }

  /**
   * Compare the server's version with the stored one, and clean up where it is another.
   * @returns {Promise<boolean>} whether this page itself is older than the server: it should be
   *   loaded again when no call is going on
   */
  async check() {
    const version = await this.#fetchVersion();
    if (!version) return false;
    this.#loaded ??= version;
    try {
      if (localStorage.getItem(KEY) !== version) {
        await drop();
        localStorage.setItem(KEY, version);
        this.#logger.info(`Cleaned up for version ${version}`);
      }
    } catch (error) {
      this.#logger.warn("The browser lets nothing be stored", error);
    }
    return this.#loaded !== version;
  }

  /**
   * Unregister the service workers of other applications, and drop their caches.
   * @returns {Promise<boolean>} whether this page came through one of them: it should be loaded
   *   again, for its modules may be of the other application
   */
  async retireWorkers() {
    try {
      const { serviceWorker } = navigator; // where nothing may be stored, this alone may throw
      const workers = (await serviceWorker?.getRegistrations()) ?? [];
      const gone = await Promise.all(workers.map((worker) => worker.unregister()));
      if (!gone.includes(true)) return false;
      this.#logger.info("Unregistered the service worker of another application");
      await drop();
      return serviceWorker.controller !== null;
    } catch (error) {
      this.#logger.warn("The service workers could not be looked at", error);
      return false;
    }
  }

  async #fetchVersion() {
    try {
      const response = await fetch("version.json", { cache: "no-store" });
      return response.ok ? (await response.json()).version : null;
    } catch (error) {
      this.#logger.warn("The version could not be loaded", error);
      return null;
    }
  }
}

async function drop() {
  localStorage.clear();
  sessionStorage.clear();
  for (const name of (await globalThis.caches?.keys()) ?? []) await caches.delete(name);
  for (const { name } of (await globalThis.indexedDB?.databases?.()) ?? []) {
    indexedDB.deleteDatabase(name);
  }
}
