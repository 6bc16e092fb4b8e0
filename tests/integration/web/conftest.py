"""A server for each file of tests, on an agency with generated people in its gallery."""

from __future__ import annotations

import pytest

from tests.integration.web.serving import serving


@pytest.fixture(scope="module")
def served(gallery_template, tmp_path_factory):
    """One for each file of tests, which open cases of their own."""
    with serving(gallery_template.copied(tmp_path_factory.mktemp("served") / "agency")) as running:
        yield running
