"""What is known of one customer beside his orders, and of the desk he is shown on: in one statement."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

from vernost.calls.queries import ground
from vernost.calls.queries.columns import fetched, joined
from vernost.calls.queries.ground import Ground
from vernost.calls.queries.works import OFFER, Offer, of_car, offer_in
from vernost.core.actor import Actor
from vernost.facts.models import VehicleState
from vernost.invitations.models import Invitation
from vernost.vehicles.models import Vehicle

# More contacts in ninety days nobody has.
CONTACTS_READ = 100
_OTHERS_READ = 10


@dataclass(frozen=True, slots=True)
class Answer:
    """`order` is the number of the order that it is about, empty where it is about none that the actor sees."""

    at: datetime
    on: date
    score: int
    text: str
    order: str


@dataclass(frozen=True, slots=True)
class Contact:
    """`who` made it; `of_invitation` None: of no invitation."""

    at: datetime
    on: date
    channel: str
    direction: str
    outcome: str
    text: str
    who: str
    of_invitation: int | None


@dataclass(frozen=True, slots=True)
class Visit:
    """An appointment; `at` in the zone of its branch."""

    at: datetime
    status: str
    branch: str


@dataclass(frozen=True, slots=True)
class Owned:
    """A car of his today, with what the odometer concluded of it."""

    car: Vehicle
    state: VehicleState | None


@dataclass(frozen=True, slots=True)
class Life:
    """What happened between him and us, the latest first. `due`: the best programme that waits for each of his cars.

    `at_home` are the days on which others of his household were contacted.
    """

    answers: Sequence[Answer]
    contacts: Sequence[Contact]
    visits: Sequence[Visit]
    due: Mapping[int, str]
    cars: Sequence[Owned]
    at_home: Sequence[date]


@dataclass(frozen=True, slots=True)
class Line:
    """What an operator was seen doing: a state of `rules.presence`, since when, and his page's last sign."""

    state: str
    since: datetime
    seen_at: datetime | None


@dataclass(frozen=True, slots=True)
class Around:
    """What the desk needs beside the customer: the rules' numbers, the refusals with their words, the operator."""

    ground: Ground
    reasons: Sequence[tuple[str, str]]
    line: Line | None


_ANSWERS = f"""
SELECT answer.answered_at AS at, answer.answered_on AS "on", answer.score, answer.text,
       coalesce(done.external_id, done.id::text, '') AS "order"
FROM care_surveyanswer answer
LEFT JOIN workshop_repairorder done
  ON done.id = answer.order_id AND (%(whole)s OR done.branch_id = ANY(%(branches)s))
WHERE answer.customer_id = %(customer)s ORDER BY answer.answered_at DESC, answer.id DESC LIMIT {_OTHERS_READ}
"""  # noqa: S608 - our own words
_CONTACTS = f"""
SELECT contact.at, contact."on", contact.channel, contact.direction, contact.outcome, contact.text,
       CASE WHEN caller.id IS NULL THEN coalesce(employee.name, '')
            ELSE coalesce(nullif(trim(concat(caller.first_name, ' ', caller.last_name)), ''), caller.username)
       END AS who,
       attempt.invitation_id AS of_invitation
FROM contacts_interaction contact
LEFT JOIN accounts_user caller ON caller.id = contact.user_id
LEFT JOIN accounts_employee employee ON employee.id = contact.employee_id
LEFT JOIN invitations_contactattempt attempt ON attempt.interaction_id = contact.id
WHERE contact.customer_id = %(customer)s ORDER BY contact.at DESC, contact.id DESC LIMIT {CONTACTS_READ}
"""  # noqa: S608 - as above
# The days of calls and messages to the others of his household, whom the gate counts with him.
_AT_HOME = """
SELECT contact."on"
FROM customers_householdmember own
JOIN customers_householdmember other
  ON other.household_id = own.household_id AND other.left_on IS NULL AND other.customer_id <> own.customer_id
JOIN contacts_interaction contact ON contact.customer_id = other.customer_id
WHERE own.customer_id = %(customer)s AND own.left_on IS NULL
  AND contact.direction = 'out' AND contact.channel IN ('call', 'sms', 'email', 'messenger')
"""
_VISITS = f"""
SELECT booked.starts_at AS at, booked.status, coalesce(branch.name, '') AS branch, branch.timezone
FROM workshop_appointment booked
LEFT JOIN accounts_branch branch ON branch.id = booked.branch_id
WHERE booked.customer_id = %(customer)s AND booked.status <> 'held'
  AND (%(whole)s OR booked.branch_id = ANY(%(branches)s))
ORDER BY booked.starts_at DESC, booked.id DESC LIMIT {_OTHERS_READ}
"""  # noqa: S608 - as above
_DUE = """
SELECT DISTINCT ON (waiting.vehicle_id) waiting.vehicle_id, programme.title
FROM invitations_invitation waiting JOIN invitations_programme programme ON programme.id = waiting.programme_id
WHERE waiting.customer_id = %(customer)s AND waiting.state = 'queued' AND waiting.vehicle_id IS NOT NULL
  AND (%(whole)s OR waiting.branch_id = ANY(%(branches)s))
ORDER BY waiting.vehicle_id, waiting.value DESC, waiting.id
"""
_CARS = """
SELECT car.id, car.make, car.model, car.year, car.engine, car.plate, car.vin, to_json(state) AS state
FROM vehicles_ownership owned JOIN vehicles_vehicle car ON car.id = owned.vehicle_id
LEFT JOIN facts_vehiclestate state ON state.vehicle_id = car.id
WHERE owned.customer_id = %(customer)s AND owned.owned_until IS NULL AND NOT car.scrapped
ORDER BY car.id
"""
_REASONS = "SELECT code, title FROM calls_declinereason WHERE active ORDER BY position, id"
_LINE = "SELECT state, since, seen_at FROM calls_operatorpresence WHERE user_id = %(user)s"

