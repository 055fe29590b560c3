"""What the screen shows, read from its memory."""
