"""A request for /healthz, as a phone would make it."""

import http.client
import json
import socket
import threading

from homecall_appliance.doctor.facts import Reply
from homecall_appliance.doctor.probes.certificate import unverified

TIMEOUT = 5.0
"""Seconds."""


def ask(host: str, port: int, timeout: float = TIMEOUT, *, name: str = "") -> Reply:
    """Ask, and give up after `timeout` seconds, whatever hangs; `name` is the one by which the
    server is asked where it is not the host: a server may have a certificate for each."""
    answer: list[Reply] = []
    # The resolver takes no time limit: it may wait for ever in a thread that nobody waits for.
    thread = threading.Thread(
        target=lambda: answer.append(_ask(host, port, timeout, name or host)), daemon=True
    )
    thread.start()
    thread.join(2 * timeout)
    return answer[0] if answer else Reply("no answer", "it takes too long")


def _ask(host: str, port: int, timeout: float, name: str) -> Reply:
    connection = http.client.HTTPConnection(host, port, timeout=timeout)
    certificate: bytes | None = None
    try:
        connection.connect()
        secure = unverified().wrap_socket(connection.sock, server_hostname=name)
        connection.sock = secure
        certificate = secure.getpeercert(binary_form=True)
        connection.request("GET", "/healthz")
        response = connection.getresponse()
        health = json.loads(response.read(65_536))
        status = health["status"]
    except socket.gaierror:
        return Reply("unknown name")
    except OSError as error:
        reason = "it takes too long" if isinstance(error, TimeoutError) else error.strerror
        return Reply("no answer", reason or str(error), certificate)
    except (http.client.HTTPException, ValueError, KeyError, TypeError):
        return Reply("stranger", certificate=certificate)
    finally:
        connection.close()
    if status == "ok":
        return Reply("ok", certificate=certificate)
    return Reply("failing", " ".join(map(str, health.get("reasons", []))), certificate)
