"""The child's walls stand, and a child that is lost costs one photo at most."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from PIL import Image

from facewarden.adapters.photos_decode.decoder import SandboxDecoder
from facewarden.adapters.photos_decode.limits import MIB, DecodeLimits
from facewarden.adapters.photos_decode.protocol import Act, Request
from facewarden.adapters.photos_decode.worker import LostError, Worker
from facewarden.domain.photos import DecodedPhoto
from facewarden.errors import BadPhotoError, UnavailableError
from tests.processes import cpu_s, has_ended, wait_until


@pytest.fixture(scope="module")
def small(encoded):
    return encoded(Image.new("RGB", (30, 20), (9, 99, 199)), "PNG")


@pytest.fixture(scope="module")
def large(encoded):
    """A photo that takes some 0.3 s and 64 MB to decode."""
    noise = Image.effect_noise((1000, 1000), 60)
    return encoded(Image.merge("RGB", [noise] * 3).resize((4000, 4000)), "PNG", compress_level=1)


def test_everything_forbidden_is_refused_to_the_child(decoder):
    outcomes = decoder.self_test()
    assert len(outcomes) >= 10
    assert set(outcomes.values()) == {"refused"}, outcomes


def test_without_its_walls_the_child_is_refused_nothing():
    """The control of the test above: the attempts are real ones."""
    worker = Worker(DecodeLimits(), walls=False)
    try:
        outcomes = worker.ask(Request(Act.SELF_TEST), b"").said
    finally:
        worker.stop()
    assert "refused" not in outcomes.values()
    assert {outcomes["open_to_read"], outcomes["socket"], outcomes["fork"]} == {"done"}


def test_the_child_holds_its_pipes_and_the_area_and_nothing_of_ours(small, tmp_path):
    with (tmp_path / "secret").open("wb") as file, SandboxDecoder() as fresh:
        os.set_inheritable(file.fileno(), True)
        fresh.decode([small])
        try:
            held = [path.readlink().name for path in Path(f"/proc/{fresh.process_ids[0]}/fd").iterdir()]
        except PermissionError:
            pytest.skip("this user may not look into the child, which hides itself from its own user")
    assert sorted(name.split(":")[0] for name in held) == ["memfd", "null", "pipe", "pipe"]


def test_the_child_knows_nothing_of_the_environment(small, monkeypatch):
    monkeypatch.setenv("FACEWARDEN_MASTER_KEY", "hunter2")
    with SandboxDecoder() as fresh:
        fresh.decode([small])
        try:
            environment = Path(f"/proc/{fresh.process_ids[0]}/environ").read_bytes()
        except PermissionError:
            pytest.skip("this user may not look into the child, which hides itself from its own user")
    assert b"hunter2" not in environment


def test_a_child_without_the_filter_is_not_used_unless_that_is_accepted(small):
    for accepted in (False, True):
        with SandboxDecoder(unsafe_without_filter=accepted) as sandbox:
            sandbox._workers[0]._walls = False
            if accepted:
                assert isinstance(sandbox.decode([small])[0], DecodedPhoto)
            else:
                with pytest.raises(UnavailableError, match="walls are off"):
                    sandbox.decode([small])


def test_a_photo_that_takes_too_long_is_stopped_and_the_next_goes_on(small, large):
    with SandboxDecoder(DecodeLimits(timeout_s=0.1)) as hasty:
        hasty.decode([small])
        (error,) = hasty.decode([large])
        assert isinstance(error, BadPhotoError)
        assert error.code == "decode_timeout"
        assert isinstance(_patiently(hasty, small), DecodedPhoto)


def test_given_the_time_the_same_photo_decodes(photo_of, large):
    """The control of the test above and of the two below."""
    assert photo_of(large).pixels.shape == (2048, 2048, 3)


def _patiently(hasty, content):
    """The tests share a machine: one tenth of a second can be too short even for the small photo."""
    for _ in range(20):
        (result,) = hasty.decode([content])
        if isinstance(result, DecodedPhoto):
            break
    return result


def test_a_photo_that_needs_too_much_memory_is_refused_and_the_next_goes_on(small, large):
    with SandboxDecoder(DecodeLimits(memory_bytes=48 * MIB)) as lean:
        refused, good = lean.decode([large, small])
    assert isinstance(refused, BadPhotoError)
    assert refused.code == "decode_memory"
    assert isinstance(good, DecodedPhoto)


@pytest.mark.parametrize(("form", "options"), [("JPEG", {"progressive": True, "quality": 50}), ("WEBP", {"method": 0})])
def test_memory_is_named_as_the_reason_where_the_codec_does_not_say(form, options, encoded, photo_of):
    content = encoded(Image.effect_noise((500, 500), 30).convert("RGB").resize((3500, 3500)), form, **options)
    with SandboxDecoder(DecodeLimits(memory_bytes=16 * MIB)) as lean:
        (error,) = lean.decode([content])
    assert error.code == "decode_memory"
    assert photo_of(content).scale == pytest.approx(2048 / 3500)


def _kill_soon(sandbox):
    (process_id,) = sandbox.process_ids
    before_s = cpu_s(process_id)

    def strike():
        wait_until(lambda: cpu_s(process_id) > before_s)  # it is at work on the photo
        os.kill(process_id, signal.SIGKILL)

    striker = threading.Thread(target=strike)
    striker.start()
    return striker


def test_a_child_killed_in_the_middle_of_its_first_photo_is_that_photos_error(small, large):
    with SandboxDecoder() as sandbox:
        sandbox.self_test()
        sandbox.close()
        worker = sandbox._workers[0]
        worker.start()
        striker = _kill_soon(sandbox)
        (error,) = sandbox.decode([large])
        striker.join()
        assert isinstance(error, BadPhotoError)
        assert error.code == "decoder_crashed"
        assert "signal 9" in error.what
        assert isinstance(sandbox.decode([small])[0], DecodedPhoto)


def test_a_crash_after_other_photos_is_tried_again_in_a_fresh_child(small, large):
    with SandboxDecoder() as sandbox:
        sandbox.decode([small])
        striker = _kill_soon(sandbox)
        (photo,) = sandbox.decode([large])
        striker.join()
    assert isinstance(photo, DecodedPhoto)


@pytest.mark.parametrize("served", [0, 1])
def test_a_child_that_died_while_idle_is_replaced_unnoticed(small, served):
    with SandboxDecoder() as sandbox:
        sandbox._workers[0].start()
        sandbox.decode([small] * served)
        (before,) = sandbox.process_ids
        os.kill(before, signal.SIGKILL)
        wait_until(lambda: has_ended(before))
        assert isinstance(sandbox.decode([small])[0], DecodedPhoto)
        assert sandbox.process_ids != (before,)


def test_a_child_is_replaced_after_its_share_of_photos(small):
    with SandboxDecoder(DecodeLimits(photos_per_child=3)) as sandbox:
        seen = []
        for _ in range(7):
            assert isinstance(sandbox.decode([small])[0], DecodedPhoto)
            seen += sandbox.process_ids
    assert [len(set(seen[at : at + 3])) for at in (0, 3, 6)] == [1, 1, 1]
    assert len(set(seen)) == 3


def test_closing_ends_the_children(small):
    sandbox = SandboxDecoder(workers=2)
    sandbox.decode([small] * 8)
    children = sandbox.process_ids
    sandbox.close()
    assert children
    assert sandbox.process_ids == ()
    assert not any(Path(f"/proc/{process_id}").exists() for process_id in children)
    assert isinstance(sandbox.decode([small])[0], DecodedPhoto)
    sandbox.close()


def test_a_child_does_not_outlive_a_parent_that_was_killed():
    program = (
        "import time\n"
        "from facewarden.adapters.photos_decode.decoder import SandboxDecoder\n"
        "sandbox = SandboxDecoder()\n"
        "sandbox.self_test()\n"
        "print(*sandbox.process_ids, flush=True)\n"
        "time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE) as parent:
        child = int(parent.stdout.readline())
        assert not has_ended(child)
        parent.kill()
    wait_until(lambda: has_ended(child))


def test_two_children_give_what_one_gives_in_order(encoded, decoder):
    files = [encoded(Image.effect_noise((20 + step, 30), 60).convert("RGB"), "JPEG") for step in range(40)]
    with SandboxDecoder(workers=2) as pair:
        both = pair.decode(files)
    assert [photo.width_px for photo in both] == list(range(20, 60))
    assert all((one.pixels == two.pixels).all() for one, two in zip(decoder.decode(files), both, strict=True))


def test_many_threads_share_one_decoder(decoder, encoded):
    files = [encoded(Image.new("L", (20 + step, 10)), "PNG") for step in range(8)]
    widths = {}

    def work(step):
        widths[step] = [decoder.decode([files[step]])[0].width_px for _ in range(20)]

    threads = [threading.Thread(target=work, args=(step,)) for step in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert widths == {step: [20 + step] * 20 for step in range(8)}


def test_nothing_of_a_photo_stays_in_the_shared_area(encoded):
    worker = Worker(DecodeLimits())
    try:
        content = encoded(Image.effect_noise((300, 200), 60).convert("RGB"), "PNG")
        answer = worker.ask(Request(Act.DECODE, len(content), 2048), content)
        assert len(answer.content) == 300 * 200 * 3
        assert any(answer.content)
        assert worker._area is not None
        assert not any(worker._area[: 1 << 20])
    finally:
        worker.stop()


def test_a_lost_child_is_said_to_be_lost(small):
    worker = Worker(DecodeLimits())
    worker.start()
    os.kill(worker.process_id, signal.SIGKILL)
    with pytest.raises(LostError, match="signal 9"):
        worker._reply(time.monotonic() + 10)
    assert worker.process_id is None
