"""axe-core finds nothing on any page, light or dark, wide or narrow. (Its rules see some faults, not all.)"""


def test_axe_finds_nothing_on_any_page(axe, browse, builders):
    visit = browse()
    page = visit.page
    found = []
    visit.open("/sign-in")
    found += axe.find_in_every_look(page)
    visit.sign_in("investigator", builders.made.PASSWORD)
    page.wait_for_url("**/cases")
    found += axe.find_in_every_look(page)
    visit.open("/cases/new")
    found += axe.find_in_every_look(page)
    visit.open("/cases")
    visit.open_case()
    page.wait_for_url("**/case_*")
    found += axe.find_in_every_look(page)
    visit.send_photo(builders.fakes.drawn(2, 4, 1))
    page.wait_for_url("**/probes/*")
    found += axe.find_in_every_look(page)
    page.get_by_role("button", name="Search the gallery").click()
    page.wait_for_url("**/searches/*")
    found += axe.find_in_every_look(page)
    page.get_by_role("heading", name="Candidate 1").get_by_role("link").click()
    page.wait_for_url("**/candidates/*")
    for path in (None, "/sources", "/law", "/models", "/api", "/nothing", "/log", "/cases"):
        if path:
            visit.open(path)
        for summary in page.locator("summary").all():
            summary.click()
        found += axe.find_in_every_look(page)
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/sign-in")
    visit.sign_in("operator", builders.made.PASSWORD)
    page.wait_for_url("**/operator")
    found += axe.find_in_every_look(page)
    visit.open("/log")
    found += axe.find_in_every_look(page)
    assert found == []


def test_axe_finds_nothing_in_an_examination(axe, browse, builders):
    first = browse(viewport={"width": 390, "height": 844}, color_scheme="dark")
    first.sign_in("investigator", builders.made.PASSWORD)
    first.open_case()
    page, found = first.page, []
    page.get_by_label("Add a colleague").select_option("examiner")
    page.get_by_role("button", name="Add", exact=True).click()
    page.get_by_role("listitem").filter(has_text="Examiner").wait_for()
    first.send_photo(builders.fakes.drawn(2, 4, 1))
    first.press("Search the gallery", "**/searches/*")
    first.follow(page.get_by_role("heading", name="Candidate 1").get_by_role("link"), "**/candidates/*")
    page.locator("summary").first.click()
    found += axe.find(page)
    page.locator("input[name=conclusion]").first.check()
    first.press("Record your conclusion", "**/leads/*")
    found += axe.find(page)
    second = browse(viewport={"width": 320, "height": 640})
    second.sign_in("examiner", builders.made.PASSWORD)
    second.page.goto(page.url)
    found += axe.find(second.page)
    second.press("Begin the second examination", "**/second")
    found += axe.find(second.page)
    overflow_px = second.overflow_px()
    for place in second.page.locator("section.second-face").all():
        place.get_by_role("radio").first.check()
    second.press("Record your conclusions", "**/leads/*")
    found += axe.find(second.page)
    assert found == []
    assert overflow_px <= 0


def test_what_is_wrong_in_the_dark_or_on_a_phone_alone_would_be_found(axe, browse):
    visit = browse()
    visit.open("/sign-in")
    assert axe.find_in_every_look(visit.page) == []
    visit.page.evaluate("document.querySelector('h1').style.color = '#222'")
    visit.page.evaluate("document.querySelector('main').style.minWidth = '600px'")
    found = {rule for _, rule, _ in axe.find_in_every_look(visit.page)}
    assert found == {"color-contrast", "wider than its window"}


def test_axe_would_find_a_field_without_a_name(axe, browse):
    visit = browse()
    visit.open("/sign-in")
    visit.page.evaluate("document.querySelector('label').remove()")
    assert "label" in [rule for _, rule, _ in axe.find(visit.page)]
