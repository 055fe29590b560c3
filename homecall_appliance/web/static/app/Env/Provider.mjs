/**
 * What the client knows of its surroundings: the address, the server's configuration, the browser.
 * A session lives in memory and in the state of the page's history entry only (protocol.md,
 * sections 3 and 8.7), so that a reload comes back into its place, and as it was.
 */

const FRESH = 600_000; // ms for which credentials are not fetched anew; they last two hours
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
/** Addresses of private networks (RFC 1918, RFC 3927, RFC 4193) and names in them (RFC 6762). */
const HOME_ONLY = [
  /^(10|192\.168|172\.(1[6-9]|2\d|3[01])|169\.254)\.[\d.]+$/,
  /^\[f[cd]/,
  /\.local$/,
  /^[^.:]+$/,
];

export default class HomeCall_Web_Env_Provider {
  #logger;
  #server;
  #config = {
    iceServers: [],
    iceTransportPolicy: "all",
    guestSessions: true,
    trustPort: null,
    run: null,
    version: null,
  };
  #told = {}; // of the session that the configuration was loaded for
  #loading = null;
  #relays = { sessionId: null, since: -Infinity };
  #label = null;

  constructor({ logger, server }) {
    this.#logger = logger;
    this.#server = server;
  }

  /**
   * Fetch /config.json. The last known configuration stays where the server does not answer.
   * @param {?string} [sessionId] the session in which this page takes part; relays are only for
   *   those that exist
   */
  async load(sessionId = null) {
    if (this.#loading?.sessionId !== sessionId) {
      this.#loading = { sessionId, done: this.#fetch(sessionId) };
    }
    const { done } = this.#loading;
    await done;
    if (this.#loading?.done === done) this.#loading = null;
  }

  async #fetch(sessionId) {
    try {
      const answer = await this.#server.config(sessionId);
      const { sessionLive, sessionRefused, ...config } = answer;
      // The version is that which the page has come with: a later answer may be of another one.
      const version = this.#config.version ?? config.version ?? null;
      this.#config = { ...this.#config, ...config, version };
      this.#told = { live: sessionLive, refused: sessionRefused ?? null };
      if (sessionLive) this.#relays = { sessionId, since: performance.now() };
    } catch (error) {
      this.#logger.warn("The configuration could not be loaded", error);
    }
  }

  /**
   * @param {string} sessionId
   * @returns {Promise<RTCIceServer[]>} with relays once the session exists; fetched anew after a
   *   while, for their credentials expire
   */
  async iceServers(sessionId) {
    const { sessionId: known, since } = this.#relays;
    if (known !== sessionId || performance.now() - since > FRESH) await this.load(sessionId);
    return this.#config.iceServers;
  }

  /** @returns {RTCIceTransportPolicy} "relay": no call goes another way than through a relay */
  get iceTransportPolicy() {
    return this.#config.iceTransportPolicy;
  }

  /** Whether the server has told the configuration since the page was opened. */
  get isTold() {
    return this.#config.version !== null;
  }

  /** @returns {?string} the version that this page is of, as far as it is known */
  get version() {
    return this.#config.version;
  }

  /** @returns {?string} the mark of the appliance's run, as far as it is known */
  get run() {
    return this.#config.run;
  }

  /** @returns {?string} the page that helps a phone to trust the appliance; null: it needs none */
  get trustPage() {
    const { trustPort } = this.#config;
    if (!trustPort) return null;
    return Object.assign(new URL(location.origin), { protocol: "http:", port: trustPort }).href;
  }

  /** Whether the page's address leads to the appliance in its own network alone. */
  get homeOnly() {
    return HOME_ONLY.some((pattern) => pattern.test(location.hostname));
  }

  /** Whether two phones may call each other through this server. */
  get guestSessions() {
    return this.#config.guestSessions;
  }

  /** Whether the page was opened by the manifest's shortcut for a link, and may make one. */
  get asksForLink() {
    return location.hash === "#connect" && this.isTold && this.guestSessions;
  }

  /** The random mark of this page's part in its session (protocol.md, section 3, `from`). */
  get label() {
    return this.#label;
  }

  /** @returns {"insecure"|"unsupported"|null} why this browser cannot make a call */
  get obstacle() {
    if (!globalThis.isSecureContext) return "insecure";
    if (!["WebSocket", "MediaStream"].every((name) => name in globalThis)) return "unsupported";
    // A setting or Lockdown Mode takes it away, an add-on leaves a thing of its name that does not
    // do anything.
    return globalThis.RTCPeerConnection?.prototype?.addTransceiver ? null : "unsupported";
  }

  /**
   * The session that the address names, or that this page was in before it was loaded again.
   * @returns {{sessionId: string, initiator: boolean, returns: boolean, valid: boolean}|null}
   */
  session() {
    const named = new URLSearchParams(location.search).get("session");
    if (named === null && !history.state?.sessionId) return null;
    // In the link as a person may write it, in the state as the server does (RFC 9562, section 4).
    const sessionId = named?.toLowerCase() ?? history.state.sessionId;
    return {
      sessionId,
      initiator: named === null && history.state.initiator,
      returns: this.returns,
      valid: UUID.test(sessionId),
    };
  }

  /** Whether this page was in its session before it was loaded again. */
  get returns() {
    const named = new URLSearchParams(location.search).has("session");
    return !named && Boolean(history.state?.sessionId);
  }

  /**
   * @param {boolean} initiator of the session
   * @returns {"session_ended"|"session_full"|"lost"|null} why the session has no place for this
   *   page, as the server said when the configuration was loaded for it: nobody need be asked for
   *   devices. Whoever comes back to a session that is not known any more has lost it, unless he
   *   made it and makes it again.
   */
  refusal(initiator) {
    const { live, refused } = this.#told;
    if (refused === "session_ended" || !this.returns) return refused ?? null;
    return live === false && !initiator ? "lost" : null;
  }

  newSessionId() {
    return randomUuid();
  }

  /**
   * Keep the session in the history entry: a reload and a duplicated tab come back to the same
   * place in it. Once it is joined it leaves the address bar: what is copied from there leads to
   * nobody's call.
   */
  keepSession(sessionId, initiator, { joined }) {
    const before = history.state?.sessionId === sessionId ? history.state : null;
    this.#label = before?.from ?? randomUuid();
    const state = { sessionId, initiator, from: this.#label, off: before?.off ?? [] };
    history.replaceState(state, "", joined ? location.pathname : undefined);
  }

  /** @returns {string[]} the kinds of track that the person has switched off in this session */
  get switchedOff() {
    return history.state?.off ?? [];
  }

  /** Keep whether the person lets a kind of track through, over a reload. */
  keepSwitch(kind, on) {
    const off = this.switchedOff.filter((one) => one !== kind);
    history.replaceState({ ...history.state, off: on ? off : [...off, kind] }, "");
  }

  /** Take the session out of the history entry: a reload shows the home page. */
  dropSession() {
    this.#label = null;
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

/** A version 4 UUID (RFC 9562, section 5.4). Safari has crypto.randomUUID() since 15.4 only. */
function randomUuid() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const digits = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}
