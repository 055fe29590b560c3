"""The doctor's judgement: each finding, good and bad."""

import re
from dataclasses import replace
from datetime import timedelta
from ipaddress import ip_address
from typing import Any

import pytest

from homecall_appliance.certificates.pem import PemFile
from homecall_appliance.config.problems import Problem
from homecall_appliance.doctor.checks import examine
from homecall_appliance.doctor.facts import (
    Appliance,
    Certificate,
    Daemon,
    Denied,
    Device,
    Display,
    Facts,
    Framebuffer,
    InputDevices,
    Leaf,
    Looked,
    Network,
    Port,
    Reply,
    Root,
)
from homecall_appliance.doctor.finding import (
    State,
    all_fine,
    as_json,
    bad,
    fine,
    lines,
    unchecked,
)
from homecall_appliance.network.addresses import Names
from homecall_appliance.network.name_state import Lookup
from tests.doctor.doctor_world import (
    FOUND_SOUND,
    LEAF,
    NAMES,
    NOW,
    PI_CAMERA,
    RELEASED,
    SCREEN,
    WEBCAM,
    configured,
    running,
    stopped,
)
from tests.support.owner_world import Owner

FORBIDDEN = Appliance(Daemon.FORBIDDEN, uid=990, socket_group="homecall")
SILENT = Appliance(Daemon.SILENT, uid=990)
HUNG, CRASHED = Looked("hung"), Looked("crashed", reason="SIGSEGV")
PROBLEM = {"state": "closed", "problem": "It was pulled out. Plug it in."}
CALL = [{"sessionId": "s", "history": ["offered"]}]
VIDEO = (Denied("/dev/video0", "video"),)
SOUND = (Denied("/dev/snd/pcmC0D0c", "audio"),)
KEYPAD = (Denied("/dev/input/event0", "input"),)
DARK = replace(SCREEN, connected=False)
PANEL = {"backend": "luma", "device": "--display ssd1306"}
OWN_FILES = {"mode": "files", "certificate": "/etc/tls/pi.pem", "private_key": "/etc/tls/pi.key"}


def judge(facts: Facts, name: str) -> list[tuple[str, str]]:
    """State and sentence of each finding of that name."""
    return [(each.state.value, each.sentence) for each in examine(facts) if each.name == name]


def offering(facts: Facts, **offered: Any) -> Facts:
    """With a webcam, the only camera, that offers this."""
    looked = Device(Looked(values={"pi": [], "v4l2": [{**WEBCAM, **offered}]}))
    return configured(replace(facts, camera=looked), "camera", backend="v4l2")


def watched(facts: Facts, framerate: float, **offered: Any) -> Facts:
    """With a webcam that has given so many pictures in a second."""
    picture = {"width": 1280, "height": 720, "framerate": framerate}
    values = {"pi": [], "v4l2": [{**WEBCAM, **offered}], **picture}
    looked = Device(Looked(values=values), opened=True)
    return configured(replace(facts, camera=looked), "camera", backend="v4l2")


@pytest.mark.parametrize("facts", [stopped(), running()], ids=["stopped", "running"])
def test_all_is_fine(facts: Facts) -> None:
    findings = examine(facts)
    assert [each.name for each in findings] == NAMES
    assert {each.state for each in findings} == {State.FINE}
    assert all(each.sentence.endswith((".", "homecall-appliance")) for each in findings)


def network(**changes: Any) -> Network:
    return replace(running().network, **changes)


def named(lookup: Lookup, reply: Reply | None = Reply("ok")) -> Network:  # noqa: B008
    return network(host="pi.home", wanted_host="pi.home", lookup=lookup, reply=reply)


ELSEWHERE_BY_NAME = Lookup("found", frozenset({ip_address("203.0.113.7")}))


SERVER = {"url": "turn:a", "state": "silent", "age": 130.0, "problem": "It is silent."}

OWNER = Owner(NOW)
PAIR, BAD_PAIR = (
    (PemFile("/a.pem", kept.chain), PemFile("/a.key", kept.key))
    for kept in (OWNER.pair(names=("192.0.2.7",)), OWNER.pair(names=("other.example",)))
)


