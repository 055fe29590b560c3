/**
 * One RTCPeerConnection for one negotiation. Candidates that come before the remote description
 * are kept and applied after it (JSEP, RFC 8829, section 4.1.19); ours leave after the description
 * that they belong to.
 */

import Description from "./Description.mjs";
import Reception from "./Reception.mjs";

const KINDS = ["audio", "video"];
const LEFT = 300; // ms without a packet, of which there are dozens a second
const LOOK = 500; // ms between two looks at what arrives
/** What stands for connectionState in Firefox before 113. */
const OF_ICE = { checking: "connecting", completed: "connected" };

export default class HomeCall_Web_Rtc_Connection {
  #pc;
  #tracks;
  #stream;
  #logger;
  #onCandidate;
  #onUnwanted;
  #onRejected;
  #onMedia;
  #onStarved;
  #onQuality;
  #early = [];
  #held = [];
  #remote = new MediaStream();
  #looking = null; // interval
  #isLooking = false;
  #reception = new Reception();
  #senders = new Map();

  /**
   * @param {object} parts
   * @param {RTCIceServer[]} parts.iceServers
   * @param {RTCIceTransportPolicy} parts.iceTransportPolicy
   * @param {MediaStream} parts.stream the local tracks, none to two
   * @param {(candidate: ?object) => void} parts.onCandidate ours; null is end-of-candidates
   * @param {(stream: MediaStream) => void} parts.onStream the remote tracks, called for each
   * @param {(kind: string) => void} parts.onUnwanted an offer does not ask for a track of ours
   * @param {(kind: string) => void} parts.onRejected the two sides have no codec for this in common
   * @param {(state: RTCPeerConnectionState) => void} parts.onState
   * @param {() => void} parts.onMedia media arrive, for the first time or again
   * @param {(quality: "poor"|"good") => void} parts.onQuality many packets are lost, or hardly any
   *   are
   * @param {() => void} parts.onStarved media have arrived and do so no more: once for each time. A
   *   browser takes 5 to 8 s to say "disconnected"
   */
  constructor(parts) {
    const { iceServers, iceTransportPolicy, stream, onCandidate, onStream } = parts;
    const { onUnwanted, onRejected, onMedia, onQuality, onStarved, onState } = parts;
    this.#tracks = stream.getTracks();
    this.#stream = stream;
    this.#onCandidate = onCandidate;
    this.#onUnwanted = onUnwanted;
    this.#onRejected = onRejected;
    this.#onMedia = onMedia;
    this.#onQuality = onQuality;
    this.#onStarved = onStarved;
    this.#logger = parts.logger;
    this.#pc = new globalThis.RTCPeerConnection({ iceServers, iceTransportPolicy });
    this.#pc.onicecandidate = ({ candidate }) => this.#trickle(candidate?.toJSON() ?? null);
    this.#pc.ontrack = ({ track }) => {
      this.#remote.addTrack(track);
      track.onunmute = () => onMedia();
      onStream(this.#remote);
    };
    const change = "connectionState" in this.#pc ? "connection" : "iceconnection";
    this.#pc[`on${change}statechange`] = () => onState(this.state);
    this.#looking = setInterval(() => this.#look(), LOOK);
  }

  /** @returns {RTCPeerConnectionState} */
  get state() {
    const { connectionState, iceConnectionState } = this.#pc;
    return connectionState ?? OF_ICE[iceConnectionState] ?? iceConnectionState;
  }

  /** Whether media arrive, as far as the last looks have shown. */
  get flows() {
    return this.state === "connected" && this.#reception.hasBegun && !this.isStarved;
  }

  /** Whether media have arrived and did so no more when that could last be seen. */
  get isStarved() {
    return this.#reception.isStarved;
  }

  /** Whether there are tracks of the other side, and nothing has come by them (track.muted). */
  get isSilent() {
    const tracks = this.#remote.getTracks();
    return !this.#reception.hasBegun && tracks.length > 0 && tracks.every(({ muted }) => muted);
  }

  /** Whether an offer of ours stands without its answer. */
  get awaitsAnswer() {
    return this.#pc.signalingState === "have-local-offer";
  }

  /** @returns {string} the local description as it stands, with the candidates gathered so far */
  get localSdp() {
    return this.#pc.localDescription.sdp;
  }

  /** Whether this is the very offer or answer that was taken: the ICE password is the same. */
  hasRemote(sdp) {
    const remote = this.#pc.remoteDescription?.sdp;
    return remote !== undefined && Description.icePassword(remote) === Description.icePassword(sdp);
  }

