/**
 * The yardstick: the least that a signaling relay on Node's `ws` can be. It reads each message,
 * checks its type and session, and writes it to the other participant, or keeps it for him.
 * No limits, no time-outs, no keep-alive, no journal. TLS is set as in homecall_appliance/web.
 */
import { readFileSync } from "node:fs";
import { createServer } from "node:https";
import { parseArgs } from "node:util";
import { WebSocketServer } from "ws";

const TYPES = new Set(["offer", "answer", "candidate", "hangup"]);
const FULL = 4003;

const { values: options } = parseArgs({
  options: {
    host: { type: "string" },
    port: { type: "string" },
    certificate: { type: "string" },
    key: { type: "string" },
  },
});

/** Two participants, and what waits for each of them. */
class Session {
  #sockets = [null, null];
  #waiting = [[], []];

  /** Gives the socket a place and returns its number, or -1 where both are taken. */
  attach(socket) {
    const place = this.#sockets.indexOf(null);
    if (place < 0) return place;
    this.#sockets[place] = socket;
    for (const text of this.#waiting[place].splice(0)) socket.send(text);
    return place;
  }

  relay(from, text) {
    const to = 1 - from;
    if (this.#sockets[to]) this.#sockets[to].send(text);
    else this.#waiting[to].push(text);
  }

  /** Frees the place and returns whether the other one is free as well. */
  detach(place) {
    this.#sockets[place] = null;
    return this.#sockets[1 - place] === null;
  }
}

const sessions = new Map();

function serve(socket, request) {
  const id = new URL(request.url, "https://relay").searchParams.get("sessionId");
  const session = sessions.get(id) ?? new Session();
  sessions.set(id, session);
  const place = session.attach(socket);
  if (place < 0) {
    socket.close(FULL);
    return;
  }
  socket.on("message", (data) => {
    const message = JSON.parse(data);
    if (message.sessionId === id && TYPES.has(message.type)) {
      session.relay(place, JSON.stringify(message));
    }
  });
  socket.on("close", () => session.detach(place) && sessions.delete(id));
}

const server = createServer({
  cert: readFileSync(options.certificate),
  key: readFileSync(options.key),
  minVersion: "TLSv1.2",
  ciphers: "ECDHE+AESGCM:ECDHE+CHACHA20",
  honorCipherOrder: true,
  ALPNProtocols: ["http/1.1"],
});
new WebSocketServer({
  server,
  path: "/signal",
  perMessageDeflate: false,
  maxPayload: 65_536,
}).on("connection", serve);
server.listen({ host: options.host, port: Number(options.port), backlog: 128 });
process.on("SIGTERM", () => process.exit(0));
