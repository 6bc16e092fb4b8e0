"""The perceptual hash: the same for copies of one picture, another for another picture."""

import io

import numpy as np
import pytest
from PIL import Image, ImageDraw

from facewarden.matching.perceptual import HASH_BYTES, NEAR_BITS, as_words, distances, near, perceptual_hash


def _picture(seed, size=(480, 360)):
    random = np.random.default_rng(seed)
    image = Image.new("RGB", size, tuple(int(v) for v in random.integers(40, 220, 3)))
    pen = ImageDraw.Draw(image)
    for _ in range(25):
        x, y, r = random.integers(0, size[0]), random.integers(0, size[1]), random.integers(10, 90)
        pen.ellipse((x - r, y - r, x + r, y + r), fill=tuple(int(v) for v in random.integers(0, 255, 3)))
    return image


def _encoded(image, quality):
    out = io.BytesIO()
    image.save(out, "JPEG", quality=quality)
    return Image.open(out).convert("RGB")


def _bits(one, other):
    hashes = [perceptual_hash(np.asarray(image)) for image in (one, other)]
    return int(distances(as_words(hashes[:1])[0], as_words(hashes[1:]))[0])


@pytest.mark.parametrize("seed", range(5))
def test_a_copy_that_was_encoded_anew_resized_or_made_brighter_is_near(seed) -> None:
    image = _picture(seed)
    assert _bits(image, _encoded(image, 50)) <= NEAR_BITS
    assert _bits(image, image.resize((200, 150))) <= NEAR_BITS
    assert _bits(image, image.point(lambda value: min(255, int(value * 1.15)))) <= NEAR_BITS


def test_other_pictures_and_mirrored_copies_are_far() -> None:
    images = [_picture(seed) for seed in range(12)]
    words = as_words([perceptual_hash(np.asarray(image)) for image in images])
    for at, probe in enumerate(words):
        others = np.delete(distances(probe, words), at)
        assert others.min() > NEAR_BITS
    assert _bits(images[0], images[0].transpose(Image.Transpose.FLIP_LEFT_RIGHT)) > NEAR_BITS


@pytest.mark.parametrize("shape", [(1, 1, 3), (1, 900, 3), (63, 65, 3), (2000, 3, 3)])
def test_every_size_has_a_hash_even_a_picture_of_one_colour(shape) -> None:
    assert len(perceptual_hash(np.full(shape, 7, np.uint8))) == HASH_BYTES


def test_near_copies_are_found_exactly_up_to_the_limit_and_none_beyond() -> None:
    random = np.random.default_rng(3)
    words = random.integers(0, 2**64, (500, 4), dtype=np.uint64)
    columns = np.ascontiguousarray(words.T)
    for bits in (0, 1, NEAR_BITS - 1, NEAR_BITS, NEAR_BITS + 1):
        probe = words[7].copy()
        for bit in random.choice(256, bits, replace=False):
            probe[bit // 64] ^= np.uint64(1) << np.uint64(bit % 64)
        at, found = near(probe, columns)
        assert (at.tolist(), found.tolist()) == (([7], [bits]) if bits <= NEAR_BITS else ([], []))


def test_no_hashes_have_no_distances() -> None:
    assert distances(np.zeros(4, np.uint64), as_words([])).shape == (0,)
