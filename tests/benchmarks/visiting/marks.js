// When a visit comes to each of its steps, in milliseconds since the navigation: `marks`. Runs
// after probes.js and before the page's own scripts.
globalThis.marks = {};

{
  const mark = (name) => (globalThis.marks[name] ??= performance.now());

  new MutationObserver(() => {
    if (document.getElementById('app')?.dataset.state === 'call') mark('call');
  }).observe(document, { attributeFilter: ['data-state'], childList: true, subtree: true });

  const { mediaDevices } = navigator;
  if (mediaDevices) {
    const getUserMedia = mediaDevices.getUserMedia.bind(mediaDevices);
    mediaDevices.getUserMedia = async (constraints) => {
      mark('devices asked for');
      const stream = await getUserMedia(constraints);
      mark('devices open');
      return stream;
    };
  }

  const { WebSocket: Socket, RTCPeerConnection: PeerConnection } = globalThis;

  globalThis.WebSocket = class WebSocket extends Socket {
    constructor(...parameters) {
      super(...parameters);
      mark('socket asked for');
      this.addEventListener('open', () => mark('socket open'));
      this.addEventListener('message', ({ data }) => data.includes('"offer"') && mark('offer'));
    }

    send(data) {
      if (data.includes('"answer"')) mark('answer');
      super.send(data);
    }
  };

  globalThis.RTCPeerConnection = class RTCPeerConnection extends PeerConnection {
    constructor(...parameters) {
      super(...parameters);
      this.addEventListener('iceconnectionstatechange', () => {
        if (this.iceConnectionState === 'connected') mark('ICE connected');
      });
      this.addEventListener('connectionstatechange', () => {
        if (this.connectionState === 'connected') mark('DTLS connected');
      });
    }
  };
}
