/** An RTCPeerConnection that remembers what was done with it, and fails where a real one does. */
export class FakePeerConnection {
  static all = [];
  static answer = (number) => `answer of ${number}`;
  log = [];
  signalingState = "stable";
  connectionState = "new";
  localDescription = null;
  remoteDescription = null;
  applied = [];
  packetsReceived = 0;
  packetsLost = 0;

  constructor(configuration) {
    this.configuration = configuration;
    this.number = FakePeerConnection.all.push(this);
  }

  addTransceiver(trackOrKind, { direction }) {
    this.log.push(`${direction} ${trackOrKind.kind ?? trackOrKind}`);
    return { sender: this.#sender() };
  }

  addTrack(track) {
    this.log.push(`track ${track.kind}`);
    return this.#sender();
  }

  async createOffer() {
    return { type: "offer", sdp: `offer of ${this.number}` };
  }

  async createAnswer() {
    if (!this.remoteDescription) throw new DOMException("no offer", "InvalidStateError");
    return { type: "answer", sdp: FakePeerConnection.answer(this.number) };
  }

  async setLocalDescription(description) {
    this.localDescription = description;
    this.signalingState = description.type === "offer" ? "have-local-offer" : "stable";
    // Candidates may come before the promise is seen to be fulfilled.
    this.onicecandidate({ candidate: { toJSON: () => ({ candidate: `c${this.number}` }) } });
    this.onicecandidate({ candidate: null });
  }

  async setRemoteDescription(description) {
    await Promise.resolve();
    this.remoteDescription = description;
    this.signalingState = description.type === "offer" ? "have-remote-offer" : "stable";
  }

  async addIceCandidate(candidate) {
    if (!this.remoteDescription) throw new DOMException("too early", "InvalidStateError");
    if (candidate?.candidate === "bad") throw new DOMException("bad", "OperationError");
    this.applied.push(candidate?.candidate ?? null);
  }

  async getStats() {
    const { packetsReceived, packetsLost } = this;
    const inbound = { type: "inbound-rtp", packetsReceived, packetsLost };
    return new Map([["in", inbound], ["out", { type: "other" }]]);
  }

  close() {
    this.connectionState = "closed";
    this.log.push("closed");
  }

  become(state) {
    this.connectionState = state;
    this.onconnectionstatechange?.();
  }

  #sender() {
    return { replaceTrack: async ({ kind }) => this.log.push(`other ${kind}`) };
  }
}
