"""What an owner does about a disk that takes nothing."""

import errno


def advice(error: OSError) -> str:
    """Return a sentence on what to do where something cannot be kept in tls.state_directory."""
    match error.errno:
        case errno.ENOSPC | errno.EDQUOT:
            return "Make room on the disk."
        case errno.EROFS:
            return "Make the disk writable, or name a directory elsewhere in tls.state_directory."
        case errno.EIO:
            return (
                "The disk is failing: replace it, and put a copy of the directory on the new one."
            )
        case _:
            return (
                "Give the directory to the user that runs the service, or name another one in "
                "tls.state_directory."
            )
