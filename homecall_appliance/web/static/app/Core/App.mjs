/** The application: home, call, end, and what leads from one to the other. */

const KINDS = ["audio", "video"];
const DEAD_LINK = ["session_ended", "bad_session", "lost", "max_duration", "declined", "no_answer"];

export default class HomeCall_Web_Core_App {
  #deps;
  #offline = ""; // the sentence for it
  #refusal = ""; // that takes its place, where signaling was refused
  #online = true;

  constructor(deps) {
    this.#deps = deps;
  }

  async run() {
    const { env, screen, cacheCleaner } = this.#deps;
    if (await cacheCleaner.retireWorkers()) {
      location.reload();
      return;
    }
    const session = env.session();
    await env.load(session?.valid ? session.sessionId : null);
    screen.show();
    this.#bind();
    this.#open();
    await cacheCleaner.check();
  }

  #bind() {
    const { controls, shareLink, stage, call, media, env } = this.#deps;
    shareLink.bind();
    stage.bind();
    controls.bind({
      onMicrophone: (on) => {
        media.setEnabled("audio", on);
        env.keepSwitch("audio", on);
      },
      onCamera: (on) => {
        media.setEnabled("video", on);
        env.keepSwitch("video", on);
        stage.setCameraOn(on);
      },
      onHangup: () => call.hangUp(),
    });
    const listen = (id, step) => document.getElementById(id).addEventListener("click", step);
    listen("connect", () => this.#call({ sessionId: env.newSessionId(), initiator: true }));
    listen("again", () => this.#home());
    listen("join", () => call.joinWithout());
    listen("retry", () => location.reload());
    listen("language", () => this.#changeLanguage());
    document.addEventListener("visibilitychange", () => this.#renew());
  }

  async #open() {
    const { env, screen } = this.#deps;
    const session = env.session();
    if (!session) {
      this.#home();
      return;
    }
    const { sessionId, initiator, valid } = session;
    if (valid && document.visibilityState !== "visible") {
      screen.showUnseen();
      await seen();
      await env.load(sessionId); // what the server said before is no news any more
    }
    const code = env.obstacle ?? (valid ? env.refusal(initiator) : "bad_session");
    if (code) this.#ended({ code, message: null, seconds: null, initiator });
    else this.#call(session);
  }

  async #changeLanguage() {
    const { screen, texts, toast } = this.#deps;
    try {
      await texts.change();
      screen.translate();
    } catch {
      toast.alert(texts.get("notice.unreached"));
    }
  }

  #home() {
    const { env, screen } = this.#deps;
    const obstacle = env.obstacle && `home.${env.obstacle}`;
    screen.showHome(obstacle ?? (env.guestSessions ? null : "home.scan"));
  }

