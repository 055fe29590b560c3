/** The texts of the page in the language of the person. */
import En from "./En.mjs";
import Ru from "./Ru.mjs";

const CATALOGUES = { en: En, ru: Ru };

export default class HomeCall_Web_I18n_Texts {
  #language = "ru";

  /** @param {"ru"|"en"} language */
  use(language) {
    this.#language = language;
  }

  get language() {
    return this.#language;
  }

  /**
   * @param {string} key
   * @param {Record<string, string|number>} [values] for the {placeholders} of the text
   * @throws {RangeError} where there is no such text
   */
  get(key, values = {}) {
    const text = CATALOGUES[this.#language][key];
    if (text === undefined) throw new RangeError(`no text ${key}`);
    return text.replace(/\{(\w+)\}/g, (_, name) => String(values[name]));
  }
}
