// Either side of a call between two Chromiums. What they have to tell each other, the benchmark
// carries: each description with all its candidates.
const peer = new RTCPeerConnection();

async function gathered() {
  await peer.setLocalDescription();
  while (peer.iceGatheringState !== 'complete') {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return peer.localDescription.sdp;
}

/** The sender's offer: camera and microphone, one way, at most `maxBitrate` bit/s of the picture. */
globalThis.offer = async (wanted, codec, maxBitrate) => {
  const media = await navigator.mediaDevices.getUserMedia({ audio: true, video: wanted });
  peer.addTransceiver(media.getAudioTracks()[0], { direction: 'sendonly' });
  const video = peer.addTransceiver(media.getVideoTracks()[0], {
    direction: 'sendonly',
    sendEncodings: [{ maxBitrate }],
  });
  const { codecs } = RTCRtpSender.getCapabilities('video');
  const chosen = codecs.filter(({ mimeType }) => [`video/${codec}`, 'video/rtx'].includes(mimeType));
  video.setCodecPreferences(chosen);
  return gathered();
};

/** The receiver's answer. */
globalThis.answer = async (sdp) => {
  const stream = new MediaStream();
  peer.addEventListener('track', ({ track }) => {
    stream.addTrack(track);
    document.querySelector('#remote-video').srcObject = stream;
  });
  await peer.setRemoteDescription({ type: 'offer', sdp });
  return gathered();
};

/** The sender takes it. */
globalThis.accept = (sdp) => peer.setRemoteDescription({ type: 'answer', sdp }).then(() => true);
