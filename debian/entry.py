#!/usr/bin/python3
"""The installed program: with Debian's libraries, and after them those that Debian lacks."""

import sys

sys.path.append("/usr/lib/homecall-appliance")

from homecall_appliance.cli import main

main()
