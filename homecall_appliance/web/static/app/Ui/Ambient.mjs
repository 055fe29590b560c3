/**
 * The soft glow around a picture that does not fill the screen: a few of its pixels, spread wide.
 * Drawn seldom and tiny, and without a filter of CSS, which the browser would apply anew to each
 * frame of the picture: so it costs a telephone nothing.
 */

const PERIOD = 400; // ms
const WIDTH = 6; // pixels
const HEIGHT = 4;
const SHARE = 0.4; // of the new picture in the glow: it fades from one to the next

export default class HomeCall_Web_Ui_Ambient {
  #timer = null;

  /**
   * It begins a moment later: the first picture does not wait for it.
   * @param {HTMLVideoElement} video the picture
   * @param {HTMLCanvasElement} canvas where its glow appears
   */
  start(video, canvas) {
    if (this.#timer) return;
    const few = Object.assign(document.createElement("canvas"), { width: WIDTH, height: HEIGHT });
    const context = canvas.getContext("2d");
    context.imageSmoothingQuality = "high";
    const draw = () => {
      few.getContext("2d").drawImage(video, 0, 0, WIDTH, HEIGHT);
      context.drawImage(few, 0, 0, canvas.width, canvas.height);
      context.globalAlpha = SHARE;
    };
    context.clearRect(0, 0, canvas.width, canvas.height); // nothing is left of an earlier call
    context.globalAlpha = 1;
    this.#timer = setInterval(draw, PERIOD);
  }

  stop() {
    clearInterval(this.#timer);
    this.#timer = null;
  }
}
