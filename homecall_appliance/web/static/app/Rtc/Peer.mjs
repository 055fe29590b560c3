/**
 * The peer of one session. Messages are handled strictly one after another. A new offer replaces
 * the connection; the initiator makes one when its connection fails (protocol.md, section 4).
 */
import Connection from "./Connection.mjs";
import Session from "./Session.mjs";

const PATIENCE = 3000; // ms that "disconnected" may heal by itself (W3C WebRTC, section 4.4.3)
const SUSPECT = 1000; // ms without media since signaling leads to the other side again
const REPEAT = 10_000; // ms without an answer, after which an offer in a call is said again
const STALE = 30_000; // ms after which the candidates of an offer may be those of closed sockets
const MAX_FAILURES = 3; // answered offers in a row that came to nothing: there is no path

export default class HomeCall_Web_Rtc_Peer {
  #clock;
  #env;
  #net;
  #media;
  #logger;
  #session = null;

  constructor({ clock, env, net, media, logger }) {
    this.#clock = clock;
    this.#env = env;
    this.#net = net;
    this.#media = media;
    this.#logger = logger;
  }

  /** Whether media arrive at this moment. */
  get flows() {
    return this.#session?.connection?.flows ?? false;
  }

  /** Whether the other side is connected, and nothing has come by its tracks yet. */
  get isSilent() {
    return this.#session?.connection?.isSilent ?? false;
  }

  /**
   * Offer, and offer anew whenever the connection fails.
   * @param {string} sessionId
   * @param {object} handlers
   * @param {(stream: MediaStream) => void} handlers.onStream the remote tracks, called for each
   * @param {(kind: string) => void} handlers.onUnwanted the other side takes no such track
   * @param {(kind: string) => void} handlers.onRejected there is no codec for it in common
   * @param {(state: RTCPeerConnectionState) => void} handlers.onState of the newest connection;
   *   "connecting" as soon as it takes the place of one, in a call
   * @param {() => void} handlers.onMedia media arrive, for the first time or again
   * @param {(quality: "poor"|"good") => void} handlers.onQuality of what arrives
   * @param {() => void} handlers.onStarved media have arrived and do so no more
   * @param {() => void} handlers.onFailure a step of the negotiation did not succeed
   * @param {() => void} handlers.onNoPath the networks let nothing through, offer after offer
   * @returns {Promise<void>} the offer is sent
   */
  startOutgoingSession(sessionId, handlers) {
    this.#begin(sessionId, true, handlers);
    return this.#enqueue((session) => this.#offer(session));
  }

  /** Answer the offer when it comes, and each later one; relays are asked for meanwhile. */
  startIncomingSession(sessionId, handlers) {
    this.#begin(sessionId, false, handlers);
    this.#env.iceServers(sessionId);
  }

  /**
   * Take an offer, answer or candidate.
   * @returns {Promise<void>} it is handled, after everything that came before it
   */
  handle(message) {
    const offered = this.#session?.offered;
    return this.#enqueue((session) => this.#receive(session, message, offered));
  }

  /** A device was opened again: its track takes the place of the former one. */
  replaceTrack(track) {
    return this.#enqueue((session) => session.connection?.replaceTrack(track));
  }

