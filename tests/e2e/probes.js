// What a test may ask of a page in a call. Runs before the page's own scripts, in every page.
const NativePeerConnection = globalThis.RTCPeerConnection;
const peers = [];

globalThis.RTCPeerConnection = class RTCPeerConnection extends NativePeerConnection {
  constructor(...args) {
    super(...args);
    peers.push(this);
  }
};

const RATE = 48000;

const remoteVideo = () => document.getElementById('remote-video');

/** Draws the top `share` of the remote picture; null where there is no picture yet. */
function draw(width, height, share) {
  const video = remoteVideo();
  if (!video?.videoWidth) return null;
  const rows = Math.floor(video.videoHeight * share);
  const canvas = new OffscreenCanvas(width ?? video.videoWidth, height ?? rows);
  const context = canvas.getContext('2d', { willReadFrequently: true });
  const { width: w, height: h } = canvas;
  context.drawImage(video, 0, 0, video.videoWidth, rows, 0, 0, w, h);
  return context.getImageData(0, 0, w, h);
}

function luma({ data, width }, x, y) {
  const i = 4 * (y * width + x);
  return 0.2126 * data[i] + 0.7152 * data[i + 1] + 0.0722 * data[i + 2];
}

/** Takes what the counters of W3C webrtc-stats say about one stream, with the codec's name. */
function stream(report, stats) {
  return { ...report, mimeType: stats.get(report.codecId)?.mimeType ?? null };
}

/** The Blob of `ms` milliseconds of sound, compressed. */
function record(stream, ms) {
  const recorder = new MediaRecorder(stream);
  return new Promise((resolve, reject) => {
    recorder.ondataavailable = ({ data }) => resolve(data);
    recorder.onerror = ({ error }) => reject(error);
    recorder.start();
    setTimeout(() => recorder.stop(), ms);
  });
}

let previous = null;

globalThis.probes = {
  /** Every RTCPeerConnection that the page has made, oldest first. */
  peers,

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
    const picture = draw(160, 90, 1);
    if (!picture) return null;
    const { data } = picture;
    const mean = [0, 0, 0];
    let difference = 0;
    for (let i = 0; i < data.length; i++) {
      if (i % 4 === 3) continue;
      mean[i % 4] += (data[i] / data.length) * 4;
      if (previous) difference += (Math.abs(data[i] - previous[i]) / data.length) * (4 / 3);
    }
    const { videoWidth: width, videoHeight: height } = remoteVideo();
    const result = { width, height, mean, difference: previous ? difference : null };
    previous = data;
    return result;
  },

  /**
   * The clock in the strip of the test pattern: `time`, Unix milliseconds modulo 2 ** 32, and
   * `age`, the milliseconds that have passed since by this machine's clock. null where there is
   * no strip, or a cell of it is neither black nor white.
   */
  clock() {
    const strip = draw(null, null, 1 / 20);
    if (!strip) return null;
    let time = 0;
    for (let cell = 0; cell < 32; cell++) {
      const light = luma(strip, Math.floor(((cell + 0.5) * strip.width) / 32), strip.height >> 1);
      if (light > 80 && light < 176) return null;
      time = time * 2 + (light > 128 ? 1 : 0);
    }
    return { time, age: (Date.now() - time) | 0 };
  },

  /**
   * The strongest frequency of half a second of the remote sound in `hertz`, and its `level` in
   * dB of full scale as AnalyserNode gives it. null where there is no sound track.
   */
  async tone() {
    const tracks = remoteVideo()?.srcObject?.getAudioTracks() ?? [];
    if (!tracks.length) return null;
    const sound = await record(new MediaStream(tracks), 500);
    // An AudioContext for listeners stands still in Firefox where there is no sound card.
    const decoder = new OfflineAudioContext(1, 1, RATE);
    const buffer = await decoder.decodeAudioData(await sound.arrayBuffer());
    const offline = new OfflineAudioContext(1, buffer.length, RATE);
    const analyser = new AnalyserNode(offline, { fftSize: 16384, smoothingTimeConstant: 0 });
    const source = new AudioBufferSourceNode(offline, { buffer });
    source.connect(analyser).connect(offline.destination);
    source.start();
    await offline.startRendering();
    const level = new Float32Array(analyser.frequencyBinCount);
    analyser.getFloatFrequencyData(level);
    const peak = Math.max(...level);
    return { hertz: (level.indexOf(peak) * RATE) / analyser.fftSize, level: peak };
  },
};
