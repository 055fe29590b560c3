"""Keys at the appliance, by Linux's input devices (Documentation/input/input.rst of the kernel):
buttons on GPIO lines, keypads, keyboards, remotes, and the keys of speakerphones."""
