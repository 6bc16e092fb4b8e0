"""In the real child: what a look at a sensitive photo takes of memory is far below its pixels, whatever its format."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from facewarden.adapters.photos_decode.decoder import SandboxDecoder
from facewarden.adapters.photos_decode.limits import MIB, DecodeLimits
from facewarden.adapters.photos_decode.protocol import PART, Act, Request, Status
from facewarden.adapters.photos_decode.worker import Worker

SIZE = (4000, 3000)
RASTER_MIB = 3 * SIZE[0] * SIZE[1] / MIB
FORMS = {"png": ("PNG", {"compress_level": 1}), "webp": ("WEBP", {"method": 0}), "jpeg": ("JPEG", {})}


@pytest.fixture(scope="module")
def large(encoded):
    picture = Image.effect_noise((40, 30), 90).resize(SIZE, Image.Resampling.BICUBIC).convert("RGB")
    return {name: encoded(picture, form, **options) for name, (form, options) in FORMS.items()}


def peak_mib(request, content, behind=b""):
    """What a fresh child took at most beside what it takes when idle, the file in the shared area included."""
    worker = Worker(DecodeLimits(timeout_s=60))
    try:
        worker.start()
        status = Path(f"/proc/{worker.process_id}/status")
        idle_kib = _kib(status, "VmHWM")
        assert worker.ask(request, content + behind).status is Status.DONE
        return (_kib(status, "VmHWM") - idle_kib) / 1024
    finally:
        worker.stop()


def _kib(status, name):
    return int(next(line.split()[1] for line in status.read_text().splitlines() if line.startswith(f"{name}:")))


@pytest.mark.parametrize("name", ["png", "webp"])
def test_neither_the_look_nor_the_cutting_holds_the_picture(large, name):
    content = large[name]
    room_mib = 2 * len(content) / MIB + RASTER_MIB / 2
    assert peak_mib(Request(Act.GLANCE, len(content), 960), content) < room_mib
    box = PART.pack(1500, 2000, 2100, 2600)
    assert peak_mib(Request(Act.CUT, len(content), 1024, None, 1), content, box) < room_mib


@pytest.mark.parametrize("name", ["png", "webp"])
def test_the_control_a_photo_decoded_whole_is_seen_in_the_same_figure(large, name):
    content = large[name]
    assert peak_mib(Request(Act.DECODE, len(content), 960), content) > RASTER_MIB


@pytest.mark.parametrize("name", list(FORMS))
def test_a_look_is_what_a_reduced_decode_shows(decoder, large, name):
    with SandboxDecoder(DecodeLimits(timeout_s=60, max_side_px=960)) as coarse:
        (whole,) = coarse.decode([large[name]])
    seen = decoder.glance(large[name], max_side_px=960)
    assert seen.scale == whole.scale
    assert seen.pixels.shape == whole.pixels.shape
    assert np.abs(seen.pixels.astype(int) - whole.pixels).max() <= 2
