"""What this subject puts on the timeline: what people wrote, said and changed, and merges."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.translation import gettext

from vernost.core import formats
from vernost.core.i18n import _
from vernost.core.timeline import Facts, TimelineKind, Told, day_at, joined, timeline_kinds
from vernost.customers.rules.card_titles import CAR_FIELDS, DAYS, FIELDS, VALUES

_CONSENT_CHANNELS = {"calls": _("calls"), "sms": _("SMS"), "email": _("e-mail"), "messenger": _("messengers")}
_STOP_CHANNELS = {"call": _("Calls"), "sms": _("SMS"), "email": _("E-mail"), "messenger": _("Messengers")}
# Who did it: the person's name, or the part of the system.
WHO = """coalesce((SELECT coalesce(nullif(trim(concat(u.first_name, ' ', u.last_name)), ''), u.username)
                     FROM accounts_user u WHERE {table}.actor = 'user:' || u.id), {table}.actor)"""


def _note(facts: Facts) -> Told:
    return Told(gettext("Note"), joined(facts["text"], formats.who(facts["who"])))


def _consent(facts: Facts) -> Told:
    marks = [
        (gettext("%(channel)s: yes") if facts[channel] else gettext("%(channel)s: no")) % {"channel": gettext(title)}
        for channel, title in _CONSENT_CHANNELS.items()
        if facts[channel] is not None
    ]
    origin = str(facts["origin"])
    source = gettext("from another card") if origin.startswith("merge:") else _origins().get(origin, origin)
    return Told(gettext("Consent to advertising"), joined(", ".join(marks), source), has_time=False)


def _origins() -> dict[str, str]:
    return {"import": gettext("import"), "api": gettext("by the API")}


def _stop(facts: Facts) -> Told:
    channel = gettext(_STOP_CHANNELS.get(str(facts["channel"]), str(facts["channel"])))
    return Told(gettext("Asked not to be disturbed"), joined(channel, facts["note"]), icon="ban", has_time=False)


def _merge(facts: Facts) -> Told:
    undone = facts["undone_at"]
    words = (
        gettext("undone on %(day)s by %(who)s")
        % {
            "day": formats.day(_local(undone).date()),
            "who": formats.who(facts["undone_by"]),
        }
        if undone
        else ""
    )
    return Told(gettext("A second card was merged: %(name)s") % {"name": facts["gone"]}, joined(_by(facts), words))


def _attachment(facts: Facts) -> Told:
    words = [gettext("after the second visit to him"), _by(facts)]
    if facts["undone_at"]:
        words.append(gettext("undone by %(who)s") % {"who": formats.who(facts["undone_by"])})
    return Told(gettext("Advisor: %(name)s") % {"name": facts["advisor"]}, joined(*words), has_time=False)


def _household(facts: Facts) -> Told:
    title = gettext("Left the household") if facts["left"] else gettext("Joined a household")
    others = ", ".join(facts["others"] or ())
    return Told(title, joined(others, _by(facts)), has_time=False)


def edit_told(facts: Facts) -> Told:
    titles = {**FIELDS, **CAR_FIELDS}
    advisors = facts.get("advisors") or {}

    def words(name: str, value: object) -> str:
        return value_words(name, advisors.get(str(value), value) if name == "advisor_id" else value)

    names = [gettext(titles.get(name, name)) for name in facts["fields"]]
    details = [
        (gettext(titles.get(name, name)), f"{words(name, before)} → {words(name, after)}")
        for name, (before, after) in facts["fields"].items()
    ]
    title = gettext("The card was made") if facts["action"] == "create" else gettext("The card was changed")
    return Told(title, joined(", ".join(names), _by(facts)), details=details)


def file_facts(table: str, more: str = "") -> str:
    """Return SQL of what `file_told` asks of a table of files; `more` are names and values besides."""
    besides = f", {more}" if more else ""
    return f"""SELECT jsonb_build_object('name', s.name, 'kind', s.kind, 'who', {WHO.format(table="f")}{besides})
                 FROM {table} f JOIN files_storedfile s ON s.id = f.file_id WHERE f.id = found.id"""  # noqa: S608 - our own names


def file_told(facts: Facts) -> Told:
    """Tell of a photo or a document on a card; `facts` has its name, its kind and who put it in."""
    title = gettext("Document") if facts["kind"] == "pdf" else gettext("Photo")
    icon = "file-text" if facts["kind"] == "pdf" else "photo"
    return Told(title, joined(facts["name"], formats.who(facts["who"])), icon=icon)


def _by(facts: Facts) -> str:
    return formats.who(facts["who"])


def value_words(field: str, value: object) -> str:
    """Return what the history of a card holds of a field, as people read it."""
    if value in (None, "", []):
        return formats.DASH
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if isinstance(value, list):
        return ", ".join(value_words(field, each) for each in value)
    if field in DAYS:
        return formats.day(day_of(str(value)))
    code = VALUES.get(field, {}).get(str(value), "")
    return gettext(code) if code else str(value)


def _local(moment: str) -> datetime:
    return datetime.fromisoformat(moment).astimezone(ZoneInfo(timezone.get_current_timezone_name()))


def day_of(text: str) -> date:
    return date.fromisoformat(text)


timeline_kinds.add(
    TimelineKind(
        code="notes",
        title=_("Notes"),
        icon="note",
        source="customers_customernote t",
        at="t.at",
        facts=f"""SELECT jsonb_build_object('text', n.text, 'who', {WHO.format(table="n")})
                    FROM customers_customernote n WHERE n.id = found.id""",  # noqa: S608 - our own names
        told=_note,
    )
)
timeline_kinds.add(
    TimelineKind(
        code="consents",
        title=_("Consents"),
        icon="shield-check",
        source="customers_consentstatement t",
        at=day_at('t."on"'),
        where='t."on" IS NOT NULL',
        facts="SELECT to_jsonb(s) FROM customers_consentstatement s WHERE s.id = found.id",
        told=_consent,
    )
)
timeline_kinds.add(
    TimelineKind(
        code="stops",
        title=_("Do not disturb"),
        icon="ban",
        source="customers_channelstop t",
        at=day_at("t.since"),
        facts="SELECT to_jsonb(s) FROM customers_channelstop s WHERE s.id = found.id",
        told=_stop,
    )
)
timeline_kinds.add(
    TimelineKind(
        code="merges",
        title=_("Merged cards"),
        icon="arrows-join",
        source="(SELECT *, survivor_id AS customer_id FROM customers_customermerge) t",
        at="t.at",
        facts=f"""SELECT jsonb_build_object('gone', c.full_name, 'who', {WHO.format(table="m")},
                         'undone_at', m.undone_at, 'undone_by', m.undone_by)
                    FROM customers_customermerge m JOIN customers_customer c ON c.id = m.gone_id
                   WHERE m.id = found.id""",  # noqa: S608 - as above
        told=_merge,
    )
)
timeline_kinds.add(
    TimelineKind(
        code="attachments",
        title=_("Advisor"),
        icon="user-star",
        source="customers_advisorattachment t",
        at=day_at('t."on"'),
        facts=f"""SELECT jsonb_build_object('advisor', e.name, 'who', {WHO.format(table="a")},
                         'undone_at', a.undone_at, 'undone_by', a.undone_by)
                    FROM customers_advisorattachment a JOIN accounts_employee e ON e.id = a.advisor_id
                   WHERE a.id = found.id""",  # noqa: S608 - as above
        told=_attachment,
    )
)
timeline_kinds.add(
    TimelineKind(
        code="households",
        title=_("Household"),
        icon="users",
        # Coming and leaving are two items of one row.
        source="customers_householdmember t, LATERAL (VALUES (0, t.since), (1, t.left_on)) side(number, on_day)",
        id="t.id * 2 + side.number",
        at=day_at("side.on_day"),
        where="side.on_day IS NOT NULL",
        facts=f"""SELECT jsonb_build_object('left', found.id % 2 = 1, 'who', {WHO.format(table="h")}, 'others',
                         (SELECT jsonb_agg(c.full_name ORDER BY c.full_name) FROM customers_householdmember o
                            JOIN customers_customer c ON c.id = o.customer_id AND c.merged_into_id IS NULL
                           WHERE o.household_id = h.household_id AND o.customer_id <> h.customer_id))
                    FROM customers_householdmember h WHERE h.id = found.id / 2""".replace("%", "%%"),  # noqa: S608 - as above
        told=_household,
    )
)
timeline_kinds.add(
    TimelineKind(
        code="files",
        title=_("Photos and documents"),
        icon="photo",
        source="customers_customerfile t",
        at="t.at",
        facts=file_facts("customers_customerfile"),
        told=file_told,
    )
)
timeline_kinds.add(
    TimelineKind(
        code="edits",
        title=_("Changes of the card"),
        icon="history",
        source="(SELECT id, at, subject_id::bigint AS customer_id FROM accounts_auditrecord"
        " WHERE subject = 'customer' AND subject_id = %(subject)s::text"
        " AND action IN ('create', 'change')) t",
        at="t.at",
        facts=f"""SELECT jsonb_build_object('action', c.action, 'who', {WHO.format(table="c")},
                         'fields', coalesce(c.fields, jsonb_build_object()), 'advisors',
                         (SELECT jsonb_object_agg(e.id, e.name) FROM accounts_employee e
                           WHERE e.id::text IN (c.fields #>> '{{advisor_id,0}}', c.fields #>> '{{advisor_id,1}}')))
                    FROM accounts_auditrecord c WHERE c.id = found.id""",  # noqa: S608 - as above
        told=edit_told,
        quiet=True,
    )
)
