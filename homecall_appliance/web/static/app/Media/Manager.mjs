/** The camera and the microphone of this phone: as much of them as there is and is allowed. */

const WANTED = {
  audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true },
  video: { facingMode: "user", width: { ideal: 1280 }, height: { ideal: 720 } },
};
const PERMISSIONS = { audio: "microphone", video: "camera" };
const RELEASE = 500; // ms in which the page before, or another program, may let a device go
const RETRY = 5000; // ms between two tries to open a device again
const PATIENCE = 2000; // ms in which the system gives a device back to a page that is visible again

export default class HomeCall_Web_Media_Manager {
  #arrivals;
  #logger;
  #stream = null;
  #generation = 0;
  #enabled = { audio: true, video: true };
  #lost = new Set();
  #retrying = false;
  #timer = null;
  #handlers = null;
  #again = () => this.#lookAgain();

  constructor({ arrivals, logger }) {
    this.#arrivals = arrivals;
    this.#logger = logger;
  }

  /** @returns {MediaStream} the local tracks, none to two */
  get stream() {
    this.#stream ??= new MediaStream();
    return this.#stream;
  }

  /**
   * Ready the devices, asking the person where the browser has to. Never fails: what cannot be had
   * is named. A device that ends later is opened again as soon as it can be.
   * @param {object} handlers
   * @param {(kind: string, why: ?string) => void} handlers.onDevice why a kind is silent from now
   *   on: "muted" by the system, "ended", "denied"; null: it is heard or seen again; "found":
   *   there was no device at first; the call has no sender for the new one
   * @param {(track: MediaStreamTrack) => void} handlers.onTrack takes the place of the former track
   *   of its kind, in the stream already
   * @returns {Promise<{stream: MediaStream, missing: {audio: ?string, video: ?string}}>} for each
   *   kind null, or why it is missing: "denied", "absent", "busy", "muted"; "unsupported", of both:
   *   the browser gives pages no devices
   */
  async prepare(handlers) {
    this.release();
    const generation = this.#generation;
    const missing = { audio: null, video: null };
    const tracks = await this.#open(["audio", "video"], missing);
    if (generation !== this.#generation) {
      for (const track of tracks) track.stop(); // The call ended while the person was asked.
      return { stream: this.stream, missing };
    }
    this.#stream = new MediaStream(tracks);
    this.#handlers = handlers;
    this.#arrivals.expect(Object.keys(missing).filter((kind) => missing[kind] === "absent"));
    for (const track of tracks) {
      this.#watch(track);
      if (track.muted) missing[track.kind] = "muted";
    }
    document.addEventListener("visibilitychange", this.#again);
    navigator.mediaDevices?.addEventListener?.("devicechange", this.#again);
    return { stream: this.stream, missing };
  }

  /**
   * Let a kind of track through or not; the device stays open.
   * @returns {boolean} whether there is such a track
   */
  setEnabled(kind, enabled) {
    this.#enabled[kind] = enabled;
    const tracks = this.stream.getTracks().filter((track) => track.kind === kind);
    for (const track of tracks) track.enabled = enabled;
    return tracks.length > 0;
  }

  /** Stop the tracks of one kind, and forget them. */
  drop(kind) {
    this.#lost.delete(kind);
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
    this.#handlers = null;
    this.#enabled = { audio: true, video: true };
    this.#lost.clear();
    this.#arrivals.expect([]);
    this.#retrying = false;
    clearTimeout(this.#timer);
    document.removeEventListener("visibilitychange", this.#again);
    navigator.mediaDevices?.removeEventListener?.("devicechange", this.#again);
  }

  /** A telephone call, another application or a pulled plug may take a device at any time. */
  #watch(track) {
    const tell = (why) => {
      if (this.stream.getTracks().includes(track)) this.#handlers?.onDevice(track.kind, why);
    };
    track.onmute = () => tell("muted");
    track.onunmute = () => tell(null);
    track.onended = () => {
      tell("ended");
      this.#lose(track);
    };
  }

  /** The track stays in the stream until another takes its place: it has a sender. */
  #lose(track) {
    if (!this.stream.getTracks().includes(track)) return;
    this.#lost.add(track.kind);
    this.#reopen();
  }

  /** The page is visible again, or the devices are others. */
  async #lookAgain() {
    if (document.visibilityState !== "visible") return;
    this.#reopen();
    for (const track of this.stream.getTracks().filter((one) => one.muted)) {
      setTimeout(() => track.muted && this.#lose(track), PATIENCE);
    }
    for (const kind of await this.#arrivals.look()) this.#handlers.onDevice(kind, "found");
  }

  /** Only a visible page may open a device in every browser. */
  async #reopen() {
    clearTimeout(this.#timer);
    if (this.#retrying || document.visibilityState !== "visible") return;
    const generation = this.#generation;
    this.#retrying = true;
    for (const kind of this.#lost) {
      await this.#reopenOne(kind);
      if (generation !== this.#generation) return;
    }
    this.#retrying = false;
    if (this.#lost.size > 0) this.#timer = setTimeout(() => this.#reopen(), RETRY);
  }

  async #reopenOne(kind) {
    const generation = this.#generation;
    const missing = {};
    const [track] = await this.#open([kind], missing);
    if (generation !== this.#generation || !this.#lost.has(kind)) {
      track?.stop();
    } else if (track) {
      this.#replace(track);
    } else if (missing[kind] === "denied") {
      this.#lost.delete(kind);
      this.#handlers.onDevice(kind, "denied");
      await this.#awaitPermission(kind);
    }
  }

  /** Whoever has said no is not asked again and again; who changes his mind need not say more. */
  async #awaitPermission(kind) {
    const generation = this.#generation;
    const permission = await permissionOf(kind);
    if (!permission) return;
    permission.onchange = () => {
      if (generation !== this.#generation || permission.state !== "granted") return;
      this.#lost.add(kind);
      this.#reopen();
    };
  }

  #replace(track) {
    const { kind } = track;
    this.#lost.delete(kind);
    track.enabled = this.#enabled[kind];
    for (const former of this.stream.getTracks().filter((one) => one.kind === kind)) {
      former.stop();
      this.stream.removeTrack(former);
    }
    this.stream.addTrack(track);
    this.#watch(track);
    this.#handlers.onTrack(track);
    this.#handlers.onDevice(kind, track.muted ? "muted" : null);
  }

  async #open(kinds, missing, constraints = wanted(kinds)) {
    try {
      if (!navigator.mediaDevices) throw new DOMException("no mediaDevices", "NotSupportedError");
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
      tracks.push(...(await this.#openPatiently(kind, missing)));
    }
    return tracks;
  }

  /** A page that was just left holds the camera for a moment; some cameras refuse our wishes. */
  async #openPatiently(kind, missing) {
    const tracks = await this.#open([kind], missing);
    if (missing[kind] !== "busy") return tracks;
    await new Promise((resolve) => setTimeout(resolve, RELEASE));
    missing[kind] = null;
    return this.#open([kind], missing, { [kind]: true });
  }
}

function wanted(kinds) {
  return Object.fromEntries(kinds.map((kind) => [kind, WANTED[kind]]));
}

function reason(error) {
  if (error.name === "NotAllowedError" || error.name === "SecurityError") return "denied";
  if (error.name === "NotSupportedError") return "unsupported";
  return error.name === "NotFoundError" ? "absent" : "busy";
}

/** The person has just said no to both; only a device that needs no question is tried. */
async function wouldAskAgain(kind) {
  // Older browsers that do not know these names remember the "no" themselves.
  return (await permissionOf(kind))?.state === "prompt";
}

/** @returns {Promise<?PermissionStatus>} null: the browser does not tell */
async function permissionOf(kind) {
  try {
    return await navigator.permissions.query({ name: PERMISSIONS[kind] });
  } catch {
    return null;
  }
}
