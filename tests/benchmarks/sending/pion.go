// A sender of RTP that comes by UDP, with Pion: one track of each kind for all calls.
// Its orders come as program.py has them. Arguments: the address for ICE, the port of the picture,
// of the sound, and that which takes PLI.
package main

import (
	"bufio"
	"encoding/json"
	"log"
	"net"
	"os"
	"time"

	// Debian's library stands where GOPATH has it, without the /v3 of its module.
	"github.com/pion/ice/v2"
	"github.com/pion/interceptor"
	"github.com/pion/rtcp"
	"github.com/pion/webrtc"
)

type order struct {
	Do   string `json:"do"`
	Call string `json:"call"`
	SDP  string `json:"sdp"`
}

type reply struct {
	Call string `json:"call"`
	SDP  string `json:"sdp"`
}

var h264 = webrtc.RTPCodecCapability{
	MimeType:    webrtc.MimeTypeH264,
	ClockRate:   90000,
	SDPFmtpLine: "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f",
	RTCPFeedback: []webrtc.RTCPFeedback{
		{Type: "ccm", Parameter: "fir"}, {Type: "nack"}, {Type: "nack", Parameter: "pli"},
	},
}

var opus = webrtc.RTPCodecCapability{
	MimeType:    webrtc.MimeTypeOpus,
	ClockRate:   48000,
	Channels:    2,
	SDPFmtpLine: "minptime=10;useinbandfec=1",
}

func main() {
	address, ports := os.Args[1], os.Args[2:]
	api := newAPI(net.ParseIP(address))
	video, audio := feed(h264, ports[0]), feed(opus, ports[1])
	control, err := net.Dial("udp", "127.0.0.1:"+ports[2])
	must(err)
	calls := map[string]*webrtc.PeerConnection{}
	orders := bufio.NewScanner(os.Stdin)
	orders.Buffer(nil, 1<<20)
	replies := json.NewEncoder(os.Stdout)
	for orders.Scan() {
		var order order
		must(json.Unmarshal(orders.Bytes(), &order))
		switch order.Do {
		case "offer":
			peer, err := api.NewPeerConnection(webrtc.Configuration{})
			must(err)
			calls[order.Call] = peer
			must(replies.Encode(reply{order.Call, offer(peer, control, video, audio)}))
		case "answer":
			must(calls[order.Call].SetRemoteDescription(
				webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: order.SDP}))
		case "end":
			for call, peer := range calls {
				must(peer.Close())
				delete(calls, call)
			}
			must(replies.Encode(reply{}))
		}
	}
}

func newAPI(address net.IP) *webrtc.API {
	media := &webrtc.MediaEngine{}
	must(media.RegisterCodec(webrtc.RTPCodecParameters{
		RTPCodecCapability: h264, PayloadType: 102}, webrtc.RTPCodecTypeVideo))
	must(media.RegisterCodec(webrtc.RTPCodecParameters{
		RTPCodecCapability: opus, PayloadType: 111}, webrtc.RTPCodecTypeAudio))
	interceptors := &interceptor.Registry{}
	must(webrtc.RegisterDefaultInterceptors(media, interceptors))
	settings := webrtc.SettingEngine{}
	settings.SetIPFilter(address.Equal)
	settings.SetICEMulticastDNSMode(ice.MulticastDNSModeDisabled)
	// No better pair will come than that of the viewer's checks: don't wait half a second for it.
	settings.SetPrflxAcceptanceMinWait(0 * time.Second)
	return webrtc.NewAPI(webrtc.WithMediaEngine(media),
		webrtc.WithInterceptorRegistry(interceptors), webrtc.WithSettingEngine(settings))
}

// feed starts a track that sends what comes to the port.
func feed(codec webrtc.RTPCodecCapability, port string) *webrtc.TrackLocalStaticRTP {
	track, err := webrtc.NewTrackLocalStaticRTP(codec, codec.MimeType, "feed")
	must(err)
	socket, err := net.ListenPacket("udp", "127.0.0.1:"+port)
	must(err)
	go func() {
		packet := make([]byte, 1500)
		for {
			length, _, err := socket.ReadFrom(packet)
			must(err)
			// A call that has just been closed is no reason to end the others.
			_, _ = track.Write(packet[:length])
		}
	}()
	return track
}

func offer(
	peer *webrtc.PeerConnection, control net.Conn, tracks ...*webrtc.TrackLocalStaticRTP,
) string {
	for _, track := range tracks {
		transceiver, err := peer.AddTransceiverFromTrack(track, webrtc.RTPTransceiverInit{
			Direction: webrtc.RTPTransceiverDirectionSendonly})
		must(err)
		go pass(transceiver.Sender(), control)
	}
	peer.OnConnectionStateChange(func(state webrtc.PeerConnectionState) {
		if state == webrtc.PeerConnectionStateConnected {
			ask(control)
		}
	})
	description, err := peer.CreateOffer(nil)
	must(err)
	gathered := webrtc.GatheringCompletePromise(peer)
	must(peer.SetLocalDescription(description))
	<-gathered
	return peer.LocalDescription().SDP
}

// pass tells the feeder of the viewer's PLI and FIR, until the call ends.
func pass(sender *webrtc.RTPSender, control net.Conn) {
	for {
		packets, _, err := sender.ReadRTCP()
		if err != nil {
			return
		}
		for _, packet := range packets {
			switch packet.(type) {
			case *rtcp.PictureLossIndication, *rtcp.FullIntraRequest:
				ask(control)
			}
		}
	}
}

func ask(control net.Conn) {
	packet, err := (&rtcp.PictureLossIndication{}).Marshal()
	must(err)
	// Refused while the feeder is not there yet: its first picture is a key frame anyway.
	_, _ = control.Write(packet)
}

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