  #call({ sessionId, initiator }) {
    const { env, call, controls, screen, shareLink, stage, toast, wakeLock, texts } = this.#deps;
    const waiting = initiator ? "sharing" : "joining";
    env.keepSession(sessionId, initiator, { joined: initiator });
    if (initiator) shareLink.show(sessionId);
    controls.reset({ available: [], off: env.switchedOff });
    screen.showCall(waiting);
    wakeLock.acquire();
    this.#offline = texts.get(env.homeOnly ? "notice.offline.home" : "notice.offline");
    this.#online = true;
    call.start({ sessionId, initiator }, {
      onAsking: (missing) => this.#ask(missing),
      onPrepared: (prepared) => {
        env.keepSession(sessionId, initiator, { joined: true });
        screen.showCall(waiting);
        this.#prepared(prepared);
      },
      onDevice: (kind, why) => this.#told(kind, why),
      onRemote: (stream) => stage.showRemote(stream),
      onUnwanted: (kind) => this.#unwanted(kind),
      onRejected: (kind) => toast.alert(texts.get(`notice.rejected.${kind}`)),
      onPhase: (phase) => screen.showCall(phase),
      onFailed: () => screen.showSlow(),
      onError: ({ message }) => toast.alert(message),
      onSignal: (online) => this.#signaling(online),
      onRefused: () => this.#refused(),
      onEnd: (end) => this.#ended(end),
    });
  }

  /** @param {?object} missing what there is no device for; null: the browser asks for them still */
  #ask(missing) {
    const { screen, texts } = this.#deps;
    if (!missing) {
      screen.ask({ title: "asking.title", lead: texts.get("asking.lead"), retry: false });
      return;
    }
    const lead = this.#lacking(missing);
    if (Object.values(missing).includes("denied")) lead.push(texts.get("asking.allow"));
    const retry = missing.audio !== "unsupported";
    screen.ask({ title: "asking.without", lead: lead.join(" "), retry });
  }

  /** @returns {string[]} a sentence for each kind of device that is missing, or one for both */
  #lacking(missing) {
    const { texts } = this.#deps;
    const { audio, video } = missing;
    if (audio && audio === video) return [texts.get(`media.${audio}.both`)];
    const kinds = KINDS.filter((kind) => missing[kind]);
    return kinds.map((kind) => texts.get(`media.${missing[kind]}.${kind}`));
  }

  #prepared({ stream, missing, asked }) {
    const { controls, env, media, stage, toast } = this.#deps;
    const off = env.switchedOff;
    for (const kind of off) media.setEnabled(kind, false);
    stage.showLocal(stream);
    if (off.includes("video")) stage.setCameraOn(false);
    controls.reset({ available: KINDS.filter((kind) => !missing[kind]), off });
    if (asked) return; // who was asked knows
    for (const sentence of this.#lacking(missing)) toast.alert(sentence);
  }

  /** Signaling is there, or each try to repair it fails: that is said once. */
  #signaling(online) {
    const { toast } = this.#deps;
    if (online) this.#dismissOffline();
    else if (this.#online) toast.warn(this.#offline);
    this.#online = online;
  }

  /** The page came, but signaling does not: there is something that the person can do. */
  #refused() {
    const { env, texts, toast } = this.#deps;
    const page = env.trustPage;
    this.#dismissOffline();
    this.#refusal = texts.get(page ? "notice.untrusted" : "notice.refused", { page });
    toast.warn(this.#refusal);
  }

  #dismissOffline() {
    for (const sentence of [this.#offline, this.#refusal]) this.#deps.toast.dismiss(sentence);
  }

  /** A device falls silent in the call, or is there again. */
  #told(kind, why) {
    const { controls, stage, toast, texts } = this.#deps;
    const on = controls.setAvailable(kind, why === null);
    if (kind === "video") stage.setCameraOn(on);
    for (const former of ["muted", "ended"]) toast.dismiss(texts.get(`media.${former}.${kind}`));
    if (why) toast.alert(texts.get(`media.${why}.${kind}`));
    else toast.info(texts.get(`media.back.${kind}`));
  }

  /** Nobody sees the person's picture: there is nothing to show or to switch off. */
  #unwanted(kind) {
    const { controls, stage } = this.#deps;
    controls.hide(kind);
    if (kind === "video") stage.hideLocal();
  }

  #ended({ code, message, seconds, initiator }) {
    const { env, screen, shareLink, stage, toast, texts, wakeLock } = this.#deps;
    const title = `end.${code}`;
    wakeLock.release();
    stage.clear();
    shareLink.clear();
    env.dropSession();
    this.#dismissOffline();
    if (!["me", "hangup"].includes(code)) toast.alert(message || texts.get(title));
    const button = initiator ? "end.again" : "end.home";
    const away = code === "lost" && !initiator && !this.#online;
    const unreached = env.homeOnly ? "end.advice.unreached.home" : "end.advice.unreached";
    const advice = away ? unreached : advise(code, initiator);
    screen.showEnd({ title, seconds, advice, button });
  }

  /** Coming back to a page that is older than the server: load it anew, never during a call. */
  async #renew() {
    const { cacheCleaner, screen } = this.#deps;
    if (document.visibilityState !== "visible" || screen.state === "call") return;
    if ((await cacheCleaner.check()) && screen.state === "home") location.reload();
  }
}

/** The page is shown to a person: it is neither in the background nor rendered ahead. */
function seen() {
  return new Promise((resolve) => {
    document.addEventListener("visibilitychange", function look() {
      if (document.visibilityState !== "visible") return;
      document.removeEventListener("visibilitychange", look);
      resolve();
    });
  });
}

/** @returns {?string} the key of what to do next */
function advise(code, initiator) {
  if (["insecure", "unsupported"].includes(code)) return `home.${code}`;
  if (code === "session_full") return "end.advice.full";
  if (code === "busy") return "end.advice.busy";
  if (code === "no_path") return "end.advice.path";
  if (code === "stopping") return "end.advice.stopping";
  if (DEAD_LINK.includes(code)) return initiator ? "end.advice.link" : "end.advice.scan";
  return null;
}
