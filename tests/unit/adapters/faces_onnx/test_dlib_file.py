"""The reader of dlib's format."""

import contextlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from facewarden.adapters.faces_onnx.dlib_file import DlibReader
from facewarden.errors import DamagedError


def test_values_come_back_as_they_were_written(writer):
    tensor = np.arange(6, dtype=np.float32)
    writer.integer(0, 7, -300, 2**40).number(0.5, -3.25, 0.0).vector([1.0, 2.0]).tensor(tensor)
    reader = DlibReader(writer.data)
    assert [reader.integer() for _ in range(4)] == [0, 7, -300, 2**40]
    assert [reader.number() for _ in range(3)] == [0.5, -3.25, 0.0]
    assert reader.vector(2) == [1.0, 2.0]
    assert np.array_equal(reader.tensor().ravel(), tensor)
    assert reader.at_end


def test_an_early_end_is_damage(writer):
    data = writer.tensor(np.ones(4, np.float32)).data
    for length in range(len(data)):
        with pytest.raises(DamagedError):
            DlibReader(data[:length]).tensor()


def test_a_count_beyond_its_bound_is_damage(writer):
    data = writer.integer(10).data
    assert DlibReader(data).count(10) == 10
    with pytest.raises(DamagedError):
        DlibReader(data).count(9)
    with pytest.raises(DamagedError):
        DlibReader(bytes([0x81, 1])).count(9)


def test_an_infinite_number_is_damage(writer):
    with pytest.raises(DamagedError, match="infinite"):
        DlibReader(writer.integer(1, 32_000).data).number()


def test_a_matrix_that_claims_too_much_is_damage(writer):
    with pytest.raises(DamagedError):
        DlibReader(writer.integer(-(10**6), -(10**6)).data).vector(100)


@given(st.binary(max_size=60))
def test_any_bytes_give_values_or_damage_and_nothing_else(data):
    for read in (DlibReader.integer, DlibReader.number, DlibReader.tensor, lambda reader: reader.vector(20)):
        with contextlib.suppress(DamagedError):
            read(DlibReader(data))
