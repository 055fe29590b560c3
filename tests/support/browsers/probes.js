// What a test may ask of a page in a call. Runs before the page's own scripts, in every page.
const NativePeerConnection = globalThis.RTCPeerConnection;
const peers = [];

if (NativePeerConnection) {
  globalThis.RTCPeerConnection = class RTCPeerConnection extends NativePeerConnection {
    constructor(...args) {
      super(...args);
      peers.push(this);
    }
  };
}

const NativeWebSocket = globalThis.WebSocket;
const attached = [];

globalThis.WebSocket = class WebSocket extends NativeWebSocket {
  constructor(...args) {
    super(...args);
    this.addEventListener('open', () => attached.push(this.url));
  }
};

const RATE = 48000;
const FFT = 16384;
const STEP = RATE / FFT;
const GRID = { width: 160, height: 90, points: 160 * 90 };

const remoteVideo = () => document.getElementById('remote-video');

/** The size of the remote picture; null where there is none yet. */
function size() {
  const { videoWidth: width, videoHeight: height } = remoteVideo() ?? {};
  return width ? { width, height } : null;
}

/** The pixels of the top `rows` of the remote picture, scaled to `width` by `height`. */
function pixels(rows, width, height) {
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext('2d', { willReadFrequently: true });
  context.drawImage(remoteVideo(), 0, 0, size().width, rows, 0, 0, width, height);
  return context.getImageData(0, 0, width, height).data;
}

/** Takes what the counters of W3C webrtc-stats say about one stream, with the codec's name. */
function stream(report, stats) {
  return { ...report, mimeType: stats.get(report.codecId)?.mimeType ?? null };
}

/** The Blob of `ms` milliseconds of sound, compressed. */
function record(sound, ms) {
  const recorder = new MediaRecorder(sound);
  return new Promise((resolve, reject) => {
    recorder.ondataavailable = ({ data }) => resolve(data);
    recorder.onerror = ({ error }) => reject(error);
    recorder.start();
    setTimeout(() => recorder.stop(), ms);
  });
}

/** The AudioBuffer of a recording; null where no sound came during it: it has a header only. */
async function decode(recording) {
  // An AudioContext for listeners stands still in Firefox where there is no sound card.
  const decoder = new OfflineAudioContext(1, 1, RATE);
  try {
    return await decoder.decodeAudioData(await recording.arrayBuffer());
  } catch (error) {
    if (error.name === 'EncodingError') return null;
    throw error;
  }
}

/**
 * The level of half a second of the remote sound in dB, for each STEP of its frequency; null where
 * none comes.
 */
async function spectrum() {
  const tracks = remoteVideo()?.srcObject?.getAudioTracks() ?? [];
  if (!tracks.length) return null;
  const buffer = await decode(await record(new MediaStream(tracks), 500));
  if (!buffer) return null;
  const offline = new OfflineAudioContext(1, buffer.length, RATE);
  const analyser = new AnalyserNode(offline, { fftSize: FFT, smoothingTimeConstant: 0 });
  const source = new AudioBufferSourceNode(offline, { buffer });
  source.connect(analyser).connect(offline.destination);
  source.start();
  await offline.startRendering();
  const levels = new Float32Array(analyser.frequencyBinCount);
  analyser.getFloatFrequencyData(levels);
  return levels;
}

/** The part of a spectrum that is up to 10 Hz from a frequency. */
function around(levels, hertz) {
  return levels.subarray(Math.floor((hertz - 10) / STEP), Math.ceil((hertz + 10) / STEP) + 1);
}

/** What lets a page ask for a key frame; the frames themselves do not pass here. */
const ASKER = `
let transformer;
onrtctransform = (event) => (transformer = event.transformer);
onmessage = () => transformer.sendKeyFrameRequest();
`;

let asker = null;
let previous = null;

// Kept here, for a test may take it from the page.
const { requestVideoFrameCallback } = HTMLVideoElement.prototype;

document.addEventListener('DOMContentLoaded', () => {
  const shown = (now) => {
    probes.firstFrame ??= now;
    probes.shown.push(now);
    requestVideoFrameCallback.call(remoteVideo(), shown);
  };
  if (remoteVideo()) requestVideoFrameCallback.call(remoteVideo(), shown);
});

