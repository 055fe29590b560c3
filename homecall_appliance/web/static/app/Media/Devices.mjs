/** What devices there are to choose from, and the one that sound comes out of. */
const KINDS = { microphone: "audioinput", camera: "videoinput", speaker: "audiooutput" };

export default class HomeCall_Web_Media_Devices {
  #logger;

  constructor({ logger }) {
    this.#logger = logger;
  }

  /**
   * @returns {Promise<Record<"microphone"|"camera"|"speaker", {id: string, label: string}[]>>}
   *   those that the browser names, once the person has allowed one; empty where it names none
   */
  async list() {
    const all = await this.#all();
    const named = all.filter(({ deviceId, label }) => deviceId && label);
    const list = (kind) =>
      named
        .filter((one) => one.kind === kind)
        .map(({ deviceId, label }) => ({ id: deviceId, label }));
    return Object.fromEntries(Object.entries(KINDS).map(([name, kind]) => [name, list(kind)]));
  }

  /**
   * Let sound come out of a loudspeaker (W3C Audio Output Devices), where the browser can.
   * @param {HTMLMediaElement} element
   * @param {string} id
   */
  async speakBy(element, id) {
    try {
      await element.setSinkId(id);
    } catch (error) {
      this.#logger.warn("The loudspeaker cannot be used", error);
    }
  }

  async #all() {
    try {
      return await navigator.mediaDevices.enumerateDevices();
    } catch {
      return []; // a browser without devices
    }
  }
}
