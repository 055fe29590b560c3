"""A sound card without hardware: `rig.AudioRig`, and `tones` to recognise what it plays."""
