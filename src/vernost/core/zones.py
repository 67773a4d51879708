"""Time zones of Russia as people name them: by the city and its distance from Moscow's clock."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from django.utils.translation import gettext

from vernost.core.i18n import _

# From west to east; those below the twelve share a clock with one of them, and come with imports.
CITIES = {
    "Europe/Kaliningrad": _("Kaliningrad"),
    "Europe/Moscow": _("Moscow"),
    "Europe/Samara": _("Samara"),
    "Asia/Yekaterinburg": _("Yekaterinburg"),
    "Asia/Omsk": _("Omsk"),
    "Asia/Novosibirsk": _("Novosibirsk"),
    "Asia/Krasnoyarsk": _("Krasnoyarsk"),
    "Asia/Irkutsk": _("Irkutsk"),
    "Asia/Yakutsk": _("Yakutsk"),
    "Asia/Vladivostok": _("Vladivostok"),
    "Asia/Magadan": _("Magadan"),
    "Asia/Kamchatka": _("Kamchatka"),
}
_OTHERS = {
    "Europe/Simferopol": _("Simferopol"),
    "Europe/Kirov": _("Kirov"),
    "Europe/Volgograd": _("Volgograd"),
    "Europe/Saratov": _("Saratov"),
    "Europe/Astrakhan": _("Astrakhan"),
    "Europe/Ulyanovsk": _("Ulyanovsk"),
    "Asia/Barnaul": _("Barnaul"),
    "Asia/Tomsk": _("Tomsk"),
    "Asia/Novokuznetsk": _("Novokuznetsk"),
    "Asia/Chita": _("Chita"),
    "Asia/Sakhalin": _("Sakhalin"),
}
_NAMES = {**CITIES, **_OTHERS}


def zone(code: str | None) -> str:
    """Write Екатеринбург, UTC+5; a code that nobody here knows stays as it is."""
    if not code:
        return ""
    name = _NAMES.get(code)
    return f"{gettext(name)}, UTC{_hours(code):+g}" if name else code


def _hours(code: str) -> float:
    # Zones of Russia have no summer time: any moment will do.
    offset = datetime.now(UTC).astimezone(ZoneInfo(code)).utcoffset()
    return offset.total_seconds() / 3600 if offset else 0.0
