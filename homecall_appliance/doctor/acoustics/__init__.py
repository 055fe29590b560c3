"""What the microphone hears of the loudspeaker, measured and judged: `audio-test`."""
