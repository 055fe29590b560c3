/** What else there is in a call: other devices and what they do, other ways to see the picture. */
const SELECTS = { microphone: "microphone", camera: "camera-choice", speaker: "speaker" };

export default class HomeCall_Web_Ui_Menu {
  #devices;
  #handlers;
  #level;
  #torch;

  constructor({ devices, level, torch }) {
    this.#devices = devices;
    this.#level = level;
    this.#torch = torch;
  }

  /**
   * @param {object} handlers
   * @param {(kind: "microphone"|"camera", id: string) => void} handlers.onDevice
   */
  bind(handlers) {
    this.#handlers = handlers;
    const listen = (id, step) => document.getElementById(id).addEventListener("click", step);
    listen("more", () => (this.#panel.hidden ? this.#open() : this.close()));
    listen("menu-close", () => this.close());
    listen("torch", () => this.#light());
    listen("full-screen", () => this.#toggleFullScreen());
    listen("small-picture", () => this.#showSmall());
    document.addEventListener("keydown", ({ key }) => {
      if (key === "Escape" && !this.#panel.hidden) this.close();
    });
    for (const [name, select] of selects()) {
      select.addEventListener("change", () => this.#choose(name, select.value));
    }
    navigator.mediaDevices?.addEventListener?.("devicechange", () => {
      if (!this.#panel.hidden) this.#list();
    });
  }

  close() {
    if (this.#panel.hidden) return;
    this.#panel.hidden = true;
    this.#level.stop();
    const button = document.getElementById("more");
    button.setAttribute("aria-expanded", "false");
    button.focus({ focusVisible: false });
  }

  async #open() {
    const canFill = document.fullscreenEnabled ?? false;
    document.getElementById("full-screen").hidden = !canFill;
    document.getElementById("small-picture").hidden = !(document.pictureInPictureEnabled ?? false);
    await this.#list();
    this.#showTorch();
    this.#panel.hidden = false;
    this.#measure();
    document.getElementById("more").setAttribute("aria-expanded", "true");
    document.getElementById("menu-title").focus({ focusVisible: false });
  }

  /** Only what there is a choice of is shown. */
  async #list() {
    const found = await this.#devices.list();
    for (const [name, select] of selects()) {
      const can = name !== "speaker" || "setSinkId" in document.getElementById("remote-video");
      select.parentElement.hidden = !can || found[name].length < 2;
      const chosen = select.value;
      select.replaceChildren(...found[name].map(({ id, label }) => new Option(label, id)));
      if (found[name].some(({ id }) => id === chosen)) select.value = chosen;
    }
  }

  #measure() {
    const meter = document.getElementById("level");
    meter.value = 0;
    this.#level.start((level) => {
      meter.value = level;
    });
  }

  #showTorch() {
    const button = document.getElementById("torch");
    button.hidden = !this.#torch.isThere;
    button.setAttribute("aria-pressed", String(this.#torch.isOn));
  }

  async #light() {
    await this.#torch.toggle();
    this.#showTorch();
  }

  #choose(name, id) {
    if (name === "speaker") this.#devices.speakBy(document.getElementById("remote-video"), id);
    else this.#handlers.onDevice(name, id);
  }

  async #toggleFullScreen() {
    this.close();
    if (document.fullscreenElement) await document.exitFullscreen();
    else await document.documentElement.requestFullscreen();
  }

  async #showSmall() {
    this.close();
    if (document.pictureInPictureElement) await document.exitPictureInPicture();
    else await document.getElementById("remote-video").requestPictureInPicture();
  }

  get #panel() {
    return document.getElementById("menu");
  }
}

function selects() {
  return Object.entries(SELECTS).map(([name, id]) => [name, document.getElementById(id)]);
}
