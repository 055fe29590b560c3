"""Senders of one and the same picture, each as its own makers would have it."""
