/** The signaling of one session, in messages of protocol.md, sections 3 and 6. */

/** Handshakes that fail one after the other, which is no accident: HTTP is asked after so many. */
const TELLING = 3;
/** Messages that are the peer's. */
const HANDLED = ["offer", "answer", "candidate"];
/** Errors after which this session is over for this participant. */
const FINAL_ERRORS = ["session_ended", "session_full", "bad_session", "busy"];
/** Reasons of a hangup that a person is told (protocol.md, section 7). */
const REASONS = ["lost", "no_path", "max_duration", "stopping", "declined", "no_answer"];
const FINAL_CLOSES = {
  1000: "session_ended",
  4000: "replaced",
  4001: "session_ended",
  4003: "session_full",
};

export default class HomeCall_Web_Net {
  #client;
  #env;
  #server;
  #logger;
  #handlers = null;
  #told = false; // that the server lets no socket through

  constructor({ client, env, logger, server }) {
    this.#client = client;
    this.#env = env;
    this.#server = server;
    this.#logger = logger;
  }

  get isOpen() {
    return this.#client.isOpen;
  }

  /**
   * Attach to the session and stay attached until `stopSignal()` or `onEnd`.
   * @param {string} sessionId
   * @param {object} handlers
   * @param {() => void} handlers.onOpen the socket is open, for the first time or again
   * @param {() => void} handlers.onLost the socket is lost; it is being repaired
   * @param {() => void} handlers.onRefused the server answers, but no socket is let through; it is
   *   tried on, and this is told once
   * @param {(message: object) => void} handlers.onMessage an offer, answer or candidate
   * @param {(error: {code: string, message: string}) => void} handlers.onError the call goes on
   * @param {(error: {code: string, message: ?string}) => void} handlers.onEnd the session is over:
   *   an error code of section 6, "hangup" or one of its reasons (REASONS), or "replaced" by
   *   another page of this participant; `message` is the server's sentence
   */
  startSignal(sessionId, handlers) {
    this.#handlers = handlers;
    this.#told = false;
    this.#client.open(this.#env.signalUrl(sessionId), {
      onOpen: () => this.#handlers.onOpen(),
      onLost: (refusals) => {
        this.#handlers.onLost();
        if (refusals > 0 && refusals % TELLING === 0) this.#findOut(this.#handlers);
      },
      onText: (text) => this.#receive(sessionId, text),
      onFinal: (code) => this.#finish({ code: FINAL_CLOSES[code], message: null }),
    });
  }

  /** Close deliberately, which ends the session for both. Nothing is kept of what was not sent. */
  stopSignal() {
    this.#handlers = null;
    this.#client.close();
  }

  /**
   * End the session for both with a word.
   * @param {string} sessionId
   * @param {string} [reason] "lost" or "no_path" where it is not the person who ends it
   */
  hangUp(sessionId, reason) {
    this.#handlers = null;
    const message = { type: "hangup", sessionId, reason };
    const text = this.#text(message);
    this.#tell(sessionId, "out", message, sent(this.isOpen), text);
    this.#client.leave(this.#env.signalUrl(sessionId), text);
  }

  /** The network may have failed without a word: attach anew, before anything else is sent. */
  renew() {
    this.#client.renew();
  }

  /** Say that what the other side is connected to is gone (protocol.md, section 8). */
  endCandidates(sessionId) {
    this.send({ type: "candidate", sessionId, candidate: null });
  }

  /** @param {{type: string, sessionId: string}} message see protocol.md, section 3; no `from` */
  send(message) {
    const text = this.#text(message);
    const isOpen = this.isOpen;
    const kept = this.#client.send(text); // false: too much is waiting to be sent
    this.#tell(message.sessionId, "out", message, kept ? sent(isOpen) : "dropped", text);
  }

  #text(message) {
    return JSON.stringify({ ...message, from: this.#env.label });
  }

  /** A browser does not say why a socket fails: a certificate, a proxy, an add-on, the network. */
  async #findOut(handlers) {
    if (this.#told || !(await this.#server.answers())) return;
    if (handlers !== this.#handlers || this.isOpen) return;
    this.#told = true;
    handlers.onRefused();
  }

  #receive(sessionId, text) {
    const message = parse(text);
    const isOurs = message?.sessionId === sessionId;
    const isUnderstood = isOurs && [...HANDLED, "hangup"].includes(message.type);
    const outcome = message?.type === "error" ? String(message.code) : handling(isUnderstood);
    this.#tell(sessionId, "in", message, outcome, text);
    if (message?.type === "error") {
      this.#fail({ code: String(message.code), message: String(message.message ?? "") });
    } else if (!isUnderstood) {
      return;
    } else if (message.type === "hangup") {
      const code = REASONS.includes(message.reason) ? message.reason : "hangup";
      this.#finish({ code, message: null });
    } else {
      this.#handlers.onMessage(message);
    }
  }

  #tell(sessionId, direction, message, outcome, text) {
    this.#logger.signal({ sessionId, direction, type: message?.type, outcome, text });
  }

  #fail(error) {
    if (error.code === "rate_limited") this.#client.slowDown();
    if (FINAL_ERRORS.includes(error.code)) this.#finish(error);
    else this.#handlers.onError(error);
  }

  #finish(error) {
    const { onEnd } = this.#handlers;
    this.stopSignal();
    onEnd(error);
  }
}

/** What becomes of a message that leaves (interfaces.md, SIGNAL_OUTCOME). */
function sent(isOpen) {
  return isOpen ? "delivered" : "queued";
}

function handling(isUnderstood) {
  return isUnderstood ? "delivered" : "dropped";
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
