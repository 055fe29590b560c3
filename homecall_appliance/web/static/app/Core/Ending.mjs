/** What the end of a call is to the person: why, in one sentence, and what to do next. */
const DEAD_LINK = ["session_ended", "bad_session", "lost", "max_duration", "declined", "no_answer"];
const ADVICE = {
  insecure: "home.insecure",
  unsupported: "home.unsupported",
  session_full: "end.advice.full",
  busy: "end.advice.busy",
  no_path: "end.advice.path",
  stopping: "end.advice.stopping",
};

export default class HomeCall_Web_Core_Ending {
  /**
   * @param {object} end
   * @param {string} end.code see Call.start(), `onEnd`, and Env.obstacle
   * @param {boolean} end.initiator of the session
   * @param {boolean} end.isUnreached the appliance did not answer when the call was lost
   * @param {boolean} end.homeOnly its address leads to it in its own network alone
   * @returns {{title: string, advice: ?string, button: string}} keys of texts
   */
  of({ code, initiator, isUnreached, homeOnly }) {
    const unreached = homeOnly ? "end.advice.unreached.home" : "end.advice.unreached";
    return {
      title: `end.${code}`,
      advice: isUnreached ? unreached : advise(code, initiator),
      button: initiator && !isObstacle(code) ? "end.again" : "end.home",
    };
  }
}

function isObstacle(code) {
  return ["insecure", "unsupported"].includes(code);
}

function advise(code, initiator) {
  if (DEAD_LINK.includes(code)) return initiator ? "end.advice.link" : "end.advice.scan";
  return ADVICE[code] ?? null;
}