def owned(pair: tuple[PemFile, PemFile], **rest: Any) -> Certificate:
    return Certificate("stored", pair=pair, **rest)


def own(pair: tuple[PemFile, PemFile], **rest: Any) -> Facts:
    return configured(stopped(certificate=owned(pair, **rest)), "tls", **OWN_FILES)


def owns(state: Any, **rest: Any) -> Facts:
    return configured(stopped(certificate=Certificate(state, **rest)), "tls", **OWN_FILES)


def serves_own(told: dict[str, str]) -> Facts:
    return configured(running({"certificate": told}), "tls", **OWN_FILES)


def local(state: Any, leaf: Any = LEAF, **rest: Any) -> Facts:
    make = running if state == "served" else stopped
    return make(certificate=Certificate(state, leaf, **rest))


def short_lived(days: float, left: float) -> Leaf:
    return Leaf(NOW - timedelta(days=days - left), NOW + timedelta(days=left), LEAF.names)


ROOT = Root("1A 2B 3C", NOW + timedelta(days=91))
ENDING = replace(ROOT, end=NOW + timedelta(days=89))
EXPIRED = replace(LEAF, end=NOW - timedelta(days=1))
FUTURE = replace(LEAF, begin=NOW + timedelta(days=1))
SOON = short_lived(90, 13)
ELSEWHERE = replace(LEAF, names=Names(("home.example",), ()))

HEADSET = {"microphone": "USB: Audio (hw:1,0)", "speaker": "USB: Audio (hw:1,0)"}
RENUMBERED = {"microphoneInPlaceOf": "USB: Audio (hw:2,0)"}

