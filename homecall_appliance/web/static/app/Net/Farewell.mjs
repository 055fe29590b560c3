/**
 * The last word of a call whose network is away: said as soon as it is back. Until then the other
 * side would go on to be seen and heard, by nobody (protocol.md, section 4).
 */

const PATIENCE = 45_000; // ms: after the reconnect grace the session has ended by itself
const PAUSE = 1500; // ms between two tries
const CONNECT_TIMEOUT = 5000; // ms

export default class HomeCall_Web_Net_Farewell {
  /**
   * @param {string} url of the session's socket, which is not open
   * @param {string} text the message
   */
  say(url, text) {
    this.#attempt(url, text, performance.now() + PATIENCE);
  }

  #attempt(url, text, until) {
    if (performance.now() > until) return;
    const socket = new globalThis.WebSocket(url);
    const late = setTimeout(() => socket.close(), CONNECT_TIMEOUT);
    let said = false;
    socket.onopen = () => {
      said = true;
      socket.send(text);
      socket.close(1000);
    };
    socket.onclose = () => {
      clearTimeout(late);
      if (!said) setTimeout(() => this.#attempt(url, text, until), PAUSE);
    };
  }
}