  /** Signaling is open again: repair what broke meanwhile, say again what may have been lost. */
  resume() {
    return this.#enqueue(async (session) => {
      const { initiator, connection, broken, offeredAt } = session;
      if (!initiator || !connection) return;
      const stale = connection.awaitsAnswer && this.#clock.since(offeredAt) > STALE;
      if (broken || stale) await this.#offer(session);
      else if (connection.awaitsAnswer) this.#sayOffer(session, connection.localSdp);
      else if (connection.isStarved) this.#suspect(session, SUSPECT);
    });
  }

  stop() {
    const session = this.#session;
    this.#session = null;
    session?.close();
  }

  #begin(sessionId, initiator, handlers) {
    this.stop();
    this.#session = new Session(sessionId, initiator, handlers);
  }

  #enqueue(step) {
    const session = this.#session;
    if (!session) return Promise.resolve();
    session.chain = session.chain
      .then(() => (session === this.#session ? step(session) : undefined))
      .catch((error) => this.#fail(session, error));
    return session.chain;
  }

  #fail(session, error) {
    this.#logger.error("A step of the negotiation failed", error);
    if (session === this.#session) session.handlers.onFailure();
  }

  /** @param {?HomeCall_Web_Rtc_Connection} offered whose offer had left when the message came */
  async #receive(session, message, offered) {
    const { initiator, connection } = session;
    if (message.type === "candidate") {
      if (connection) await connection.addCandidate(message.candidate);
      else session.early.push(message.candidate);
      // So begins a page that was loaded again (protocol.md, section 8).
      const begins = initiator && !message.candidate;
      if (begins && (await connection?.isLeft())) await this.#offer(session);
    } else if (message.type === "answer" && initiator) {
      // One that has waited for a page that is loaded again answers that page's former offer.
      if (connection && connection === offered) await this.#accept(session, message.sdp);
      else this.#logger.info("Ignored an answer that came before the offer");
    } else if (message.type === "offer" && !initiator) {
      if (connection?.hasRemote(message.sdp)) this.#answerAgain(session);
      else await this.#answer(session, message.sdp);
    } else {
      this.#logger.warn(`Ignored ${message.type}: not for this role`);
    }
  }

  async #offer(session) {
    const connection = await this.#replace(session);
    if (!connection) return;
    const sdp = await connection.offer();
    if (session !== this.#session) return;
    this.#sayOffer(session, sdp);
    connection.release();
  }

  /** In a call the other side's socket may be dead without a word, and the offer lost with it. */
  #sayOffer(session, sdp) {
    this.#send(session, { type: "offer", sdp });
    session.offered = session.connection;
    session.stopWaiting();
    if (session.lived) session.wait(REPEAT, () => this.#repair());
  }

  /**
   * The answer to a former offer may come when the newest has left, and is taken for its answer: no
   * message says which it answers. A second one tells of it, and another offer puts it right.
   */
  async #accept(session, answer) {
    const { connection } = session;
    if (connection.awaitsAnswer) await connection.accept(answer);
    else if (connection.hasRemote(answer) || connection.state === "connected") {
      this.#logger.info("Ignored an answer that no offer waits for");
    } else await this.#offer(session);
  }

  async #answer(session, offer) {
    const connection = await this.#replace(session);
    if (!connection) return;
    const sdp = await connection.answer(offer);
    if (session !== this.#session) return;
    this.#send(session, { type: "answer", sdp });
    connection.release();
  }

  /** The offer is said again where its answer did not come: it may have been lost. */
  #answerAgain(session) {
    const { connection } = session;
    if (connection.state === "connected") this.#logger.info("Ignored a repeated offer");
    else this.#send(session, { type: "answer", sdp: connection.localSdp });
  }

  /** @returns {Promise<?HomeCall_Web_Rtc_Connection>} null: the session was stopped meanwhile */
  async #replace(session) {
    const iceServers = await this.#env.iceServers(session.sessionId);
    if (session !== this.#session) return null;
    session.makeWay();
    if (session.lived) session.handlers.onState("connecting"); // it may never get as far by itself
    if (session !== this.#session) return null; // it was the end of the call
    const connection = new Connection({
      iceServers,
      iceTransportPolicy: this.#env.iceTransportPolicy,
      stream: this.#media.stream,
      logger: this.#logger,
      onCandidate: (candidate) => this.#send(session, { type: "candidate", candidate }),
      onStream: session.handlers.onStream,
      onUnwanted: session.handlers.onUnwanted,
      onRejected: session.handlers.onRejected,
      onState: (state) => this.#watch(session, state),
      onMedia: session.handlers.onMedia,
      onQuality: session.handlers.onQuality,
      onStarved: () => {
        this.#net.renew();
        session.handlers.onStarved();
      },
    });
    session.connection = connection;
    session.offeredAt = this.#clock.mark();
    for (const candidate of session.early.splice(0)) await connection.addCandidate(candidate);
    return connection;
  }

  #watch(session, state) {
    this.#logger.info(`The peer connection is ${state}`);
    session.stopWaiting();
    session.handlers.onState(state);
    if (session !== this.#session) return; // it was the end of the call
    session.lived ||= state === "connected";
    session.broken = state === "failed";
    if (state === "connected") session.failures = 0;
    if (state === "failed") {
      session.failures += 1;
      if (session.initiator && session.failures === MAX_FAILURES) session.handlers.onNoPath();
      else this.#repair();
    }
    if (state !== "disconnected") return;
    this.#net.renew();
    this.#suspect(session, PATIENCE);
  }

  /** What is seen then to be still interrupted does not heal by itself. */
  #suspect(session, ms) {
    const { connection } = session;
    session.wait(ms, () => {
      if (connection.flows) return;
      session.broken = true;
      this.#repair();
    });
  }

  /** Without signaling `resume()` does it: an offer made now would carry no candidates. */
  #repair() {
    if (this.#net.isOpen) this.resume();
  }

  #send(session, message) {
    this.#net.send({ ...message, sessionId: session.sessionId });
  }
}
