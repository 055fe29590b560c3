/** The page as a whole: its language, which of the three states shows, and its texts. */

const STATUS = { joining: "call.joining", alone: "call.alone", weak: "call.weak" };
/**
 * ms in a phase, after which its status says what to do as well. A browser takes up to eight
 * seconds to find a path dead, and nobody is to wait longer than fifteen.
 */
const SLOW = { joining: 8000, weak: 5000 };

export default class HomeCall_Web_Ui_Screen {
  #texts;
  #said = new Map(); // keys and values, by the ids of their elements
  #phase = null; // of a call that goes on
  #slow = null; // timer

  constructor({ texts }) {
    this.#texts = texts;
  }

  /** The page can be used from now on. */
  show() {
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
  }

  /** @returns {"home"|"call"|"end"} */
  get state() {
    return this.#app.dataset.state;
  }

  /** @param {?string} only the key of the one text to show, where there is nothing to press */
  showHome(only) {
    this.#leaveCall();
    document.getElementById("connect").hidden = only !== null;
    document.getElementById("home-or").hidden = only !== null;
    this.#say("home-lead", only ?? "home.lead");
    this.#app.dataset.state = "home";
  }

  /**
   * @param {"asking"|"sharing"|"joining"|"alone"|"live"|"weak"} phase the person has something to
   *   decide, waiting with a link, waiting for the offer or being connected, nobody has offered in
   *   time (the page looks as in "joining"), connected, interrupted
   */
  showCall(phase) {
    if (phase === this.#phase) return; // its status may have come to say more
    this.#phase = phase;
    this.#showPhase(phase);
    clearTimeout(this.#slow);
    if (SLOW[phase]) this.#slow = setTimeout(() => this.showSlow(), SLOW[phase]);
  }

  /** A link was opened where nobody looks: the call begins when somebody does. */
  showUnseen() {
    this.#showPhase("joining");
  }

  /** What goes on takes longer than usual: the status says what the person can do. */
  showSlow() {
    const phase = this.#phase;
    if (SLOW[phase]) this.#say("status", `${STATUS[phase]}.slow`);
  }

  /**
   * Nothing goes on until the person decides.
   * @param {object} question
   * @param {string} question.title key
   * @param {string} question.lead a sentence or more
   * @param {boolean} question.retry whether loading the page again may help
   */
  ask({ title, lead, retry }) {
    this.#say("asking-title", title);
    document.getElementById("asking-lead").textContent = lead;
    document.getElementById("retry").hidden = !retry;
    this.showCall("asking");
  }

  /**
   * @param {object} end
   * @param {string} end.title key
   * @param {?string} end.advice key
   * @param {?number} end.seconds how long the call was; null: it never was one
   * @param {string} end.button key
   */
  showEnd({ title, advice, seconds, button }) {
    this.#leaveCall();
    this.#say("end-title", title);
    this.#say("end-advice", advice);
    const duration = seconds === null ? null : "end.duration";
    this.#say("end-duration", duration, { time: clock(seconds ?? 0) });
    this.#say("again", button);
    this.#app.dataset.state = "end";
    document.getElementById("again").focus({ focusVisible: false });
  }

  #showPhase(phase) {
    this.#app.dataset.state = "call";
    this.#app.dataset.phase = phase === "alone" ? "joining" : phase;
    this.#say("status", STATUS[phase] ?? null);
  }

  #leaveCall() {
    this.#phase = null;
    clearTimeout(this.#slow);
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
