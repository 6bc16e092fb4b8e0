"""The portraits beside the project carry no metadata: what passes, and what is counted as not known, is as written."""

from __future__ import annotations

import pytest

from .portraits_table import PAGE, PORTRAITS, evidence, table

pytestmark = [
    pytest.mark.portraits,
    pytest.mark.skipif(not PORTRAITS.is_dir(), reason="there are no portraits beside the project"),
]


def test_the_table_of_the_portraits_is_what_the_law_says_today():
    written = PAGE.read_text("utf-8").partition("<!-- portraits -->\n")[2].partition("<!-- /portraits -->")[0]
    assert written == table()


def test_no_portrait_says_anything_of_a_place():
    assert not any(tags for tags in evidence())
