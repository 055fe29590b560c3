/** The texts of the page in the language of the person: those that the page came with, at first. */
export default class HomeCall_Web_I18n_Texts {
  #env;
  #catalogue = null;

  constructor({ env }) {
    this.#env = env;
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
   * Go over to the other language, and to keep to it.
   * @returns {Promise<void>} rejects where its texts do not come
   */
  async change() {
    const language = this.other;
    this.#catalogue = await this.#env.texts(language);
    document.documentElement.lang = language;
  }
}
