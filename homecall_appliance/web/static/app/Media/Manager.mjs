/** The camera and the microphone of this phone: as much of them as there is and is allowed. */
export const __deps__ = { logger: "HomeCall_Web_Shared_Logger$" };

const WANTED = {
  audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true },
  video: { facingMode: "user", width: { ideal: 1280 }, height: { ideal: 720 } },
};
const PERMISSIONS = { audio: "microphone", video: "camera" };

export default class HomeCall_Web_Media_Manager {
  #logger;
  #stream = null;
  #generation = 0;

  constructor({ logger }) {
    this.#logger = logger;
  }

  /** @returns {MediaStream} the local tracks, none to two */
  get stream() {
    this.#stream ??= new MediaStream();
    return this.#stream;
  }

  /**
   * Ready the devices, asking the person where the browser has to. Never fails: what cannot be had
   * is named.
   * @returns {Promise<{stream: MediaStream, missing: {audio: ?string, video: ?string}}>} for each
   *   kind null, or why it is missing: "denied", "absent", "busy"
   */
  async prepare() {
    this.release();
    const generation = this.#generation;
    const missing = { audio: null, video: null };
    const tracks = await this.#open(["audio", "video"], missing);
    if (generation === this.#generation) this.#stream = new MediaStream(tracks);
    else for (const track of tracks) track.stop(); // The call ended while the person was asked.
    return { stream: this.stream, missing };
  }

  /**
   * Let a kind of track through or not; the device stays open.
   * @returns {boolean} whether there is such a track
   */
  setEnabled(kind, enabled) {
    const tracks = this.stream.getTracks().filter((track) => track.kind === kind);
    for (const track of tracks) track.enabled = enabled;
    return tracks.length > 0;
  }

  /** Stop the tracks of one kind, and forget them. */
  drop(kind) {
    for (const track of this.stream.getTracks()) {
      if (track.kind !== kind) continue;
      track.stop();
      this.stream.removeTrack(track);
    }
  }

  /** Stop the tracks: camera and microphone are free, their lights go out. */
  release() {
    this.#generation += 1;
    for (const track of this.#stream?.getTracks() ?? []) track.stop();
    this.#stream = null;
  }

  async #open(kinds, missing) {
    const constraints = Object.fromEntries(kinds.map((kind) => [kind, WANTED[kind]]));
    try {
      if (!navigator.mediaDevices) throw new DOMException("no mediaDevices", "NotFoundError");
      const stream = await navigator.mediaDevices.getUserMedia(constraints);
      return stream.getTracks();
    } catch (error) {
      this.#logger.warn(`Not available: ${kinds.join(" and ")}`, error);
      for (const kind of kinds) missing[kind] = reason(error);
      return kinds.length > 1 ? this.#openEach(kinds, missing, error) : [];
    }
  }

  /** One device may be missing or forbidden while the other works. */
  async #openEach(kinds, missing, error) {
    const tracks = [];
    for (const kind of kinds) {
      if (error.name === "NotAllowedError" && (await wouldAskAgain(kind))) continue;
      missing[kind] = null;
      tracks.push(...(await this.#open([kind], missing)));
    }
    return tracks;
  }
}

function reason(error) {
  if (error.name === "NotAllowedError" || error.name === "SecurityError") return "denied";
  return error.name === "NotFoundError" ? "absent" : "busy";
}

/** The person has just said no to both; only a device that needs no question is tried. */
async function wouldAskAgain(kind) {
  try {
    const { state } = await navigator.permissions.query({ name: PERMISSIONS[kind] });
    return state === "prompt";
  } catch {
    return false; // Older browsers do not know these names; they remember the "no" themselves.
  }
}
