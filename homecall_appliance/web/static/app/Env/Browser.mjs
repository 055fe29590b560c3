/** What browser this is, as far as a person is told where to find a setting in it. */
const NAMES = [
  [/iP(hone|ad|od).*(CriOS|FxiOS|EdgiOS)/, "ios_app"],
  [/iP(hone|ad|od)/, "ios"],
  [/Android.*Firefox/, "firefox_phone"],
  [/Android/, "chrome_phone"],
  [/Firefox/, "firefox"],
  [/Chrom(e|ium)/, "chrome"],
  [/Safari/, "safari"],
];

export default class HomeCall_Web_Env_Browser {
  /** @returns {string} the key of the text that says where it allows a page its devices */
  get allowing() {
    const { userAgent, maxTouchPoints } = navigator;
    // An iPad gives itself out for a Mac, of which none can be touched.
    if (/Macintosh/.test(userAgent) && maxTouchPoints > 1) return "allow.ios";
    const [, name] = NAMES.find(([pattern]) => pattern.test(userAgent)) ?? [null, "other"];
    return `allow.${name}`;
  }
}
