// The viewer's part of a call: it answers at once, and sends no candidates (RFC 8445, section
// 7.3.1.3: the sender learns the address from the checks). Under "#talk" it has a microphone, too.
async function answer() {
  const offer = fetch(`${location.pathname}/offer`);
  const peer = new RTCPeerConnection();
  const stream = new MediaStream();
  const video = document.querySelector("#remote-video");
  peer.addEventListener("track", ({ track }) => {
    stream.addTrack(track);
    video.srcObject ??= stream; // not before: without a picture the page would never be loaded
  });
  await peer.setRemoteDescription({ type: "offer", sdp: await (await offer).text() });
  if (location.hash === "#talk") {
    const microphone = await navigator.mediaDevices.getUserMedia({ audio: true });
    for (const track of microphone.getTracks()) peer.addTrack(track, microphone);
  }
  await peer.setLocalDescription();
  await fetch(`${location.pathname}/answer`, { method: "POST", body: peer.localDescription.sdp });
}

answer();
