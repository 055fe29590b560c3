/** Help with what people meet: what this page knows of is first, then what mostly helps. */
export default class HomeCall_Web_Core_Help {
  #browser;
  #env;
  #texts;

  constructor({ browser, env, texts }) {
    this.#browser = browser;
    this.#env = env;
    this.#texts = texts;
  }

  /**
   * @param {object} now
   * @param {string} now.lacking which devices are missing; empty: none
   * @param {string[]} now.off the kinds of track that the person has switched off
   * @param {boolean} now.isSilent the browser plays sound after a tap only
   * @param {boolean} now.isWeak the connection is weak, or interrupted
   * @returns {{title: string, lines: string[], link: ?string, isKnown: boolean}[]} in the language
   *   of the page; `link` is an address to open
   */
  of({ lacking, off, isSilent, isWeak }) {
    const { homeOnly, trustPage } = this.#env;
    const known = [...(lacking ? [lacking] : []), ...off.map((kind) => this.#say(`off.${kind}`))];
    const allowing = [this.#texts.get(this.#browser.allowing), this.#say("seen.busy")];
    const entries = [
      this.#entry("seen", known.length > 0, known.length > 0 ? known : allowing),
      this.#entry("heard", isSilent, [this.#say(isSilent ? "heard.tap" : "heard.volume")]),
      this.#entry("picture", isWeak, [this.#say(isWeak ? "picture.weak" : "picture.still")]),
      this.#entry("path", false, [this.#say(homeOnly ? "path.home" : "path.network")]),
    ];
    if (trustPage) {
      entries.push({ ...this.#entry("trust", false, [this.#say("trust.page")]), link: trustPage });
    }
    return entries.sort((one, other) => Number(other.isKnown) - Number(one.isKnown));
  }

  #entry(name, isKnown, lines) {
    return { title: this.#say(name), lines, link: null, isKnown };
  }

  #say(name) {
    return this.#texts.get(`help.${name}`);
  }
}
