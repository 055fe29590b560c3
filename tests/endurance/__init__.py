"""Calls to which much happens by chance, for minutes."""
