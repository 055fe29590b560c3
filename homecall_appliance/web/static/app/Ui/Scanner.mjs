/**
 * Scans the code on the appliance's screen in an installed application, from which a telephone's
 * own camera would lead into the browser. Where the browser detects codes (WICG Shape Detection).
 */
const LOOK = 200; // ms between two looks at the picture
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export default class HomeCall_Web_Ui_Scanner {
  #logger;
  #looking = null;
  #stream = null;
  #texts;
  #toast;

  constructor({ logger, texts, toast }) {
    this.#logger = logger;
    this.#texts = texts;
    this.#toast = toast;
  }

  /** Show the button for it, where it is of use. */
  async bind() {
    if (!isInstalled()) return;
    this.#button.addEventListener("click", () => this.#open());
    document.getElementById("scanner-close").addEventListener("click", () => this.#close());
    const formats = await globalThis.BarcodeDetector?.getSupportedFormats();
    this.#button.hidden = !formats?.includes("qr_code");
  }

  async #open() {
    try {
      const video = { facingMode: "environment" };
      this.#stream = await navigator.mediaDevices.getUserMedia({ video });
    } catch (error) {
      this.#logger.warn("The camera cannot be used for a code", error);
      this.#toast.alert(this.#texts.get("scanner.failed"));
      return;
    }
    const video = document.getElementById("scanner-video");
    video.srcObject = this.#stream;
    document.getElementById("scanner").hidden = false;
    document.getElementById("scanner-title").focus({ focusVisible: false });
    const detector = new globalThis.BarcodeDetector({ formats: ["qr_code"] });
    this.#looking = setInterval(() => this.#look(detector, video), LOOK);
  }

  async #look(detector, video) {
    let codes;
    try {
      codes = await detector.detect(video);
    } catch {
      return; // the camera has given no picture yet
    }
    const link = codes.map(({ rawValue }) => linkIn(rawValue)).find(Boolean);
    if (!link || !this.#stream) return;
    this.#close();
    location.assign(link);
  }

  #close() {
    clearInterval(this.#looking);
    for (const track of this.#stream?.getTracks() ?? []) track.stop();
    this.#stream = null;
    document.getElementById("scanner-video").srcObject = null;
    document.getElementById("scanner").hidden = true;
    this.#button.focus({ focusVisible: false });
  }

  get #button() {
    return document.getElementById("scan");
  }
}

function isInstalled() {
  return globalThis.matchMedia("(display-mode: standalone)").matches;
}

/** @returns {?string} the link of a call that a code has; null: it is another code */
function linkIn(text) {
  try {
    const { href, protocol, pathname, searchParams } = new URL(text);
    const isLink = protocol === "https:" && pathname === "/";
    return isLink && UUID.test(searchParams.get("session")) ? href : null;
  } catch {
    return null;
  }
}
