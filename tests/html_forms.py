"""The forms of a page as a browser finds them, and what a page must never have in it."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import parse_qsl, urljoin, urlsplit

from tests import naughty

# What a person types himself; a text that comes from a list, a tick or a date is none.
TYPED = frozenset({"text", "search", "tel", "url", "email", "password", "hidden", "number", "date", "time", ""})


@dataclass
class Form:
    method: str
    url: str
    values: list[tuple[str, str]] = field(default_factory=list)
    typed: dict[str, str] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    # Names of what is sent by a press or a tick.
    buttons: dict[str, str] = field(default_factory=dict)
    # What a control that sends itself stands in.
    around: "Form | None" = None

    def names(self):
        """Return every name that it may send."""
        own = {name for name, _value in self.values} | set(self.typed) | set(self.buttons) | set(self.files)
        return own | (self.around.names() if self.around else set())

    def sent(self, changes):
        """Return what a browser would send, with some texts changed."""
        data: dict[str, list[str]] = {}
        for name, value in self.values:
            if name not in changes:
                data.setdefault(name, []).append(value)
        return data | {name: [value] for name, value in changes.items()}


class Page(HTMLParser):
    """Reads a page; `forms` are in order, `faults` name what somebody's text has become."""

    def __init__(self, text, url):
        super().__init__()
        self.url, self.forms, self.faults = url, [], []
        self._open: list[Form] = []
        self._by_id: dict[str, Form] = {}
        self._loose: list[tuple[str, dict[str, str]]] = []
        self._select: tuple[Form | None, dict[str, str]] | None = None
        self._area: tuple[Form | None, dict[str, str], list[str]] | None = None
        self.feed(text)
        self.close()
        if naughty.SUM in text:
            self.faults.append("a template was run")
        for tag, at in self._loose:
            if owner := self._by_id.get(at.get("form", "")):
                self._take(owner, tag, at)

    def handle_starttag(self, tag, attrs):
        at = {name: value or "" for name, value in attrs}
        self._judge(tag, at)
        for name in ("href", "hx-get"):
            if "?" in at.get(name, "") and tag != "link":
                self._linked(at[name])
        asked = at.get("hx-post")
        if tag == "form":
            method = "post" if asked or at.get("method", "").lower() == "post" else "get"
            form = Form(method, self._whole(asked or at.get("action") or at.get("hx-get") or self.url))
            self._open.append(form)
            self.forms.append(form)
            self._by_id[at.get("id", "")] = form
            return
        if asked:
            # A control that sends itself: what stands around it goes along.
            form = Form("post", self._whole(asked), list(self._open[-1].values) if self._open else [])
            form.around = self._open[-1] if self._open else None
            self.forms.append(form)
            if at.get("name"):
                self._take(form, "input", at)
        owner = self._open[-1] if self._open else None
        if at.get("form"):
            owner = None
        if tag in {"input", "button"}:
            if owner:
                self._take(owner, tag, at)
            elif at.get("form"):
                self._loose.append((tag, at))
        elif tag == "select":
            self._select = (owner or self._by_id.get(at.get("form", "")), at)
        elif tag == "option":
            self._choose(at)
        elif tag == "textarea":
            self._area = (owner or self._by_id.get(at.get("form", "")), at, [])

    def _choose(self, option):
        form, select = self._select or (None, {})
        name = select.get("name", "")
        if form and name and ("selected" in option or name not in dict(form.values)):
            form.values = [pair for pair in form.values if pair[0] != name or "multiple" in select]
            form.values.append((name, option.get("value", "")))

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag):
        if tag == "form" and self._open:
            self._open.pop()
        elif tag == "select":
            self._select = None
        elif tag == "textarea" and self._area:
            form, at, words = self._area
            if form and at.get("name"):
                form.values.append((at["name"], "".join(words)))
                form.typed[at["name"]] = "textarea"
            self._area = None

    def handle_data(self, data):
        if self._area:
            self._area[2].append(data)

    def _take(self, form, tag, at):
        name, kind = at.get("name", ""), at.get("type", "submit" if tag == "button" else "").lower()
        if not name:
            return
        if kind == "file":
            form.files[name] = kind
        elif kind in {"checkbox", "radio"}:
            form.buttons[name] = kind
            if "checked" in at:
                form.values.append((name, at.get("value", "on")))
        elif tag == "button" or kind in {"submit", "image", "reset", "button"}:
            form.buttons[name] = kind
        else:
            form.values.append((name, at.get("value", "")))
            if kind in TYPED and name != "csrfmiddlewaretoken":
                form.typed[name] = kind

    def _linked(self, url):
        """A link with a query is a form that is filled in already."""
        parts = urlsplit(urljoin(self.url, url))
        if not parts.netloc:
            values = parse_qsl(parts.query, keep_blank_values=True)
            self.forms.append(Form("get", parts.path, values, dict.fromkeys(dict(values), "hidden")))

    def _whole(self, url):
        parts = urlsplit(urljoin(self.url, url))
        return f"{parts.path}?{parts.query}" if parts.query else parts.path

    def _judge(self, tag, at):
        """Our pages have no handlers and no scripts in them: whoever has brought one has broken out of his place."""
        if tag == naughty.TAG:
            self.faults.append(f"<{tag}> of a text")
        if tag == "script" and "src" not in at and at.get("type") != "application/json":
            self.faults.append("a script in the page")
        for name, value in at.items():
            if name.startswith(("on", "hx-on")):
                self.faults.append(f"{name} of <{tag}>")
            if name in {"href", "src", "action", "formaction"} and value.strip().lower().startswith(
                ("javascript:", "data:text", "vbscript:")
            ):
                self.faults.append(f"{name}={value[:40]!r} of <{tag}>")


def faults(answer, url):
    """Tell what of a page somebody's text has become; nothing of what is no page."""
    if answer.streaming or "text/html" not in answer.headers.get("Content-Type", ""):
        return []
    return Page(answer.content.decode(errors="replace"), url).faults
