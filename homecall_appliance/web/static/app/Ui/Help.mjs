/** The sheet of help, over whatever the page shows. */
export default class HomeCall_Web_Ui_Help {
  #env;
  #help;
  #notices;
  #opener = null;

  constructor({ env, help, notices }) {
    this.#env = env;
    this.#help = help;
    this.#notices = notices;
  }

  bind() {
    for (const button of document.querySelectorAll("[data-help]")) {
      button.addEventListener("click", () => this.#open(button));
    }
    document.getElementById("help-close").addEventListener("click", () => this.#close());
    document.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || this.#sheet.hidden) return;
      event.stopImmediatePropagation(); // what it lies over stays as it is
      this.#close();
    });
  }

  #open(button) {
    this.#opener = button;
    const entries = this.#help.of({
      lacking: this.#notices.lack,
      off: this.#env.switchedOff,
      isSilent: !document.getElementById("hear").hidden,
      isWeak: !document.getElementById("quality").hidden || this.#app.dataset.phase === "weak",
    });
    document.getElementById("help-list").replaceChildren(...entries.map(shown));
    this.#show(true);
    document.getElementById("help-title").focus({ focusVisible: false });
  }

  #close() {
    this.#show(false);
    this.#opener.focus({ focusVisible: false });
  }

  /** Nothing else can be reached meanwhile. */
  #show(open) {
    this.#sheet.hidden = !open;
    this.#app.inert = open;
  }

  get #app() {
    return document.getElementById("app");
  }

  get #sheet() {
    return document.getElementById("help");
  }
}

function shown({ title, lines, link, isKnown }) {
  const section = document.createElement("section");
  section.toggleAttribute("data-known", isKnown);
  section.append(make("h3", title), ...lines.map((line) => make("p", line)));
  if (link) section.append(Object.assign(make("a", link), { href: link }));
  return section;
}

function make(name, text) {
  return Object.assign(document.createElement(name), { textContent: text });
}
