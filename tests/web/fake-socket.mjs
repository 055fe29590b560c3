/** A WebSocket whose server is the test: accept(), lose() and receive() are its side. */
import assert from "node:assert/strict";

export class FakeSocket {
  static all = [];
  readyState = 0;
  sent = [];
  closedWith = null;

  constructor(url) {
    this.url = url;
    FakeSocket.all.push(this);
  }

  send(text) {
    assert.equal(this.readyState, 1, "sent on a socket that is not open");
    this.sent.push(text);
  }

  close(code) {
    this.readyState = 3;
    this.closedWith = code ?? null;
  }

  accept() {
    this.readyState = 1;
    this.onopen({});
  }

  lose(code = 1006) {
    this.readyState = 3;
    this.onclose({ code });
  }

  receive(message) {
    this.onmessage({ data: JSON.stringify(message) });
  }

  /** What was sent, parsed. */
  get messages() {
    return this.sent.map((text) => JSON.parse(text));
  }
}
