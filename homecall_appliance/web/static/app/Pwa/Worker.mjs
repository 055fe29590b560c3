/**
 * The service worker of the client, by which its page opens where the appliance does not answer.
 * Everything works without it: browsers give none to a page whose certificate they do not trust.
 */
const SCRIPT = "/appliance-worker.js";

export default class HomeCall_Web_Pwa_Worker {
  #logger;

  constructor({ logger }) {
    this.#logger = logger;
  }

  /** Have it from the next visit on. */
  async register() {
    try {
      await navigator.serviceWorker?.register(SCRIPT);
    } catch (error) {
      this.#logger.info(`The page will not open without the appliance (${error.name})`);
    }
  }

  /**
   * Unregister the service workers of other applications, which were served at this address before.
   * @returns {Promise<boolean>} whether this page came through one of them: it should be loaded
   *   again, for its parts may be of the other application
   */
  async retireOthers() {
    try {
      const { serviceWorker } = navigator; // where nothing may be stored, this alone may throw
      const workers = (await serviceWorker?.getRegistrations()) ?? [];
      const others = workers.filter((one) => !isOurs(one.active ?? one.waiting ?? one.installing));
      const gone = await Promise.all(others.map((one) => one.unregister()));
      if (!gone.includes(true)) return false;
      this.#logger.info("Unregistered the service worker of another application");
      return serviceWorker.controller !== null && !isOurs(serviceWorker.controller);
    } catch (error) {
      this.#logger.warn("The service workers could not be looked at", error);
      return false;
    }
  }
}

/** @param {?ServiceWorker} worker */
function isOurs(worker) {
  return worker !== null && new URL(worker.scriptURL).pathname === SCRIPT;
}
