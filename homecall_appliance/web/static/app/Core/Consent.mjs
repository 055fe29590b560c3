/**
 * The devices of a call, or the person's consent to join without them: a link is taken by a person,
 * not by a preview without devices (protocol.md, section 8.9).
 */

const [WITHOUT, AGAIN] = ["without", "again"];
const ASKING = 2500; // ms without devices, after which the browser is asking the person for them

export default class HomeCall_Web_Core_Consent {
  #devices;
  #env;
  #media;
  #decide = () => {};

  constructor({ devices, env, media }) {
    this.#devices = devices;
    this.#env = env;
    this.#media = media;
  }

  /**
   * @param {boolean} initiator of the session, who takes part without devices unasked
   * @param {object} handlers
   * @param {() => boolean} handlers.isCurrent whether the call has not ended meanwhile
   * @param {(missing: ?object) => void} handlers.onAsking see Call.start()
   * @param {() => void} handlers.onGiven there is nothing to decide: the devices are opened, but
   *   the link can be taken already
   * @param {(kind: string, why: ?string) => void} handlers.onDevice see Media.prepare()
   * @param {(track: MediaStreamTrack) => void} handlers.onTrack see Media.prepare()
   * @returns {Promise<object>} the result of Media.prepare(); `asked`: the person has decided
   */
  async prepare(initiator, { isCurrent, onAsking, onGiven, onDevice, onTrack }) {
    const takesPart = initiator || this.#env.returns;
    this.#areGiven().then((given) => given && isCurrent() && onGiven());
    for (;;) {
      const decided = new Promise((resolve) => {
        this.#decide = resolve;
      });
      const late = setTimeout(() => {
        if (isCurrent()) onAsking(null);
      }, ASKING);
      const devices = this.#media.prepare({ onDevice, onTrack });
      const prepared = await Promise.race([devices, decided]);
      clearTimeout(late);
      if (prepared === WITHOUT) {
        this.#media.release(); // an answer to the browser comes too late now
        const missing = { audio: "denied", video: "denied" };
        return { stream: this.#media.stream, missing, asked: true };
      }
      const hasDevices = prepared.stream.getTracks().length > 0;
      if (takesPart || hasDevices || !isCurrent()) return prepared;
      onAsking(prepared.missing);
      if ((await decided) === WITHOUT) return { ...prepared, asked: true };
      onAsking(null);
    }
  }

  /**
   * Whether the person gave this page a microphone and a camera before, and they are there: then
   * alone does a browser name both (W3C Media Capture and Streams, section 9.2).
   */
  async #areGiven() {
    const { camera, microphone } = await this.#devices.list();
    return camera.length > 0 && microphone.length > 0;
  }

  /** The person joins without camera and microphone: what `onAsking` asked. */
  joinWithout() {
    this.#decide(WITHOUT);
  }

  /** The person wants the browser to ask once more; not while it does. */
  askAgain() {
    this.#decide(AGAIN);
  }
}
