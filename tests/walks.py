"""Walking the pages of the product as an administrator: what they show, and the forms and links that are on them."""

from urllib.parse import urlsplit

from django.apps import apps
from django.urls import Resolver404, URLPattern, URLResolver, get_resolver, resolve, reverse
from tests.html_forms import Page

from vernost.core.endpoints import endpoints, is_keyed

# Pages that are counted from the mirror, which takes seconds.
_OF_THE_ENGINE = tuple(f"office:{page}" for page in ("analytics", "price", "pivot", "funnel", "effect", "segment"))


def addresses(resolver=None, namespace=""):
    for pattern in (resolver or get_resolver()).url_patterns:
        if isinstance(pattern, URLResolver):
            inside = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from addresses(pattern, inside)
        elif isinstance(pattern, URLPattern) and pattern.name and not is_keyed(namespace.partition(":")[0]):
            yield f"{namespace}{pattern.name}", pattern


def is_of_the_engine(name):
    return name.startswith(_OF_THE_ENGINE)


def guarded(*, engine):
    """Return the addresses behind the sign-in, each once: those of the engine, or all others."""
    found = {}
    for name, pattern in addresses():
        if not endpoints[name].public and is_of_the_engine(name) is engine:
            found.setdefault(name, pattern)
    return found


def urls(known, *, engine=False):
    """Return where each page lies; KeyError: an argument that `house` knows no row for."""
    return {
        name: reverse(name, kwargs={part: known[part] for part in pattern.pattern.converters})
        for name, pattern in guarded(engine=engine).items()
    }


def is_page(answer):
    return answer.status_code == 200 and not answer.streaming and "text/html" in answer.headers.get("Content-Type", "")


def name_of(url):
    try:
        return resolve(urlsplit(url).path).view_name
    except Resolver404:
        return ""


def forms_on(client, places):
    """Return the forms of pages by the address they are sent to, each set of fields once, and every answer's status."""
    found, statuses = {}, {}
    for name, url in places:
        answer = client.get(url)
        statuses[name] = answer.status_code
        if is_page(answer):
            for form in Page(answer.content.decode(), url).forms:
                code = name_of(form.url)
                if code and not is_keyed(code.partition(":")[0]):
                    found.setdefault((code, form.method, *sorted(form.typed), *sorted(form.files)), form)
    return list(found.items()), statuses


def columns():
    """Return every name that a column of ours has."""
    names = set()
    for model in apps.get_models():
        for field in model._meta.concrete_fields:
            names |= {field.name, field.attname}
    return names | {"is_superuser", "is_staff", "all_branches", "branches", "groups", "user_permissions"}
