/** The application: what the person and the call do leads from one state of the page to another. */
const KINDS = ["audio", "video"];
const UNHURRIED = 5000; // ms after which what the next visit needs is in no call's way
const AGAIN = 5000; // ms between two looks whether the appliance answers

export default class HomeCall_Web_Core_App {
  #deps;
  #made = false; // the link of the last call, here

  constructor(deps) {
    this.#deps = deps;
  }

  async run() {
    const { env, flow, screen, cacheCleaner, worker } = this.#deps;
    if (await worker.retireOthers()) {
      await cacheCleaner.clean();
      location.reload();
      return;
    }
    const session = env.session();
    await env.load(session?.valid ? session.sessionId : null);
    screen.begin();
    this.#bind();
    this.#open();
    await cacheCleaner.clean();
    setTimeout(() => !flow.inCall && worker.register(), UNHURRIED);
  }

  #bind() {
    const { call, consent, controls, env, help, media } = this.#deps;
    const { menu, ownPicture, scanner, shareLink, stage } = this.#deps;
    scanner.bind();
    shareLink.bind();
    help.bind();
    stage.bind();
    ownPicture.bind();
    menu.bind({ onDevice: (name, id) => this.#change(name, id) });
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
      onFlip: () => media.flip(),
      onHangup: () => call.hangUp(),
    });
    const listen = (id, step) => document.getElementById(id).addEventListener("click", step);
    listen("connect", () => this.#make());
    listen("again", () => this.#goOn());
    listen("join", () => consent.joinWithout());
    listen("retry", () => consent.askAgain());
    listen("language", () => this.#changeLanguage());
    document.addEventListener("visibilitychange", () => this.#renew());
  }

  async #open() {
    const { browser, env } = this.#deps;
    const session = env.session();
    if (!session) {
      this.#home();
      if (env.asksForLink && !env.obstacle) this.#make();
      return;
    }
    const { sessionId, initiator, valid } = session;
    if (valid && document.visibilityState !== "visible") {
      this.#happen("hide");
      await browser.seen();
      await env.load(sessionId); // what the server said before is no news any more
    }
    const code = env.obstacle ?? (valid ? env.refusal(initiator) : "bad_session");
    if (code) this.#ended({ code, message: null, seconds: null, initiator });
    else this.#call(session);
  }

  /** @param {FlowEvent} event see Flow */
  #happen(event) {
    const { flow, screen } = this.#deps;
    if (flow.happen(event)) screen.enter(flow.state);
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

  /** After a call: whoever made its link makes another one. */
  #goOn() {
    this.#deps.toast.clear();
    if (this.#made) this.#make();
    else this.#home();
  }

  #make() {
    this.#call({ sessionId: this.#deps.env.newSessionId(), initiator: true });
  }

  #home() {
    const { env, screen } = this.#deps;
    const obstacle = env.obstacle ?? (env.isTold ? null : "unreached");
    const only = obstacle && `home.${obstacle}`;
    screen.prepareHome(only ?? (env.guestSessions ? null : "home.scan"));
    this.#happen("leave");
    if (obstacle === "unreached") this.#await();
  }

