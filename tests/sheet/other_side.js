/**
 * Stands for the appliance's socket and for the other side's media, before any script of the page:
 * `otherSide` does what they would.
 */
(() => {
  const sockets = [];
  const peers = [];
  const settings = { access: "granted", plays: true };

  class FakeSocket extends EventTarget {
    readyState = 0;

    constructor() {
      super();
      sockets.push(this);
      queueMicrotask(() => {
        this.readyState = 1;
        this.onopen?.();
      });
    }

    send() {}

    close() {
      this.readyState = 3;
    }
  }

  class FakePeerConnection {
    connectionState = "new";
    signalingState = "stable";
    localDescription = null;
    remoteDescription = null;
    packets = 0;

    constructor() {
      peers.push(this);
    }

    addTransceiver() {
      return { sender: { replaceTrack: async () => {} } };
    }

    addTrack() {
      return { replaceTrack: async () => {} };
    }

    async createOffer() {
      return { type: "offer", sdp: "v=0" };
    }

    async createAnswer() {
      return { type: "answer", sdp: "v=0" };
    }

    async setLocalDescription(description) {
      this.localDescription = description;
    }

    async setRemoteDescription(description) {
      this.remoteDescription = description;
    }

    async addIceCandidate() {}

    async getStats() {
      if (!settings.silent) this.packets += 10;
      return new Map([["in", { type: "inbound-rtp", packetsReceived: this.packets }]]);
    }

    close() {
      this.connectionState = "closed";
    }
  }

  /** A room with a person in it, wider than high, as the appliance's camera sees it. */
  function picture() {
    const canvas = Object.assign(document.createElement("canvas"), { width: 1280, height: 720 });
    const context = canvas.getContext("2d");
    const draw = () => {
      const wall = context.createLinearGradient(0, 0, 1280, 720);
      wall.addColorStop(0, "#c9b79c");
      wall.addColorStop(1, "#7d8f86");
      context.fillStyle = wall;
      context.fillRect(0, 0, 1280, 720);
      context.fillStyle = "#4b5d67";
      context.fillRect(120, 90, 260, 330);
      context.fillStyle = "#e8c9a8";
      context.beginPath();
      context.arc(660, 300, 120, 0, 7);
      context.fill();
      context.fillStyle = "#8a3b2e";
      context.beginPath();
      context.ellipse(660, 660, 260, 240, 0, 0, 7);
      context.fill();
    };
    draw();
    setInterval(draw, 100);
    return canvas.captureStream(10).getVideoTracks()[0];
  }

  globalThis.WebSocket = FakeSocket;
  globalThis.RTCPeerConnection = FakePeerConnection;
  const ask = navigator.mediaDevices?.getUserMedia.bind(navigator.mediaDevices);
  if (ask) {
    navigator.mediaDevices.getUserMedia = (wanted) => {
      if (settings.access === "asked") return new Promise(() => {});
      if (settings.access === "none") return Promise.reject(new DOMException("", "NotFoundError"));
      if (settings.access === "denied") {
        return Promise.reject(new DOMException("", "NotAllowedError"));
      }
      return ask(wanted);
    };
  }
  const { play } = HTMLMediaElement.prototype;
  HTMLMediaElement.prototype.play = function () {
    if (settings.plays || this.muted) return play.call(this);
    return Promise.reject(new DOMException("", "NotAllowedError"));
  };

  globalThis.otherSide = {
    settings,
    say: (message) => {
      const { sessionId } = history.state;
      sockets.at(-1).onmessage({ data: JSON.stringify({ sessionId, ...message }) });
    },
    lose: () => sockets.at(-1).onclose({ code: 1006 }),
    become: (state) => {
      peers.at(-1).connectionState = state;
      peers.at(-1).onconnectionstatechange?.();
    },
    show: ({ silent = false } = {}) => {
      const track = picture();
      settings.silent = silent;
      Object.defineProperty(track, "muted", { value: silent });
      peers.at(-1).ontrack({ track });
    },
    isJoined: () => sockets.length > 0,
    isOffered: () => peers.length > 0,
  };
})();
