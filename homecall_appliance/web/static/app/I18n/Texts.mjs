/** The texts of the page in the language of the person. */
export const __deps__ = { ru: "HomeCall_Web_I18n_Ru", en: "HomeCall_Web_I18n_En" };

export default class HomeCall_Web_I18n_Texts {
  #all;
  #language = "ru";

  constructor({ ru, en }) {
    this.#all = { ru: ru.default, en: en.default };
  }

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
    const text = this.#all[this.#language][key];
    if (text === undefined) throw new RangeError(`no text ${key}`);
    return text.replace(/\{(\w+)\}/g, (_, name) => String(values[name]));
  }
}
