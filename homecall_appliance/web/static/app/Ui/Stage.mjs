/** The two pictures of a call: the other side's, and the person's own. */

const MOST_CROPPED = 0.5; // of the picture's longer side; beyond that all of it is shown
const PAUSE = 500; // ms after which a picture that the system has paused is started again
const LOOK = 1000; // ms between two looks whether the other side's picture moves
const STILL = 5; // so many looks without a new picture: a camera in the dark gives one a second

export default class HomeCall_Web_Ui_Stage {
  #ambient;
  #logger;
  #chosen = null;
  #looking = null;
  #awaited = false;
  #still = 0;

  constructor({ ambient, logger }) {
    this.#ambient = ambient;
    this.#logger = logger;
  }

  bind() {
    const remote = this.#remote;
    this.#hear.addEventListener("click", () => this.#hearNow());
    remote.addEventListener("resize", () => this.#fit());
    remote.addEventListener("click", () => this.#toggleFit());
    globalThis.addEventListener("resize", () => this.#fit());
    // iOS pauses pictures in the background, other systems when they like: none starts them again.
    document.addEventListener("visibilitychange", () => this.#playOn());
    for (const video of [remote, this.#local]) {
      video.addEventListener("pause", () => setTimeout(() => this.#playOn(), PAUSE));
    }
  }

  /** @param {MediaStream} stream the person's own tracks */
  showLocal(stream) {
    this.#local.srcObject = stream;
    document.getElementById("local").hidden = false;
    this.setCameraOn(stream.getVideoTracks().length > 0);
  }

  /** Nobody is shown the own picture. */
  hideLocal() {
    document.getElementById("local").hidden = true;
  }

  /** Show the own picture, or the placeholder. */
  setCameraOn(on) {
    document.getElementById("local").toggleAttribute("data-off", !on);
  }

  /** @param {MediaStream} stream the other side's tracks; call it again when one is added */
  showRemote(stream) {
    if (this.#remote.srcObject !== stream) this.#remote.srcObject = stream;
    const hasVideo = stream.getVideoTracks().length > 0;
    this.#toggleRemote(hasVideo);
    if (hasVideo && !this.#looking) this.#watch();
    this.#play();
  }

  clear() {
    for (const video of [this.#local, this.#remote]) {
      video.pause();
      video.srcObject = null;
    }
    this.#remote.muted = false;
    this.#hear.hidden = true;
    this.#chosen = null;
    clearInterval(this.#looking);
    this.#looking = null;
    this.#still = 0;
    this.#ambient.stop();
    this.#toggleRemote(false);
    this.setCameraOn(true);
  }

  /** Sound needs a tap in some browsers: until it comes the picture moves without it. */
  async #play() {
    const remote = this.#remote;
    try {
      await remote.play();
    } catch (error) {
      // AbortError: another stream came meanwhile, whose own play() decides.
      if (error.name !== "NotAllowedError" || remote.muted) return;
      remote.muted = true;
      this.#hear.hidden = false;
      await this.#play();
    }
  }

  /** Without a tap nothing plays in a phone that saves power, not even the own picture. */
  #hearNow() {
    this.#hear.hidden = true;
    this.#remote.muted = false;
    this.#play();
    this.#playOwn();
  }

  #playOn() {
    if (document.visibilityState !== "visible") return;
    if (this.#remote.srcObject) this.#play();
    if (this.#local.srcObject) this.#playOwn();
  }

  async #playOwn() {
    try {
      await this.#local.play();
    } catch (error) {
      this.#logger.info(`The own picture stands still (${error.name})`);
    }
  }

  /**
   * A picture that has stopped looks like one of a room where nothing happens: it is said. No event
   * tells of it. Without a connection there is none, and that is said already.
   */
  #watch() {
    if (!this.#remote.requestVideoFrameCallback) return; // Firefox before 132, Safari before 15.4
    this.#awaitPicture();
    this.#looking = setInterval(() => this.#look(), LOOK);
  }

  #awaitPicture() {
    this.#awaited = true;
    this.#remote.requestVideoFrameCallback(() => {
      this.#awaited = false;
    });
  }

  #look() {
    const shown = document.visibilityState === "visible" && !this.#remote.paused;
    const live = document.getElementById("app").dataset.phase === "live";
    this.#still = this.#awaited && shown && live ? this.#still + 1 : 0;
    if (this.#still === STILL) this.#toggleRemote(false);
    if (this.#awaited) return;
    this.#toggleRemote(true);
    this.#awaitPicture();
  }

  #toggleRemote(hasVideo) {
    document.getElementById("stage").toggleAttribute("data-picture", hasVideo);
  }

  #toggleFit() {
    this.#chosen = this.#remote.dataset.fit === "cover" ? "contain" : "cover";
    this.#fit();
  }

  #fit() {
    const { videoWidth, videoHeight, clientWidth, clientHeight } = this.#remote;
    if (!videoWidth || !clientHeight) return;
    const ratio = videoWidth / videoHeight / (clientWidth / clientHeight);
    const cropped = 1 - Math.min(ratio, 1 / ratio);
    const fit = this.#chosen ?? (cropped > MOST_CROPPED ? "contain" : "cover");
    this.#remote.dataset.fit = fit;
    if (fit === "contain") this.#ambient.start(this.#remote, document.getElementById("ambient"));
    else this.#ambient.stop();
  }

  get #remote() {
    return document.getElementById("remote-video");
  }

  get #local() {
    return document.getElementById("local-video");
  }

  get #hear() {
    return document.getElementById("hear");
  }
}
