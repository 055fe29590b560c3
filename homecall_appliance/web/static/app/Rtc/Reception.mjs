/** How media arrive by one connection, as its statistics tell look by look (W3C webrtc-stats). */
const STARVED = 3; // looks in a row at which nothing had arrived
const WINDOW = 8; // looks over which losses are counted
const POOR = 0.1; // share of packets that were lost, from which on pictures and sound suffer
const GOOD = 0.03;

export default class HomeCall_Web_Rtc_Reception {
  #received = 0; // packets
  #still = 0; // looks in a row at which nothing had arrived
  #window = [];
  #isPoor = false;

  /** Whether media have ever arrived. */
  get hasBegun() {
    return this.#received > 0;
  }

  /** Whether media have arrived and did so no more at the last looks. */
  get isStarved() {
    return this.hasBegun && this.#still >= STARVED;
  }

  /** @returns {number} packets of media that have arrived, by these statistics */
  static received(stats) {
    return count(stats).received;
  }

  /**
   * @param {RTCStatsReport} stats
   * @returns {("media"|"starved"|"poor"|"good")[]} what is so since this look: media arrive, for
   *   the first time or again; they do so no more; many packets are lost; hardly any are
   */
  look(stats) {
    const { received, lost } = count(stats);
    const events = [];
    const came = received > this.#received;
    if (came && (!this.hasBegun || this.isStarved)) events.push("media");
    this.#still = came ? 0 : this.#still + 1;
    this.#received = received;
    if (this.hasBegun && this.#still === STARVED) events.push("starved");
    return [...events, ...this.#judge(received, lost)];
  }

  #judge(received, lost) {
    this.#window.push({ received, lost });
    if (this.#window.length <= WINDOW) return [];
    const first = this.#window.shift();
    const missing = Math.max(lost - first.lost, 0);
    const all = missing + received - first.received;
    const share = all > 0 ? missing / all : 0;
    const isPoor = this.#isPoor ? share > GOOD : share >= POOR;
    if (isPoor === this.#isPoor) return [];
    this.#isPoor = isPoor;
    return [isPoor ? "poor" : "good"];
  }
}

function count(stats) {
  let [received, lost] = [0, 0];
  stats.forEach((one) => {
    if (one.type !== "inbound-rtp") return;
    received += one.packetsReceived ?? 0;
    lost += one.packetsLost ?? 0;
  });
  return { received, lost };
}
