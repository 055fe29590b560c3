/** The light beside the camera, where a page may switch it (W3C MediaStream Image Capture). */
export default class HomeCall_Web_Media_Torch {
  #logger;
  #media;

  constructor({ logger, media }) {
    this.#logger = logger;
    this.#media = media;
  }

  /** Whether the camera of now has one. */
  get isThere() {
    return Boolean(this.#track?.getCapabilities?.().torch);
  }

  /** Whether it is on. Another camera begins without. */
  get isOn() {
    return Boolean(this.#track?.getSettings().torch);
  }

  async toggle() {
    try {
      await this.#track.applyConstraints({ advanced: [{ torch: !this.isOn }] });
    } catch (error) {
      this.#logger.warn("The light cannot be switched", error);
    }
  }

  get #track() {
    return this.#media.stream.getVideoTracks()[0];
  }
}
