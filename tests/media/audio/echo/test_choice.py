"""Which canceller the configuration and the machine give."""

import subprocess
import sys

import pytest

from homecall_appliance.config.model import Audio
from homecall_appliance.media.audio.echo import create_canceller

PROGRAM = """
import logging, sys
from homecall_appliance.config.model import Audio
from homecall_appliance.media.audio.echo import create_canceller
logging.basicConfig(format="%(levelname)s %(message)s")
sys.modules.update(dict.fromkeys(sys.argv[2:]))
print(create_canceller(Audio(echo_cancellation=sys.argv[1] == "echo")).figures.name)
"""

SPEEX = "speexdsp"
WEBRTC = "pywebrtc_audio"


@pytest.mark.apt
@pytest.mark.parametrize(
    ("settings", "name"),
    [
        (Audio(), "speex"),
        (Audio(noise_suppression=False), "speex"),
        (Audio(echo_cancellation=False), "speex-noise"),
        (Audio(echo_cancellation=False, noise_suppression=False), "off"),
        (Audio(backend="tone"), "off"),
    ],
)
def test_the_configuration_is_heeded(
    settings: Audio, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert create_canceller(settings).figures.name == name
    assert not caplog.records


def chosen(what: str, *missing: str) -> list[str]:
    """Return what a machine without these libraries says and takes."""
    hide = (
        ""
        if SPEEX not in missing
        else (
            "for each in $(ldconfig -p | sed -n 's/.*libspeexdsp.*=> //p');"
            " do mount --bind /dev/null $each; done;"
        )
    )
    command = ["unshare", "--mount", "sh", "-c", f'{hide} exec "$@"', "sh", sys.executable]
    return subprocess.run(
        [*command, "-c", PROGRAM, what, *(each for each in missing if each != SPEEX)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=True,
    ).stdout.splitlines()


@pytest.mark.apt
def test_without_libspeexdsp_webrtc_is_taken() -> None:
    assert chosen("echo", SPEEX) == ["webrtc"]
    assert chosen("noise", SPEEX) == ["webrtc-noise"]


@pytest.mark.apt
def test_without_a_library_a_sentence_says_what_to_install() -> None:
    assert chosen("echo", SPEEX, WEBRTC) == [
        "WARNING No echo canceller is installed: while the caller speaks, the microphone is only "
        "lowered, and noise stays. Install the package libspeexdsp1 and restart the appliance.",
        "ducking",
    ]
    assert chosen("noise", SPEEX, WEBRTC) == [
        "WARNING No noise suppression is installed: noise stays. Install the package libspeexdsp1 "
        "and restart the appliance.",
        "off",
    ]
