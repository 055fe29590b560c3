/** The link of a session: shown, as a QR code too, copied, and given to the share sheet. */
export const __deps__ = {
  env: "HomeCall_Web_Env_Provider$",
  qrCode: "HomeCall_Web_Ui_QrCode$",
  texts: "HomeCall_Web_I18n_Texts$",
  toast: "HomeCall_Web_Ui_Toast$",
};

export default class HomeCall_Web_Ui_ShareLink {
  #env;
  #qrCode;
  #texts;
  #toast;

  constructor({ env, qrCode, texts, toast }) {
    this.#env = env;
    this.#qrCode = qrCode;
    this.#texts = texts;
    this.#toast = toast;
  }

  /** Make the buttons work. Where the browser has no share sheet there is no button for it. */
  bind() {
    const share = document.getElementById("share");
    share.hidden = !navigator.share;
    share.addEventListener("click", () => this.share());
    document.getElementById("copy").addEventListener("click", () => this.copy());
    this.#field.addEventListener("focus", () => this.#field.select());
  }

  /** @param {string} sessionId */
  show(sessionId) {
    const url = this.#env.shareUrl(sessionId);
    this.#field.value = url;
    const label = this.#texts.get("share.qr");
    document.getElementById("qr").replaceChildren(this.#qrCode.draw(url, label));
  }

  clear() {
    this.#field.value = "";
    document.getElementById("qr").replaceChildren();
  }

  async share() {
    try {
      await navigator.share({ text: this.#texts.get("share.message"), url: this.#field.value });
    } catch (error) {
      // AbortError: the person closed the sheet, which is no fault.
      if (error.name !== "AbortError") await this.copy();
    }
  }

  async copy() {
    try {
      await navigator.clipboard.writeText(this.#field.value);
      this.#toast.info(this.#texts.get("share.copied"));
    } catch {
      this.#field.focus();
      this.#field.select();
      this.#toast.info(this.#texts.get("share.select"));
    }
  }

  get #field() {
    return document.getElementById("share-link");
  }
}
