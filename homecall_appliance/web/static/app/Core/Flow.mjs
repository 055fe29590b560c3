/**
 * What the page shows, and every way from one state to another. What is not here does not happen:
 * an event that has no way out of a state is ignored in it.
 */
const TRANSITIONS = {
  home: { make: "sharing", open: "joining", hide: "unseen", end: "end" },
  unseen: { make: "sharing", open: "joining", end: "end" },
  asking: { share: "sharing", join: "joining", end: "end" },
  sharing: { ask: "asking", call: "joining", ring: "ringing", flow: "live", end: "end" },
  joining: { ask: "asking", miss: "alone", ring: "ringing", flow: "live", end: "end" },
  alone: { call: "joining", ring: "ringing", flow: "live", end: "end" },
  ringing: { flow: "live", break: "reconnecting", end: "end" },
  live: { break: "reconnecting", end: "end" },
  reconnecting: { ring: "ringing", flow: "live", end: "end" },
  end: { make: "sharing", leave: "home" },
};

/**
 * - make: the person makes a link, or comes back to one
 * - open: a link is opened before the eyes of a person, or the page of one comes back
 * - hide: a link is opened where nobody looks
 * - ask: the person has something to decide before the call begins
 * - share, join: it is decided; the call begins with a link, or by one
 * - miss: nobody has offered
 * - call: the other side is being connected
 * - ring: it is connected, and its tracks bring nothing yet
 * - flow: they do
 * - break: the connection is lost; another one is made
 * - end: there is no call any more, or none at all
 * - leave: back to the home page
 *
 * @typedef {"make"|"open"|"hide"|"ask"|"share"|"join"|"miss"|"call"|"ring"|"flow"|"break"|"end"|
 *   "leave"} FlowEvent
 */

export default class HomeCall_Web_Core_Flow {
  #state = "home";

  /** @returns {keyof TRANSITIONS} */
  get state() {
    return this.#state;
  }

  /** Whether there is a call, or a link that may become one. */
  get inCall() {
    return !["home", "end"].includes(this.#state);
  }

  /**
   * @param {FlowEvent} event
   * @returns {boolean} whether it led to another state
   */
  happen(event) {
    const next = TRANSITIONS[this.#state][event];
    if (next) this.#state = next;
    return Boolean(next);
  }
}
