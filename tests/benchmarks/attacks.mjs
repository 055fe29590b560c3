/**
 * What strangers try on the daemon's port, one connection at a time.
 *
 * Each attack takes a Target and uses it for one attempt. How often they come says `rate`,
 * attempts a second, chosen so that each goes beyond what an address may do by default.
 */
import { randomBytes, randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { connect as connectTcp } from "node:net";
import { Duplex } from "node:stream";
import { connect as connectTls } from "node:tls";
import { WebSocket } from "ws";

const FRAMES = 60; // of garbage: more than a socket is answered
const FLOOD = 700; // messages: more than an address may send at once
const PAUSE = 1000; // milliseconds from one byte of a slow request to the next
const STAY = 1000; // milliseconds that a guess is left in its session
const LARGE = 60_000; // bytes: almost the longest message
const TOO_LARGE = 1_048_576; // bytes
const UNREAD = 400; // messages of that size: more than any buffer on the way holds

/** The daemon's port as the attacker sees it from one address, and the count of what he tried. */
export class Target {
  tried = 0;
  letIn = 0; // their handshakes were done
  ended = 0; // by the daemon
  #where;
  #address;

  /** `address()` returns the address to come from. */
  constructor(host, port, address) {
    this.#where = { host, port };
    this.#address = address;
  }

  /** Opens a TCP connection. */
  tcp() {
    return this.#watch(connectTcp({ ...this.#where, localAddress: this.#address() }));
  }

  /** Opens a TLS connection; `then` is called once its handshake is done. */
  tls(then) {
    const options = { localAddress: this.#address(), rejectUnauthorized: false };
    const socket = this.#watch(connectTls({ ...this.#where, ...options }));
    socket.once("secureConnect", () => {
      this.letIn++;
      then(socket);
    });
  }

  /** Opens a WebSocket; `then` is called once its handshake is done. */
  webSocket(then, sessionId = randomUUID()) {
    const { host, port } = this.#where;
    const socket = new WebSocket(`wss://${host}:${port}/signal?sessionId=${sessionId}`, {
      localAddress: this.#address(),
      rejectUnauthorized: false,
      perMessageDeflate: false,
    });
    this.#watch(socket);
    socket.once("open", () => {
      this.letIn++;
      then(socket, sessionId);
    });
  }

  /** Cuts a connection off: its end is then not the daemon's doing. */
  leave(socket) {
    socket.off("close", this.#noteEnd);
    if (socket instanceof WebSocket) socket.terminate();
    else socket.resetAndDestroy();
  }

  #noteEnd = () => this.ended++;

  #watch(socket) {
    this.tried++;
    socket.on("error", () => {}); // its end is what counts
    socket.on("close", this.#noteEnd);
    return socket;
  }
}

/** The first flight of a TLS handshake: costs nothing to repeat, and a signature to answer. */
function clientHello() {
  return new Promise((resolve) => {
    const wire = new Duplex({ read() {}, write: (data) => resolve(data) });
    connectTls({ socket: wire }).on("error", () => {});
  });
}

const hello = await clientHello();

function candidate(sessionId, text) {
  return JSON.stringify({ type: "candidate", sessionId, candidate: { candidate: text } });
}

function repeat(count, send) {
  for (let n = 0; n < count; n++) send();
}

function openAndClose(target) {
  const socket = target.tcp();
  socket.once("connect", () => target.leave(socket));
}

function slowRequest(target) {
  target.tls((socket) => {
    socket.write("GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ");
    const timer = setInterval(() => socket.write("x"), PAUSE);
    socket.once("close", () => clearInterval(timer));
  });
}

function guess(target) {
  target.webSocket((socket) => setTimeout(() => target.leave(socket), STAY));
}

function garbage(bytes, frames) {
  return (target) =>
    target.webSocket((socket) => repeat(frames, () => socket.send(bytes())));
}

function neverRead(target) {
  target.webSocket((reader, sessionId) => {
    reader.pause();
    target.webSocket(async (writer) => {
      for (let n = 0; n < UNREAD && writer.readyState === WebSocket.OPEN; n++) {
        writer.send(candidate(sessionId, "x".repeat(LARGE)));
        await sleep(PAUSE / 20);
      }
      target.leave(writer);
      target.leave(reader);
    }, sessionId);
  });
}

export const ATTACKS = {
  "connection, silent": { rate: 200, attempt: (target) => target.tcp() },
  "connection, reset at once": { rate: 400, attempt: openAndClose },
  "TLS, stalled": { rate: 200, attempt: (target) => target.tcp().write(hello) },
  "TLS, garbage": { rate: 200, attempt: (target) => target.tcp().end(randomBytes(512)) },
  "HTTP, garbage": {
    rate: 40,
    attempt: (target) => target.tls((socket) => socket.end(randomBytes(512))),
  },
  "HTTP, a byte a second": { rate: 40, attempt: slowRequest },
  "WebSocket, guessed session": { rate: 40, attempt: guess },
  "WebSocket, garbage text": {
    rate: 10,
    attempt: garbage(() => randomBytes(300).toString("base64"), FRAMES),
  },
  "WebSocket, binary": { rate: 10, attempt: garbage(() => randomBytes(300), FRAMES) },
  "WebSocket, oversized": {
    rate: 5,
    attempt: garbage(() => "x".repeat(TOO_LARGE), 1),
  },
  "WebSocket, pings": {
    rate: 5,
    attempt: (target) => target.webSocket((socket) => repeat(FLOOD, () => socket.ping())),
  },
  "WebSocket, flood of messages": {
    rate: 5,
    attempt: (target) =>
      target.webSocket((socket, id) => repeat(FLOOD, () => socket.send(candidate(id, "x")))),
  },
  "WebSocket, never reads": { rate: 0.5, attempt: neverRead },
};