_LIFE = (_ANSWERS, _CONTACTS, _VISITS, _DUE, _CARS, _AT_HOME)
_AROUND = (_REASONS, _LINE)


def life_of(customer_id: int, *, actor: Actor) -> Life:
    return _life(fetched(joined(*_LIFE), _whose(customer_id, actor)))


def around(actor: Actor) -> Around:
    return _around(fetched(joined(*_AROUND, more=ground.COLUMNS), {"user": actor.user_id}))


def of_call(invitation: Invitation, *, actor: Actor) -> tuple[Life, Offer, Around]:
    """Return all that a call begins with, but for orders."""
    values = {**_whose(invitation.customer_id, actor), **of_car(invitation.vehicle), "user": actor.user_id}
    row = iter(fetched(joined(*_LIFE, *OFFER, *_AROUND, more=ground.COLUMNS), values))
    life, offer = _life(list(islice(row, len(_LIFE)))), offer_in(*islice(row, len(OFFER)))
    return life, offer, _around(list(row))


def _whose(customer_id: int, actor: Actor) -> dict[str, Any]:
    whole = actor.branch_ids is None
    return {"customer": customer_id, "whole": whole, "branches": sorted(actor.branch_ids or ())}


def _life(columns: Sequence[Any]) -> Life:
    answers, contacts, visits, due, cars, at_home = columns
    return Life(
        [Answer(**{**row, **_when(row)}) for row in answers],
        [Contact(**{**row, **_when(row)}) for row in contacts],
        [_visit(**row) for row in visits],
        {row["vehicle_id"]: row["title"] for row in due},
        [_owned(**row) for row in cars],
        [date.fromisoformat(row["on"]) for row in at_home],
    )


# The columns of a car's state that are no days.
_NUMBERS = {"vehicle_id", "last_reading_km", "rate_m_per_day"}


def _owned(*, state: Mapping[str, Any] | None, **car: Any) -> Owned:  # noqa: ANN401 - the columns of `_CARS`
    if state is None:
        return Owned(Vehicle(**car), None)
    known = {
        name: value if value is None or name in _NUMBERS else date.fromisoformat(value) for name, value in state.items()
    }
    return Owned(Vehicle(**car), VehicleState(**known))


def _when(row: Mapping[str, Any]) -> dict[str, Any]:
    return {"at": datetime.fromisoformat(row["at"]), "on": date.fromisoformat(row["on"])}


def _visit(*, at: str, status: str, branch: str, timezone: str | None) -> Visit:
    moment = datetime.fromisoformat(at)
    return Visit(moment.astimezone(ZoneInfo(timezone)) if timezone else moment, status, branch)


def _around(columns: Sequence[Any]) -> Around:
    reasons, lines, *grounds = columns
    return Around(
        ground.found_in(grounds),
        [(row["code"], row["title"]) for row in reasons],
        next((_line(**row) for row in lines), None),
    )


def _line(*, state: str, since: str, seen_at: str | None) -> Line:
    return Line(state, datetime.fromisoformat(since), datetime.fromisoformat(seen_at) if seen_at else None)
