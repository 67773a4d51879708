"""The numbers of the rules that a manager can change; the defaults are those of the business."""

from collections.abc import Mapping
from dataclasses import Field, dataclass, field, fields
from typing import Any

from vernost.core.errors import DomainError
from vernost.core.i18n import _


class SettingRefused(DomainError):
    code = "setting_refused"
    text = _("%(label)s: a value from %(minimum)s to %(maximum)s is expected")


def _number(default: int, label: str, minimum: int, maximum: int, *, scale: int = 1) -> int:
    """`scale`: how many of what is kept make one of what people read and write."""
    about = {"label": label, "minimum": minimum, "maximum": maximum, "scale": scale}
    number: int = field(default=default, metadata=about)
    return number


@dataclass(frozen=True, slots=True)
class RuleSettings:
    """One installation's numbers. `odometer_default_m_per_day` in metres; percents in whole per cent."""

    sleep_after_days: int = _number(365, _("Days without a visit after which a customer sleeps"), 30, 3650)
    loyal_visits: int = _number(3, _("Visit days that make a customer loyal"), 2, 50)
    loyal_window_days: int = _number(730, _("Days in which they count"), 30, 3650)

    rfm_window_days: int = _number(1095, _("Days of visits that RFM looks at"), 30, 3650)
    abc_window_days: int = _number(365, _("Days of orders that ABC looks at"), 30, 3650)
    abc_a_percent: int = _number(75, _("Share of the total that makes class A, %"), 1, 99)
    abc_b_percent: int = _number(95, _("Share of the total up to which class B goes, %"), 1, 100)

    risk_days: int = _number(3650, _("Days for which an order or an answer stays a point of risk"), 1, 3650)
    risk_warranty_lead_days: int = _number(60, _("End of warranty: days before it"), 0, 365)
    risk_repeat_days: int = _number(30, _("Repeat repair: days after the one before"), 1, 365)
    risk_repeat_km: int = _number(2000, _("Repeat repair: km after the one before"), 1, 100_000)
    risk_score: int = _number(6, _("Low satisfaction: greatest score of a survey"), 0, 10)
    risk_warranty_cases: int = _number(3, _("Frequent warranty cases: how many"), 1, 50)
    risk_warranty_days: int = _number(365, _("Frequent warranty cases: in so many days"), 30, 3650)
    risk_body_roubles: int = _number(150_000, _("Expensive body repair, roubles"), 0, 100_000_000)
    risk_repair_roubles: int = _number(80_000, _("Expensive repair after the warranty, roubles"), 0, 100_000_000)
    risk_age_from: int = _number(4, _("Age of a car at risk: from, years"), 0, 50)
    risk_age_to: int = _number(5, _("Age of a car at risk: to, years"), 0, 50)
    risk_event_days: int = _number(90, _("Days for which an event of a car is a risk"), 1, 365)

    odometer_max_km_per_day: int = _number(1000, _("Greatest believable mileage in a day, km"), 100, 5000)
    odometer_cluster_readings: int = _number(2, _("Further readings that bear out a changed cluster"), 1, 10)
    odometer_window_days: int = _number(730, _("Days of readings that make the daily mileage"), 90, 3650)
    odometer_prior_days: int = _number(180, _("Weight of the model's median mileage, days"), 0, 3650)
    odometer_model_vehicles: int = _number(30, _("Vehicles that a model needs for a median of its own"), 1, 10_000)
    odometer_default_m_per_day: int = _number(
        41_000, _("Daily mileage where nothing is known, km"), 0, 1_000_000, scale=1000
    )

    default_interval_allowed: bool = field(
        default=True, metadata={"label": _("Invite to maintenance without a plan of the maker")}
    )
    default_interval_months: int = _number(12, _("Maintenance interval without a plan, months"), 1, 120)
    default_interval_km: int = _number(15_000, _("Maintenance interval without a plan, km"), 1000, 200_000)

    visited_recently_days: int = _number(30, _("Days after a visit in which nobody is invited"), 0, 365)
    contact_quiet_days: int = _number(14, _("Days of quiet after a contact"), 0, 365)
    contact_window_days: int = _number(90, _("Days over which contacts are counted"), 1, 730)
    contact_window_count: int = _number(4, _("Contacts in these days that are enough"), 1, 100)

    tyre_categories: tuple[str, ...] = field(
        default=("tyres",), metadata={"label": _("Categories of lines that are tyre work")}
    )
    air_conditioning_categories: tuple[str, ...] = field(
        default=("air_conditioning",), metadata={"label": _("Categories of lines that are air conditioning work")}
    )

    merge_automatically: bool = field(
        default=False,
        metadata={
            "label": _("Merge cards of one customer by itself where there is no doubt"),
            "right": "settings.merging",
        },
    )

    keep_strangers_days: int = _number(365, _("Keep who never became a customer, days"), 30, 36_500)
    keep_gone_days: int = _number(1825, _("Keep customers after their last visit, days"), 365, 36_500)
    keep_words_days: int = _number(1095, _("Keep notes of calls and words of surveys, days"), 30, 36_500)
    keep_quarantine_days: int = _number(90, _("Keep rows of imports that were not taken, days"), 1, 3650)

    booking_percent: int = _number(35, _("Share of open invitations that will book, %"), 0, 100)
    full_percent: int = _number(90, _("Booked share at which a week is full, %"), 1, 200)

    lease_minutes: int = _number(15, _("Minutes for which an operator keeps a customer"), 1, 240)
    attempt_cost: int = _number(40, _("Cost of an attempt to contact a customer, roubles"), 0, 100_000)
    minutes_per_attempt: int = _number(4, _("Minutes of an operator for an attempt"), 1, 60)
    base_visit_percent: int = _number(15, _("Invitations that end in a visit, before there is history, %"), 0, 100)
    base_attempts_tenths: int = _number(
        20, _("Attempts an invitation takes, before there is history"), 1, 200, scale=10
    )


def rights_to_change() -> dict[str, str]:
    """Return the rights that some settings ask for beside that to change settings, by name."""
    return {each.name: each.metadata["right"] for each in fields(RuleSettings) if "right" in each.metadata}


def settings_of(stored: Mapping[str, Any]) -> RuleSettings:
    """Read the settings from what is stored under their names; a missing one has its default."""
    known = {each.name: each for each in fields(RuleSettings)}
    return RuleSettings(**{name: _read(known[name], value) for name, value in stored.items() if name in known})


def check_setting(name: str, value: Any) -> Any:  # noqa: ANN401 - the type is that of the field
    """Return the value as the settings hold it, or raise SettingRefused."""
    setting = next(each for each in fields(RuleSettings) if each.name == name)
    read = _read(setting, value)
    if "minimum" in setting.metadata and not setting.metadata["minimum"] <= read <= setting.metadata["maximum"]:
        raise SettingRefused(**setting.metadata)
    return read


def _read(setting: Field[Any], value: Any) -> Any:  # noqa: ANN401 - as above
    if isinstance(setting.default, tuple):
        return tuple(str(each).strip().lower() for each in value)
    kind: type[Any] = type(setting.default)
    return kind(value)
