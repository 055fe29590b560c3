/**
 * Writes to the console, and only there. A line names what happened; it never carries SDP, an ICE
 * candidate or a session id (protocol.md, sections 8.7 and 9).
 */
const LEVELS = ["debug", "info", "warn", "error"];

export default class HomeCall_Web_Shared_Logger {
  #threshold = LEVELS.indexOf("info");

  /** @param {"debug"|"info"|"warn"|"error"} level the least important level that is written */
  setLevel(level) {
    this.#threshold = LEVELS.indexOf(level);
  }

  debug(message) {
    this.#write("debug", message);
  }

  info(message) {
    this.#write("info", message);
  }

  /** @param {Error} [cause] only its name is written: messages of WebRTC errors may quote SDP */
  warn(message, cause) {
    this.#write("warn", cause ? `${message} (${cause.name})` : message);
  }

  error(message, cause) {
    this.#write("error", cause ? `${message} (${cause.name})` : message);
  }

  #write(level, message) {
    if (LEVELS.indexOf(level) >= this.#threshold) console[level](`[homecall] ${message}`);
  }
}
