/**
 * The soft glow around a picture that does not fill the screen: a few of its pixels, spread wide.
 * Drawn seldom and tiny, so that it costs a telephone nothing.
 */
const PERIOD = 400; // ms

export default class HomeCall_Web_Ui_Ambient {
  #timer = null;

  /**
   * @param {HTMLVideoElement} video the picture
   * @param {HTMLCanvasElement} canvas where its glow appears
   */
  start(video, canvas) {
    this.stop();
    const context = canvas.getContext("2d");
    const draw = () => context.drawImage(video, 0, 0, canvas.width, canvas.height);
    draw();
    this.#timer = setInterval(draw, PERIOD);
  }

  stop() {
    clearInterval(this.#timer);
    this.#timer = null;
  }
}
