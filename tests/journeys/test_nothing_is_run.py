"""Whatever stands in names, notes, plates, names of files and own fields: the browser shows it and runs nothing."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright import sync_api as playwright
from tests import browser, house, march, naughty, walks

from vernost.calls import operations as calls

pytestmark = pytest.mark.django_db(transaction=True)
PAYLOAD = (
    f"</script></textarea></title>\"'><img src=x onerror=window.__pwned=1><{naughty.TAG} onclick=x>"
    "<script>window.__pwned=1</script><a href='javascript:window.__pwned=1'>{{ 7919*7927 }}</a>"
)
# The pages on which most of people's words stand.
TELLING = (
    "office:customer",
    "office:vehicle",
    "office:order",
    "office:customers",
    "office:quarantine",
    "office:audit",
    "workplace:desk",
    "workplace:reception",
)
_LOOK = """tag => ({
    run: window.__pwned !== undefined,
    broken: document.querySelectorAll(tag + ', img[src="x"], a[href^="javascript:"]').length,
    shown: document.documentElement.innerText.includes('7919*7927')
        || [...document.querySelectorAll('input, textarea')].some(each => each.value.includes('7919*7927')),
})"""


@pytest.fixture
def places(page):
    """Sign an administrator in, in whose house every column of words has the payload; return its pages."""
    boss, known = house.built()
    calls.next_customer(actor=boss.as_actor(), now=timezone.now())
    house.fill(PAYLOAD)
    browser.sign_in(page, boss)
    return {name: url for name, url in walks.urls(known).items() if name not in NO_PAGES}, known


# Answers that a browser does not show as a page.
NO_PAGES = frozenset(
    {"workplace:live", "office:customer-copy", "office:consents-proof", "office:field-file", "api-unknown"}
    | {"account_logout", "mfa_download_recovery_codes"}
)


def is_opened(page, url):
    """Go to an address; tell whether a page stands there: a refusal without a body is none, nor is a file."""
    try:
        return page.goto(url, wait_until="load").status == 200
    except playwright.Error as error:
        if "ERR_HTTP_RESPONSE_CODE_FAILURE" in error.message:
            # Chromium's own page of errors comes by itself a moment later, and would break off the next visit.
            page.wait_for_url("chrome-error://**")
            page.goto("about:blank")
        elif "Download is starting" not in error.message:
            raise
        return False


def look(page, places):
    """Open pages one after the other; return what ran or broke out, and how many of them show the payload."""
    told, wrong, shown = [], {}, set()
    page.on("console", lambda message: told.append(message.text) if "Content Security Policy" in message.text else None)
    page.on("dialog", lambda dialog: (told.append(dialog.message), dialog.dismiss()))
    for name, url in places:
        if not is_opened(page, url):
            continue
        found = page.evaluate(_LOOK, naughty.TAG)
        shown |= {name} if found["shown"] else set()
        if found["run"] or found["broken"] or told:
            wrong[name] = (found, told[:2])
            told.clear()
    return wrong, shown


def test_the_pages_that_show_most_run_nothing(page, places):
    pages, _known = places
    tomorrow = timezone.localdate() + timedelta(days=1)
    pages["workplace:reception"] += f"?day={tomorrow:%Y-%m-%d}"
    wrong, shown = look(page, [(name, pages[name]) for name in TELLING])
    assert (wrong, shown) == ({}, set(TELLING))


@pytest.mark.slow
def test_no_page_runs_anything(page, places):
    pages, known = places
    march.build()
    edit = reverse("office:record-fields", args=["customer", known["customer_id"]]) + "?edit=1"
    wrong, shown = look(page, [*pages.items(), *walks.urls(known, engine=True).items(), ("edit", edit)])
    assert wrong == {}
    assert len(shown) > 30
