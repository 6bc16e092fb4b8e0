"""A large gallery as 4-bit codes, all of them scanned for each probe; what comes back is re-ranked elsewhere.

No graph and no lists: nothing is missed for lying on the wrong branch. It never holds a template after coding
it, and a face that goes takes its code out of memory at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray

from facewarden.adapters.index_faiss.numbers import SlotTable
from facewarden.adapters.index_faiss.plain import Found
from facewarden.errors import BadUseError, UnavailableError

CODE_BITS = 4
CENTROIDS = 1 << CODE_BITS
MOST_SUBSPACES = 128
"""64 bytes a face at most: a 512-number template is coded by fours, a 128-number one by twos."""

TRAINING_SAMPLE = 65_536
"""Templates that the code book learns from at most; 16 points in a plane need no more (ADR 0005)."""
TRAINING_SEED = 20_261_122


@dataclass(frozen=True, slots=True)
class Codes:
    """Coded faces for the slots from `first_slot` on: the first few as rows of bytes, the rest in blocks of 32."""

    first_slot: int
    loose: NDArray[np.uint8]
    packed: NDArray[np.uint8]


class CodedGallery:
    """Codes of mean-subtracted templates in FAISS fast-scan blocks, beside their face numbers.

    With x a template, q a probe (both of length 1) and m the mean, |(q - m) - (x - m)|^2 = 2 - 2 cos(q, x): the
    Euclidean distance of the subtracted vectors ranks exactly as the cosine of the whole ones, and subtracting
    costs the scores nothing. The inner product would rank the same without coding, but its coding error is q.e
    for the error e of x, which for mates loses one in a hundred; the distance's is (q - x).e, small just for mates.
    """

    def __init__(self, mean: NDArray[np.float32], centroids: NDArray[np.float32]) -> None:
        """An empty gallery with a code book: mean (dimension,), centroids (subspaces, 16, dimension/subspaces)."""
        self._mean = mean
        self._centroids = centroids
        self._slots = SlotTable()
        self._index = self._empty_index()
        self._encoder = self._empty_index()
        self._packer = self._index.get_CodePacker()

    @classmethod
    def trained(cls, templates: NDArray[np.float32], threads: int) -> CodedGallery:
        """An empty gallery whose code book is learnt from these templates, (N, dimension), N >= 16."""
        dimension = templates.shape[1]
        chosen = np.random.default_rng(TRAINING_SEED).permutation(len(templates))[:TRAINING_SAMPLE]
        sample = templates[np.sort(chosen)]
        mean = sample.mean(axis=0, dtype=np.float64).astype(np.float32)
        with _faiss_calls(threads):
            quantizer: Any = faiss.ProductQuantizer(dimension, subspaces(dimension), CODE_BITS)
            quantizer.cp.min_points_per_centroid = 1  # too few are the caller's knowing choice, not a line on stderr
            quantizer.train(np.ascontiguousarray(sample - mean))
            flat = faiss.vector_to_array(quantizer.centroids)
        return cls(mean, flat.reshape(subspaces(dimension), CENTROIDS, -1).astype(np.float32))

    @classmethod
    def restored(
        cls,
        mean: NDArray[np.float32],
        centroids: NDArray[np.float32],
        numbers: NDArray[np.int64],
        blocks: NDArray[np.uint8],
    ) -> CodedGallery:
        """The gallery as `mean`, `centroids`, `slots.numbers` and `blocks` described it."""
        gallery = cls(mean, centroids)
        gallery._slots = SlotTable(numbers)
        gallery._resize()
        gallery.blocks[:] = blocks
        return gallery

    @property
    def slots(self) -> SlotTable:
        return self._slots

    @property
    def mean(self) -> NDArray[np.float32]:
        return self._mean

    @property
    def centroids(self) -> NDArray[np.float32]:
        return self._centroids

    @property
    def blocks(self) -> NDArray[np.uint8]:
        """The packed codes: a view into FAISS's memory, valid until the next change. Unused slots are 0."""
        size = self._index.codes.size()
        if not size:
            return np.zeros(0, dtype=np.uint8)
        view: NDArray[np.uint8] = faiss.rev_swig_ptr(self._index.codes.get(), size)
        return view

    def encoded(self, templates: NDArray[np.float32], threads: int) -> Codes:
        """The codes of templates (N, dimension), ready for `add`. Changes nothing that a search sees."""
        centred = np.ascontiguousarray(templates - self._mean)
        # The next slots may begin within a block of 32: those are packed one by one, the rest block by block.
        first = min(-self._slots.count % self._packer.nvec, len(centred))
        with _faiss_calls(threads):
            loose = self._encoder.pq.compute_codes(centred[:first]) if first else np.zeros((0, 0), dtype=np.uint8)
            self._encoder.reset()
            packed = np.zeros(0, dtype=np.uint8)
            if len(centred) > first:
                self._encoder.add(centred[first:])
                packed = faiss.rev_swig_ptr(self._encoder.codes.get(), self._encoder.codes.size()).copy()
                self._encoder.reset()
        return Codes(self._slots.count, loose, packed)

    def add(self, numbers: NDArray[np.int64], codes: Codes) -> None:
        """The faces join the gallery: codes from `encoded`, with no change between. No number may be in it."""
        before = self._slots.count
        if codes.first_slot != before:
            raise BadUseError("codes_out_of_step", "The index changed between coding faces and adding them.")
        self._slots.append(numbers)
        self._resize()
        for offset, code in enumerate(codes.loose):
            self._write(before + offset, code)
        if len(codes.packed):
            self.blocks[-len(codes.packed) :] = codes.packed

    def remove(self, slots: NDArray[np.int64]) -> None:
        """The slots' faces are gone and their codes overwritten in memory. `slots` ascending; constant time each."""
        nothing = np.zeros(self._packer.code_size, dtype=np.uint8)
        for slot in slots[::-1].tolist():  # from the end, so that a slot still to go is never moved
            last = self._slots.count - 1
            if slot != last:
                self._write(slot, self._read(last))
            self._write(last, nothing)
            self._slots.move_last_to(slot)
        self._resize()

    def search(self, probes: NDArray[np.float32], count: int, threads: int) -> list[Found]:
        """For each probe (Q, dimension) the `count` nearest face numbers with rough similarities, best first."""
        count = min(count, self._slots.count)
        if count <= 0 or not len(probes):
            return [(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.float32)) for _ in probes]
        with _faiss_calls(threads):
            distances, slots = self._index.search(np.ascontiguousarray(probes - self._mean), count)
        found = []
        for row, squares in zip(slots, distances, strict=True):
            real = row >= 0  # FAISS fills a short answer with -1
            found.append((self._slots.numbers[row[real]], (1.0 - squares[real] / 2.0).astype(np.float32)))
        return found

    def _empty_index(self) -> Any:  # the bindings' type hints leave out half of its members
        count, _, width = self._centroids.shape
        index: Any = faiss.IndexPQFastScan(count * width, count, CODE_BITS, faiss.METRIC_L2)
        faiss.copy_array_to_vector(np.ascontiguousarray(self._centroids).reshape(-1), index.pq.centroids)
        index.is_trained = True
        return index

    def _resize(self) -> None:
        blocks = -(-self._slots.count // self._packer.nvec)
        self._index.codes.resize(blocks * self._packer.block_size)
        self._index.ntotal = self._slots.count
        self._index.ntotal2 = blocks * self._packer.nvec

    def _block(self, slot: int) -> tuple[NDArray[np.uint8], int]:
        block, offset = divmod(slot, self._packer.nvec)
        return self.blocks[block * self._packer.block_size :][: self._packer.block_size], offset

    def _read(self, slot: int) -> NDArray[np.uint8]:
        code = np.zeros(self._packer.code_size, dtype=np.uint8)
        block, offset = self._block(slot)
        self._packer.unpack_1_c(faiss.swig_ptr(block), offset, faiss.swig_ptr(code))
        return code

    def _write(self, slot: int, code: NDArray[np.uint8]) -> None:
        block, offset = self._block(slot)
        code = np.ascontiguousarray(code)
        self._packer.pack_1_c(faiss.swig_ptr(code), offset, faiss.swig_ptr(block))


def subspaces(dimension: int) -> int:
    """How many 4-bit codes stand for a template: one for two of its numbers or more, at most 128.

    BadUseError for a dimension that cannot be cut evenly.
    """
    fitting = [count for count in range(2, MOST_SUBSPACES + 1, 2) if dimension % count == 0 and dimension >= 2 * count]
    if not fitting:
        raise BadUseError("bad_dimension", f"Templates of {dimension} numbers cannot be coded in even parts.")
    return max(fitting)


@contextmanager
def _faiss_calls(threads: int) -> Iterator[None]:
    """FAISS at work with that many threads, its errors as ours. OpenMP's number belongs to the calling thread."""
    faiss.omp_set_num_threads(threads)
    try:
        yield
    except (RuntimeError, MemoryError) as error:
        raise UnavailableError(
            "index_engine_failed",
            "The index engine could not do its work.",
            f"FAISS: {type(error).__name__}.",
            "Check the free memory; the index can be rebuilt from the records at any time.",
        ) from error
