"""The daemon on a kernel of its own, where webcams come and go: see support/rigs/qemu/computer.py.

Every test prints what happened when. The computer is ten times slower than this one.
"""
