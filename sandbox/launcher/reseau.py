"""The listening socket, and the addresses to give to people."""

from __future__ import annotations

import errno
import socket

from sandbox.launcher.options import Refus

BACKLOG = 512


def listen(host: str, port: int, *, option: str = "--port") -> socket.socket:
    """Bound before anything slow: a taken port is said at once, and requests wait while the web process restarts."""
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        raise Refus(_explain(error, host, port, option)) from error
    listener.set_inheritable(True)
    return listener


def _explain(error: OSError, host: str, port: int, option: str) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Le port {port} est déjà pris par un autre programme. Choisir un autre port : {option} {port + 1}"
    if error.errno == errno.EACCES:
        return f"Le port {port} est réservé au système. Choisir un port au-dessus de 1024 : {option} 8000"
    return f"Impossible d'écouter sur {host}, port {port} : {error.strerror or error}."


def lan_address() -> str | None:
    """This machine's address on its network. A datagram socket is only routed here: nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return None
        address: str = probe.getsockname()[0]
    return None if address.startswith("127.") or address == "0.0.0.0" else address  # noqa: S104
