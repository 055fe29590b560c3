/** What a session description says (SDP, RFC 8866). */
export default class HomeCall_Web_Rtc_Description {
  /** Whether an offer asks for a kind of track (section 6.7). */
  static asksFor(sdp, kind) {
    const media = HomeCall_Web_Rtc_Description.section(sdp, kind);
    return media !== undefined && !/^a=(sendonly|inactive)\s*$/m.test(media);
  }

  /** @returns {string|undefined} what a description says of a kind of track */
  static section(sdp, kind) {
    return sdp.split(/^(?=m=)/m).find((one) => one.startsWith(`m=${kind} `));
  }

  /** @returns {string|undefined} another one for each connection (RFC 8839, section 5.4) */
  static icePassword(sdp) {
    return /^a=ice-pwd:(\S+)/m.exec(sdp)?.[1];
  }
}
