/** The link of a session: shown, as a QR code too, copied, and given to the share sheet. */
export default class HomeCall_Web_Ui_ShareLink {
  #env;
  #qrCode;
  #texts;
  #toast;
  #logger;

  constructor({ env, qrCode, texts, toast, logger }) {
    this.#env = env;
    this.#qrCode = qrCode;
    this.#texts = texts;
    this.#toast = toast;
    this.#logger = logger;
  }

  /** Make the buttons work. Where the browser has no share sheet there is no button for it. */
  bind() {
    const share = document.getElementById("share");
    share.hidden = !navigator.share;
    share.addEventListener("click", () => this.share());
    document.getElementById("copy").addEventListener("click", () => this.copy());
    this.#field.addEventListener("focus", () => this.#field.select());
  }

  /**
   * @param {string} sessionId
   * @returns {Promise<void>} the code is there, too
   */
  async show(sessionId) {
    const url = this.#env.shareUrl(sessionId);
    this.#field.value = url;
    try {
      const code = await this.#qrCode.draw(url, this.#texts.get("share.qr"));
      if (this.#field.value === url) document.getElementById("qr").replaceChildren(code);
    } catch (error) {
      this.#logger.warn("The code could not be drawn; the link is there", error);
    }
  }

  clear() {
    this.#field.value = "";
    document.getElementById("qr").replaceChildren();
  }

  async share() {
    try {
      // In the text: some messengers take the `text` alone, others would show a `url` twice.
      await navigator.share({ text: `${this.#texts.get("share.message")}\n${this.#field.value}` });
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
