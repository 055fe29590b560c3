/** Keeps the screen on during a call (W3C Screen Wake Lock), where the browser can. */
export default class HomeCall_Web_Ui_WakeLock {
  #logger;
  #wanted = false;
  #lock = null;
  #again = () => this.#request();

  constructor({ logger }) {
    this.#logger = logger;
  }

  async acquire() {
    this.#wanted = true;
    // The browser drops the lock whenever the page is hidden.
    document.addEventListener("visibilitychange", this.#again);
    await this.#request();
  }

  async release() {
    this.#wanted = false;
    document.removeEventListener("visibilitychange", this.#again);
    const lock = this.#lock;
    this.#lock = null;
    await lock?.release();
  }

  async #request() {
    if (!navigator.wakeLock || document.visibilityState !== "visible") return;
    try {
      const lock = await navigator.wakeLock.request("screen");
      if (this.#wanted) this.#lock = lock;
      else await lock.release();
    } catch (error) {
      this.#logger.info(`The screen may go dark during the call (${error.name})`);
    }
  }
}
