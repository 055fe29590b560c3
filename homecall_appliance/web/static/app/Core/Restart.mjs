/** Whether the appliance was started anew a moment ago: no session survives it (section 5). */

const RECENT = 30_000; // ms in which a call with an appliance that is started anew breaks off

export default class HomeCall_Web_Core_Restart {
  #env;
  #server;
  #run = null; // of the appliance
  #seenAt = -Infinity; // ms

  constructor({ env, server }) {
    this.#env = env;
    this.#server = server;
  }

  /** A call begins, with the appliance as the page has found it. */
  begin() {
    this.#run = this.#env.run;
    this.#seenAt = -Infinity;
  }

  /** Signaling was lost and is back: ask whether it is the same run of the appliance. */
  async look() {
    const run = await this.#server.run();
    if (!run) return;
    if (this.#run && this.#run !== run) this.#seenAt = performance.now();
    this.#run = run;
  }

  get isRecent() {
    return performance.now() - this.#seenAt < RECENT;
  }
}
