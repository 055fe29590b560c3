"""Opening the door: by a line of a GPIO chip, which a process of its own holds, or by a command."""