  /** The page was opened without the appliance: load it again once that answers. */
  #await() {
    const { flow, server } = this.#deps;
    const looking = setInterval(async () => {
      if (flow.state !== "home") clearInterval(looking);
      else if (await server.answers()) location.reload();
    }, AGAIN);
  }

  #call({ sessionId, initiator, returns = false }) {
    const { env, call, controls, notices, screen, shareLink, stage, toast, wakeLock } = this.#deps;
    const keep = (joined) => env.keepSession(sessionId, initiator, { joined });
    keep(initiator);
    if (initiator) shareLink.show(sessionId);
    controls.reset({ available: [], off: env.switchedOff });
    this.#happen(initiator ? "make" : "open");
    wakeLock.acquire();
    notices.begin();
    call.start({ sessionId, initiator, returns }, {
      onAsking: (missing) => this.#ask(missing),
      onTaken: () => keep(true),
      onPrepared: (prepared) => {
        keep(true);
        this.#happen(initiator ? "share" : "join");
        this.#prepared(prepared);
      },
      onDevice: (kind, why) => this.#told(kind, why),
      onTrack: (track) => this.#tookTrack(track),
      onRemote: (stream) => stage.showRemote(stream),
      onUnwanted: (kind) => this.#unwanted(kind),
      onRejected: (kind) => notices.tellRejected(kind),
      onProgress: (event) => this.#happen(event),
      onQuality: (quality) => screen.showQuality(quality),
      onFailed: () => screen.showSlow(),
      onError: ({ message }) => toast.alert(message),
      onSignal: (online) => notices.tellSignaling(online),
      onRefused: () => notices.tellRefused(),
      onEnd: (end) => this.#ended(end),
    });
  }

  /** @param {?object} missing what there is no device for; null: the browser asks for them still */
  #ask(missing) {
    const { notices, screen, texts } = this.#deps;
    if (missing) {
      const lead = notices.lacking(missing, "asking.allow");
      const retry = missing.audio !== "unsupported";
      screen.prepareAsking({ title: "asking.without", lead, retry });
    } else {
      const lead = texts.get("asking.lead");
      screen.prepareAsking({ title: "asking.title", lead, retry: false });
    }
    this.#happen("ask");
  }

  /** The person has chosen another device. */
  #change(name, id) {
    const kind = name === "camera" ? "video" : "audio";
    this.#deps.media.change(kind, { deviceId: { exact: id } });
  }

  /** @param {MediaStreamTrack} track by which the person is seen or heard from now on */
  #tookTrack(track) {
    if (track.kind === "video") this.#deps.ownPicture.show(track);
  }

  /** A telephone has cameras on both sides; the browser names them once one is allowed. */
  async #lookForCameras() {
    const { controls, devices } = this.#deps;
    const { camera } = await devices.list();
    controls.setFlippable(camera.length > 1);
  }

  #prepared({ stream, missing, asked }) {
    const { audioSession, controls, env, media, notices, stage } = this.#deps;
    const off = env.switchedOff;
    audioSession.begin(!missing.audio);
    for (const kind of off) media.setEnabled(kind, false);
    stage.showLocal(stream);
    if (off.includes("video")) stage.setCameraOn(false);
    controls.reset({ available: KINDS.filter((kind) => !missing[kind]), off });
    for (const track of stream.getTracks()) this.#tookTrack(track);
    if (!missing.video) this.#lookForCameras();
    notices.tellMissing(missing, asked);
  }

  /** A device falls silent in the call, or is there again. */
  #told(kind, why) {
    const { controls, notices, stage } = this.#deps;
    const on = controls.setAvailable(kind, why === null);
    if (kind === "video") stage.setCameraOn(on);
    notices.tellDevice(kind, why);
  }

  /** Nobody sees the person's picture: there is nothing to show or to switch off. */
  #unwanted(kind) {
    const { controls, stage } = this.#deps;
    controls.hide(kind);
    if (kind === "video") stage.hideLocal();
  }

  #ended({ code, message, seconds, initiator }) {
    const { audioSession, ending, env, menu, notices, ownPicture } = this.#deps;
    const { screen, shareLink, stage, toast, wakeLock, worker } = this.#deps;
    wakeLock.release();
    audioSession.end();
    menu.close();
    ownPicture.reset();
    stage.clear();
    shareLink.clear();
    env.dropSession();
    notices.end();
    this.#made = initiator && env.obstacle === null;
    const sentence = message ?? notices.sentenceOf(code);
    if (sentence) toast.alert(sentence);
    const isUnreached = code === "lost" && !initiator && !notices.online;
    const { homeOnly } = env;
    screen.prepareEnd({ ...ending.of({ code, initiator, isUnreached, homeOnly }), seconds });
    this.#happen("end");
    worker.register();
  }

  /** Coming back to a page that is older than the server: load it anew, never during a call. */
  async #renew() {
    const { cacheCleaner, flow } = this.#deps;
    if (document.visibilityState !== "visible" || flow.inCall) return;
    if ((await cacheCleaner.isOutdated()) && flow.state === "home") location.reload();
  }
}
