// A call of the page with itself: its microphone, and a canvas that shows the clock strip.
const CELLS = 32;

function paint(canvas) {
  const context = canvas.getContext('2d');
  const { width, height } = canvas;
  const now = Date.now();
  context.fillStyle = `hsl(${(now / 10) % 360} 100% 50%)`;
  context.fillRect(0, 0, width, height);
  for (let cell = 0; cell < CELLS; cell++) {
    const bit = Math.floor((now % 2 ** CELLS) / 2 ** (CELLS - 1 - cell)) % 2;
    context.fillStyle = bit ? '#fff' : '#000';
    const left = Math.round((cell * width) / CELLS);
    context.fillRect(left, 0, Math.round(((cell + 1) * width) / CELLS) - left, height / 20);
  }
}

async function call() {
  const canvas = Object.assign(document.createElement('canvas'), { width: 640, height: 360 });
  setInterval(paint, 40, canvas);
  const microphone = await navigator.mediaDevices.getUserMedia({ audio: true });
  const [caller, callee] = [new RTCPeerConnection(), new RTCPeerConnection()];
  caller.onicecandidate = ({ candidate }) => callee.addIceCandidate(candidate);
  callee.onicecandidate = ({ candidate }) => caller.addIceCandidate(candidate);
  const video = document.getElementById('remote-video');
  callee.ontrack = ({ streams }) => {
    video.srcObject = streams[0];
  };
  const stream = canvas.captureStream(25);
  stream.addTrack(...microphone.getTracks());
  for (const track of stream.getTracks()) caller.addTrack(track, stream);
  await caller.setLocalDescription();
  await callee.setRemoteDescription(caller.localDescription);
  await callee.setLocalDescription();
  await caller.setRemoteDescription(callee.localDescription);
}

document.getElementById('start').addEventListener('click', ({ isTrusted }) => {
  console.info(`trusted ${isTrusted}, ${navigator.language}`);
  call().catch(({ name }) => {
    document.getElementById('problem').textContent = name;
  });
});

/** Shows a QR code, given as one character, 0 or 1, for each module of its square. */
globalThis.paintModules = (modules) => {
  const size = Math.sqrt(modules.length);
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = 4 * size;
  const context = canvas.getContext('2d');
  for (let i = 0; i < modules.length; i++) {
    context.fillStyle = modules[i] === '1' ? '#000' : '#fff';
    context.fillRect(4 * (i % size), 4 * Math.floor(i / size), 4, 4);
  }
  document.body.replaceChildren(canvas);
};
