"""Pictures of the pages for docs/screens.md: the demo served here, opened by Chromium in two widths, light and dark.

    facewarden demo --data DEMO --people 40 --no-serve
    python -m tools.make_screens --data DEMO --out docs/screens [--only NAME ...]

DEMO must be fresh: cases, requests and letters are added to it. Nobody in the pictures exists. Never run it on an
installation in use.
"""

from __future__ import annotations

import argparse
import os
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn
from playwright.sync_api import sync_playwright
from tools.screens.acts import acts
from tools.screens.camera import Camera
from tools.screens.demo import Demo
from tools.screens.sheets import document, read_sheets

from facewarden.bootstrap import opening
from facewarden.bootstrap.installation import Installation
from facewarden.settings import read_settings
from facewarden.web.app import create_app

QUALITY = 36
CHROMIUM = os.environ.get("FACEWARDEN_CHROMIUM", "/usr/bin/chromium")


@contextmanager
def served(house: Installation) -> Iterator[str]:
    """The address at which the installation is served: by a name, since no passkey is for a bare number."""
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(create_app(house), log_level="error"))
    thread = threading.Thread(target=server.run, args=([listening],))
    thread.start()
    while not server.started:
        time.sleep(0.05)
    try:
        yield f"http://localhost:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
        listening.close()


def take_all(house: Installation, data: Path, out: Path, only: list[str] | None) -> list[str]:
    """What the pictures should not show, once they lie in `out`."""
    demo = Demo(house, data)
    told = demo.tell()
    with served(house) as address, sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        camera = Camera(browser, address, demo)
        told["passkey"] = camera.enrol()
        done = acts(demo, told)
        for sheet in read_sheets():
            if only is None or sheet.name in only:
                picture = camera.take(sheet, sheet.address.format(**told), done.get(sheet.name))
                picture.save(out / f"{sheet.name}.webp", quality=QUALITY, method=6)
        browser.close()
    return camera.faults


def main() -> None:
    reading = argparse.ArgumentParser(description=__doc__)
    reading.add_argument("--data", type=Path, required=True)
    reading.add_argument("--out", type=Path, required=True)
    reading.add_argument("--only", nargs="*")
    asked = reading.parse_args()
    asked.out.mkdir(parents=True, exist_ok=True)
    house = opening.open_installation(read_settings(str(asked.data), os.environ))
    try:
        faults = take_all(house, asked.data, asked.out, asked.only)
    finally:
        house.close()
    if asked.only is None:
        (asked.out.parent / "screens.md").write_text(document(), "utf-8")
    if faults:
        sys.exit("\n".join(faults))


if __name__ == "__main__":
    main()
