/**
 * What the client uses although a target lacks it or has it in part, and why it works without: the
 * feature test in the code, or what there is instead.
 */
export const GUARDED = [
  {
    lacks: { chrome: ["api.Navigator.share"], firefox: ["api.Navigator.share"] },
    how: "ShareLink.bind() shows no button for it; copying and the code are there",
  },
  {
    lacks: {
      safari_ios: [
        "api.Navigator.permissions",
        "api.Permissions.query",
        "api.PermissionStatus.change_event",
        "api.PermissionStatus.state",
      ],
    },
    how: "permissionOf() of Media/Manager.mjs takes what it throws as: the browser does not tell",
  },
  {
    lacks: { safari_ios: ["css.at-rules.media.forced-colors"] },
    how: "nor does it have such colours",
  },
  {
    lacks: {
      safari_ios: [
        "api.Document.exitFullscreen", "api.Document.fullscreenElement",
        "api.Document.fullscreenEnabled", "api.Element.requestFullscreen",
      ],
    },
    how: "Menu.mjs shows no button for it",
  },
  {
    lacks: { safari_ios: ["api.HTMLMediaElement.setSinkId"] },
    how: "Menu.mjs shows no choice of loudspeakers",
  },
  {
    lacks: { safari_ios: ["css.properties.cursor.grab"] },
    how: "a telephone has no pointer",
  },
  {
    lacks: {
      chrome: ["api.BarcodeDetector", "api.BarcodeDetector.detect"],
      firefox: ["api.BarcodeDetector", "api.BarcodeDetector.detect"],
      safari_ios: ["api.BarcodeDetector", "api.BarcodeDetector.detect"],
    },
    how: "Scanner.mjs asks whether it is there; without, the telephone's own camera scans the code",
  },
  {
    lacks: {
      chrome: ["api.Navigator.audioSession"],
      firefox: ["api.Navigator.audioSession"],
      safari_ios: ["api.Navigator.audioSession"],
    },
    how: "AudioSession.mjs asks whether it is there; without, sound is as the system makes it",
  },
  {
    lacks: {
      safari_ios: [
        "api.Navigator.wakeLock",
        "api.WakeLock.request",
        "api.WakeLockSentinel.release",
      ],
    },
    how: "WakeLock.mjs asks whether it is there; without, the screen dims as the phone is set to",
  },
  {
    lacks: {
      chrome: ["api.HTMLElement.focus.options_focusVisible_parameter"],
      safari_ios: ["api.HTMLElement.focus.options_focusVisible_parameter"],
    },
    how: "an unknown member of a dictionary is passed over (Web IDL): the focus may be ringed",
  },
  {
    lacks: { safari_ios: ["api.HTMLElement.inert"] },
    how: "a property that an element does not know does nothing: the sheet covers the page",
  },
  {
    lacks: { firefox: ["api.CanvasRenderingContext2D.imageSmoothingQuality"] },
    how: "a property that nothing reads: the glow is a little coarser",
  },
  {
    lacks: {
      chrome: ["api.HTMLMediaElement.srcObject"],
      firefox: ["api.HTMLMediaElement.srcObject"],
    },
    how: "a MediaStream it takes everywhere; a Blob, which is lacking, is never given to it",
  },
  {
    lacks: { firefox: ["api.MediaStreamTrack.muted"] },
    how: "a device that the system has muted is not told of; nothing waits for it",
  },
  {
    lacks: { safari_ios: ["api.HTMLVideoElement.requestVideoFrameCallback"] },
    how: "Stage.mjs asks whether it is there; without, nobody is told that a picture stands still",
  },
  {
    lacks: { safari_ios: ["api.WindowClient.navigate"] },
    how: "the former worker is gone by then: the page is ours with its next load",
  },
  {
    lacks: {
      chrome: ["html.elements.meta.name.viewport", "html.elements.meta.name.theme-color"],
      firefox: ["html.elements.meta.name.viewport", "html.elements.meta.name.theme-color"],
    },
    how: "for phones; a desktop has neither zoom nor a coloured bar",
  },
  {
    lacks: {
      firefox: ["html.elements.link.rel.manifest", "html.elements.video.playsinline"],
      safari_ios: ["html.elements.link.rel.icon"],
    },
    how: "for those that have it: nothing in a call needs it",
  },
  {
    lacks: {
      chrome: ["css.properties.overscroll-behavior"],
      safari_ios: [
        "css.properties.overscroll-behavior",
        "css.properties.overscroll-behavior.none",
      ],
    },
    how: "the page itself does not scroll; where a pull loads it again, it is back in its call",
  },
  {
    lacks: {
      chrome: [
        "css.properties.text-wrap",
        "css.properties.text-wrap.balance",
        "css.properties.text-wrap.pretty",
      ],
      firefox: ["css.properties.text-wrap.pretty"],
      safari_ios: [
        "css.properties.text-wrap",
        "css.properties.text-wrap.balance",
        "css.properties.text-wrap.pretty",
      ],
    },
    how: "lines break elsewhere",
  },
  {
    lacks: {
      firefox: ["css.properties.-webkit-tap-highlight-color", "css.properties.text-size-adjust"],
      safari_ios: ["css.properties.text-size-adjust"],
    },
    how: "-webkit-text-size-adjust stands before it for Safari; the others are for Safari alone",
  },
  {
    lacks: { safari_ios: ["css.properties.cursor.default", "css.properties.cursor.pointer"] },
    how: "a finger has no cursor",
  },
  {
    lacks: { safari_ios: ["css.selectors.focus-visible", "css.properties.outline"] },
    how: "the browser's own ring stays; its corners are square",
  },
];
