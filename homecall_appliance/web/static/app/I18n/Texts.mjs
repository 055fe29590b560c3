/** The texts of the page in the language of the person: those that the page came with, at first. */

const YEAR = 31_536_000; // s

export default class HomeCall_Web_I18n_Texts {
  #server;
  #catalogue = null;

  constructor({ server }) {
    this.#server = server;
  }

  /** @returns {"ru"|"en"} */
  get language() {
    return document.documentElement.lang;
  }

  /** The one language beside that of the page. */
  get other() {
    return this.language === "ru" ? "en" : "ru";
  }

  /**
   * @param {string} key
   * @param {Record<string, string|number>} [values] for the {placeholders} of the text
   * @throws {RangeError} where there is no such text
   */
  get(key, values = {}) {
    this.#catalogue ??= JSON.parse(document.getElementById("texts").textContent);
    const text = this.#catalogue[key];
    if (text === undefined) throw new RangeError(`no text ${key}`);
    return text.replace(/\{(\w+)\}/g, (_, name) => String(values[name]));
  }

  /**
   * Go over to the other language. The page comes in it from now on.
   * @returns {Promise<void>} rejects where its texts do not come
   */
  async change() {
    const language = this.other;
    this.#catalogue = await this.#server.texts(language);
    document.documentElement.lang = language;
    document.cookie = `language=${language}; Max-Age=${YEAR}; Path=/; SameSite=Strict; Secure`;
  }
}
