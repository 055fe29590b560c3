/** One call from its start to its end: devices, then signaling, then the peer connection. */

const LOST = 90_000; // ms without media, in which the server has given up whoever is away
const RENEWAL = 30_000; // ms, after which the socket of a page that waits may be dead unnoticed
/** What a connection is that does not carry a call any more, or one that comes in its place. */
const INTERRUPTING = ["connecting", "disconnected", "failed"];
const LOSS = { code: "lost", message: null };

export default class HomeCall_Web_Core_Call {
  #consent;
  #media;
  #net;
  #restart;
  #rtc;
  #call = null;

  constructor({ consent, media, net, restart, rtc }) {
    this.#consent = consent;
    this.#media = media;
    this.#net = net;
    this.#restart = restart;
    this.#rtc = rtc;
  }

  /**
   * @param {{sessionId: string, initiator: boolean, returns: boolean}} session `returns`: this page
   *   was in it before it was loaded again
   * @param {object} handlers
   * @param {(missing: ?object) => void} handlers.onAsking the person decides whether to join
   *   without devices: Media.prepare() found none, as told, or (null) the browser still asks
   * @param {() => void} handlers.onTaken the session is joined before the devices are open
   * @param {(prepared: object) => void} handlers.onPrepared the result of Media.prepare(); `asked`:
   *   the person has decided. The session is joined now
   * @param {(kind: string, why: ?string) => void} handlers.onDevice see Media.prepare()
   * @param {(track: MediaStreamTrack) => void} handlers.onTrack see Media.prepare()
   * @param {(stream: MediaStream) => void} handlers.onRemote
   * @param {(kind: string) => void} handlers.onUnwanted the other side takes no such track; its
   *   device is free
   * @param {(kind: string) => void} handlers.onRejected there is no codec for it in common
   * @param {(event: FlowEvent) => void} handlers.onProgress "miss", "call", "ring", "flow" or
   *   "break", see Flow
   * @param {(quality: "poor"|"good") => void} handlers.onQuality of what arrives
   * @param {() => void} handlers.onFailed no connection came about; it is tried again
   * @param {(error: {code: string, message: string}) => void} handlers.onError
   * @param {(online: boolean) => void} handlers.onSignal whether signaling is there, or media do
   *   without it
   * @param {() => void} handlers.onRefused see Net.startSignal()
   * @param {(end: {code: string, message: ?string, seconds: ?number, initiator: boolean}) => void}
   *   handlers.onEnd code "me", "replaced", "hangup" or one of its reasons (protocol.md, section
   *   7), or one of section 6
   */
  async start(session, handlers) {
    const call = {
      ...session,
      handlers,
      peer: null, // the handlers of the peer, once the devices are ready
      early: [], // messages that came before
      opened: false, // signaling was there
      online: true, // signaling is there, or was not missed yet
      offered: false,
      connected: false, // a connection came about
      flowingSince: null, // performance.now() of the first media
      interrupted: false,
      over: null, // what ended signaling, while media go on
      timer: null, // until it is lost for good
      renewal: null, // interval
    };
    this.#call = call;
    this.#restart.begin();
    // Whoever has a link can open it from now on: its maker's place must not be another's by then.
    if (call.initiator) this.#attach(call);
    const prepared = await this.#consent.prepare(call.initiator, {
      isCurrent: () => call === this.#call,
      onAsking: handlers.onAsking,
      onGiven: () => {
        handlers.onTaken();
        this.#attach(call);
      },
      onDevice: handlers.onDevice,
      onTrack: (track) => {
        this.#rtc.replaceTrack(track);
        handlers.onTrack(track);
      },
    });
    if (call !== this.#call) return;
    handlers.onPrepared(prepared);
    call.peer = {
      onStream: handlers.onRemote,
      onUnwanted: (kind) => {
        this.#media.drop(kind);
        handlers.onUnwanted(kind);
      },
      onRejected: handlers.onRejected,
      onState: (state) => this.#watch(call, state),
      onMedia: () => {
        if (call.connected && !call.interrupted) this.#flow(call);
      },
      onQuality: handlers.onQuality,
      onStarved: () => {
        if (call.over) this.#finish(call.over);
        else if (call.flowingSince !== null) handlers.onProgress("break"); // before the browser
      },
      onFailure: handlers.onFailed,
      onNoPath: () => this.#giveUp("no_path"),
    };
    if (call.initiator) {
      this.#offer(call);
    } else {
      this.#attach(call);
      this.#rtc.startIncomingSession(call.sessionId, call.peer);
      for (const message of call.early.splice(0)) this.#rtc.handle(message);
    }
  }

  /** End the call for both. */
  hangUp() {
    if (!this.#call) return;
    this.#net.hangUp(this.#call.sessionId);
    this.#finish({ code: "me", message: null });
  }

  #attach(call) {
    if (call.renewal) return; // it is done
    this.#net.startSignal(call.sessionId, this.#signalHandlers(call));
    call.renewal = setInterval(() => {
      if (!call.connected || call.interrupted) this.#net.renew();
    }, RENEWAL);
  }

  /** Relays are for a session that exists: whoever makes one offers once the socket is open. */
  #offer(call) {
    if (!call.peer || !this.#net.isOpen) return;
    if (call.offered) this.#rtc.resume();
    else this.#rtc.startOutgoingSession(call.sessionId, call.peer);
    call.offered = true;
  }

  #signalHandlers(call) {
    const { onError, onProgress } = call.handlers;
    return {
      onOpen: () => {
        this.#tellSignal(call, true);
        if (call.initiator) this.#offer(call);
        else if (call.returns && !call.opened) this.#net.endCandidates(call.sessionId);
        if (call.opened) this.#lookForRestart(call);
        call.opened = true;
      },
      onLost: () => this.#tellSignal(call, false),
      onRefused: call.handlers.onRefused,
      onMessage: (message) => {
        const called = message.type === "offer" && !call.initiator;
        if (called && !call.connected) onProgress("call");
        if (call.peer) this.#rtc.handle(message);
        else call.early.push(message);
      },
      onError: (error) => {
        if (error.code === "signal_not_found") this.#foundNothing(call, error);
        else onError(error);
      },
      onEnd: (error) => {
        // Firefox does not tell of the opening of a socket that is closed at once.
        this.#tellSignal(call, true);
        // Who ends a call says so, or sends nothing any more. A session also ends by itself while
        // two phones talk by their own way, which needs no signaling until it breaks off.
        if (error.code === "session_ended" && this.#rtc.flows) call.over = error;
        else this.#finish(error);
      },
    };
  }

  /** Media go on without signaling where the appliance has got another address, for one. */
  #tellSignal(call, online = call.online) {
    call.online = online;
    const flows = call.connected && !call.interrupted;
    call.handlers.onSignal(online || flows);
  }

  async #lookForRestart(call) {
    await this.#restart.look();
    if (call === this.#call) this.#endIfRestarted(call);
  }

  /**
   * No session survives a restart of the appliance (protocol.md, section 5). Two phones go on all
   * the same: their media do not pass it, and both attach anew.
   */
  #endIfRestarted(call) {
    const restarted = this.#restart.isRecent;
    if (restarted && call.interrupted && !call.initiator) this.#finish(LOSS);
  }

  /** Whoever made the link has nothing to receive until the other side comes. */
  #foundNothing(call, error) {
    if (call.initiator) return;
    if (call.interrupted) this.#finish(LOSS);
    if (call.connected) return;
    call.handlers.onError(error);
    call.handlers.onProgress("miss");
  }

  /** There is no end to repairing what is gone for good, such as an appliance without power. */
  #giveUp(reason) {
    this.#net.hangUp(this.#call.sessionId, reason);
    this.#finish({ code: reason, message: null });
  }

  #watch(call, state) {
    if (state === "connected") {
      call.connected = true;
      call.interrupted = false;
      clearTimeout(call.timer);
      if (call.flowingSince === null && this.#rtc.isSilent) call.handlers.onProgress("ring");
      else this.#flow(call);
      this.#tellSignal(call);
    } else if (call.over) {
      this.#finish(call.over);
    } else if (call.connected && INTERRUPTING.includes(state)) {
      if (!call.interrupted) call.timer = setTimeout(() => this.#giveUp("lost"), LOST);
      call.interrupted = true;
      call.handlers.onProgress("break");
      this.#tellSignal(call);
      // Whoever is to connect anew has an offer of the other side, which has not gone.
      if (state !== "connecting") this.#endIfRestarted(call);
    } else if (state === "connecting") {
      call.handlers.onProgress("call");
    } else if (state === "failed") {
      call.handlers.onFailed();
    }
  }

  /** Media come: somebody is there. */
  #flow(call) {
    call.flowingSince ??= performance.now();
    call.handlers.onProgress("flow");
  }

  #finish({ code, message }) {
    const { initiator, connected, flowingSince, handlers, timer, renewal } = this.#call;
    this.#call = null;
    clearTimeout(timer);
    clearInterval(renewal);
    this.#rtc.stop();
    this.#net.stopSignal();
    this.#media.release();
    const seconds =
      flowingSince === null ? null : Math.round((performance.now() - flowingSince) / 1000);
    const lost = code === "session_ended" && connected;
    handlers.onEnd({ code: lost ? "lost" : code, message, seconds, initiator });
  }
}
