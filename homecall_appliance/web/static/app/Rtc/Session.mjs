/** What the peer knows of one session and its connections. */
export default class HomeCall_Web_Rtc_Session {
  #timer = null;

  /**
   * @param {string} sessionId
   * @param {boolean} initiator
   * @param {object} handlers see Peer.startOutgoingSession()
   */
  constructor(sessionId, initiator, handlers) {
    this.sessionId = sessionId;
    this.initiator = initiator;
    this.handlers = handlers;
    this.connection = null;
    this.offered = null; // the connection whose offer has left
    this.offeredAt = null; // when the connection was made, see Clock.mark()
    this.lived = false; // a connection came about
    this.broken = false; // the connection does not heal by itself
    this.failures = 0; // connections that failed since one came about
    this.early = []; // candidates that came before the first connection
    this.chain = Promise.resolve();
  }

  /** Take a step after so many ms, unless another one is to be waited for by then, or none. */
  wait(ms, step) {
    this.stopWaiting();
    this.#timer = setTimeout(step, ms);
  }

  stopWaiting() {
    clearTimeout(this.#timer);
  }

  /** Another connection takes the place of the one that there is. */
  makeWay() {
    this.broken = false;
    this.close();
  }

  close() {
    this.stopWaiting();
    this.connection?.close();
  }
}
