/** Short messages for the person: sentences, never internals. */

const VISIBLE = { status: 6000, alert: 10_000 }; // ms

export default class HomeCall_Web_Ui_Toast {
  #shown = new Map();

  /** Something worth knowing. A sentence that is still shown is not shown twice. */
  info(sentence) {
    this.#show(sentence, "status");
  }

  /** Something went wrong. */
  alert(sentence) {
    this.#show(sentence, "alert");
  }

  /** Something is wrong, and stays so until `dismiss()`. */
  warn(sentence) {
    this.#show(sentence, "alert");
    clearTimeout(this.#shown.get(sentence).timer);
  }

  /** Take a sentence away that is no longer true. */
  dismiss(sentence) {
    const shown = this.#shown.get(sentence);
    if (!shown) return;
    clearTimeout(shown.timer);
    shown.element.remove();
    this.#shown.delete(sentence);
  }

  /** Nothing of what was said is of interest any more. */
  clear() {
    for (const sentence of [...this.#shown.keys()]) this.dismiss(sentence);
  }

  #show(sentence, role) {
    const again = this.#shown.get(sentence);
    clearTimeout(again?.timer);
    const element = again?.element ?? this.#add(sentence, role);
    const timer = setTimeout(() => this.dismiss(sentence), VISIBLE[role]);
    this.#shown.set(sentence, { element, timer });
  }

  #add(sentence, role) {
    const element = document.createElement("p");
    element.className = "toast";
    element.setAttribute("role", role);
    element.textContent = sentence;
    element.addEventListener("click", () => this.dismiss(sentence));
    document.getElementById("toasts").append(element);
    return element;
  }
}
