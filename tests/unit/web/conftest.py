"""One installation in memory and one browser for each test."""

import pytest

from .builders import Browser, populated


@pytest.fixture
def installation():
    return populated()


@pytest.fixture
def browser(installation):
    return Browser(installation)


@pytest.fixture
def investigator(browser):
    browser.sign_in("investigator")
    return browser
