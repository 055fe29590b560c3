/** Opens camera and microphone as the person wants them, and says why one cannot be had. */
const WANTED = {
  audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true },
  video: { facingMode: "user", width: { ideal: 1280 }, height: { ideal: 720 } },
};
const PERMISSIONS = { audio: "microphone", video: "camera" };
const RELEASE = 500; // ms in which the page before, or another program, may let a device go

export default class HomeCall_Web_Media_Opener {
  #logger;
  #wanted = { ...WANTED };

  constructor({ logger }) {
    this.#logger = logger;
  }

  /**
   * @param {"audio"|"video"} kind
   * @param {?MediaTrackConstraints} wish in place of the usual ones of the same name; null: none
   */
  choose(kind, wish) {
    this.#wanted[kind] = { ...WANTED[kind], ...wish };
    if (wish?.deviceId) delete this.#wanted[kind].facingMode;
  }

  /**
   * @param {string[]} kinds
   * @param {Record<string, ?string>} missing is told of each kind why it cannot be had: "denied"
   *   by the person; "blocked" for this page, of which the browser does not ask any more, or by the
   *   "system" for the whole browser; "absent", "busy", "unsupported"
   * @returns {Promise<MediaStreamTrack[]>}
   */
  async open(kinds, missing) {
    const { tracks, error } = await this.#ask(kinds, missing, this.#constraints(kinds));
    return error && kinds.length > 1 ? this.#openEach(kinds, missing, error) : tracks;
  }

  /** @returns {Promise<?PermissionStatus>} of a kind of device; null: the browser does not tell */
  async permission(kind) {
    try {
      return await navigator.permissions.query({ name: PERMISSIONS[kind] });
    } catch {
      return null;
    }
  }

  async #ask(kinds, missing, constraints) {
    try {
      if (!navigator.mediaDevices) throw new DOMException("no mediaDevices", "NotSupportedError");
      const stream = await navigator.mediaDevices.getUserMedia(constraints);
      return { tracks: stream.getTracks(), error: null };
    } catch (error) {
      this.#logger.warn(`Not available: ${kinds.join(" and ")}`, error);
      for (const kind of kinds) missing[kind] = await this.#reason(kind, error);
      return { tracks: [], error };
    }
  }

  /** One device may be missing or forbidden while the other works. */
  async #openEach(kinds, missing, error) {
    const opened = [];
    for (const kind of kinds) {
      if (error.name === "NotAllowedError" && (await this.#wouldAskAgain(kind))) continue;
      missing[kind] = null;
      opened.push(...(await this.#openPatiently(kind, missing)));
    }
    return opened;
  }

  /** A page that was just left holds the camera for a moment; some cameras refuse our wishes. */
  async #openPatiently(kind, missing) {
    const { tracks } = await this.#ask([kind], missing, this.#constraints([kind]));
    if (missing[kind] !== "busy") return tracks;
    await new Promise((resolve) => setTimeout(resolve, RELEASE));
    missing[kind] = null;
    return (await this.#ask([kind], missing, { [kind]: true })).tracks;
  }

  /** The person has just said no to both; only a device that needs no question is tried. */
  async #wouldAskAgain(kind) {
    // Older browsers that do not know these names remember the "no" themselves.
    return (await this.permission(kind))?.state === "prompt";
  }

  async #reason(kind, error) {
    const why = reason(error);
    if (why !== "denied") return why;
    if (/system/i.test(error.message)) return "system"; // Chromium
    return (await this.permission(kind))?.state === "denied" ? "blocked" : why;
  }

  #constraints(kinds) {
    return Object.fromEntries(kinds.map((kind) => [kind, this.#wanted[kind]]));
  }
}

function reason(error) {
  if (error.name === "NotAllowedError" || error.name === "SecurityError") return "denied";
  if (error.name === "NotSupportedError") return "unsupported";
  return error.name === "NotFoundError" ? "absent" : "busy";
}
