"""The decision of a night as a usual CRM makes it: car by car, each with its own indexed queries.

One connection, prepared statements, no ORM, rules in plain Python. It asks what a car needs and nothing
that its answers do not need. Medians of models and means of branches are computed before its clock starts.
The room of branches is left out: it needs everybody's place in the queue.
"""

import calendar
import hashlib
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import psycopg
from django.db import connection

from benchmarks import night_rows_queries as queries
from benchmarks.night_postgres import SCHEMA, small_tables
from vernost.invitations.queries.decisions import Question

SAMPLE = 2000
COLUMNS = ("programme", "vehicle_id", "customer_id", "anchor", "due_on", "reason", "value")
FOREVER = date(9999, 12, 31)
FAR = timedelta(days=3650)

Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Rows:
    """The answers for the sample, and what one car of it took. `vehicles` are those of the whole base."""

    answers: list[Row]
    sample: list[int]
    seconds_a_vehicle: float
    vehicles: int


def decide(question: Question) -> Rows:
    """Decide for cars chosen evenly by id, over the tables that `night_postgres.laid_out` keeps."""
    parameters = connection.get_connection_params()
    wanted = {key: parameters[key] for key in ("host", "port", "user", "password", "dbname") if parameters.get(key)}
    with psycopg.connect(**wanted, autocommit=True, prepare_threshold=0) as session:
        session.execute(f"SET search_path = {SCHEMA}")
        ids = [row[0] for row in session.execute("SELECT vehicle_id FROM vehicles ORDER BY vehicle_id")]
        sample = ids[:: max(1, len(ids) // SAMPLE)][:SAMPLE]
        night = _Night(session, question)
        started = time.perf_counter()
        answers = [answer for car in sample for answer in night.answers(car)]
        seconds = time.perf_counter() - started
    return Rows(answers, sample, seconds / len(sample), len(ids))


def _later(day: date, months: int) -> date:
    """Add calendar months; the day is cut to the month's last one."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def _first(*days: date | None) -> date | None:
    return min((day for day in days if day is not None), default=None)


@dataclass(slots=True)
class _Car:
    """What the queries said of one car. A sale is (day, kind of its deal, buyer)."""

    id: int
    row: Row
    owners: list[Row]
    visits: list[Row]
    deals: list[Row]
    sale: Row | None
    ended: bool
    readings: list[Row]
    rate: int
    branch_id: int | None

    @property
    def last_visit_on(self) -> date | None:
        return self.visits[0][0] if self.visits else None

    def sold_to(self, customer_id: int, owned_from: date | None) -> bool:
        if self.sale is None:
            return False
        on, _kind, buyer = self.sale
        return bool(buyer == customer_id if buyer is not None else owned_from is None or owned_from <= on)

    def mark_day(self, mark: int | None, day: date) -> date | None:
        """Return the day on which the odometer shows the mark."""
        if mark is None or not self.readings:
            return None
        on, km = self.readings[-1][:2]
        if mark <= km:
            found = on
        elif self.rate > 0:
            found = on + timedelta(days=min(((mark - km) * 1000 + self.rate - 1) // self.rate, 100_000))
        else:
            return None
        return found if found <= day + FAR else None


class _Night:
    def __init__(self, session: psycopg.Connection[Row], question: Question) -> None:
        self.session = session
        self.day = question.as_of
        small = {name: table.to_pylist() for name, table in small_tables(question).items()}
        self.programmes = {row["programme"]: row for row in small["programmes"]}
        self.seasons = [row for row in small["seasons"] if row["starts_on"] <= self.day <= row["ends_on"]]
        known = {"day": f"{self.day}"}
        # The medians are asked once and not counted: literals, since nothing of it is worth preparing.
        with psycopg.ClientCursor(session) as cursor:
            self.rates = {row[:2]: row[2] for row in cursor.execute(queries.MODELS, known).fetchall()}
            self.means = {row[0]: row[1:] for row in cursor.execute(queries.MEANS, known).fetchall()}

    def ask(self, query: str, **values: Any) -> list[Row]:  # noqa: ANN401 - parameters of a query
        # The day is one and the same in the whole night: a literal, as DATE literals want it.
        text = query.replace("%(day)s", f"'{self.day}'")
        return self.session.execute(text, values, prepare=True).fetchall()

    def answers(self, vehicle_id: int) -> list[Row]:
        car = self._car(vehicle_id)
        if car is None:
            return []
        found = [
            (code, customer_id, anchor, due_on)
            for customer_id, owned_from in car.owners
            for code, anchor, due_on, expires_on in self._due(car, customer_id, owned_from)
            if self._in_window(code, due_on, expires_on)
        ]
        return self._judged(car, found) if found else []

    def _in_window(self, code: str, due_on: date, expires_on: date | None) -> bool:
        programme = self.programmes[code]
        if due_on > self.day + timedelta(days=programme["lead_days"]):
            return False
        return (expires_on or due_on + timedelta(days=programme["grace_days"])) >= self.day

    def _car(self, vehicle_id: int) -> _Car | None:
        row = self.ask(queries.CAR, car=vehicle_id)[0]
        owners = [] if row[-1] else self.ask(queries.OWNERS, car=vehicle_id)
        if not owners:
            return None
        visits, deals = self.ask(queries.VISITS, car=vehicle_id), self.ask(queries.DEALS, car=vehicle_id)
        readings = self.ask(queries.READINGS, car=vehicle_id)
        branch_id = visits[0][5] if visits and visits[0][5] is not None else row[8]
        sale = self._sale(row, deals)
        ended = self._ended(vehicle_id, owners, deals)
        rate = self._rate(row, readings)
        return _Car(vehicle_id, row, owners, visits, deals, sale, ended, readings, rate, branch_id)

    def _sale(self, row: Row, deals: Sequence[Row]) -> Row | None:
        for kind, status, customer_id, _opened_on, closed_on in deals:
            if status == "won" and kind in {"new", "used"} and closed_on is not None and closed_on <= self.day:
                return closed_on, kind, customer_id
        sold_on, sold_by_us = row[6:8]
        return (sold_on, None, None) if sold_by_us and sold_on is not None and sold_on <= self.day else None

    def _ended(self, vehicle_id: int, owners: Sequence[Row], deals: Sequence[Row]) -> bool:
        told = [on for (on,) in self.ask(queries.SOLD, car=vehicle_id)]
        for customer_id, owned_from in owners:
            traded = [
                closed_on
                for kind, status, seller, _opened_on, closed_on in deals
                if status == "won" and kind == "trade_in" and seller == customer_id
            ]
            ends = [on for on in (*told, *traded) if on is not None and on <= self.day]
            if any(owned_from is None or on >= owned_from for on in ends):
                return True
        return False

    def _rate(self, row: Row, readings: Sequence[Row]) -> int:
        oldest = (self.day - date(1970, 1, 1)).days - 730
        inside = [reading for reading in readings if reading[4] is not None and reading[4] >= oldest]
        days = sum(reading[3] - reading[4] for reading in inside)
        km = sum(reading[1] - reading[5] for reading in inside)
        typical = self.rates.get((row[2], row[3])) or self.rates[None, None] or 41_000
        rate: int = (2 * (km * 1000 + 180 * typical) + days + 180) // (2 * (days + 180))
        return rate

    def _due(
        self, car: _Car, customer_id: int, owned_from: date | None
    ) -> Iterator[tuple[str, str, date, date | None]]:
        """Yield programme, anchor, due day and the day it expires on where that is not the grace's end."""
        yield from self._next_service(car)
        yield from self._warranty(car)
        yield from self._recalled(car)
        yield from self._deferred(car)
        yield from self._seasonal(car, customer_id)
        last = car.last_visit_on
        if last is not None and not car.ended and not (owned_from is not None and last < owned_from):
            yield "lost", f"visit:{last}", _later(last, 12), None
        if car.sale is None or not car.sold_to(customer_id, owned_from):
            return
        sale_on = car.sale[0]
        anchor = f"sale:{sale_on}"
        yield "courtesy", anchor, sale_on + timedelta(days=3), None
        if last is None or last <= sale_on:
            yield "first_service", anchor, sale_on + timedelta(days=30), None
        if not any(self._stands(deal) for deal in car.deals):
            yield "repurchase", anchor, _later(sale_on, 36), None

    def _stands(self, deal: Row) -> bool:
        _kind, status, _customer_id, opened_on, closed_on = deal
        if opened_on is None or opened_on > self.day:
            return opened_on is None and status == "open"
        return bool(status == "open" or (closed_on is not None and closed_on > self.day))

    def _next_service(self, car: _Car) -> Iterator[tuple[str, str, date, None]]:
        done = next((visit for visit in car.visits if visit[1] == "maintenance"), None)
        if done is not None:
            since_on, _kind, opened_on, mileage_km, ref, _branch = done
            trusted = any(one[2] and one[0] == opened_on and one[1] == mileage_km for one in car.readings)
            anchor, since_km = f"order:{ref}", mileage_km if trusted else None
        else:
            sale = car.sale or (car.row[6], None, None)
            since_on, kind = sale[:2]
            if since_on is None or since_on > self.day:
                return
            year = car.row[5]
            new = kind == "new" if kind is not None else year is None or year >= since_on.year - 1
            anchor, since_km = f"sale:{since_on}", 0 if new else None
        months, km = self._interval(car, first=done is None)
        by_months = _later(since_on, months)
        by_km = car.mark_day(None if since_km is None else since_km + km, self.day)
        due_on = _first(by_months if by_months <= self.day + FAR else None, by_km)
        if due_on is not None:
            yield "next_service", anchor, due_on, None

    def _interval(self, car: _Car, *, first: bool) -> tuple[int, int]:
        make, model, engine, year = car.row[2:6]
        plans = self.ask(queries.PLAN, make=make, model=model, engine=engine, year=year)
        months, km, first_months, first_km = plans[0] if plans else (None, None, None, None)
        if first and first_months is not None:
            months = first_months
        if first and first_km is not None:
            km = first_km
        return 12 if months is None else months, 15_000 if km is None else km

    def _warranty(self, car: _Car) -> Iterator[tuple[str, str, date, None]]:
        until, km = car.row[9:11]
        due_on = _first(until, car.mark_day(km, self.day))
        if due_on is not None:
            yield "warranty_end", f"warranty:{until or ''}/{'' if km is None else km}", due_on, None

    def _recalled(self, car: _Car) -> Iterator[tuple[str, str, date, date]]:
        entries: dict[str, list[Row]] = {}
        for code, *rest in self.ask(queries.RECALLS, vin=car.row[1]):
            entries.setdefault(code, []).append(tuple(rest))
        for code, rows in entries.items():
            starts_on = _first(*(row[0] for row in rows))
            if starts_on is not None and not any(row[2] for row in rows):
                yield "recall", f"recall:{code}", starts_on, max(row[1] or FOREVER for row in rows)

    def _deferred(self, car: _Car) -> Iterator[tuple[str, str, date, None]]:
        declined = self.ask(queries.DECLINED, car=car.id)
        fresh = {line[0] for line in declined if line[6] >= self.day - timedelta(days=60)}
        if not fresh:
            return
        since = min(line[1] for line in declined if line[0] in fresh)
        done = self.ask(queries.DONE, car=car.id, since=since)
        due: dict[Row, date] = {}
        for line in declined:
            order_id, on, second, ref, code, name_key, line_due_on = line
            if order_id not in fresh:
                continue
            later = [one for one in done if one[0] != order_id and one[1] >= on]
            put_off = [one for one in declined if one[0] != order_id and one[1:4] > (on, second, ref)]
            names = [(one[2], one[3]) for one in later] + [(one[4], one[5]) for one in put_off]
            if not any(other == code if code and other else name == name_key for other, name in names):
                due[order_id, ref] = min(line_due_on, due.get((order_id, ref), FOREVER))
        for (_order_id, ref), due_on in due.items():
            yield "deferred_work", f"order:{ref}", due_on, None

    def _seasonal(self, car: _Car, customer_id: int) -> Iterator[tuple[str, str, date, date]]:
        for season in self.seasons:
            starts_on, category = season["starts_on"], season["category"]
            if category == "tyres" and any(visit[0] >= starts_on and visit[1] == "tyres" for visit in car.visits):
                continue
            if any(line[4] == category for line in self.ask(queries.DONE, car=car.id, since=starts_on)):
                continue
            _ref, blocked, *_rest = self.ask(queries.CUSTOMER, person=customer_id, branch=car.branch_id)[0]
            came = self.ask(queries.CAME, person=customer_id)
            if not blocked and came and came[0][0] >= self.day - timedelta(days=365):
                yield "seasonal", f"season:{season['code']}:{starts_on.year}", starts_on, season["ends_on"]

    def _judged(self, car: _Car, found: list[Row]) -> list[Row]:
        invited, drawn = self.ask(queries.INVITED, car=car.id), self.ask(queries.DRAWN, car=car.id)
        people = {customer_id: self._person(car, customer_id) for customer_id in {row[1] for row in found}}
        judged: list[Row] = []
        free = []
        for row in found:
            code, customer_id, anchor, due_on = row
            own = [one for one in invited if one[:2] == (code, anchor) and (one[2] == customer_id or one[3])]
            reason = self._reason(self.programmes[code], car, people[customer_id], invited=bool(own))
            if reason:
                judged.append((code, car.id, customer_id, anchor, due_on, reason, None))
            else:
                programme = self.programmes[code]
                free.append((programme["rank"], programme["place"], due_on, anchor, customer_id, code))
        for turn, (_rank, _place, due_on, anchor, customer_id, code) in enumerate(sorted(free)):
            reason, value = "outranked", None
            if turn == 0:
                cycle = next((one for one in drawn if one[:3] == (code, anchor, customer_id)), None)
                reason = self._drawn(self.programmes[code], people[customer_id][0], anchor, cycle)
                value = self._value(car, customer_id)
            judged.append((code, car.id, customer_id, anchor, due_on, reason, value))
        return judged

    def _person(self, car: _Car, customer_id: int) -> Row:
        """Return ref, blocked, consented, reachable, stopped, tired and busy."""
        ref, blocked, consented, reachable, stopped = self.ask(
            queries.CUSTOMER, person=customer_id, branch=car.branch_id
        )[0]
        words = self.ask(queries.WORDS, person=customer_id)
        made = [on for on, _never, counts in words if counts]
        tired = len(made) >= 4 or any(on >= self.day - timedelta(days=14) for on in made)
        busy = self.ask(queries.BUSY, car=car.id, person=customer_id)[0][0]
        return ref, blocked, consented, reachable, stopped or any(word[1] for word in words), tired, busy

    def _reason(self, programme: dict[str, Any], car: _Car, person: Row, *, invited: bool) -> str:
        _ref, blocked, consented, reachable, stopped, tired, busy = person
        recall, last = programme["is_recall"], car.last_visit_on
        cases = {
            "blocked": blocked,
            "not_owner": car.ended,
            "no_consent": programme["advertising"] and not consented,
            "no_contact": not reachable,
            "do_not_disturb": stopped,
            "open_appointment": busy,
            "visited_recently": not recall and last is not None and last >= self.day - timedelta(days=30),
            "already_invited": invited,
            "contacted_recently": not recall and tired,
        }
        return next((reason for reason, holds in cases.items() if holds), "")

    def _drawn(self, programme: dict[str, Any], customer_ref: str, anchor: str, cycle: Row | None) -> str:
        bucket, held_out = cycle[3:] if cycle else (None, False)
        if bucket is None and not programme["is_recall"]:
            text = f"{programme['programme']}|{customer_ref}|{anchor}"
            draw = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") % 10_000
            held_out = held_out or draw < programme["control_share"]
        return "held_out" if held_out else ""

    def _value(self, car: _Car, customer_id: int) -> int:
        came = self.ask(queries.CAME, person=customer_id)
        recent = self.ask(queries.MARGINS, person=customer_id)
        own_margin, own_days = sum(margin or 0 for _on, margin in recent), len({on for on, _margin in recent})
        mean_of = came[0][1] if came and came[0][1] is not None else car.branch_id
        margin, days = self.means.get(mean_of) or self.means[None]
        days = max(days, 1)
        numerator, denominator = own_margin * days + 3 * margin, days * (own_days + 3)
        rounded: int = (2 * abs(numerator) + denominator) // (2 * denominator)
        return rounded if numerator >= 0 else -rounded
