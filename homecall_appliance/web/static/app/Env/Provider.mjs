/**
 * What the client knows of its surroundings: the address, the server's configuration, the browser.
 * The session id lives in memory and in the address bar only (protocol.md, section 8.7).
 */
export const __deps__ = { logger: "HomeCall_Web_Shared_Logger$" };

const CONFIG_TIMEOUT = 4000; // ms
const FRESH = 60_000; // ms for which the credentials of a TURN server need not be fetched anew
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const LANGUAGES = ["ru", "en"];

export default class HomeCall_Web_Env_Provider {
  #logger;
  #config = { iceServers: [], language: null, guestSessions: true };
  #loadedAt = -Infinity;
  #label = null;

  constructor({ logger }) {
    this.#logger = logger;
  }

  /** Fetch /config.json. The last known configuration stays where the server does not answer. */
  async load() {
    try {
      const signal = AbortSignal.timeout(CONFIG_TIMEOUT);
      const response = await fetch("config.json", { cache: "no-store", signal });
      if (!response.ok) throw new Error(`status ${response.status}`);
      this.#config = { ...this.#config, ...(await response.json()) };
      this.#loadedAt = performance.now();
    } catch (error) {
      this.#logger.warn("The configuration could not be loaded", error);
    }
  }

  /** @returns {Promise<RTCIceServer[]>} fetched anew after a while: TURN credentials expire */
  async iceServers() {
    if (performance.now() - this.#loadedAt > FRESH) await this.load();
    return this.#config.iceServers;
  }

  /** Whether two phones may call each other through this server. */
  get guestSessions() {
    return this.#config.guestSessions;
  }

  /** @returns {"ru"|"en"} the server's choice, the phone's, or Russian */
  get language() {
    const wanted = [this.#config.language, ...(navigator.languages ?? [])];
    const known = wanted.map((tag) => tag?.slice(0, 2).toLowerCase());
    return known.find((tag) => LANGUAGES.includes(tag)) ?? "ru";
  }

  /** A random mark of this page load, at most 64 characters (protocol.md, section 3, `from`). */
  get label() {
    this.#label ??= crypto.randomUUID();
    return this.#label;
  }

  /** @returns {"insecure"|"unsupported"|null} why this browser cannot make a call */
  get obstacle() {
    if (!globalThis.isSecureContext) return "insecure";
    const parts = ["RTCPeerConnection", "WebSocket", "MediaStream"];
    return parts.every((name) => name in globalThis) ? null : "unsupported";
  }

  /**
   * The session that the address names.
   * @returns {{sessionId: string, initiator: boolean, valid: boolean}|null}
   */
  session() {
    const named = new URLSearchParams(location.search).get("session");
    if (named === null) return null;
    const sessionId = named.toLowerCase(); // as the server writes it (RFC 9562, section 4)
    return {
      sessionId,
      initiator: history.state?.initiator === true,
      valid: UUID.test(sessionId),
    };
  }

  newSessionId() {
    return crypto.randomUUID();
  }

  /**
   * Put the initiator's session into the address bar, so that a reload comes back into the call.
   * The role goes with the history entry: a copied address opens as the recipient.
   */
  keepSession(sessionId) {
    history.replaceState({ initiator: true }, "", this.shareUrl(sessionId));
  }

  /** Take the session out of the address bar: a reload shows the home page. */
  dropSession() {
    history.replaceState(null, "", location.pathname);
  }

  shareUrl(sessionId) {
    return `${location.origin}/?session=${sessionId}`;
  }

  signalUrl(sessionId) {
    const query = new URLSearchParams({ sessionId, from: this.label });
    return `wss://${location.host}/signal?${query}`;
  }
}
