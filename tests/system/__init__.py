"""The package, installed on a Debian 13 that runs under its real systemd.

`HOMECALL_DEB=dist/homecall-appliance_*_all.deb pytest -s tests/system` tries a package that is
there already; without it, one is made of the working tree. Every test prints what happened when.
"""
