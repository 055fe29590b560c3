"""The decoder of a phone's pictures: a process of its own that a stranger's bytes may spoil."""
