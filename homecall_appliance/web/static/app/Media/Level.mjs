/** How loud the person's microphone is: whether anything of him can be heard. */
const LOOK = 100; // ms
const [SILENT, LOUD] = [-60, -10]; // dB below full scale: a quiet room, a voice close by

export default class HomeCall_Web_Media_Level {
  #context = null;
  #logger;
  #looking = null;
  #media;

  constructor({ logger, media }) {
    this.#logger = logger;
    this.#media = media;
  }

  /**
   * Measure until `stop()`; nothing where there is no microphone.
   * @param {(level: number) => void} onLevel 0 (silent) to 1 (loud), ten times a second
   */
  start(onLevel) {
    this.stop();
    const [track] = this.#media.stream.getAudioTracks();
    if (!track) return;
    try {
      this.#measure(track, onLevel);
    } catch (error) {
      // Firefox: a microphone of another sample rate than the loudspeaker's.
      this.#logger.info(`The microphone cannot be measured (${error.name})`);
    }
  }

  stop() {
    clearInterval(this.#looking);
    this.#context?.close();
    this.#context = null;
  }

  #measure(track, onLevel) {
    const context = new AudioContext();
    this.#context = context;
    const analyser = context.createAnalyser();
    context.createMediaStreamSource(new MediaStream([track])).connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    this.#looking = setInterval(() => {
      analyser.getFloatTimeDomainData(samples);
      onLevel(levelOf(samples));
    }, LOOK);
  }
}

function levelOf(samples) {
  const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
  const level = (10 * Math.log10(power) - SILENT) / (LOUD - SILENT);
  return Math.min(Math.max(level, 0), 1);
}
