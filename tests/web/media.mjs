/** The manager of the devices, with fakes for them. */
import { FakeLogger, FakeStream, FakeTrack, install, load } from "./browser.mjs";

export const Manager = await load("Media/Manager.mjs");
export const Arrivals = await load("Media/Arrivals.mjs");
export const Opener = await load("Media/Opener.mjs");
const fault = (name) => new DOMException("", name);

/** @param devices kind → error name or null; @param permissions kind → state */
export function start(t, devices, permissions = null) {
  const asked = [];
  const wishes = [];
  const opened = [];
  const statuses = {};
  const mediaDevices = {
    async getUserMedia(constraints) {
      const kinds = Object.keys(constraints);
      asked.push(kinds.join("+"));
      wishes.push(constraints);
      const failing = kinds.find((kind) => devices[kind]);
      if (failing) throw fault(devices[failing]);
      const tracks = kinds.map((kind) => new FakeTrack(kind));
      opened.push(...tracks);
      return new FakeStream(tracks);
    },
  };
  const query = async ({ name }) => {
    if (!permissions) throw new TypeError("unknown name");
    return (statuses[name] ??= { state: permissions[name] });
  };
  const document = Object.assign(new EventTarget(), { visibilityState: "visible" });
  const navigator = { mediaDevices, permissions: { query } };
  install(t, { MediaStream: FakeStream, document, navigator });
  const opener = new Opener({ logger: new FakeLogger() });
  const manager = new Manager({ arrivals: new Arrivals(), opener });
  return { manager, asked, wishes, opened, statuses };
}

/** What becomes of the devices in a call. */
export function watch() {
  const told = [];
  const handlers = {
    onDevice: (kind, why) => told.push(`${kind} ${why ?? "live"}`),
    onTrack: (track) => told.push(`track ${track.kind}`),
  };
  return { told, handlers };
}

export const kindsOf = (stream) => stream.getTracks().map((track) => track.kind);
