"""A whole computer with a kernel of its own: V4L2 cameras that come and go, and a screen."""
