/** English. */
export default {
  "home.title": "Video calls home",
  "home.lead": "Point your phone's camera at the code on the appliance's screen and you are in a call.",
  "home.or": "Or call from phone to phone: press the button and send the link.",
  "home.scan": "To call, scan the code on the appliance's screen with your phone's camera.",
  "home.connect": "Connect",
  "home.promise": "No accounts, no apps. Nothing is recorded.",
  "home.insecure":
    "Browsers allow camera and microphone on secure addresses only. Open the address that begins with https://",
  "home.unsupported":
    "Video calls (WebRTC) do not work in this browser. If a setting, an add-on or Lockdown Mode switches them off, allow them for this page. Otherwise open it in an up-to-date Chrome, Safari or Firefox.",

  "asking.title": "May they see and hear you?",
  "asking.lead":
    "Your browser asks for the camera and the microphone: allow them, and the call begins. If you see no question, look beside the address.",
  "asking.without": "Join without camera and microphone?",
  "asking.allow": "Otherwise allow them for this page in the browser's settings, then try again.",
  "asking.retry": "Try again",
  "asking.join": "Join without them",

  "share.title": "Waiting for the other person",
  "share.lead": "Send the link or show the code. The call starts by itself.",
  "share.link": "Link for the other person",
  "share.qr": "QR code with the link for the other person",
  "share.share": "Share",
  "share.copy": "Copy",
  "share.copied": "The link is copied",
  "share.select": "Copy the selected link by hand",
  "share.message": "HomeCall video call: open the link and we are connected.",

  "call.joining": "Connecting…",
  "call.joining.slow":
    "Still connecting… Stay on this page. If a minute does not help, try another network, Wi-Fi or mobile data, or turn a VPN off.",
  "call.alone":
    "Nobody is at the other end of this link now. If it came from the appliance's screen, scan the code again. If somebody sent it to you, wait for that person.",
  "call.weak": "The connection was interrupted. Restoring…",
  "call.weak.slow":
    "The connection was interrupted. Restoring… Stay on this page, and look whether this phone has a network. Or hang up, and call again.",
  "call.hear": "Tap to hear",
  "call.mute": "Mute the microphone",
  "call.camera": "Turn the camera off",
  "call.hangup": "End the call",
  "call.local": "You",
  "call.no_camera": "Your camera is off",
  "call.no_remote": "No video from the other side",

  "media.denied.both": "No access to camera and microphone. You see and hear the other side; they do not see or hear you.",
  "media.denied.audio": "No access to the microphone: they cannot hear you. Allow it in the browser's settings.",
  "media.denied.video": "No access to the camera: they cannot see you. Allow it in the browser's settings.",
  "media.absent.both": "No camera or microphone found. You see and hear the other side; they do not see or hear you.",
  "media.absent.audio": "No microphone found: they cannot hear you.",
  "media.absent.video": "No camera found: they cannot see you.",
  "media.busy.both": "Camera and microphone are in use. Close the other programs that use them.",
  "media.busy.audio": "The microphone is in use by another program: they cannot hear you.",
  "media.busy.video": "The camera is in use by another program: they cannot see you.",
  "media.unsupported.both":
    "This browser gives pages no camera and no microphone. To be seen and heard, open the link in Safari, Chrome or Firefox.",
  "media.muted.both": "The system has muted camera and microphone, perhaps for another app: they do not see or hear you.",
  "media.muted.audio": "The system has muted the microphone, perhaps for another app: they cannot hear you.",
  "media.muted.video": "The system has stopped the camera, perhaps for another app: they cannot see you.",
  "media.ended.audio": "The microphone has stopped: they cannot hear you. Trying again…",
  "media.ended.video": "The camera has stopped: they cannot see you. Trying again…",
  "media.found.audio": "There is a microphone now. To use it, load the page again.",
  "media.found.video": "There is a camera now. To use it, load the page again.",
  "media.back.audio": "They can hear you again.",
  "media.back.video": "They can see you again.",

  "notice.offline": "No connection to the appliance. Trying again… Look whether this phone has a network.",
  "notice.offline.home":
    "No connection to the appliance. Trying again… Its address works in the home's own network only: join that Wi-Fi. If this phone is in it, scan the code on the screen again.",
  "notice.untrusted":
    "This browser shows the page, but lets no call through. Open {page}, do what it says, then scan the code again.",
  "notice.refused":
    "The page came, but calls do not get through: a proxy or an add-on may be in the way. Try another browser or network.",
  "notice.rejected.audio": "No sound: the two sides know no common format. Try another browser.",
  "notice.rejected.video": "No picture: the two sides know no common format. Try another browser.",

  "end.me": "You ended the call",
  "end.hangup": "The other side ended the call",
  "end.session_ended": "The session has ended",
  "end.lost": "The other side was lost",
  "end.no_path": "No way through the networks was found",
  "end.max_duration": "The call has reached its longest duration",
  "end.stopping": "The appliance is being restarted or switched off",
  "end.declined": "They cannot take the call now",
  "end.no_answer": "Nobody has answered",
  "end.replaced": "The call goes on in another tab",
  "end.session_full": "The session is already in use",
  "end.busy": "The appliance is busy",
  "end.bad_session": "Invalid session identifier",
  "end.insecure": "A secure address is needed",
  "end.unsupported": "This browser will not do",
  "end.duration": "Duration {time}",
  "end.advice.scan": "A link serves one call. Scan the code on the screen again, or ask for a new link.",
  "end.advice.unreached": "The appliance does not answer. Look whether this phone has a network, then scan the code again or ask for a new link.",
  "end.advice.unreached.home":
    "The appliance does not answer. Its address works in the home's own network only: join that Wi-Fi, then scan the code on the screen again.",
  "end.advice.link": "A link serves one call. Make a new one and send it.",
  "end.advice.full":
    "This link is open already: in another browser or tab, or by another person. Go on there, scan the new code on the screen, or ask for a new link.",
  "end.advice.busy": "Wait a little and scan the code again.",
  "end.advice.path":
    "A firewall, a VPN or the kind of network lets no call through. Call again from another network, Wi-Fi or mobile data, or turn the VPN off.",
  "end.advice.stopping": "After an update or a restart the code is back on the screen in a minute: scan it again then.",
  "end.again": "Call again",
  "end.home": "Back to start",
};
