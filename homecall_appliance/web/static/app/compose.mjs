/** The composition root: each part of the client is made here, and is given what it needs. */
import App from "./Core/App.mjs";
import Call from "./Core/Call.mjs";
import Consent from "./Core/Consent.mjs";
import Ending from "./Core/Ending.mjs";
import Flow from "./Core/Flow.mjs";
import Help from "./Core/Help.mjs";
import Notices from "./Core/Notices.mjs";
import Restart from "./Core/Restart.mjs";
import Browser from "./Env/Browser.mjs";
import Env from "./Env/Provider.mjs";
import Server from "./Env/Server.mjs";
import Texts from "./I18n/Texts.mjs";
import Arrivals from "./Media/Arrivals.mjs";
import AudioSession from "./Media/AudioSession.mjs";
import Devices from "./Media/Devices.mjs";
import Level from "./Media/Level.mjs";
import Media from "./Media/Manager.mjs";
import Opener from "./Media/Opener.mjs";
import Torch from "./Media/Torch.mjs";
import Net from "./Net.mjs";
import Farewell from "./Net/Farewell.mjs";
import SignalClient from "./Net/SignalClient.mjs";
import CacheCleaner from "./Pwa/CacheCleaner.mjs";
import Worker from "./Pwa/Worker.mjs";
import Peer from "./Rtc/Peer.mjs";
import Clock from "./Shared/Clock.mjs";
import Logger from "./Shared/Logger.mjs";
import Ambient from "./Ui/Ambient.mjs";
import Controls from "./Ui/Controls.mjs";
import HelpSheet from "./Ui/Help.mjs";
import Menu from "./Ui/Menu.mjs";
import OwnPicture from "./Ui/OwnPicture.mjs";
import QrCode from "./Ui/QrCode.mjs";
import Scanner from "./Ui/Scanner.mjs";
import Screen from "./Ui/Screen.mjs";
import ShareLink from "./Ui/ShareLink.mjs";
import Stage from "./Ui/Stage.mjs";
import Toast from "./Ui/Toast.mjs";
import WakeLock from "./Ui/WakeLock.mjs";

/** @returns {App} the application of this page */
export default function compose() {
  const clock = new Clock();
  const browser = new Browser();
  const logger = new Logger();
  const server = new Server();
  const env = new Env({ logger, server });
  const texts = new Texts({ server });
  const media = new Media({ arrivals: new Arrivals(), opener: new Opener({ logger }) });
  const client = new SignalClient({ clock, farewell: new Farewell(), logger, server });
  const net = new Net({ client, env, logger, server });
  const rtc = new Peer({ clock, env, net, media, logger });
  const devices = new Devices({ logger });
  const consent = new Consent({ devices, env, media });
  const call = new Call({ consent, media, net, restart: new Restart({ env, server }), rtc });
  const level = new Level({ logger, media });
  const toast = new Toast();
  const notices = new Notices({ browser, env, texts, toast });
  return new App({
    audioSession: new AudioSession(),
    browser,
    call,
    consent,
    devices,
    ending: new Ending(),
    env,
    media,
    server,
    texts,
    toast,
    flow: new Flow(),
    help: new HelpSheet({ env, help: new Help({ browser, env, texts }), notices }),
    menu: new Menu({ devices, level, torch: new Torch({ logger, media }) }),
    ownPicture: new OwnPicture(),
    notices,
    cacheCleaner: new CacheCleaner({ env, logger, server }),
    controls: new Controls(),
    scanner: new Scanner({ logger, texts, toast }),
    screen: new Screen({ texts }),
    shareLink: new ShareLink({ env, qrCode: new QrCode(), texts, toast, logger }),
    stage: new Stage({ ambient: new Ambient(), logger }),
    wakeLock: new WakeLock({ logger }),
    worker: new Worker({ logger }),
  });
}
