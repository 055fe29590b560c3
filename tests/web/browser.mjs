/** A stand-in for the browser: what the web client uses of it, put into the globals for a test. */
import { readFileSync } from "node:fs";
import { parseHTML } from "linkedom";

export const STATIC = new URL("../../homecall_appliance/web/static/", import.meta.url);
export const SESSION = "3f0c6f0e-7d5b-4f0e-9a6c-1d2e3f405162";

function readStatic(name) {
  return readFileSync(new URL(name, STATIC), "utf8");
}

/** Set globals until the test ends. */
export function install(t, globals) {
  for (const [name, value] of Object.entries(globals)) {
    const before = Object.getOwnPropertyDescriptor(globalThis, name);
    Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
    t.after(() => {
      if (before) Object.defineProperty(globalThis, name, before);
      else delete globalThis[name];
    });
  }
}

/** @returns {Record<string, string>} the texts of a language */
export const texts = (language) => JSON.parse(readStatic(`texts/${language}.json`));

/** The real page in a small DOM, in English, with what linkedom lacks of media elements. */
export function installPage(t, page = {}) {
  const { address = "https://home.example/", state = null } = page;
  const { document, window } = parseHTML(readStatic("index.html"));
  document.documentElement.lang = "en";
  document.getElementById("texts").textContent = readStatic("texts/en.json");
  const url = new URL(address);
  for (const element of document.querySelectorAll("button, input, h1")) {
    element.focus = () => {};
    element.select = () => {};
  }
  for (const video of document.querySelectorAll("video")) {
    video.play = async () => {};
    video.pause = () => {};
    video.muted = video.hasAttribute("muted");
  }
  Object.defineProperty(document, "visibilityState", { value: "visible", writable: true });
  const { hash, host, hostname, origin, search } = url;
  const location = { hash, host, hostname, origin, pathname: "/", search };
  const history = {
    state,
    replaceState(next, _, target) {
      history.state = next;
      if (target !== undefined) location.search = new URL(target, url).search;
    },
  };
  const events = new EventTarget();
  install(t, {
    document,
    window,
    location,
    history,
    navigator: {},
    isSecureContext: true,
    matchMedia: () => ({ matches: false }),
    MediaStream: FakeStream,
    addEventListener: events.addEventListener.bind(events),
    removeEventListener: events.removeEventListener.bind(events),
    dispatchEvent: events.dispatchEvent.bind(events),
  });
  return document;
}

/** What a module exports, such as a class to be constructed with fakes. */
export async function load(path) {
  return (await import(new URL(`app/${path}`, STATIC).href)).default;
}

/** Let promises run that are ready to. */
export async function settle() {
  for (let turn = 0; turn < 30; turn += 1) await Promise.resolve();
}

export class FakeTrack {
  enabled = true;
  muted = false;
  stopped = false;

  constructor(kind) {
    this.kind = kind;
  }

  stop() {
    this.stopped = true;
  }

  /** The system takes the device away for a while, or gives it back. */
  mute(muted) {
    this.muted = muted;
    if (muted) this.onmute?.();
    else this.onunmute?.();
  }

  /** The device is gone. */
  end() {
    this.onended?.();
  }
}

export class FakeStream {
  #tracks;

  constructor(tracks = []) {
    this.#tracks = [...tracks];
  }

  getTracks() {
    return [...this.#tracks];
  }

  getAudioTracks() {
    return this.#tracks.filter((track) => track.kind === "audio");
  }

  getVideoTracks() {
    return this.#tracks.filter((track) => track.kind === "video");
  }

  addTrack(track) {
    this.#tracks.push(track);
  }

  removeTrack(track) {
    this.#tracks = this.#tracks.filter((one) => one !== track);
  }
}

/** Remembers what was logged, so that a test can look for what must not be there. */
export class FakeLogger {
  lines = [];

  info = (line) => this.lines.push(line);
  warn = (line) => this.lines.push(line);
  error = (line) => this.lines.push(line);
  signal = (told) => this.lines.push(`${told.direction} ${told.type}, ${told.outcome}`);
}
