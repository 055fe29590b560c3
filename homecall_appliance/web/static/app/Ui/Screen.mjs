/** The page as a whole: which state shows, its texts, and what is said of it to a screen reader. */

/** `data-state` and `data-phase` of each state in a call (interfaces.md). */
const PHASES = {
  unseen: "joining",
  asking: "asking",
  sharing: "sharing",
  joining: "joining",
  alone: "joining",
  ringing: "ringing",
  live: "live",
  reconnecting: "weak",
};
const STATUS = {
  unseen: "call.joining",
  joining: "call.joining",
  alone: "call.alone",
  ringing: "call.ringing",
  reconnecting: "call.weak",
};
/**
 * ms in a state, after which its status says what to do as well. A browser takes up to eight
 * seconds to find a path dead, and nobody is to wait longer than fifteen.
 */
const SLOW = { joining: 8000, reconnecting: 5000 };
/** What a screen reader hears of a state, where it is not the status. */
const TOLD = { asking: "asking.title", sharing: "share.title", live: "call.live" };
/** ms that media take from a connection that has just come about: it is not told as ringing. */
const FIRST_MEDIA = 700;

export default class HomeCall_Web_Ui_Screen {
  #texts;
  #said = new Map(); // keys and values, by the ids of their elements
  #state = "home";
  #later = null; // timer
  #ticking = null; // interval

  constructor({ texts }) {
    this.#texts = texts;
  }

  /** The page can be used from now on. */
  begin() {
    this.#app.toggleAttribute("data-ready", true);
  }

  /** Say in the language of now what the page says. */
  translate() {
    for (const element of document.querySelectorAll("[data-text]")) {
      element.textContent = this.#texts.get(element.dataset.text);
    }
    for (const element of document.querySelectorAll("[data-label]")) {
      const label = this.#texts.get(element.dataset.label);
      element.setAttribute("aria-label", label);
      if (element.localName === "button") element.title = label;
    }
    document.getElementById("language").lang = this.#texts.other;
    for (const [id, [key, values]] of this.#said) this.#say(id, key, values);
    this.#entitle(this.#app.dataset.state);
  }

  /** @param {?string} only the key of the one text to show, where there is nothing to press */
  prepareHome(only) {
    document.getElementById("connect").hidden = only !== null;
    document.getElementById("home-or").hidden = only !== null;
    this.#say("home-lead", only ?? "home.lead");
  }

  /**
   * @param {object} question what the person has to decide
   * @param {string} question.title key
   * @param {string} question.lead a sentence or more
   * @param {boolean} question.retry whether loading the page again may help
   */
  prepareAsking({ title, lead, retry }) {
    this.#say("asking-title", title);
    document.getElementById("asking-lead").textContent = lead;
    document.getElementById("retry").hidden = !retry;
  }

  /**
   * @param {object} end
   * @param {string} end.title key
   * @param {?string} end.advice key
   * @param {?number} end.seconds how long the call was; null: it never was one
   * @param {string} end.button key
   */
  prepareEnd({ title, advice, seconds, button }) {
    this.#say("end-title", title);
    this.#say("end-advice", advice);
    const duration = seconds === null ? null : "end.duration";
    this.#say("end-duration", duration, { time: clock(seconds ?? 0) });
    this.#say("again", button);
  }

  /** @param {string} state of Flow; what it shows has been prepared */
  enter(state) {
    this.#state = state;
    clearTimeout(this.#later);
    const { dataset } = this.#app;
    const page = PHASES[state] ? "call" : state;
    const isAnother = dataset.state !== page;
    dataset.state = page;
    if (PHASES[state]) dataset.phase = PHASES[state];
    else delete dataset.phase;
    this.#entitle(page);
    // What had the focus is not there any more; the heading says what is.
    if (isAnother) document.querySelector(`.${page} h1`).focus({ focusVisible: false });
    if (state === "live") this.#startClock();
    if (state !== "live") this.showQuality("good");
    if (page !== "call") this.#stopClock();
    if (state === "ringing") {
      this.#later = setTimeout(() => this.#tell(), FIRST_MEDIA);
      return;
    }
    this.#tell();
    if (SLOW[state]) this.#later = setTimeout(() => this.showSlow(), SLOW[state]);
  }

  /** What goes on takes longer than usual: the status says what the person can do. */
  showSlow() {
    const key = `${STATUS[this.#state]}.slow`;
    if (!SLOW[this.#state]) return;
    this.#say("status", key);
    this.#announce(key);
  }

  /** @param {"poor"|"good"} quality of what arrives, while it does */
  showQuality(quality) {
    this.#say("quality", quality === "poor" ? "call.poor" : null);
  }

  /** Say in which state the call is, to the eye and to the ear. */
  #tell() {
    const status = STATUS[this.#state] ?? null;
    this.#say("status", status);
    this.#announce(status ?? TOLD[this.#state] ?? null);
  }

  /** The element stays in the page, so that a screen reader hears of each change. */
  #announce(key) {
    document.getElementById("announcer").textContent = key === null ? "" : this.#texts.get(key);
  }

  #entitle(page) {
    const key = { home: "home.title", call: "call.title", end: "end.title" }[page];
    document.title = `HomeCall · ${this.#texts.get(key)}`;
  }

  /** How long the call has been, from its first media on. */
  #startClock() {
    if (this.#ticking) return;
    const since = performance.now();
    const element = document.getElementById("clock");
    const tick = () => {
      element.textContent = clock((performance.now() - since) / 1000);
    };
    tick();
    element.hidden = false;
    this.#ticking = setInterval(tick, 1000);
  }

  #stopClock() {
    clearInterval(this.#ticking);
    this.#ticking = null;
    document.getElementById("clock").hidden = true;
  }

  /** @param {?string} key null: there is nothing to say */
  #say(id, key, values = {}) {
    this.#said.set(id, [key, values]);
    const element = document.getElementById(id);
    element.textContent = key === null ? "" : this.#texts.get(key, values);
    element.hidden = key === null;
  }

  get #app() {
    return document.getElementById("app");
  }
}

/** 75 → "1:15", 3675 → "1:01:15" */
function clock(seconds) {
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const [hours, minutes, rest] = parts.map(Math.floor);
  const pad = (number) => String(number).padStart(2, "0");
  return hours ? `${hours}:${pad(minutes)}:${pad(rest)}` : `${minutes}:${pad(rest)}`;
}
