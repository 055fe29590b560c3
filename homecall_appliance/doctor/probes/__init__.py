"""How the facts are found out; paths of proc, sys and dev are arguments."""
