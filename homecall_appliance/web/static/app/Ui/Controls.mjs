/** The round buttons of a call. */
export default class HomeCall_Web_Ui_Controls {
  /**
   * @param {object} handlers
   * @param {(on: boolean) => void} handlers.onMicrophone
   * @param {(on: boolean) => void} handlers.onCamera
   * @param {() => void} handlers.onHangup
   */
  bind({ onMicrophone, onCamera, onHangup }) {
    this.#toggle("mute", onMicrophone);
    this.#toggle("camera", onCamera);
    document.getElementById("hangup").addEventListener("click", onHangup);
  }

  /** Start afresh: nothing is pressed, and what there is no device for cannot be. */
  reset({ microphone, camera }) {
    for (const [id, available] of [["mute", microphone], ["camera", camera]]) {
      const button = document.getElementById(id);
      button.hidden = false;
      button.disabled = !available;
      button.setAttribute("aria-pressed", "false");
    }
  }

  /** Take the button of a kind of track away, until the next start. */
  hide(kind) {
    buttonOf(kind).hidden = true;
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
  #toggle(id, handler) {
    const button = document.getElementById(id);
    button.addEventListener("click", () => {
      const off = button.getAttribute("aria-pressed") !== "true";
      button.setAttribute("aria-pressed", String(off));
      handler(!off);
    });
  }
}

function buttonOf(kind) {
  return document.getElementById(kind === "video" ? "camera" : "mute");
}
