/** What the person is told in a call beside its state: of the devices, and of signaling. */
/** Why a device is refused, which is one sentence; what to do about it is another. */
const REFUSED = { denied: "denied", blocked: "denied", system: "denied" };
/** Errors that the configuration and the address of the page tell of, too. */
const REFUSALS = ["session_ended", "session_full", "bad_session"];

export default class HomeCall_Web_Core_Notices {
  #browser;
  #env;
  #texts;
  #toast;
  #offline = ""; // the sentence for it
  #refusal = ""; // that takes its place, where signaling was refused
  #online = true;
  #missing = {}; // why, of each kind of device

  constructor({ browser, env, texts, toast }) {
    this.#browser = browser;
    this.#env = env;
    this.#texts = texts;
    this.#toast = toast;
  }

  /** Whether signaling was there when that was last told. */
  get online() {
    return this.#online;
  }

  /** A call begins. */
  begin() {
    this.#offline = this.#texts.get(this.#env.homeOnly ? "notice.offline.home" : "notice.offline");
    this.#online = true;
    this.#missing = {};
  }

  /** The call is over. */
  end() {
    for (const sentence of [this.#offline, this.#refusal]) this.#toast.dismiss(sentence);
  }

  /**
   * @param {{audio?: ?string, video?: ?string}} missing see Media.prepare()
   * @param {string} [again] the key of what to do where the browser would ask once more
   * @returns {string} which devices are missing, and what the person can do; empty: none is
   */
  lacking(missing, again = this.#browser.allowing) {
    const { audio, video } = missing;
    const said = audio && audio === video ? { both: audio } : missing;
    const sentences = Object.entries(said)
      .filter(([, why]) => why)
      .map(([kind, why]) => this.#texts.get(`media.${REFUSED[why] ?? why}.${kind}`));
    const ways = { denied: again, blocked: this.#browser.allowing, system: "allow.system" };
    const way = ways[audio] ?? ways[video];
    return [...sentences, ...(way ? [this.#texts.get(way)] : [])].join(" ");
  }

  /** What is missing now, as `lacking()` says it. */
  get lack() {
    return this.lacking(this.#missing);
  }

  /**
   * @param {string} code of an error that the page has found without the server's message
   * @returns {?string} the sentence of protocol.md, section 6
   */
  sentenceOf(code) {
    return REFUSALS.includes(code) ? this.#texts.get(`error.${code}`) : null;
  }

  /** Devices are missing from the beginning, or none; `isKnown`: the person has decided so. */
  tellMissing(missing, isKnown) {
    this.#missing = { ...missing };
    if (isKnown) return;
    const sentences = this.lacking(missing);
    if (sentences) this.#toast.alert(sentences);
  }

  /** A device falls silent in the call; `why` is null: it is there again. */
  tellDevice(kind, why) {
    this.#missing[kind] = why;
    for (const former of ["muted", "ended"]) {
      this.#toast.dismiss(this.#texts.get(`media.${former}.${kind}`));
    }
    if (why) this.#toast.alert(this.lacking({ [kind]: why }));
    else this.#toast.info(this.#texts.get(`media.back.${kind}`));
  }

  /** There is no codec in common for a kind of track. */
  tellRejected(kind) {
    this.#toast.alert(this.#texts.get(`notice.rejected.${kind}`));
  }

  /** Signaling is there, or each try to repair it fails: that is said once. */
  tellSignaling(online) {
    if (online) this.end();
    else if (this.#online) this.#toast.warn(this.#offline);
    this.#online = online;
  }

  /** The page came, but signaling does not: there is something that the person can do. */
  tellRefused() {
    const page = this.#env.trustPage;
    this.end();
    this.#refusal = this.#texts.get(page ? "notice.untrusted" : "notice.refused", { page });
    this.#toast.warn(this.#refusal);
  }
}
