/**
 * Writes to the console, and only there. A line names what happened; it never carries SDP, an ICE
 * candidate or a session id (protocol.md, sections 8.7 and 9).
 */
export default class HomeCall_Web_Shared_Logger {
  info(message) {
    console.info(`[homecall] ${message}`);
  }

  /** @param {Error} [cause] only its name is written: messages of WebRTC errors may quote SDP */
  warn(message, cause) {
    console.warn(`[homecall] ${withCause(message, cause)}`);
  }

  /** @param {Error} [cause] as above */
  error(message, cause) {
    console.error(`[homecall] ${withCause(message, cause)}`);
  }
}

function withCause(message, cause) {
  return cause ? `${message} (${cause.name})` : message;
}
