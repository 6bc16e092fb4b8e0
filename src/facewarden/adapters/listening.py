"""Sockets that a server hears on. Never says that one is listened on before it is."""

from __future__ import annotations

import socket

from facewarden.errors import UnavailableError


def listening(host: str, port: int) -> socket.socket:
    """A socket bound to that address, port 0 for any; raises UnavailableError `address_not_free`."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        heard = socket.socket(family, kind, protocol)
        try:
            heard.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # one that was just left may be taken again
            heard.bind(address)
            heard.listen()
        except OSError:
            heard.close()
            raise
    except OSError as problem:
        raise UnavailableError(
            "address_not_free",
            f"{host}:{port} cannot be listened on.",
            f"The system says: {problem.strerror}.",
            "Stop what listens there, or name another with --port and --host.",
        ) from problem
    return heard
