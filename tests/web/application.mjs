/** The application as a whole: real modules, with fakes only where the network and devices are. */
import {
  FakeStream, FakeTrack, install, installPage, load, SESSION, settle,
} from "./browser.mjs";
import { FakePeerConnection } from "./fake-peer-connection.mjs";
import { FakeSocket } from "./fake-socket.mjs";

const compose = await load("compose.mjs");

export const LINK = `https://home.example/?session=${SESSION}`;

/**
 * Open the page, at the address of a link or again with the `state` of its history entry as far as
 * its socket is open. `devices`: whether there are any, or "asked": nobody answers the browser, or
 * "refused"; `permission` is what the browser tells of both then, and `named` are the devices that
 * it names. What it fetches is in `fetched`, of config.json only; that is `config`, which may
 * change; null: nothing answers.
 */
export async function start(t, options = {}) {
  const { address, state = null, config = {}, devices = true, visible = true } = options;
  const { permission = "prompt", named = [] } = options;
  FakePeerConnection.all = [];
  FakeSocket.all = [];
  const call = { config };
  const document = installPage(t, { address, state });
  if (!visible) document.visibilityState = "hidden";
  const tracks = ["audio", "video"].map((kind) => new FakeTrack(kind));
  Object.assign(navigator, {
    userAgent: "Mozilla/5.0 (X11; Linux x86_64) Chrome/142.0.0.0",
    permissions: { query: async () => ({ state: permission }) },
    mediaDevices: Object.assign(new EventTarget(), {
      enumerateDevices: async () => named,
      getUserMedia: async () => {
        if (devices === "asked") return new Promise((resolve) => (call.allow = resolve));
        if (devices === "refused") throw new DOMException("", "NotAllowedError");
        if (!devices) throw new DOMException("", "NotFoundError");
        return new FakeStream(tracks);
      },
    }),
  });
  const stored = new Map();
  const storage = {
    getItem: (key) => stored.get(key) ?? null,
    setItem: (key, value) => stored.set(key, value),
    clear: () => stored.clear(),
  };
  const fetched = [];
  const fetch = async (url) => {
    if (call.config === null) throw new TypeError("no network");
    if (url.startsWith("config.json")) fetched.push(url);
    return { ok: true, json: async () => ({ version: "1", ...call.config }) };
  };
  install(t, {
    fetch,
    RTCPeerConnection: FakePeerConnection,
    WebSocket: FakeSocket,
    localStorage: storage,
    sessionStorage: storage,
  });
  const levels = ["debug", "info", "warn", "error"];
  const logs = levels.map((level) => t.mock.method(console, level, () => {}));
  t.mock.timers.enable({ apis: ["setTimeout", "setInterval", "Date"] });
  const { now } = Date;
  t.mock.method(performance, "now", () => now());
  const app = document.getElementById("app");
  await compose().run();
  const socket = () => FakeSocket.all.at(-1);
  const accept = async () => {
    await settle();
    socket()?.accept();
    await settle();
  };
  const receive = async (message) => {
    const { sessionId } = history.state;
    socket().receive({ sessionId, ...message });
    await settle();
  };
  const click = async (id) => {
    document.getElementById(id).click();
    await settle();
  };
  const connect = async () => {
    await click("connect");
    await accept();
  };
  if (address || state) await accept();
  const toasts = () => [...document.querySelectorAll(".toast")].map((one) => one.textContent);
  const phase = () => [app.dataset.state, app.dataset.phase].join(" ").trim();
  const pc = () => FakePeerConnection.all.at(-1);
  const text = (id) => document.getElementById(id).textContent;
  const parts = { app, socket, accept, connect, click, receive, toasts, text, phase, pc };
  return Object.assign(call, parts, { tracks, stored, logs, fetched });
}
