/** The camera and the microphone of this phone: as much of them as there is and is allowed. */

const RETRY = 5000; // ms between two tries to open a device again
const BLACK = 1000; // ms in which the other side gets a black picture, before the camera is free
const REFUSALS = ["denied", "blocked", "system"];
const PATIENCE = 2000; // ms in which the system gives a device back to a page that is visible again

export default class HomeCall_Web_Media_Manager {
  #arrivals;
  #opener;
  #stream = null;
  #generation = 0;
  #enabled = { audio: true, video: true };
  #lost = new Set();
  #retrying = false;
  #timer = null;
  #parking = null; // timer
  #parked = false; // the camera is off, and free for others
  #handlers = null;
  #again = () => this.#lookAgain();

  constructor({ arrivals, opener }) {
    this.#arrivals = arrivals;
    this.#opener = opener;
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
   *   on: "muted" by the system, "ended", refused; null: it is heard or seen again; "found": there
   *   was no device at first; the call has no sender for the new one
   * @param {(track: MediaStreamTrack) => void} handlers.onTrack takes the place of the former track
   *   of its kind, in the stream already
   * @returns {Promise<{stream: MediaStream, missing: {audio: ?string, video: ?string}}>} for each
   *   kind null, or why it is missing: "muted", or as Opener.open() tells
   */
  async prepare(handlers) {
    this.release();
    const generation = this.#generation;
    const missing = { audio: null, video: null };
    const tracks = await this.#opener.open(["audio", "video"], missing);
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
   * Let a kind of track through or not. A microphone stays open; a camera that is off is free for
   * others, and its light goes out.
   */
  setEnabled(kind, enabled) {
    this.#enabled[kind] = enabled;
    for (const track of this.#tracks(kind)) track.enabled = enabled;
    if (kind !== "video") return;
    clearTimeout(this.#parking);
    if (!enabled) this.#parking = setTimeout(() => this.#park(), BLACK);
    else if (this.#parked) this.#unpark();
  }

  /**
   * Take another device of a kind.
   * @param {"audio"|"video"} kind
   * @param {MediaTrackConstraints} wish such as its `deviceId`, or the `facingMode` of a camera
   */
  async change(kind, wish) {
    this.#opener.choose(kind, wish);
    if (this.#tracks(kind).length === 0 || (kind === "video" && this.#parked)) return;
    // A telephone has one camera open at a time.
    this.#stop(kind);
    await this.#openAnew(kind);
  }

  /** Take the camera on the other side of the telephone, or the one before again. */
  async flip() {
    const [track] = this.#tracks("video");
    const isBack = track?.getSettings().facingMode === "environment";
    await this.change("video", { facingMode: isBack ? "user" : "environment" });
  }

  /** Stop the tracks of one kind, and forget them. */
  drop(kind) {
    this.#lost.delete(kind);
    for (const track of this.#tracks(kind)) {
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
    clearTimeout(this.#parking);
    this.#parked = false;
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
    const [track] = await this.#opener.open([kind], missing);
    if (generation !== this.#generation || !this.#lost.has(kind)) {
      track?.stop();
    } else if (track) {
      this.#replace(track);
      this.#handlers.onDevice(kind, track.muted ? "muted" : null);
    } else if (REFUSALS.includes(missing[kind])) {
      this.#lost.delete(kind);
      this.#handlers.onDevice(kind, missing[kind]);
      await this.#awaitPermission(kind);
    }
  }

  /** Whoever has said no is not asked again and again; who changes his mind need not say more. */
  async #awaitPermission(kind) {
    const generation = this.#generation;
    const permission = await this.#opener.permission(kind);
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
    for (const former of this.#tracks(kind)) {
      former.stop();
      this.stream.removeTrack(former);
    }
    this.stream.addTrack(track);
    this.#watch(track);
    this.#handlers.onTrack(track);
  }

  #tracks(kind) {
    return this.stream.getTracks().filter((track) => track.kind === kind);
  }

  /** Let a device go, of which nobody need be told. Its track keeps its place in the stream. */
  #stop(kind) {
    for (const track of this.#tracks(kind)) {
      track.onended = null;
      track.stop();
    }
  }

  #park() {
    this.#parked = true;
    this.#stop("video");
  }

  async #unpark() {
    this.#parked = false;
    await this.#openAnew("video");
  }

  /** Open what the person has asked for, or else say so and go on trying. */
  async #openAnew(kind) {
    const generation = this.#generation;
    const missing = {};
    const [track] = await this.#opener.open([kind], missing);
    if (generation !== this.#generation) {
      track?.stop();
    } else if (track) {
      this.#replace(track);
    } else {
      this.#opener.choose(kind, null);
      this.#handlers.onDevice(kind, "ended");
      this.#lost.add(kind);
      this.#reopen();
    }
  }
}
