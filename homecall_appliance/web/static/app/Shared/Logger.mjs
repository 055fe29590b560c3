/**
 * Writes to the console, and only there. A line names what happened, and the session whose message
 * it is about, in the words of the appliance's journal; it never carries SDP, an ICE candidate or
 * `from` (protocol.md, sections 8.7 and 9).
 */
const TYPES = ["offer", "answer", "candidate", "hangup", "error"];

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

  /**
   * A message of signaling.
   * @param {object} signal
   * @param {string} signal.sessionId
   * @param {"in"|"out"} signal.direction
   * @param {string} signal.type as the other side wrote it
   * @param {"delivered"|"queued"|"dropped"|string} signal.outcome or the code of an error, as the
   *   other side wrote it
   * @param {string} signal.text the message itself, whose size is told
   */
  signal({ sessionId, direction, type, outcome, text }) {
    const known = TYPES.includes(type) ? type : "unknown";
    const result = /^[a-z_]{1,32}$/.test(outcome) ? outcome : "unknown";
    const fields = {
      SESSION_ID: sessionId,
      SIGNAL_TYPE: known,
      SIGNAL_DIRECTION: direction,
      SIGNAL_OUTCOME: result,
      SIGNAL_BYTES: new TextEncoder().encode(text).length,
    };
    const told = Object.entries(fields).map(([name, value]) => `${name}=${value}`);
    this.info(`Signaling: ${direction} ${known}, ${result}. ${told.join(" ")}`);
  }
}

function withCause(message, cause) {
  return cause ? `${message} (${cause.name})` : message;
}
