/** The person's own picture: mirrored like in a mirror, and movable out of the way. */
const STEP = 16; // CSS pixels that an arrow key moves it
const SLOP = 8; // CSS pixels that a finger may slip within a tap

export default class HomeCall_Web_Ui_OwnPicture {
  #offset = { x: 0, y: 0 }; // CSS pixels from its corner
  #dragged = false; // whether the latest touch was more than a tap

  bind() {
    const handle = document.getElementById("move");
    handle.addEventListener("pointerdown", (event) => this.#drag(event));
    handle.addEventListener("keydown", (event) => this.#nudge(event));
    handle.addEventListener("click", () => this.#cross());
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

  #drag({ target: handle, pointerId, clientX: fromX, clientY: fromY }) {
    const { x, y } = this.#offset;
    this.#dragged = false;
    const move = ({ clientX, clientY }) => {
      const [across, down] = [clientX - fromX, clientY - fromY];
      this.#dragged ||= Math.hypot(across, down) > SLOP;
      if (this.#dragged) this.#place({ x: x + across, y: y + down });
    };
    handle.setPointerCapture(pointerId);
    handle.addEventListener("pointermove", move);
    const end = () => handle.removeEventListener("pointermove", move);
    handle.addEventListener("lostpointercapture", end, { once: true });
  }

  #nudge({ key }) {
    const { x, y } = this.#offset;
    const to = {
      ArrowLeft: { x: x - STEP, y },
      ArrowRight: { x: x + STEP, y },
      ArrowUp: { x, y: y - STEP },
      ArrowDown: { x, y: y + STEP },
    }[key];
    if (to) this.#place(to);
  }

  /** To the other side of the stage: for who cannot drag (WCAG 2.2, 2.5.7). */
  #cross() {
    const { x, y } = this.#offset;
    const { offsetLeft: left, offsetWidth: width } = this.#tile;
    const over = document.getElementById("stage").clientWidth - width - 2 * left;
    if (!this.#dragged) this.#place({ x: x < over / 2 ? 0 : over, y });
    this.#dragged = false;
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
