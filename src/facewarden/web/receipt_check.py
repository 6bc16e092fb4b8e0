"""The page with which anybody checks a receipt, handed out as a file: it works from the disk, without this server.

Never shown inside this site, whose pages run no script of their own: it must be trusted by whoever saved it, not here.
"""

from __future__ import annotations

from importlib.resources import files

from fastapi import APIRouter
from starlette.responses import Response

from facewarden.web.answers import attachment

router = APIRouter(include_in_schema=False)


@router.get("/opt-out/receipt-check.html")
def receipt_check() -> Response:
    """The page, to be saved."""
    content = (files("facewarden.web") / "static" / "receipt-check.html").read_bytes()
    return attachment(content, "receipt-check.html", "text/html")
