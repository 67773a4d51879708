"""Every address of the product's pages, with ids of an invented dealership in it."""

from datetime import date

from django.urls import URLPattern, URLResolver, get_resolver

from vernost.core.endpoints import endpoints, is_keyed

KEY = "6f0f5f0c-5d6e-4d0e-9a52-7a8f5b1c3d10"
ABSENT = 10**9
# What stands in an address where no id of a branch's own row does.
PLAIN = {
    "on": date(2026, 12, 31),
    "year": 2026,
    "name": "lease_minutes",
    "kind": "orders",
    "source": "default",
    "code": "manager",
    "what": "confirm",
    "key": KEY,
    "r": 1,
    "m": 1,
    "uidb36": "1",
    "target": "customer",
    "list_code": "customers",
    "role": "manager",
}
# Ids that belong to one branch: an argument → what the dealership has it under.
OWNED = {
    "customer_id": "customer",
    "vehicle_id": "vehicle",
    "invitation_id": "invitation",
    "appointment_id": "appointment",
    "branch_id": "branch",
    "user_id": "user",
    "token_id": "token",
    "webhook_id": "webhook",
}
# Whose rows are the group's, or whose address shows the row only to who sees the whole group: 403 by `whole_group`.
OF_THE_GROUP = frozenset(
    {"run_id", "row_id", "programme_id", "test_id", "pair_id", "merge_id", "view_id", "delivery_id"}
    | {"order_id", "address_id", "person_id", "role_id", "attachment_id", "text_id", "company_id", "erasure_id"}
    | {"field_id", "directory_id", "value_id", "attached_id", "entry_id"}
)


def addresses(resolver=None, namespace=""):
    """Yield the name of every address with its pattern."""
    for pattern in (resolver or get_resolver()).url_patterns:
        if isinstance(pattern, URLResolver):
            inside = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from addresses(pattern, inside)
        elif isinstance(pattern, URLPattern):
            yield f"{namespace}{pattern.name or ''}", pattern


def guarded():
    """Return the addresses that are no key's, each once."""
    found = {}
    for name, pattern in addresses():
        if not is_keyed(name.partition(":")[0]) and pattern.name:
            found.setdefault(name, pattern)
    return found


def arguments(pattern, rows, pk=None):
    found = {}
    for name in pattern.pattern.converters:
        if name in OWNED:
            found[name] = rows[OWNED[name]] if pk is None else pk
        elif name == "record_id" and "target" in pattern.pattern.converters:
            found[name] = rows["customer"] if pk is None else pk
        elif name == "segment_id":
            found[name] = rows["segment"]
        elif name in OF_THE_GROUP or name == "record_id":
            found[name] = rows.get(name, ABSENT) if pk is None else pk
        else:
            found[name] = PLAIN[name]
    if name_of_key := {"key"} & set(pattern.pattern.regex.groupindex) - set(found):
        found |= dict.fromkeys(name_of_key, "x-y")
    return found


def is_owned(pattern):
    names = set(pattern.pattern.converters)
    return bool(names & set(OWNED)) or {"target", "record_id"} <= names


def pages():
    """Yield the guarded pages whose address can be written, in turn."""
    for name, pattern in guarded().items():
        if not endpoints[name].public:
            yield name, pattern


def is_of_the_engine(name):
    """Whether a page is counted from the mirror, which takes seconds: `make test-all` asks for these too."""
    return name.startswith(("office:analytics", "office:price", "office:pivot", "office:funnel", "office:effect"))
