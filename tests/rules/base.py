"""A small base in memory for tests of set rules: rows by table, everything left out is null or a plain default."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from ibis.backends.duckdb import Backend

from vernost import facts
from vernost.accounts.rules import RuleSettings
from vernost.config.registries import load_fact_tables
from vernost.contacts.rules import MessageClass
from vernost.facts import derived
from vernost.facts.backend import Engine
from vernost.invitations import kinds
from vernost.invitations.queries import decisions
from vernost.invitations.queries.plans import Plan, Planned
from vernost.invitations.rules.known import Known
from vernost.invitations.rules.programme import ProgrammeRule

load_fact_tables()
kinds.discover()

TODAY = date(2026, 11, 30)
# The definitions of a question are put together once, as for `why`: most tests ask the same of other rows.
_plans: dict[str, Plan] = {}


@dataclass
class Base:
    rows: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def add(self, table: str, **columns: Any) -> "Base":
        self.rows.setdefault(table, []).append(columns)
        return self

    def car(
        self, vehicle_id: int = 1, *, owner: int | None = 10, owned_from: date | None = None, **columns: Any
    ) -> "Base":
        plain = {
            "ref": f"V-{vehicle_id}",
            "vin": "",
            "make_key": "lada",
            "model_key": "vesta",
            "engine_key": "",
            "sold_by_us": False,
            "scrapped": False,
        }
        self.add("vehicles", vehicle_id=vehicle_id, **plain | columns)
        if owner is not None:
            self.add("ownerships", vehicle_id=vehicle_id, customer_id=owner, owned_from=owned_from)
        return self

    def customer(self, customer_id: int = 10, **columns: Any) -> "Base":
        return self.add("customers", customer_id=customer_id, **{"ref": f"C-{customer_id}", "timezone": ""} | columns)

    def deal(self, on: date | None, *, vehicle_id: int = 1, **columns: Any) -> "Base":
        number = len(self.rows.get("deals", [])) + 1
        plain = {"deal_id": number, "ref": f"D-{number}", "status": "won", "kind": "new", "opened_on": on}
        return self.add("deals", vehicle_id=vehicle_id, closed_on=on, **plain | columns)

    def visit(self, on: date, *, vehicle_id: int | None = 1, **columns: Any) -> "Base":
        """A counted order, in every table that shows it; `mileage_km` also gives an accepted reading."""
        number = len(self.rows.get("orders", [])) + 1
        plain: dict[str, Any] = {
            "order_id": number,
            "ref": f"O-{number}",
            "customer_id": 10,
            "branch_id": None,
            "kind": "repair",
            "closed_second": 0,
            "mileage_km": None,
            "revenue": 0,
            "margin": 0,
            "opened_on": on,
        }
        plain |= columns
        self.add("orders", vehicle_id=vehicle_id, closed_on=on, status="closed", **plain)
        self.add("visits", vehicle_id=vehicle_id, on=on, **plain)
        self.add(
            "vehicle_visits", vehicle_id=vehicle_id, on=on, **{k: v for k, v in plain.items() if k != "advisor_id"}
        )
        if plain["mileage_km"]:
            self.reading(plain["opened_on"], plain["mileage_km"], vehicle_id=vehicle_id)
        return self

    def line(self, name: str = "work", **columns: Any) -> "Base":
        """A line of the order added last."""
        order = self.rows["orders"][-1]
        number = sum(line["order_id"] == order["order_id"] for line in self.rows.get("lines", [])) + 1
        plain = {
            "line_no": number,
            "order_id": order["order_id"],
            "vehicle_id": order["vehicle_id"],
            "customer_id": order["customer_id"],
            "on": order["closed_on"],
            "code": "",
            "name": name,
            "name_key": name.lower(),
            "category_key": "",
            "amount": 100,
            "declined": False,
            "order_kind": order["kind"],
        }
        return self.add("lines", **plain | columns)

    def reading(self, on: date, km: int, *, vehicle_id: int | None = 1) -> "Base":
        day = on.toordinal() - date(1970, 1, 1).toordinal()
        before = [row for row in self.rows.get("readings", []) if row["vehicle_id"] == vehicle_id]
        return self.add(
            "readings",
            vehicle_id=vehicle_id,
            on=on,
            day=day,
            km=km,
            order_ids="",
            accepted=True,
            chain=0,
            in_last_chain=True,
            previous_day=before[-1]["day"] if before else None,
            previous_km=before[-1]["km"] if before else None,
            suspect_reason="",
        )

    def known(self, as_of: date = TODAY, settings: RuleSettings | None = None) -> Known:
        return Known(facts.of_rows(self.rows, built=True), as_of, settings or RuleSettings())

    def pairs(
        self, code: str, as_of: date, settings: RuleSettings | None, params: dict[str, Any], *, explains: bool
    ) -> list[dict[str, Any]]:
        """Return the pairs that a kind finds, and with `explains` those that are none."""
        kind, con = kinds.kinds[code], facts.of_rows(self.rows, built=True)
        keep = _keep(con, as_of, code, settings, params, explains)
        known = Known(con, as_of, settings or RuleSettings(), keep=keep, explains=explains)
        due = keep("due", lambda: kind.due(known, kind.Params(**params)))
        found: list[dict[str, Any]] = due.to_pyarrow().to_pylist()
        return found


def due(
    base: Base, code: str, as_of: date = TODAY, *, settings: RuleSettings | None = None, **params: Any
) -> list[dict[str, Any]]:
    """The pairs that a kind finds, in order of car and anchor; the lead and grace are not asked."""
    rows = base.pairs(code, as_of, settings, params, explains=False)
    dropped = ("left_out", "due_from", "due_to")
    found = [{name: row[name] for name in row if name not in dropped} for row in rows if row["left_out"] is None]
    return sorted(found, key=lambda row: (row["vehicle_id"] or 0, row["anchor"]))


def left_out(
    base: Base, code: str, as_of: date = TODAY, *, settings: RuleSettings | None = None, **params: Any
) -> list[str]:
    """Why cars are no pairs, in order of car."""
    rows = base.pairs(code, as_of, settings, params, explains=True)
    found = sorted((row for row in rows if row["left_out"]), key=lambda row: row["vehicle_id"])
    assert {row["left_out"] for row in found} <= set(kinds.kinds[code].left_out)
    return [row["left_out"] for row in found]


def days(rows: list[dict[str, Any]]) -> list[tuple[int, date, str]]:
    return [(row["vehicle_id"], row["due_on"], row["anchor"]) for row in rows]


def rule(kind: str, **changes: Any) -> ProgrammeRule:
    """A programme with the defaults of its kind, without a control group."""
    found = kinds.kinds[kind]
    params = changes.pop("params", {})
    plain: dict[str, Any] = {
        "code": kind,
        "lead_days": found.lead_days,
        "grace_days": found.grace_days,
        "message_class": MessageClass(found.message_class),
        "rank": found.rank,
        "control_share": 0,
    }
    return ProgrammeRule(kind=kind, params=found.Params(**params), **plain | changes)


def decide(
    base: Base,
    *rules: ProgrammeRule,
    as_of: date = TODAY,
    settings: RuleSettings | None = None,
    branch_days: dict[tuple[int, date], int] | None = None,
) -> list[dict[str, Any]]:
    """Every candidate with its answer, in order of programme, car and anchor: the same by loops and definitions."""
    question = decisions.Question(as_of, rules, settings or RuleSettings(), branch_days or {})
    con = facts.of_rows(base.rows, built=True)
    # What the loops keep is temporary, and a cursor does not see it.
    apart = Engine.from_connection(con.con.cursor())
    found = answers(decisions.decide(con, question))
    keep = _keep(apart, as_of, rules, settings)
    assert found == answers(decisions.by_definition(apart, question, keep=keep))
    return found


def _keep(con: Backend, as_of: date, *asked: object) -> Planned:
    plan = _plans.setdefault(repr((as_of, *asked)), {}) if derived.all_hold(con, as_of) else {}
    return Planned(con, plan, seeds={}, apart={"full"})


def answers(decision: decisions.Decision) -> list[dict[str, Any]]:
    rows = decision.rows.to_pyarrow().to_pylist()
    return sorted(rows, key=lambda row: (row["programme"], row["seat"], row["anchor"], row["customer_id"]))


def reasons(rows: list[dict[str, Any]]) -> list[tuple[str, int | None, str]]:
    return [(row["programme"], row["vehicle_id"], row["reason"]) for row in rows]
