import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeLogger, load, SESSION } from "./browser.mjs";

const Net = await load("Net.mjs");

class FakeClient {
  sent = [];
  log = [];

  open(url, handlers) {
    this.url = url;
    this.handlers = handlers;
  }

  send(text) {
    this.sent.push(JSON.parse(text));
    return true;
  }

  close = () => this.log.push("close");
  slowDown = () => this.log.push("slow");
  leave = () => this.log.push("leave");
  renew = () => this.log.push("renew");
}

function start() {
  const client = new FakeClient();
  const logger = new FakeLogger();
  const env = { label: "mark", signalUrl: (id) => `wss://home.example/signal?sessionId=${id}` };
  const net = new Net({ client, env, logger });
  const history = [];
  net.startSignal(SESSION, {
    onOpen: () => history.push(["open"]),
    onLost: () => history.push(["lost"]),
    onMessage: (message) => history.push(["message", message.type]),
    onError: (error) => history.push(["error", error.code, error.message]),
    onEnd: (error) => history.push(["end", error.code, error.message]),
  });
  const receive = (message) => client.handlers.onText(JSON.stringify(message));
  return { net, client, history, logger, receive };
}

test("messages carry the label of this part in the session", () => {
  const { net, client } = start();
  net.send({ type: "offer", sessionId: SESSION, sdp: "v=0" });
  assert.deepEqual(client.sent, [{ type: "offer", sessionId: SESSION, sdp: "v=0", from: "mark" }]);
});

test("renewing the socket is not the end of the session", () => {
  const { net, client, history } = start();
  net.renew();
  assert.deepEqual([client.log, history], [["renew"], []]);
});

test("offers, answers and candidates come through; junk and foreign messages do not", () => {
  const { client, history, receive } = start();
  for (const text of ["null", "{", "[]", "7", '"offer"']) client.handlers.onText(text);
  receive({ type: "offer", sessionId: "another", sdp: "" });
  receive({ type: "surprise", sessionId: SESSION });
  for (const type of ["offer", "candidate", "answer"]) receive({ type, sessionId: SESSION });
  assert.deepEqual(history, [["message", "offer"], ["message", "candidate"], ["message", "answer"]]);
});

for (const code of ["session_ended", "session_full", "bad_session", "busy"]) {
  test(`${code} ends the session with the server's sentence`, () => {
    const { client, history, receive } = start();
    receive({ type: "error", sessionId: null, code, message: "A sentence." });
    assert.deepEqual(history, [["end", code, "A sentence."]]);
    assert.deepEqual(client.log, ["close"]);
  });
}

for (const code of ["signal_not_found", "queue_full", "bad_message", "internal"]) {
  test(`${code} is told, and the session goes on`, () => {
    const { client, history, receive } = start();
    receive({ type: "error", sessionId: SESSION, code, message: "A sentence." });
    assert.deepEqual(history, [["error", code, "A sentence."]]);
    assert.deepEqual(client.log, []);
  });
}

test("rate_limited slows the next try down", () => {
  const { client, receive } = start();
  receive({ type: "error", sessionId: SESSION, code: "rate_limited", message: "Later." });
  assert.deepEqual(client.log, ["slow"]);
});

test("a hangup and the final close codes end the session", () => {
  for (const [step, code] of [
    [({ receive }) => receive({ type: "hangup", sessionId: SESSION }), "hangup"],
    [({ client }) => client.handlers.onFinal(4000), "replaced"],
    [({ client }) => client.handlers.onFinal(4001), "session_ended"],
    [({ client }) => client.handlers.onFinal(4003), "session_full"],
    [({ client }) => client.handlers.onFinal(1000), "session_ended"],
  ]) {
    const session = start();
    step(session);
    assert.deepEqual(session.history, [["end", code, null]]);
  }
});

test("each message is logged with what became of it", () => {
  const { client, logger, net, receive } = start();
  client.isOpen = true;
  net.send({ type: "offer", sessionId: SESSION });
  client.isOpen = false;
  net.send({ type: "candidate", sessionId: SESSION });
  client.send = () => false;
  net.send({ type: "candidate", sessionId: SESSION });
  receive({ type: "answer", sessionId: SESSION });
  receive({ type: "offer", sessionId: "another" });
  receive({ type: "surprise", sessionId: SESSION });
  client.handlers.onText("{");
  receive({ type: "error", sessionId: SESSION, code: "internal", message: "A sentence." });
  net.hangUp(SESSION);
  assert.deepEqual(logger.lines, [
    "out offer, delivered", "out candidate, queued", "out candidate, dropped",
    "in answer, delivered", "in offer, dropped", "in surprise, dropped",
    "in undefined, dropped", "in error, internal", "out hangup, queued",
  ]);
});