TABLE: list[tuple[str, Facts, str, str]] = [
    # ports
    ("ports", stopped(), "fine", r"Ports 443 and 80 are free\. .* sudo systemctl start"),
    ("ports", stopped(ports=(Port(443, "free"),)), "fine", r"Port 443 is free"),
    ("ports", stopped(ports=(Port(443, "forbidden"),)), "fine", r"Port 443 is free"),
    ("ports", running(), "fine", r"Ports 443 and 80 are open: the appliance is running"),
    (
        "ports",
        stopped(ports=(Port(443, "taken", holder="nginx (process 7)"), Port(80, "free"))),
        "bad",
        r"Port 443 is used by nginx \(process 7\)\. Stop that program, or choose another",
    ),
    ("ports", stopped(ports=(Port(80, "taken"),)), "bad", r"sudo ss -ltnp 'sport = :80'"),
    ("ports", running(ports=(Port(443, "taken"),)), "bad", r"Port 443 is used by another program"),
    ("ports", running(ports=(Port(8443, "free"),)), "bad", r"not on port 8443 .*Restart it"),
    ("ports", running(ports=(Port(444, "forbidden"),)), "bad", r"not on port 444"),
    (
        "ports",
        configured(stopped(ports=(Port(443, "no address"),)), "server", address="192.0.2.99"),
        "bad",
        r'192\.0\.2\.99 is no address of this machine\. Set server\.address to "::"',
    ),
    ("ports", stopped(ports=(Port(443, "failed", reason="Odd"),)), "bad", r"opened: Odd\. Try it"),
    ("ports", running(appliance=SILENT), "bad", r"does not answer .*sudo systemctl restart"),
    (
        "ports",
        running(appliance=FORBIDDEN),
        "bad",
        r"may not ask .*sudo homecall-appliance doctor .*usermod -aG homecall",
    ),
    # certificate: the appliance's own
    ("certificate", local("stored"), "fine", r"valid until 2028-03-11 and is for 192\.0\.2\.7"),
    ("certificate", local("served"), "fine", r"The appliance's own certificate is valid"),
    ("certificate", local("missing", None), "fine", r"none in /var/lib/.* makes it when it starts"),
    ("certificate", local("stored", EXPIRED), "fine", r"renews its own certificate"),
    ("certificate", local("stored", ELSEWHERE), "fine", r"renews its own certificate"),
    ("certificate", local("served", SOON), "fine", r"valid until"),
    ("certificate", running({"certificate": {"problem": "Not kept."}}), "bad", r"^Not kept\.$"),
    ("certificate", local("served", EXPIRED), "bad", r"has expired on .* Restart it with: sudo"),
    ("certificate", local("served", FUTURE), "bad", r"only from .* timedatectl"),
    ("certificate", local("served", ELSEWHERE), "bad", r"for home\.example, and the link names"),
    ("certificate", local("denied", None), "bad", r"may not look into .* sudo homecall-appliance"),
    (
        "certificate",
        local("stored", volatile=True),
        "bad",
        r"in memory: .* trust another authority",
    ),
    ("certificate", own(PAIR, volatile=True), "fine", r"valid until"),
    (
        "certificate",
        local("damaged", None, path="/x/authority.pem", reason="it is not whole"),
        "bad",
        r"/x/authority\.pem is damaged .* asked to trust it again",
    ),
    (
        "certificate",
        local("stored", denied="/x/authority.pem"),
        "bad",
        r"sudo chown -R homecall: /var",
    ),
    ("certificate", local("outdated", None, path="/x"), "fine", r"in /x could vouch for every .*"),
    ("certificate", local("served", root=ROOT), "fine", r"the fingerprint 1A 2B 3C\.$"),
    ("certificate", local("stored", root=ROOT), "fine", r"the fingerprint 1A 2B 3C\.$"),
    (
        "certificate",
        running(
            {"certificate": {"problem": None, "notice": "Since today there is another."}},
            certificate=Certificate("served", LEAF, ROOT),
        ),
        "fine",
        r"the fingerprint 1A 2B 3C\. Since today there is another\.$",
    ),
    (
        "certificate",
        running(
            {"certificate": {"problem": None, "notice": "It ends. Do this."}},
            certificate=Certificate("served", LEAF, ENDING),
        ),
        "bad",
        r"^It ends\. Do this\.$",
    ),
    ("certificate", local("stored", root=ENDING), "bad", r"authority ends on 2027-05-09\. .*look"),
    # certificate: the owner's
    ("certificate", own(PAIR), "fine", r"Your own certificate is valid until 2027-04-30 and is"),
    ("certificate", owns("missing", path="/a.pem"), "bad", r"no file /a\.pem\. Put it there"),
    ("certificate", owns("denied", path="/a.key"), "bad", r"/a\.key\. Look again with: sudo"),
    (
        "certificate",
        owns("damaged", path="/a.key", reason="Is a directory"),
        "bad",
        r"/a\.key cannot be read: Is a directory\. Put a PEM file there",
    ),
    ("certificate", own(PAIR, denied="/a.key"), "bad", r"may not read /a\.key.* chgrp homecall"),
    (
        "certificate",
        own(BAD_PAIR),
        "bad",
        r"for other\.example, and the link .*\. Set",
    ),
    ("certificate", serves_own({"notice": "Do this."}), "bad", r"^Do this\.$"),
    ("certificate", serves_own({"problem": "It is bad."}), "bad", r"^It is bad\.$"),
    ("certificate", serves_own({}), "fine", r"Your own certificate is valid until 2028-03-11 and"),
    (
        "certificate",
        replace(serves_own({"problem": "It is bad. The old one."}), certificate=owned(BAD_PAIR)),
        "bad",
        r"^It is bad\. The old one\.$",
    ),
    # camera
    ("camera", stopped(), "fine", r"gives pictures of 1280x720"),
    ("camera", running(), "fine", r"imx708 \(0\) is there; a call opens it"),
    ("camera", running({"calls": CALL}, camera=Device()), "fine", r"A call is using it"),
    ("camera", running({"camera": {"state": "open"}}, camera=Device()), "fine", r"A call is using"),
    ("camera", running({"camera": PROBLEM}, camera=Device()), "bad", r"pulled out\. Plug it in"),
    ("camera", running({"camera": PROBLEM}), "bad", r"is there, but the last call .*pulled out"),
    ("camera", running({"camera": PROBLEM, "calls": CALL}), "bad", r"pulled out"),
    ("camera", stopped(camera=Device(HUNG, True)), "bad", r"The camera hangs\. Unplug it"),
    ("camera", stopped(camera=Device(CRASHED, True)), "bad", r"\(SIGSEGV\)\. Update the system"),
    (
        "camera",
        stopped(camera=Device(Looked(values={"problem": "No. Do."}), True)),
        "bad",
        r"^No\. Do\.$",
    ),
    (
        "camera",
        stopped(
            camera=Device(
                Looked(values={"problem": "x", "pi": [], "v4l2": [], "piProblem": "apt."}), True
            )
        ),
        "bad",
        r"^No camera was found\. Plug in .*without a picture\. apt\.$",
    ),
    ("camera", running(camera=Device(Looked(values={"pi": [], "v4l2": []}))), "bad", r"^No camera"),
    (
        "camera",
        configured(running(), "camera", device="7"),
        "bad",
        r'one of "0", "/dev/v4l/by-id/usb-Webcam", or',
    ),
    (
        "camera",
        configured(running(), "camera", device="/dev/v4l/by-id/usb-Webcam", backend="v4l2"),
        "fine",
        r"^Webcam \(/dev/video0\) is there",
    ),
    (
        "camera",
        configured(running(), "camera", device="/dev/video0", backend="v4l2"),
        "fine",
        r'^Webcam \(/dev/video0\) is there.* write camera\.device = "/dev/v4l/by-id/usb-Webcam"\.$',
    ),
    (
        "camera",
        offering(running(), width=640, height=480, framerateAtSize=5.0),
        "fine",
        r"At 1280x720 it would give only 5 pictures a second: calls take 640x480, which moves",
    ),
    (
        "camera",
        offering(running(), width=1280, height=720, framerateAtSize=5),
        "fine",
        r"opens it\.$",
    ),
    ("camera", offering(running(), width=640, height=480, framerateAtSize=None), "fine", r"it\.$"),
    (
        "camera",
        watched(stopped(), 14.6),
        "fine",
        r" It gives 14\.6 pictures a second instead of 30\.$",
    ),
    ("camera", watched(stopped(), 15), "fine", r"1280x720\.$"),
    (
        "camera",
        watched(stopped(), 7.498, waitsForLight=True),
        "fine",
        r"gives 7\.5 pictures .* the room brighter, or type: v4l2-ctl --device /dev/video0 --set",
    ),
    (
        "camera",
        configured(
            running(camera=Device(Looked(values={"pi": [], "v4l2": [WEBCAM]}))),
            "camera",
            backend="picamera2",
        ),
        "bad",
        r'"auto" would take Webcam \(/dev/video0\)',
    ),
    (
        "camera",
        configured(
            running(camera=Device(Looked(values={"pi": [PI_CAMERA], "v4l2": []}))),
            "camera",
            backend="v4l2",
        ),
        "bad",
        r'"auto" would take imx708 \(0\)',
    ),
    (
        "camera",
        configured(
            running(
                camera=Device(Looked(values={"pi": [], "v4l2": [WEBCAM], "piProblem": "Apt."}))
            ),
            "camera",
            backend="picamera2",
        ),
        "bad",
        r"^Apt\.$",
    ),
    (
        "camera",
        stopped(camera=Device(Looked(values={"problem": "None."}), True, VIDEO)),
        "bad",
        r"You may not open /dev/video0.* sudo usermod -aG video pi \(then log in again\)",
    ),
    ("camera", stopped(camera=replace(stopped().camera, denied=VIDEO)), "fine", r"gives pictures"),
    (
        "camera",
        running(camera=Device(running().camera.looked, denied=VIDEO)),
        "bad",
        r"The appliance's user homecall may not .*-aG video homecall \(then restart the appliance",
    ),
    (
        "camera",
        stopped(camera=Device(HUNG, True, (Denied("/dev/video0", "root"),))),
        "bad",
        r"which is root's alone\. Install the package",
    ),
    ("camera", configured(stopped(), "camera", backend="off"), "fine", r"black picture"),
    ("camera", configured(stopped(), "camera", backend="test-pattern"), "fine", r"test pattern"),
    (
        "camera",
        configured(
            stopped(camera=Device(stopped().camera.looked, True, VIDEO)), "camera", backend="file"
        ),
        "fine",
        r"gives pictures",
    ),
    ("camera", running(appliance=FORBIDDEN, camera=Device()), "unchecked", r"cannot be asked"),
    ("camera", running(appliance=FORBIDDEN), "unchecked", r"is there\. .*cannot be asked"),
    # sound
    ("microphone", stopped(), "fine", r"^USB Audio gives sound"),
    ("speaker", stopped(), "fine", r"^USB Audio takes sound"),
    ("microphone", running(), "fine", r"^USB Audio is there; a call opens it"),
    ("speaker", running({"calls": CALL}, sound=Device()), "fine", r"A call is using it"),
    ("microphone", running({"audio": PROBLEM}), "bad", r"last call did not get it: It was pulled"),
    ("speaker", running({"audio": PROBLEM}, sound=Device()), "bad", r"pulled out"),
    ("microphone", stopped(sound=Device(HUNG, True)), "bad", r"The sound card hangs"),
    ("speaker", stopped(sound=Device(CRASHED, True)), "bad", r"The software of the sound card"),
    (
        "microphone",
        stopped(sound=Device(Looked(), True)),
        "bad",
        r"No microphone was found: callers hear nothing",
    ),
    (
        "speaker",
        stopped(sound=Device(Looked(), True)),
        "bad",
        r"No loudspeaker was found: callers are not heard",
    ),
    (
        "microphone",
        stopped(sound=Device(Looked(values={**FOUND_SOUND.values, "range": 0}), True)),
        "bad",
        r"USB Audio gives nothing but digital silence\. Check its mute button, or unmute it",
    ),
    (
        "speaker",
        stopped(sound=Device(Looked(values={**FOUND_SOUND.values, "range": 0}), True)),
        "fine",
        r"takes sound",
    ),
    (
        "microphone",
        stopped(sound=Device(Looked(values={**HEADSET, "range": 9, **RENUMBERED}), True)),
        "fine",
        r'^USB: .*hw:1,0\) \(in place of "USB: Audio \(hw:2,0\)", which is gone\) gives sound',
    ),
    (
        "microphone",
        running({"audio": {"problem": "Muted. Both.", "microphoneProblem": "Muted."}}),
        "bad",
        r"^Muted\.$",
    ),
    (
        "speaker",
        running({"audio": {"problem": "Muted. Both.", "microphoneProblem": "Muted."}}),
        "fine",
        r"is there; a call opens it",
    ),
    (
        "microphone",
        stopped(sound=Device(Looked(values={"microphoneProblem": "No mic. Do."}), True)),
        "bad",
        r"^No mic\. Do\.$",
    ),
    (
        "speaker",
        stopped(sound=Device(Looked(values={"problem": "PortAudio. Install."}), True)),
        "bad",
        r"^PortAudio",
    ),
    (
        "microphone",
        stopped(sound=Device(Looked(), True, SOUND)),
        "bad",
        r"may not open /dev/snd/pcmC0D0c.*-aG audio pi",
    ),
    ("speaker", configured(stopped(), "audio", volume=0), "bad", r"audio\.volume is 0"),
    ("speaker", configured(stopped(), "audio", volume=0, backend="tone"), "fine", r"not heard"),
    ("microphone", configured(stopped(), "audio", backend="tone"), "fine", r"A test tone"),
    ("microphone", configured(stopped(), "audio", backend="silence"), "fine", r"switched off"),
    (
        "microphone",
        configured(
            stopped(sound=Device(Looked(values={"problem": "No file."}), True)),
            "audio",
            backend="file",
        ),
        "bad",
        r"^No file\.$",
    ),
    (
        "speaker",
        configured(
            stopped(sound=Device(Looked(values={"problem": "No file."}), True)),
            "audio",
            backend="file",
        ),
        "fine",
        r"Callers are not heard",
    ),
    ("microphone", running(appliance=SILENT, sound=Device()), "unchecked", r"cannot be asked"),
    # display
    ("display", stopped(), "fine", r"/dev/fb0 \(vc4drmfb, 800x480\) is there"),
    ("display", running(), "fine", r"shown on the terminal /dev/tty1"),
    ("display", running({"display": {"where": ""}}), "bad", r"found no screen\. Connect one"),
    (
        "display",
        running({"display": {"where": "", "problem": "The screen /dev/fb0 was unplugged."}}),
        "bad",
        r"^The screen /dev/fb0 was unplugged\.$",
    ),
    ("display", running({"display": None}), "unchecked", r"does not say"),
    (
        "display",
        configured(running({"display": {"where": ""}}), "display", backend="none"),
        "fine",
        r"appliance link shows",
    ),
    ("display", stopped(display=Display()), "bad", r"^No screen was found\. Connect one"),
    (
        "display",
        configured(stopped(), "display", backend="terminal"),
        "fine",
        r"terminal that the appliance is started in",
    ),
    (
        "display",
        configured(stopped(), "display", backend="terminal", device="/dev/ttyS0"),
        "fine",
        r"on /dev/ttyS0",
    ),
    (
        "display",
        stopped(display=Display((SCREEN,), "", HUNG, denied=(Denied("/dev/fb0", "video"),))),
        "bad",
        r"may not open /dev/fb0.*-aG video pi",
    ),
    (
        "display",
        stopped(display=Display((DARK,), looked=Looked())),
        "bad",
        r"^No monitor is connected to the screen /dev/fb0, .*check its cable\.",
    ),
    (
        "display",
        stopped(display=Display((DARK, Framebuffer("/dev/fb1", "fb_ili9341", 320, 240)))),
        "fine",
        r"/dev/fb1 \(fb_ili9341, 320x240\) is there",
    ),
    ("display", configured(stopped(), "display", backend="none"), "fine", r"appliance link shows"),
    (
        "display",
        configured(stopped(), "display", backend="image", device="/srv/code.png"),
        "fine",
        r"written to /srv/code\.png",
    ),
    (
        "display",
        configured(
            stopped(display=Display(unwritable="there is no folder /srv")),
            "display",
            backend="image",
            device="/srv/code.png",
        ),
        "bad",
        r"cannot be written: there is no folder /srv\. Set display\.device",
    ),
    (
        "display",
        configured(stopped(display=Display(looked=Looked())), "display", **PANEL),
        "fine",
        r"^The panel can be opened: --display ssd1306\.$",
    ),
    (
        "display",
        configured(
            stopped(display=Display(looked=Looked(values={"problem": "No bus. Switch it on."}))),
            "display",
            **PANEL,
        ),
        "bad",
        r"^No bus\. Switch it on\.$",
    ),
    (
        "display",
        configured(stopped(display=Display(looked=HUNG)), "display", **PANEL),
        "bad",
        "hangs",
    ),
    ("display", configured(stopped(display=Display()), "display", **PANEL), "unchecked", "asked"),
    ("display", configured(running(), "display", **PANEL), "fine", "shown on"),
    ("display", configured(stopped(), "display", backend="framebuffer"), "fine", r"/dev/fb0"),
    (
        "display",
        configured(stopped(), "display", backend="framebuffer", device="/dev/fb9"),
        "bad",
        r"no screen /dev/fb9\. Set display\.device to one of /dev/fb0",
    ),
    (
        "display",
        configured(stopped(display=Display()), "display", backend="framebuffer"),
        "bad",
        r"No screen was found",
    ),
    (
        "display",
        configured(
            stopped(display=Display((SCREEN,), "", Looked(values={"problem": "Odd. Do."}))),
            "display",
            backend="framebuffer",
        ),
        "bad",
        r"^Odd\. Do\.$",
    ),
    # keys
    ("keys", running(), "fine", r"^There are none: no button"),
    ("keys", configured(running(), "keys", device="Button"), "bad", r'no input device "Button"'),
    (
        "keys",
        running(keys=InputDevices(("Keypad", "USB Speakerphone"))),
        "fine",
        r"^Keys of Keypad and of USB Speakerphone are there; the command",
    ),
    (
        "keys",
        running(keys=InputDevices((), (), ("Goodix",))),
        "fine",
        r"^1 touch screen \(Goodix\) is there; the command",
    ),
    (
        "keys",
        running(keys=InputDevices(("Keypad",), (), ("Goodix", "ft5x06"))),
        "fine",
        r"^Keys of Keypad and 2 touch screens \(Goodix and ft5x06\) are there; the command",
    ),
    (
        "keys",
        running(keys=InputDevices(("Keypad",), KEYPAD)),
        "bad",
        r"sudo usermod -aG input homecall \(then restart",
    ),
    (
        "keys",
        stopped(keys=InputDevices(("Keypad",), KEYPAD)),
        "fine",
        r"^Keys of Keypad are there, for .* sudo usermod -aG input",
    ),
    # network
    ("network", stopped(), "fine", r"leads to 192\.0\.2\.7; the clock says 2027-02-09 00:00 UTC"),
    ("network", running(), "fine", r"leads to 192\.0\.2\.7 and answers there"),
    ("network", stopped(network=network(now=RELEASED - timedelta(1))), "bad", r"in the past"),
    ("network", stopped(network=network(addresses=())), "bad", r"no address\. Plug in"),
    (
        "network",
        stopped(network=network(addresses=(), set_apart=("docker0", "wg0"))),
        "bad",
        r"no address at home: .* \(docker0, wg0\)\. Plug in",
    ),
    (
        "network",
        running(network=network(missing=("eth7",))),
        "bad",
        r"no network interface eth7, which server\.interfaces names\. Plug it in",
    ),
    ("network", stopped(network=network(addresses=("169.254.1.2",))), "bad", r"no router answers"),
    ("network", stopped(network=network(default_route=False)), "bad", r"no default route"),
    (
        "network",
        running(network=network(reply=Reply("failing", "No link is published yet."))),
        "bad",
        r"cannot be called: No link is published yet\. Look again",
    ),
    (
        "network",
        running(network=network(reply=Reply("stranger"))),
        "bad",
        r"something else answers",
    ),
    (
        "network",
        running(network=network(host="pi.home", reply=Reply("unknown name"))),
        "bad",
        r'pi\.home in the link is not known here\. .* "auto"',
    ),
    (
        "network",
        running(network=named(ELSEWHERE_BY_NAME, Reply("stranger"))),
        "bad",
        r"something else answers\. The name leads to 203\.0\.113\.7, and this machine has",
    ),
    (
        "network",
        running(network=named(ELSEWHERE_BY_NAME, Reply("no answer", "It is late"))),
        "bad",
        r"\(It is late\)\. The name leads to 203\.0\.113\.7, and .* another address\. If that is "
        r"your router's, have it forward TCP port 443 to 192\.0\.2\.7, port 443\. .* only from out",
    ),
    (
        "network",
        running(network=network(host="203.0.113.7", reply=Reply("no answer", "It is late"))),
        "bad",
        r"\(It is late\)\. If that is your router's, have it forward TCP port 443 to 192\.0\.2\.7",
    ),
    ("network", running(network=network(clock_set=True)), "fine", r"UTC\.$"),
    (
        "network",
        running(network=network(clock_set=False)),
        "fine",
        r"UTC, and no time server ke",
    ),
    ("network", running(network=named(ELSEWHERE_BY_NAME)), "fine", r"^The link"),
    ("network", running(network=named(Lookup("filtered"))), "bad", r"FRITZ.*rebind-domain-ok=/pi"),
    (
        "network",
        running(network=named(Lookup("unknown"))),
        "bad",
        r"not know .* pi\.home\. Cor",
    ),
    ("network", stopped(network=named(Lookup("silent"))), "bad", r"No resolver answers"),
    (
        "network",
        running(network=named(Lookup("unknown"), Reply("unknown name"))),
        "bad",
        r"does not know the name pi\.home",
    ),
    (
        "network",
        running(network=network(reply=Reply("no answer", "Connection refused"))),
        "bad",
        r"192\.0\.2\.7, port 443, and nothing answers there \(Connection refused\)\. Check",
    ),
    # webrtc
    ("webrtc", stopped(), "fine", r"^aiortc 1\.16\.0 \(aioice 0\.13\.0\) works in a way that is"),
    ("webrtc", running(), "fine", r"is known here\.$"),
    ("webrtc", stopped(webrtc=Looked(values={"problem": "Odd. Do."})), "bad", r"^Odd\. Do\.$"),
    ("webrtc", stopped(webrtc=HUNG), "bad", r"too long\. Look again"),
    (
        "webrtc",
        running({"iceServers": [SERVER]}),
        "bad",
        r"^When last asked, 2 minutes ago: It is s",
    ),
    ("webrtc", running({"iceServers": [{**SERVER, "age": 90_000.0}]}), "fine", r"known here\.$"),
    ("webrtc", running({"iceServers": [{**SERVER, "problem": None}]}), "fine", r"known here\.$"),
    ("webrtc", stopped(webrtc=CRASHED), "bad", r"The software of the calls failed \(SIGSEGV\)"),
]


