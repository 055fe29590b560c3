/**
 * What the system is told of the page's sound (W3C Audio Session): a call is heard whatever the
 * switch for rings says, and as loud before the microphone opens as after. Safari since 16.4.
 */
export default class HomeCall_Web_Media_AudioSession {
  /** @param {boolean} speaks whether the person has a microphone */
  begin(speaks) {
    this.#become(speaks ? "play-and-record" : "playback");
  }

  end() {
    this.#become("auto");
  }

  #become(type) {
    if (navigator.audioSession) navigator.audioSession.type = type;
  }
}
