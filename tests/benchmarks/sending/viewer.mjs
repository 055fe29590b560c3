// The viewer's part of a call: it answers at once, and sends no candidates (RFC 8445, section
// 7.3.1.3: the sender learns the address from the checks).
async function answer() {
  const offer = fetch(`${location.pathname}/offer`);
  const peer = new RTCPeerConnection();
  const stream = new MediaStream();
  document.querySelector("#remote-video").srcObject = stream;
  peer.addEventListener("track", ({ track }) => stream.addTrack(track));
  await peer.setRemoteDescription({ type: "offer", sdp: await (await offer).text() });
  await peer.setLocalDescription();
  await fetch(`${location.pathname}/answer`, { method: "POST", body: peer.localDescription.sdp });
}

answer();
