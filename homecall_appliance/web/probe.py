"""Whether our own HTTPS port does its work, seen from outside."""

import asyncio
import ssl
from contextlib import suppress

from homecall_appliance.network.addresses import reachable

REQUEST = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"


async def answers(address: str, port: int) -> bool:
    """Whether a server deals with a connection to where it listens; waits until it does.

    Being turned away is an answer: a flood that the guard holds off is no fault of the server.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE  # it is not about trust: the server is this process
    try:
        reader, writer = await asyncio.open_connection(reachable(address), port, ssl=context)
    except ConnectionRefusedError:
        return False
    except (ConnectionError, ssl.SSLEOFError):
        return True
    except OSError:
        return False
    try:
        with suppress(OSError):
            writer.write(REQUEST)
            await reader.read()
    finally:
        writer.close()
    return True