globalThis.probes = {
  /** Milliseconds from the navigation to the first remote picture; null before. */
  firstFrame: null,

  /** When each remote picture was shown, in milliseconds since the navigation. */
  shown: [],

  /** Every RTCPeerConnection that the page has made, oldest first. */
  peers,

  /** The address of every WebSocket of the page that was opened, oldest first. */
  attached,

  /**
   * The newest peer connection (or the one at `index`, as of Array.at): its states and, by kind,
   * the members of RTCInboundRtpStreamStats and RTCOutboundRtpStreamStats, with `mimeType`.
   * null where there is none.
   */
  async stats(index = -1) {
    const peer = peers.at(index);
    if (!peer) return null;
    const stats = await peer.getStats();
    const result = {
      connectionState: peer.connectionState,
      iceConnectionState: peer.iceConnectionState,
      signalingState: peer.signalingState,
      inbound: {},
      outbound: {},
    };
    stats.forEach((report) => {
      if (report.type === 'inbound-rtp') result.inbound[report.kind] = stream(report, stats);
      if (report.type === 'outbound-rtp') result.outbound[report.kind] = stream(report, stats);
    });
    return result;
  },

  /**
   * The remote picture: `width` and `height` in pixels, its mean colour [red, green, blue], and
   * `difference`, how far it is from the picture of the call before: the mean over its points,
   * each 0 to 255, null the first time. null where there is no picture.
   */
  frame() {
    const picture = size();
    if (!picture) return null;
    const points = pixels(picture.height, GRID.width, GRID.height);
    const mean = [0, 0, 0];
    let difference = previous ? 0 : null;
    points.forEach((value, i) => {
      if (i % 4 === 3) return;
      mean[i % 4] += value / GRID.points;
      if (previous) difference += Math.abs(value - previous[i]) / GRID.points / 3;
    });
    previous = points;
    return { ...picture, mean, difference };
  },

  /**
   * Has the browser ask for a key frame (PLI, RFC 4585): the `frames` that were decoded until that
   * one was (or a little later: the counters of W3C webrtc-stats are old by up to 50 ms), and the
   * `ms` until then. Needs a page without its Content-Security-Policy; Chromium only.
   */
  async keyframe() {
    const video = async () => (await probes.stats()).inbound.video;
    if (!asker) {
      asker = new Worker(URL.createObjectURL(new Blob([ASKER])));
      const receivers = peers.at(-1).getReceivers();
      receivers.find(({ track }) => track.kind === 'video').transform =
        new RTCRtpScriptTransform(asker, {});
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
    const before = await video();
    const since = performance.now();
    asker.postMessage(null);
    let now = before;
    while (now.keyFramesDecoded === before.keyFramesDecoded) {
      await new Promise((resolve) => setTimeout(resolve, 5));
      now = await video();
    }
    return { frames: now.framesDecoded - before.framesDecoded, ms: performance.now() - since };
  },

  /**
   * The clock in the strip of the test pattern: `time`, Unix milliseconds modulo 2 ** 32, and
   * `age`, the milliseconds that have passed since by this machine's clock. null where there is
   * no strip, or a cell of it is neither black nor white.
   */
  clock() {
    const picture = size();
    if (!picture) return null;
    const rows = Math.floor(picture.height / 20);
    const strip = pixels(rows, picture.width, rows);
    let time = 0;
    for (let cell = 0; cell < 32; cell++) {
      const x = Math.floor(((cell + 0.5) * picture.width) / 32);
      const green = strip[4 * ((rows >> 1) * picture.width + x) + 1];
      if (green > 80 && green < 176) return null;
      time = time * 2 + (green > 128 ? 1 : 0);
    }
    return { time, age: (Date.now() - time) | 0 };
  },

  /**
   * The strongest frequency of half a second of the remote sound in `hertz`, and its `level` in
   * dB of full scale as AnalyserNode gives it. null where no sound comes.
   */
  async tone() {
    const levels = await spectrum();
    if (!levels) return null;
    const peak = Math.max(...levels);
    return { hertz: levels.indexOf(peak) * STEP, level: peak };
  },

  /** The levels at these frequencies, in hertz, likewise. */
  async levels(...hertz) {
    const levels = await spectrum();
    return levels && hertz.map((each) => Math.max(...around(levels, each)));
  },
};
