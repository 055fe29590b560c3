/** What the person is told in a call beside its state: of the devices, and of signaling. */
const KINDS = ["audio", "video"];
/** Errors that the configuration and the address of the page tell of, too. */
const REFUSALS = ["session_ended", "session_full", "bad_session"];

export default class HomeCall_Web_Core_Notices {
  #env;
  #texts;
  #toast;
  #offline = ""; // the sentence for it
  #refusal = ""; // that takes its place, where signaling was refused
  #online = true;

  constructor({ env, texts, toast }) {
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
  }

  /** The call is over. */
  end() {
    for (const sentence of [this.#offline, this.#refusal]) this.#toast.dismiss(sentence);
  }

  /**
   * @param {{audio: ?string, video: ?string}} missing see Media.prepare()
   * @returns {string[]} a sentence for each kind of device that is missing, or one for both
   */
  lacking(missing) {
    const { audio, video } = missing;
    if (audio && audio === video) return [this.#texts.get(`media.${audio}.both`)];
    const kinds = KINDS.filter((kind) => missing[kind]);
    return kinds.map((kind) => this.#texts.get(`media.${missing[kind]}.${kind}`));
  }

  /**
   * @param {string} code of an error that the page has found without the server's message
   * @returns {?string} the sentence of protocol.md, section 6
   */
  sentenceOf(code) {
    return REFUSALS.includes(code) ? this.#texts.get(`error.${code}`) : null;
  }

  /** Devices are missing from the beginning. */
  tellMissing(missing) {
    for (const sentence of this.lacking(missing)) this.#toast.alert(sentence);
  }

  /** A device falls silent in the call; `why` is null: it is there again. */
  tellDevice(kind, why) {
    for (const former of ["muted", "ended"]) {
      this.#toast.dismiss(this.#texts.get(`media.${former}.${kind}`));
    }
    if (why) this.#toast.alert(this.#texts.get(`media.${why}.${kind}`));
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
