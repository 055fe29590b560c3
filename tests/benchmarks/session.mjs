/** Two participants of one session, in this process, and the account of what they sent. */
import { randomUUID } from "node:crypto";
import { once } from "node:events";

const USERNAME_FRAGMENT = "EEtu";

/** A session description of the size that browsers make. */
const SDP = [
  "v=0",
  "o=- 4611731400430051336 2 IN IP4 127.0.0.1",
  "s=-",
  "t=0 0",
  "m=video 9 UDP/TLS/RTP/SAVPF 96",
  ...Array.from({ length: 95 }, (_, n) => `a=rtcp-fb:${n} transport-cc nack pli goog-remb`),
  "",
].join("\r\n");

/** One direction: first in, first out, nothing lost, nothing twice. */
class Direction {
  doubled = 0;
  outOfOrder = 0;
  #next = 0;
  #latest = -1;
  #underWay = new Map();

  get lost() {
    return this.#underWay.size;
  }

  /** Notes the moment of sending and returns the number that the message carries. */
  sent() {
    const number = this.#next++;
    this.#underWay.set(number, performance.now());
    return number;
  }

  /** Returns how many milliseconds the message took; undefined if it came before. */
  arrived(number) {
    const moment = this.#underWay.get(number);
    if (!this.#underWay.delete(number)) {
      this.doubled++;
      return undefined;
    }
    if (number < this.#latest) this.outOfOrder++;
    this.#latest = Math.max(this.#latest, number);
    return performance.now() - moment;
  }
}

export class Session {
  /** Called with the place of who received a candidate (0 or 1) and its latency. */
  onArrival = () => {};

  /** What the server sent or did and should not have. */
  faults = [];

  directions = [new Direction(), new Direction()];
  #id = randomUUID();
  #labels = [randomUUID(), randomUUID()];
  #sockets = [];
  #negotiation = { resolve() {}, reject() {} };
  #toldOfNoSignal = false;
  #closing = false;

  /** Attaches one participant. `connect(query)` returns a WebSocket. */
  async attach(connect) {
    const place = this.#sockets.length;
    const socket = connect(`?sessionId=${this.#id}&from=${this.#labels[place]}`);
    this.#sockets.push(socket);
    socket.on("message", (data) => this.#receive(place, JSON.parse(data)));
    socket.on("close", (code) => this.#closing || this.#fault(`closed with ${code}`));
    await once(socket, "open");
  }

  /** Sends the offer, and waits for the answer. */
  async negotiate() {
    await new Promise((resolve, reject) => {
      this.#negotiation = { resolve, reject };
      this.#say(0, "offer", { sdp: SDP });
    });
  }

  /** Sends a candidate from one place to the other. */
  send(place) {
    const number = this.directions[place].sent();
    this.#say(place, "candidate", {
      candidate: {
        candidate:
          `candidate:${number} 1 udp 1677729535 203.0.113.7 46154 typ srflx ` +
          `raddr 192.0.2.123 rport 46154 generation 0 ufrag ${USERNAME_FRAGMENT}`,
        sdpMid: "0",
        sdpMLineIndex: 0,
        usernameFragment: USERNAME_FRAGMENT,
      },
    });
  }

  async close() {
    this.#closing = true;
    await Promise.all(
      this.#sockets.map((socket) => {
        socket.close(1000);
        return once(socket, "close");
      }),
    );
  }

  #say(place, type, content) {
    const envelope = { type, sessionId: this.#id, from: this.#labels[place] };
    this.#sockets[place].send(JSON.stringify({ ...envelope, ...content }));
  }

  #receive(place, message) {
    if (message.code === "signal_not_found" && this.#mayBeToldOfNoSignal()) {
      this.#toldOfNoSignal = true;
    } else if (message.sessionId !== this.#id || message.from !== this.#labels[1 - place]) {
      if (!this.#closing) this.#fault(`${message.type} ${message.code ?? "of somebody else"}`);
    } else if (message.type === "offer" && message.sdp === SDP) {
      this.#say(place, "answer", { sdp: SDP });
    } else if (message.type === "answer" && message.sdp === SDP) {
      this.#negotiation.resolve();
    } else if (message.type === "candidate") {
      const number = Number.parseInt(message.candidate.candidate.slice("candidate:".length), 10);
      const latency = this.directions[1 - place].arrived(number);
      if (latency !== undefined) this.onArrival(place, latency);
    } else {
      this.#fault(`${message.type} that was changed`);
    }
  }

  /** Who is alone for long is told so, once (protocol.md, section 5). */
  #mayBeToldOfNoSignal() {
    return this.#sockets.length === 1 && !this.#toldOfNoSignal;
  }

  #fault(text) {
    this.faults.push(text);
    this.#negotiation.reject(new Error(`The server: ${text}.`));
  }
}