@pytest.mark.parametrize(
    ("name", "facts", "state", "sentence"),
    TABLE,
    ids=[f"{number}-{name}-{state}" for number, (name, _, state, _) in enumerate(TABLE)],
)
def test_one_finding(name: str, facts: Facts, state: str, sentence: str) -> None:
    ((found, said),) = judge(facts, name)
    assert found == state
    assert re.search(sentence, said), said


def test_every_check_is_tested_good_and_bad() -> None:
    tested = {(name, state) for name, _, state, _ in TABLE}
    assert tested >= {(name, state) for name in NAMES[1:] for state in ("fine", "bad")}


def test_an_owners_certificate_is_for_the_configured_host_whatever_the_link_names() -> None:
    facts = replace(own(BAD_PAIR), network=network(wanted_host="other.example"))
    assert [found for found, _ in judge(facts, "certificate")] == ["fine"]


def test_each_thing_to_do_about_a_certificate_is_a_finding() -> None:
    certificate, key = BAD_PAIR
    facts = own((certificate, replace(key, mode=0o644)))
    assert [found for found, _ in judge(facts, "certificate")] == ["bad", "bad"]


def test_each_error_of_the_configuration_is_a_finding() -> None:
    problems = (Problem("camera.width", "must be 5."), Problem("log", "no."))
    facts = stopped()
    facts = replace(facts, settings=replace(facts.settings, problems=problems))
    assert judge(facts, "configuration") == [
        ("bad", "camera.width: must be 5."),
        ("bad", "log: no."),
        (
            "bad",
            "Correct /etc/homecall.toml; until then the lines below are about the defaults of "
            "what is wrong.",
        ),
    ]


