import { FakeLogger, install, installPage, load } from "./browser.mjs";
import { FakeSocket } from "./fake-socket.mjs";

const Clock = await load("Shared/Clock.mjs");
const SignalClient = await load("Net/SignalClient.mjs");

/** A client that connects. `answers` tells whether the server answers by HTTP. */
export function start(t, answers = async () => true) {
  const parts = { clock: new Clock(), server: { answers }, farewell: {}, logger: new FakeLogger() };
  const client = new SignalClient(parts);
  t.after(() => client.close());
  installPage(t);
  FakeSocket.all = [];
  install(t, { WebSocket: FakeSocket });
  t.mock.timers.enable({ apis: ["setTimeout"] });
  t.mock.method(Math, "random", () => 0.5); // the middle of the jitter
  const history = [];
  client.open("wss://home.example/signal?sessionId=x", {
    onOpen: () => history.push("open"),
    onText: (text) => history.push(`text ${text}`),
    onLost: () => history.push("lost"),
    onFinal: (code) => history.push(`final ${code}`),
  });
  return { client, history, last: () => FakeSocket.all.at(-1), timers: t.mock.timers };
}
