"""Every text that a user can read has its Russian words, and the catalogue holds nothing else."""

import re
from collections import defaultdict
from pathlib import Path

import polib
import pytest
from tests.architecture import marked_texts
from tests.architecture.marked_texts import Marked

import vernost
from vernost.locale import compile as catalogue

PACKAGE = Path(vernost.__file__).parent
FORMS = 4
# Words that are the same in Russian: names, abbreviations, units.
SAME = {
    "Vernost",
    "VIN",
    "SMS",
    "NPS",
    "CSV",
    "XLSX",
    "%(number)s",
    "%(limit)s+",
    "Telegram",
    "Excel (XLSX)",
    "RFM",
    "NPS %(score)s",
}
# The names of click's types are English.
LEFT_OUT = {"{value!r} is not a valid {number_type}.": {"{number_type}"}}
_PLACEHOLDER = re.compile(r"%(?:\((\w+)\)[a-z]|[sd])|\{(\w*)\}")


@pytest.fixture(scope="module")
def marked() -> dict[tuple[str | None, str], Marked]:
    return {text.key: text for text in marked_texts.in_package(PACKAGE)}


@pytest.fixture(scope="module")
def russian() -> polib.POFile:
    return catalogue.merge(catalogue.parts())


def _list(lines: list[str]) -> str:
    return "\n".join(["", *sorted(lines)])


def test_every_marked_text_has_russian_words(marked, russian):
    known = {(entry.msgctxt, entry.msgid) for entry in russian}
    missing = [f"{text.where}: {text.text!r}" for key, text in marked.items() if key not in known]
    assert not missing, f"{len(missing)} texts without a translation:" + _list(missing)


def test_plural_texts_agree_with_the_catalogue(marked, russian):
    plurals = {(entry.msgctxt, entry.msgid): entry.msgid_plural or None for entry in russian}
    wrong = [
        f"{text.where}: {text.text!r} has the plural {text.plural!r}, the catalogue {plurals[key]!r}"
        for key, text in marked.items()
        if key in plurals and text.plural is not None and plurals[key] != text.plural
    ]
    assert not wrong, _list(wrong)


def test_the_catalogue_holds_no_text_that_the_source_has_lost(marked):
    orphans = [
        f"{path.name}:{entry.linenum}: {entry.msgid!r}"
        for path in catalogue.parts()
        for entry in polib.pofile(str(path))
        if (entry.msgctxt, entry.msgid) not in marked or entry.obsolete
    ]
    assert not orphans, f"{len(orphans)} orphans:" + _list(orphans)


def test_every_entry_is_translated(russian):
    faults = defaultdict(list)
    for entry in russian:
        forms = _forms(entry)
        if entry.fuzzy:
            faults["fuzzy"].append(entry.msgid)
        if not all(form.strip() for form in forms) or (entry.msgid_plural and len(forms) != FORMS):
            faults["empty, or not four plural forms"].append(entry.msgid)
        if entry.msgid in forms and entry.msgid not in SAME:
            faults["copied"].append(entry.msgid)
    assert not faults, "\n".join(f"{fault}: {texts}" for fault, texts in faults.items())


def test_translations_keep_the_placeholders(russian):
    wrong = []
    for entry in russian:
        sources = [source for source in (entry.msgid, entry.msgid_plural) if source]
        allowed = [_placeholders(source) - LEFT_OUT.get(source, set()) for source in sources]
        wrong += [f"{entry.msgid!r} -> {form!r}" for form in _forms(entry) if _placeholders(form) not in allowed]
    assert not wrong, _list(wrong)


def test_english_quotes_are_curly_and_russian_ones_are_angled(marked, russian):
    english = [
        f"{text.where}: {text.text!r}" for text in marked.values() if set("«»") & {*text.text, *(text.plural or "")}
    ]
    angled = [f"{entry.msgid!r} -> {form!r}" for entry in russian for form in _forms(entry) if set("“”„") & set(form)]
    assert english + angled == [], _list(english + angled)


def test_parts_are_valid_and_agree():
    for path in catalogue.parts():
        twice = [entry.msgid for entry in polib.pofile(str(path), check_for_duplicates=False) if not entry.msgid]
        assert twice == [], f"{path.name}: an entry without a source text"
    assert len(catalogue.merge(catalogue.parts()))


def test_extraction_sees_what_django_would_ask_for():
    template = (
        "{% load i18n %}{% translate 'Risk 64 %' %}{% translate \"Open\" context \"verb\" as x %}{{ _('Two')|upper }}"
        "{% comment %}{% translate 'No' %}{% endcomment %}"
        "{% blocktranslate count n=x trimmed %}\n {{ n }} car\n{% plural %}\n {{ n }} cars\n{% endblocktranslate %}"
    )
    assert list(marked_texts.in_template(template, "t")) == [
        Marked("Risk 64 %%", "t:1"),
        Marked("Open", "t:1", context="verb"),
        Marked("Two", "t:1"),
        Marked("%(n)s car", "t:1", "%(n)s cars"),
    ]
    code = (
        "_('One')\nngettext('%s call', '%s calls', n)\npgettext('noun', 'Book')\n"
        "translation.gettext(variable)\nn_('a', 'b')\n"
    )
    assert list(marked_texts.in_code(code, "c")) == [
        Marked("One", "c:1"),
        Marked("%s call", "c:2", "%s calls"),
        Marked("Book", "c:3", context="noun"),
        Marked("a", "c:5", "b"),
    ]
    command = """
@command.command("verify")
@option("--head", help=_("A head."))
def verify():
    '''Read the chain;
    all of it.

    Note the head.
    '''
"""
    assert sorted(text.text for text in marked_texts.in_code(command, "c")) == [
        "A head.",
        "Note the head.",
        "Read the chain; all of it.",
    ]


def _forms(entry: polib.POEntry) -> list[str]:
    return list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]


def _placeholders(text: str) -> frozenset[str]:
    return frozenset(match[0] for match in _PLACEHOLDER.finditer(text.replace("%%", "")))
