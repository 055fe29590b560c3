// In place of a phone's camera: a moving picture with a clock in it. Runs before the page's scripts.
{
  const WIDTH = 1280;
  const HEIGHT = 720;
  const RATE = 30;
  const CELL = 40;
  const STRIPS = [120, HEIGHT - 3 * CELL]; // The band of the screen is below the second one.

  /** A larger picture than the camera's, with shapes and grain as of a room. */
  function scenery() {
    const noise = (width, height, [low, high]) => {
      const canvas = new OffscreenCanvas(width, height);
      const context = canvas.getContext("2d");
      const image = context.createImageData(width, height);
      image.data.forEach((_, i) => {
        image.data[i] = i % 4 === 3 ? 255 : low + Math.random() * (high - low);
      });
      context.putImageData(image, 0, 0);
      return canvas;
    };
    const [width, height] = [WIDTH + 80, HEIGHT + 80];
    const canvas = new OffscreenCanvas(width, height);
    const context = canvas.getContext("2d");
    context.drawImage(noise(34, 20, [30, 220]), 0, 0, width, height);
    context.globalAlpha = 0.08;
    context.drawImage(noise(width, height, [0, 255]), 0, 0);
    return canvas;
  }

  /** Paint the low 24 bits of the time as cells, and 8 bits that tell whether they were read well. */
  function stamp(context, time) {
    const low = time % 2 ** 24;
    const [a, b, c] = [low >> 16, (low >> 8) & 255, low & 255];
    const bits = [a, b, c, (3 * a + 5 * b + 7 * c + 90) & 255]
      .map((octet) => octet.toString(2).padStart(8, "0"))
      .join("");
    for (const top of STRIPS) {
      [...bits].forEach((bit, cell) => {
        context.fillStyle = bit === "1" ? "white" : "black";
        context.fillRect(cell * CELL, top, CELL, CELL);
      });
    }
  }

  /** The track of a camera that a hand holds, before which a head moves. */
  function film() {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [WIDTH, HEIGHT];
    const context = canvas.getContext("2d", { alpha: false, willReadFrequently: true });
    const room = scenery();
    const paint = () => {
      const seconds = performance.now() / 1000;
      const sway = (period) => Math.sin((2 * Math.PI * seconds) / period);
      context.drawImage(room, -40 + 30 * sway(4), -40 + 30 * sway(5));
      context.fillStyle = "rgb(200 150 120)";
      context.beginPath();
      context.ellipse(640 + 120 * sway(3), 420 + 20 * sway(1), 130, 180, 0, 0, 2 * Math.PI);
      context.fill();
      stamp(context, Date.now());
    };
    paint();
    setInterval(paint, 1000 / RATE);
    return canvas.captureStream().getVideoTracks()[0];
  }

  if (globalThis.MediaDevices) {
    const native = MediaDevices.prototype.getUserMedia;
    MediaDevices.prototype.getUserMedia = async function getUserMedia({ audio, video }) {
      const stream = audio ? await native.call(this, { audio }) : new MediaStream();
      if (video) stream.addTrack(film());
      return stream;
    };
  }
}
