"""No screen."""

from homecall_appliance.display.view import View


class NoDisplay:
    """Shows nothing; `homecall-appliance link` has the link."""

    where = hidden = ""
    frame_format = None
    show_picture = None
    targets = None

    def show(self, view: View) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing."""
