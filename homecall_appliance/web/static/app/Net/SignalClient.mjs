/**
 * One WebSocket that comes back: order is kept both ways, a loss is repaired with growing pauses,
 * and only a deliberate or final close ends it (protocol.md, sections 2 and 4).
 */

const DELIBERATE = 1000;
const REPLACED = 4000; // not deliberate: the session goes on by another socket
/** Close codes with nothing to come back to: ended by the other, replaced, spent, full. */
const FINAL_CODES = [DELIBERATE, REPLACED, 4001, 4003];
const LATE = 60_000; // ms in which a handshake that was given up may still arrive
const FIRST_PAUSE = 500; // ms, doubled with each failure
const LONGEST_PAUSE = 2000; // ms: a phone that is back on the network is back in the call
const SLOW_PAUSE = 15_000; // ms, after "rate_limited"
const CONNECT_TIMEOUT = 10_000; // ms: a handshake into a dead network may hang for minutes
const STEADY = 10_000; // ms open, after which earlier failures no longer count
const AWAY = 5000; // ms out of sight, in which a phone may have closed an open socket unnoticed
const CAREFUL = 3; // failures, after which no handshake is made before the server answers by HTTP
const OUTBOX_LIMIT = 256; // messages

export default class HomeCall_Web_Net_SignalClient {
  #clock;
  #server;
  #farewell;
  #logger;
  #url = null;
  #attached = false;
  #handlers = null;
  #socket = null;
  #outbox = [];
  #failures = 0;
  #givenUp = -Infinity;
  #hiddenAt = null; // see Clock.mark()
  #slow = false;
  #timer = null;
  #wake = (event) => this.#retryNow(event);

  constructor({ clock, farewell, logger, server }) {
    this.#clock = clock;
    this.#server = server;
    this.#farewell = farewell;
    this.#logger = logger;
  }

  get isOpen() {
    return this.#socket?.readyState === 1;
  }

  /**
   * Connect and stay connected until `close()` or a final close code.
   * @param {string} url
   * @param {object} handlers
   * @param {() => void} handlers.onOpen
   * @param {(text: string) => void} handlers.onText
   * @param {(refusals: number) => void} handlers.onLost told how often it failed before it was ever
   *   open
   * @param {(code: number) => void} handlers.onFinal
   */
  open(url, handlers) {
    this.close();
    this.#url = url;
    this.#handlers = handlers;
    globalThis.addEventListener("online", this.#wake);
    globalThis.addEventListener("pageshow", this.#wake);
    document.addEventListener("visibilitychange", this.#wake);
    this.#connect();
  }

  /**
   * Send, or keep until the socket is open again.
   * @returns {boolean} false: too much is waiting, this message was refused
   */
  send(text) {
    if (this.isOpen) {
      this.#socket.send(text);
      return true;
    }
    if (this.#outbox.length >= OUTBOX_LIMIT) return false;
    this.#outbox.push(text);
    return true;
  }

  /**
   * The socket may be dead without a word: go on by a new one, which takes its place at once
   * (protocol.md, section 4). A socket that is being repaired is left to that.
   */
  renew() {
    if (this.isOpen) this.#reconnect();
  }

  /** The server asked for fewer requests: the next pause is a long one. */
  slowDown() {
    this.#slow = true;
  }

  /**
   * Close with a last message. Where no socket is open, it is said by another one later: the other
   * side may be waiting in the session, or open its link.
   */
  leave(url, text) {
    if (this.isOpen) this.send(text);
    else this.#farewell.say(url, text);
    this.close();
  }

  /** Close deliberately: the session is over for both (protocol.md, section 4). */
  close() {
    const socket = this.#socket;
    this.#forget();
    socket?.close(DELIBERATE);
  }

  #connect() {
    const socket = new globalThis.WebSocket(this.#url);
    this.#socket = socket;
    this.#timer = setTimeout(() => this.#lose(socket), CONNECT_TIMEOUT);
    const current = (step) => (event) => {
      if (this.#socket === socket) step(event);
    };
    socket.onopen = current(() => this.#opened());
    socket.onmessage = current((event) => this.#handlers.onText(event.data));
    socket.onclose = current((event) => this.#closed(socket, event.code));
  }

  #opened() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#steady(), STEADY);
    this.#attached = true;
    for (const text of this.#outbox.splice(0)) this.#socket.send(text);
    this.#handlers.onOpen();
  }

  #steady() {
    this.#failures = 0;
    this.#slow = false;
  }

  #closed(socket, code) {
    if (!FINAL_CODES.includes(code) || (code === REPLACED && this.#replacedByItself())) {
      this.#lose(socket);
      return;
    }
    const { onFinal } = this.#handlers;
    this.#forget();
    onFinal(code);
  }

  /**
   * A handshake that was given up in a dead network may reach the server after the next one, and
   * take the place from it. That is no other page; it is believed once.
   */
  #replacedByItself() {
    const late = performance.now() - this.#givenUp < LATE;
    this.#givenUp = -Infinity;
    return late;
  }

  #giveUp(socket, code) {
    if (socket?.readyState === 0) this.#givenUp = performance.now();
    socket?.close(code);
  }

  #lose(socket) {
    clearTimeout(this.#timer);
    this.#socket = null;
    this.#giveUp(socket);
    const growing = Math.min(FIRST_PAUSE * 2 ** this.#failures, LONGEST_PAUSE);
    const pause = (this.#slow ? SLOW_PAUSE : growing) * (0.75 + Math.random() / 2);
    this.#failures += 1;
    this.#logger.info(`The signaling socket is gone; next try in ${Math.round(pause)} ms`);
    this.#timer = setTimeout(() => this.#tryAgain(), pause);
    this.#handlers.onLost(this.#attached ? 0 : this.#failures);
  }

  /**
   * Firefox puts off a handshake for the longer the more of them have failed, by up to a minute
   * (network.websocket.delay-failed-reconnects): while the network is away, HTTP is asked instead.
   */
  async #tryAgain() {
    const handlers = this.#handlers;
    const careful = this.#attached && this.#failures > CAREFUL;
    const answered = !careful || (await this.#server.answers());
    if (handlers !== this.#handlers || this.#socket) return;
    if (answered) this.#connect();
    else this.#lose(null);
  }

  /**
   * The network is another one, the page was kept aside (HTML, "pageshow") or out of sight: neither
   * an open socket nor a handshake is to be trusted.
   */
  #retryNow({ type, persisted }) {
    if (type === "pageshow" && !persisted) return;
    if (type === "visibilitychange" && !this.#comesIntoSight()) return;
    if (!this.#slow) this.#reconnect();
  }

  /** @returns {boolean} whether the page is seen again, and its socket is lost or may be */
  #comesIntoSight() {
    const hidden = document.visibilityState === "hidden";
    const away = this.#hiddenAt ? this.#clock.since(this.#hiddenAt) : 0;
    this.#hiddenAt = hidden ? this.#clock.mark() : null;
    return !hidden && (!this.#socket || (this.isOpen && away > AWAY));
  }

  #reconnect() {
    const former = this.#socket;
    clearTimeout(this.#timer);
    this.#connect();
    this.#giveUp(former, REPLACED);
  }

  #forget() {
    clearTimeout(this.#timer);
    globalThis.removeEventListener("online", this.#wake);
    globalThis.removeEventListener("pageshow", this.#wake);
    document.removeEventListener("visibilitychange", this.#wake);
    this.#hiddenAt = null;
    this.#socket = null;
    this.#attached = false;
    this.#handlers = null;
    this.#outbox = [];
    this.#givenUp = -Infinity;
    this.#steady();
  }
}
