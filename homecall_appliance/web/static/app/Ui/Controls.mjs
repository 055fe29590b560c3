/** The round buttons of a call. */

const BUTTONS = { audio: "mute", video: "camera" };

export default class HomeCall_Web_Ui_Controls {
  /**
   * @param {object} handlers
   * @param {(on: boolean) => void} handlers.onMicrophone
   * @param {(on: boolean) => void} handlers.onCamera
   * @param {() => void} handlers.onFlip
   * @param {() => void} handlers.onHangup
   */
  bind({ onMicrophone, onCamera, onFlip, onHangup }) {
    this.#toggle("audio", onMicrophone);
    this.#toggle("video", onCamera);
    document.getElementById("flip").addEventListener("click", onFlip);
    document.getElementById("hangup").addEventListener("click", onHangup);
  }

  /**
   * Start afresh.
   * @param {{available: string[], off: string[]}} kinds those that there is a device for, and those
   *   that are switched off
   */
  reset({ available, off }) {
    this.setFlippable(false);
    for (const kind of Object.keys(BUTTONS)) {
      const button = buttonOf(kind);
      button.hidden = false;
      button.disabled = !available.includes(kind);
      button.setAttribute("aria-pressed", String(off.includes(kind)));
    }
  }

  /** Take the button of a kind of track away, until the next start. */
  hide(kind) {
    buttonOf(kind).hidden = true;
    if (kind === "video") this.setFlippable(false);
  }

  /** There is a choice of cameras, or none. */
  setFlippable(can) {
    document.getElementById("flip").hidden = !can || buttonOf("video").hidden;
  }

  /**
   * There is a device for a kind of track, or none any more. What the person has switched off stays
   * off.
   * @returns {boolean} whether the track is let through
   */
  setAvailable(kind, available) {
    const button = buttonOf(kind);
    button.disabled = !available;
    return available && button.getAttribute("aria-pressed") !== "true";
  }

  /** "Pressed" means muted, or the camera off, as the button's label says. */
  #toggle(kind, handler) {
    const button = buttonOf(kind);
    button.addEventListener("click", () => {
      const off = button.getAttribute("aria-pressed") !== "true";
      button.setAttribute("aria-pressed", String(off));
      handler(!off);
    });
  }
}

function buttonOf(kind) {
  return document.getElementById(BUTTONS[kind]);
}
