"""The package on a computer that boots as Debian does: its own unit starts the daemon."""
