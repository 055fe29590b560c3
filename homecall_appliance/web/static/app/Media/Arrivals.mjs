/** Devices that were missing when the call began, and are plugged in later. */
export default class HomeCall_Web_Media_Arrivals {
  #awaited = new Set();

  /** @param {string[]} kinds of track that there is no device for, in place of those before */
  expect(kinds) {
    this.#awaited = new Set(kinds);
  }

  /** @returns {Promise<string[]>} those that there is a device for now; each is named once */
  async look() {
    const awaited = this.#awaited;
    if (awaited.size === 0) return [];
    const devices = await navigator.mediaDevices.enumerateDevices();
    if (awaited !== this.#awaited) return [];
    const come = [...awaited].filter((kind) => devices.some((one) => one.kind === `${kind}input`));
    for (const kind of come) awaited.delete(kind);
    return come;
  }
}
