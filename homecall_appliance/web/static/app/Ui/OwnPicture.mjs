/** The person's own picture: mirrored like in a mirror, and movable out of the way. */
const STEP = 16; // CSS pixels that an arrow key moves it

export default class HomeCall_Web_Ui_OwnPicture {
  #offset = { x: 0, y: 0 }; // CSS pixels from its corner

  bind() {
    const tile = this.#tile;
    tile.addEventListener("pointerdown", (event) => this.#drag(event));
    tile.addEventListener("keydown", (event) => this.#nudge(event));
    globalThis.addEventListener("resize", () => this.#place(this.#offset));
  }

  /** @param {?MediaStreamTrack} track only a camera that looks at the person is a mirror */
  show(track) {
    const isBack = track?.getSettings?.().facingMode === "environment";
    this.#tile.toggleAttribute("data-back", isBack);
  }

  /** Back into its corner. */
  reset() {
    this.#place({ x: 0, y: 0 });
  }

  get #isTile() {
    return ["live", "weak"].includes(document.getElementById("app").dataset.phase);
  }

  #drag(down) {
    if (!this.#isTile) return;
    const tile = this.#tile;
    const from = { x: this.#offset.x - down.clientX, y: this.#offset.y - down.clientY };
    const move = ({ clientX, clientY }) => {
      this.#place({ x: from.x + clientX, y: from.y + clientY });
    };
    tile.setPointerCapture(down.pointerId);
    tile.addEventListener("pointermove", move);
    const end = () => tile.removeEventListener("pointermove", move);
    tile.addEventListener("lostpointercapture", end, { once: true });
  }

  #nudge({ key }) {
    const { x, y } = this.#offset;
    const to = {
      ArrowLeft: { x: x - STEP, y },
      ArrowRight: { x: x + STEP, y },
      ArrowUp: { x, y: y - STEP },
      ArrowDown: { x, y: y + STEP },
    }[key];
    if (to && this.#isTile) this.#place(to);
  }

  /** It stays within the stage, wherever it is drawn to. */
  #place(offset) {
    const tile = this.#tile;
    const stage = document.getElementById("stage");
    const { offsetLeft: left, offsetTop: top } = tile; // of its corner
    const right = stage.clientWidth - tile.offsetWidth - left;
    const bottom = stage.clientHeight - tile.offsetHeight - top;
    this.#offset = { x: within(offset.x, -left, right), y: within(offset.y, -top, bottom) };
    tile.style.setProperty("--x", `${this.#offset.x}px`);
    tile.style.setProperty("--y", `${this.#offset.y}px`);
  }

  get #tile() {
    return document.getElementById("local");
  }
}

function within(value, least, most) {
  return Math.min(Math.max(value, least), Math.max(most, least));
}
