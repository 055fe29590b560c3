"""`python -m homecall_appliance`."""

from homecall_appliance.cli import main

main()
