"""Where a request goes and comes from: the installation that serves it, the host and origin that passkeys are bound to,
and the network address.

Never taken from anything but the request itself: a browser signs its own origin, and a false one does not verify.
"""

from __future__ import annotations

from ipaddress import ip_address
from typing import TYPE_CHECKING

from starlette.requests import Request

from facewarden.domain.passkeys import Site

if TYPE_CHECKING:
    from facewarden.bootstrap.installation import Installation


def installation_of(request: Request) -> Installation:
    """The installation that this app serves."""
    found: Installation = request.app.state.installation
    return found


def site_of(request: Request) -> Site:
    """The host without its port, and the origin as browsers write it."""
    url = request.url
    return Site((url.hostname or "").lower(), f"{url.scheme}://{url.netloc}".lower())


def address_of(request: Request) -> str:
    """The network address that the request came from, "" where the server was not told."""
    return request.client.host if request.client else ""


def takes_passkeys(request: Request) -> bool:
    """Whether browsers offer passkeys here: over https or on localhost, and never for a bare IP address."""
    host = (request.url.hostname or "").lower()
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        ip_address(host.strip("[]"))
    except ValueError:
        return request.url.scheme == "https"
    return False
