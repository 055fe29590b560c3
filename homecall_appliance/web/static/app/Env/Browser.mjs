/** The browser: where a person finds a setting in it, and whether it shows the page to anybody. */
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

  /** The page is shown to a person: it is neither in the background nor rendered ahead. */
  seen() {
    return new Promise((resolve) => {
      document.addEventListener("visibilitychange", function look() {
        if (document.visibilityState !== "visible") return;
        document.removeEventListener("visibilitychange", look);
        resolve();
      });
    });
  }
}