  /** Offer audio and video both ways, or to receive only what there is no device for. */
  async offer() {
    for (const kind of KINDS) {
      const track = this.#tracks.find((one) => one.kind === kind);
      if (track) {
        const options = { direction: "sendrecv", streams: [this.#stream] };
        this.#senders.set(kind, this.#pc.addTransceiver(track, options).sender);
      } else {
        this.#pc.addTransceiver(kind, { direction: "recvonly" });
      }
    }
    await this.#pc.setLocalDescription(await this.#pc.createOffer());
    return this.localSdp;
  }

  /**
   * Answer an offer, with the tracks that it asks for. What there is no track for becomes
   * receive-only by itself (RFC 8829, section 5.3.1).
   */
  async answer(sdp) {
    await this.#describe({ type: "offer", sdp });
    for (const track of this.#tracks) {
      const { kind } = track;
      const wanted = Description.asksFor(sdp, kind);
      if (wanted) this.#senders.set(kind, this.#pc.addTrack(track, this.#stream));
      else this.#onUnwanted(kind);
    }
    await this.#pc.setLocalDescription(await this.#pc.createAnswer());
    this.#compare(this.localSdp);
    return this.localSdp;
  }

  /** Take the answer to our offer. */
  async accept(sdp) {
    await this.#describe({ type: "answer", sdp });
    this.#compare(sdp);
  }

  /** Send this track instead of the former one of its kind; without a sender for it do nothing. */
  async replaceTrack(track) {
    await this.#senders.get(track.kind)?.replaceTrack(track);
  }

  /** The local description has been sent: its candidates may follow. */
  release() {
    const held = this.#held;
    this.#held = null;
    for (const candidate of held) this.#onCandidate(candidate);
  }

  /** @param {?RTCIceCandidateInit} candidate null or an empty one is end-of-candidates */
  async addCandidate(candidate) {
    if (this.#pc.remoteDescription) await this.#apply(candidate);
    else if (candidate?.candidate) this.#early.push(candidate); // there is no end of those to come
  }

  close() {
    clearInterval(this.#looking);
    this.#pc.onicecandidate = null;
    this.#pc.ontrack = null;
    this.#pc.onconnectionstatechange = null;
    this.#pc.oniceconnectionstatechange = null;
    this.#pc.close();
  }

  /** One look at a time: where they take long, those in a row would end at one moment. */
  async #look() {
    if (this.state !== "connected" || this.#isLooking) return;
    this.#isLooking = true;
    const stats = await this.#stats();
    this.#isLooking = false;
    if (stats === null || this.state !== "connected") return; // any more
    for (const event of this.#reception.look(stats)) {
      if (event === "media") this.#onMedia(); // in whatever way a browser mutes tracks
      else if (event === "starved") this.#onStarved();
      else this.#onQuality(event);
    }
  }

  /** @returns {Promise<?RTCStatsReport>} null: the browser does not tell, this time or ever */
  async #stats() {
    try {
      return await this.#pc.getStats();
    } catch {
      return null; // each look may fail: a line for each would fill the console
    }
  }

  /** @returns {Promise<boolean>} whether media have arrived, and nothing does from now on */
  async isLeft() {
    const before = await this.#packets();
    if (before === 0) return false;
    await new Promise((resolve) => setTimeout(resolve, LEFT));
    return (await this.#packets()) === before;
  }

  async #packets() {
    const stats = await this.#stats();
    return stats === null ? 0 : Reception.received(stats);
  }

  #trickle(candidate) {
    if (this.#held) this.#held.push(candidate);
    else this.#onCandidate(candidate);
  }

  async #describe(description) {
    await this.#pc.setRemoteDescription(description);
    for (const candidate of this.#early.splice(0)) await this.#apply(candidate);
  }

  /** An answer rejects what the two sides have no codec for (RFC 8829, section 5.3.1). */
  #compare(answer) {
    for (const kind of KINDS) {
      if (Description.section(answer, kind)?.startsWith(`m=${kind} 0 `)) this.#onRejected(kind);
    }
  }

  async #apply(candidate) {
    try {
      await this.#pc.addIceCandidate(candidate?.candidate ? candidate : null);
    } catch (error) {
      // A candidate of an earlier negotiation, or of a kind that this browser does not know.
      this.#logger.warn("A candidate was not accepted", error);
    }
  }
}
