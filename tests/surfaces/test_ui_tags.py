"""Tags of the design system: what they put on the page."""

import pytest
from django import forms
from django.template import Context, Template
from django.test import RequestFactory
from django.utils import translation

from vernost.core.i18n import Text


@pytest.fixture(autouse=True)
def russian():
    with translation.override("ru"):
        yield


def render(source, *, path="/", **values):
    context = Context({"request": RequestFactory().get(path), **values})
    return Template("{% load ui %}" + source).render(context)


class SampleForm(forms.Form):
    name = forms.CharField(label="Name")
    note = forms.CharField(label="Note", required=False, help_text="Short")
    kind = forms.ChoiceField(label="Kind", choices=[("a", "A"), ("b", "B")], widget=forms.RadioSelect)


def test_an_icon_is_decoration_unless_it_has_words():
    assert render('{% icon "phone" "i-20" %}') == (
        '<svg class="i i-20" aria-hidden="true"><use href="/static/dist/sprite.svg#i-phone"></use></svg>'
    )
    assert 'role="img" aria-label="Call &quot;now&quot;"' in render(
        "{% icon 'phone' label=words %}", words='Call "now"'
    )


def test_a_plate_has_its_region_apart():
    assert render("{{ value|plate }}", value="A123BC116") == '<span class="plate">А123ВС<i>116</i></span>'
    assert render("{{ value|plate }}", value="<b>") == '<span class="plate plate--whole">&lt;b&gt;</span>'
    assert render("{{ value|plate }}", value=None) == "—"


@pytest.mark.parametrize(("value", "css"), [(0, "h0"), (None, "h0"), (1, "h0"), (50, "h3"), (100, "h6"), (900, "h6")])
def test_heat_of_a_cell(value, css):
    assert render("{{ value|heat:100 }}", value=value) == css


def test_heat_of_an_empty_table():
    assert render("{{ 5|heat:0 }}") == "h0"


def test_a_field_ties_words_and_errors_to_its_control():
    form = SampleForm({"name": "", "note": "x"})
    shown = render("{% field form.name %}", form=form)
    assert '<label class="label" for="id_name">Name</label>' in shown
    assert 'aria-invalid="true" aria-describedby="id_name_error"' in shown
    assert '<div id="id_name_error"><p class="error">' in shown
    note = render("{% field form.note %}", form=form)
    assert 'aria-describedby="id_note_helptext"' in note
    assert '<div class="hint" id="id_note_helptext">Short</div>' in note
    assert "(необязательно)" in note
    assert render("{% field form.kind %}", form=form).count('<label class="check"><input type="radio"') == 2


def test_the_summary_of_errors_links_to_the_fields():
    shown = render('{% include "ui/form_errors.html" %}', form=SampleForm({}))
    assert '<li><a href="#id_name">Name</a>: Обязательное поле.</li>' in shown
    assert 'role="alert"' in shown


def test_nothing_wrong_no_summary():
    assert render('{% include "ui/form_errors.html" %}', form=SampleForm({"name": "x", "kind": "a"})).strip() == ""


def test_sorting_turns_round_and_forgets_the_page():
    link = "{% sort_link 'due' 'Due' %}"
    assert 'href="?q=a+b&amp;sort=due"' in render(link, path="/?q=a+b&after=7")
    assert 'href="?sort=-due"' in render(link, path="/?sort=due")
    assert render("{% sort_state 'due' %}", path="/?sort=-due") == 'aria-sort="descending"'
    assert render("{% sort_state 'due' %}", path="/?sort=name") == ""


def test_more_rows_keep_the_filters():
    pager = "{% pager shown=50 total=1284 cursor=cursor target='rows' %}"
    shown = render(pager, path="/?q=haval&after=3", cursor="99")
    assert 'href="?q=haval&amp;after=99"' in shown
    assert "Показано: 50 из 1\u00a0284" in shown
    assert "href" not in render(pager, cursor="")


def test_marked_texts_are_translated_where_they_are_shown():
    assert render("{{ words|text }}", words=Text("Ticked: %(count)s", {"count": 3})) == "Выбрано: 3"
    assert render("{{ words|text }}", words="Copied") == "Скопировано"


def test_a_message_carries_its_way_back():
    toast = '{% include "ui/toast.html" with words="Saved" level="ok" undo_url=tags|undo_url %}'
    assert 'hx-post="/undo/7/"' in render(toast, tags="success undo:/undo/7/")
    assert "<form" not in render(toast, tags="success")


def test_notes_escape_what_they_frame_once():
    shown = render("{% note 'bad' %}{{ words }}{% endnote %}", words="<b> & co")
    assert "<div>&lt;b&gt; &amp; co</div>" in shown
    assert 'role="alert"' in shown


def test_a_line_needs_two_points():
    assert render("{% spark values %}", values=[1]) == ""
    assert 'points="0.0,33.0 84.0,3.0"' in render("{% spark values %}", values=[1, 2])


def test_a_meter_does_not_leave_its_box():
    assert "--w:100.0%" in render("{% meter 15 14 'x' %}")
    assert "--w:0.0%" in render("{% meter 15 0 'x' %}")