def test_no_configuration_file_is_fine() -> None:
    facts = stopped()
    facts = replace(facts, settings=replace(facts.settings, file=""))
    assert judge(facts, "configuration") == [
        ("fine", "There is no file: every setting has its default.")
    ]


def test_a_broken_port_does_not_hide_the_other() -> None:
    ports = (Port(443, "taken", holder="a (process 1)"), Port(80, "taken", holder="b (process 2)"))
    assert [state for state, _ in judge(stopped(ports=ports), "ports")] == ["bad", "bad"]


def test_what_the_decoder_is_not_confined_with_is_told_where_it_is_used() -> None:
    facts = stopped(display=replace(stopped().display, unconfined=("Landlock", "seccomp")))
    (_, (state, sentence)) = judge(facts, "display")
    assert state == "fine"
    assert sentence.startswith("The visitor's picture is decoded without Landlock and seccomp,")
    for unused in ({"backend": "terminal"}, {"show_remote_video": False}):
        assert len(judge(configured(facts, "display", **unused), "display")) == 1


def test_lines_and_json() -> None:
    findings = [
        fine("ports", "Free."),
        bad("camera", "One\nline.  Ä"),
        unchecked("speaker", "Nobody knows."),
    ]
    assert lines(findings, encoding="utf-8") == [
        "✓ ports         Free.",
        "✗ camera        One line. Ä",
        "– speaker       Nobody knows.",
    ]
    assert [each[0] for each in lines(findings, encoding="latin-1")] == ["+", "!", "-"]
    assert [each[0] for each in lines(findings, encoding="nonsense")] == ["+", "!", "-"]
    assert as_json(findings[:1], version="1.2", running=True) == {
        "version": "1.2",
        "ok": True,
        "running": True,
        "findings": [{"name": "ports", "state": "fine", "sentence": "Free."}],
    }
    assert not all_fine(findings[::2])
