"""Many photos sent from the browser: how far it is, a line that drops, what the server says, where it leads."""

from __future__ import annotations

import threading
from types import SimpleNamespace

import pytest
from playwright.sync_api import expect

from facewarden.errors import BadUseError

PATIENCE_S = 60.0
FILES = [{"name": f"{number}.jpg", "mimeType": "image/jpeg", "buffer": b"x" * 50_000} for number in range(3)]


class Uploading:
    """Refuses the first upload, takes the next; remembers how many files came."""

    def __init__(self):
        self.came = []
        self.may_answer = threading.Event()

    def begin(self, actor, source, uploads):
        self.may_answer.wait(PATIENCE_S)
        self.came.append(len(uploads))
        if len(self.came) == 1:
            raise BadUseError("no_photos", "There is no photo in it.", next_step="Choose photos.")
        return SimpleNamespace(job_id="jo_1")


@pytest.fixture
def visit(browse, builders, installation):
    installation.ways_in.uploading = Uploading()
    visit = browse()
    visit.sign_in("operator", builders.made.PASSWORD)
    visit.open("/collections/files")
    return visit


def send(page):
    page.get_by_label("Photos or ZIP archives").set_input_files(FILES)
    page.get_by_role("button", name="Take them in").click()


def test_how_far_the_sending_is_shows_until_the_answer_and_the_answer_leads_on(visit, installation):
    page = visit.page
    send(page)
    expect(page.get_by_role("progressbar", name="Sent")).to_be_visible()
    expect(page.get_by_role("button", name="Take them in")).to_be_disabled()
    installation.ways_in.uploading.may_answer.set()
    expect(page.get_by_role("alert").get_by_text("There is no photo in it.")).to_be_visible()
    send(page)
    page.wait_for_url("**/collections/jo_1")
    assert installation.ways_in.uploading.came == [3, 3]


def test_a_line_that_drops_in_mid_sending_ends_in_a_sentence_and_the_files_can_be_sent_again(visit):
    page = visit.page
    page.route("**/collections/files", lambda route: route.abort("connectionreset"))
    send(page)
    expect(page.get_by_role("alert")).to_have_text("The connection was lost. Nothing was taken in: send them again.")
    expect(page.get_by_role("progressbar", name="Sent")).to_be_hidden()
    expect(page.get_by_role("button", name="Take them in")).to_be_enabled()
    visit.complaints[:] = [told for told in visit.complaints if "ERR_CONNECTION_RESET" not in told]
