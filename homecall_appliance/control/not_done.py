"""What both ends of the control socket call an action that failed."""


class NotDone(Exception):
    """The appliance could not do what it was asked to; `str()` is a sentence for the owner."""
