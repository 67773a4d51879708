"""The decision of a night with vectorised pandas: what a good analyst would write over the same mirror.

It reads the columns that it needs (days as whole numbers, rows filtered where one column decides), then
works in frames: no loop over rows but the one over a hash that numpy does not have. It answers for the
nine standing programmes with the standard settings, as `night.sql` does.
"""

import hashlib
import time
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
import pyarrow as pa
from ibis.backends.duckdb import Backend
from numpy.typing import NDArray

from benchmarks.night_postgres import small_tables
from vernost.invitations.queries.decisions import Question

NONE = -1_000_000
"""The day number of no day."""
FAR = 3650
FOREVER = 2_932_896
CALL_CHANNELS = "'call', 'sms', 'email', 'messenger'"

# pandas brings no types along.
Frame: TypeAlias = Any
Days = NDArray[np.int64]


def decide(con: Backend, question: Question) -> tuple[float, pa.Table]:
    """Return the seconds, reading included, and the answers."""
    started = time.perf_counter()
    answers = _Night(con, question).answers()
    return time.perf_counter() - started, answers


def _later(days: Days, months: Any) -> Days:  # noqa: ANN401 - a number or an array of them
    """Add calendar months; the day is cut to the month's last one."""
    day = days.astype("datetime64[D]")
    month = day.astype("datetime64[M]")
    of_month = (day - month.astype("datetime64[D]")).astype(np.int64)
    goal = month + np.asarray(months).astype("timedelta64[M]")
    length = ((goal + 1).astype("datetime64[D]") - goal.astype("datetime64[D]")).astype(np.int64)
    shown: Days = goal.astype("datetime64[D]").astype(np.int64) + np.minimum(of_month, length - 1)
    return shown


def _text(days: Days) -> NDArray[Any]:
    return np.datetime_as_string(days.astype("datetime64[D]")).astype(object)


def _half_up(numerator: Any, denominator: Any) -> Any:  # noqa: ANN401 - arrays of whole numbers
    return (2 * numerator + denominator) // (2 * denominator)


def _last(rows: Frame, key: str) -> Frame:
    """Return the last row of each key by day, second and id."""
    return rows.sort_values([key, "on", "closed_second", "ref"]).drop_duplicates(key, keep="last")


class _Night:
    def __init__(self, con: Backend, question: Question) -> None:
        self.con = con.con
        self.day = (question.as_of - question.as_of.replace(year=1970, month=1, day=1)).days
        self.small = {name: table.to_pandas() for name, table in small_tables(question).items()}

    def read(self, table: str, columns: str, where: str = "true") -> Frame:
        """Read columns; a name after a slash is a day, shown as its number."""
        listed = ", ".join(
            f'coalesce("{name[1:]}" - DATE \'1970-01-01\', {NONE})::BIGINT AS "{name[1:]}"'
            if name[0] == "/"
            else f'"{name}"'
            for name in columns.split()
        )
        frame: Frame = self.con.sql(f"SELECT {listed} FROM {table} WHERE {where}").to_arrow_table().to_pandas()  # noqa: S608 - columns of ours
        return frame

    def answers(self) -> pa.Table:
        self.vehicles = self.read(
            "vehicles",
            "vehicle_id ref vin make_key model_key engine_key year /sold_on sold_by_us branch_id"
            " /warranty_until warranty_km scrapped /scrapped_on",
        )
        self.visits = self.read(
            "vehicle_visits",
            "vehicle_id customer_id branch_id /on closed_second /opened_on order_id ref kind mileage_km margin",
            f"\"on\" - DATE '1970-01-01' <= {self.day}",
        )
        self.interactions = self.read("interactions", "customer_id vehicle_id /on channel direction outcome")
        self.deals = self.read("deals", "vehicle_id customer_id /opened_on /closed_on status kind ref")
        self._pairs()
        self._odometers()
        self._plans()
        judged = self._judged(self._candidates())
        return self._answered(judged)

    def _pairs(self) -> None:
        day, cars = self.day, self.vehicles
        gone = cars.scrapped.fillna(value=False).astype(bool) | ((cars.scrapped_on != NONE) & (cars.scrapped_on <= day))
        owners = self.read("ownerships", "vehicle_id customer_id /owned_from /owned_until")
        begun = (owners.owned_from == NONE) | (owners.owned_from <= day)
        owners = owners[begun & ((owners.owned_until == NONE) | (owners.owned_until > day))]
        brought = self.visits[self.visits.vehicle_id.notna()].astype({"vehicle_id": np.int64})
        self.brought = brought
        last = _last(brought[["vehicle_id", "on", "closed_second", "ref", "branch_id"]], "vehicle_id")
        last = last.rename(columns={"on": "last_visit_on", "branch_id": "last_branch_id"})
        sold = self.deals[(self.deals.status == "won") & self.deals.kind.isin(["new", "used"])]
        sold = sold[(sold.closed_on != NONE) & (sold.closed_on <= day) & sold.vehicle_id.notna()]
        sold = sold.sort_values(["vehicle_id", "closed_on", "ref"]).drop_duplicates("vehicle_id", keep="last")
        sold = sold.rename(columns={"closed_on": "sale_on", "kind": "deal_kind", "customer_id": "buyer_id"})
        sold = sold[["vehicle_id", "sale_on", "deal_kind", "buyer_id"]].astype({"vehicle_id": np.int64})
        own = cars[cars.sold_by_us.fillna(value=False).astype(bool) & (cars.sold_on != NONE) & (cars.sold_on <= day)]
        own = own[~own.vehicle_id.isin(sold.vehicle_id)][["vehicle_id", "sold_on"]].rename(
            columns={"sold_on": "sale_on"}
        )
        self.sales = pd.concat([sold, own])
        ended = self._ended(owners)
        pairs = cars[~gone].merge(owners, on="vehicle_id")
        pairs = pairs.merge(last[["vehicle_id", "last_visit_on", "last_branch_id"]], on="vehicle_id", how="left")
        pairs = pairs.merge(self.sales, on="vehicle_id", how="left")
        for name in ("last_visit_on", "sale_on"):
            pairs[name] = pairs[name].fillna(NONE).astype(np.int64)
        pairs["ended"] = pairs.vehicle_id.isin(ended)
        pairs["branch_id"] = pairs.last_branch_id.fillna(pairs.branch_id)
        since = (pairs.owned_from == NONE) | (pairs.owned_from <= pairs.sale_on)
        bought = pairs.buyer_id.notna() & (pairs.buyer_id == pairs.customer_id) | pairs.buyer_id.isna() & since
        pairs["sold_to_owner"] = (pairs.sale_on != NONE) & bought
        self.pairs = pairs

    def _ended(self, owners: Frame) -> NDArray[Any]:
        traded = self.deals[
            (self.deals.status == "won") & (self.deals.kind == "trade_in") & self.deals.vehicle_id.notna()
        ]
        traded = traded.rename(columns={"closed_on": "on"}).merge(owners, on=["vehicle_id", "customer_id"])
        events = self.read("vehicle_events", "vehicle_id /on", "kind = 'car_sold'")
        told = self.interactions[(self.interactions.outcome == "car_sold") & self.interactions.vehicle_id.notna()]
        told = pd.concat([told[["vehicle_id", "on"]], events]).merge(owners, on="vehicle_id")
        ends = pd.concat([traded[["vehicle_id", "on", "owned_from"]], told[["vehicle_id", "on", "owned_from"]]])
        ends = ends[(ends.on != NONE) & (ends.on <= self.day)]
        gone: NDArray[Any] = ends[(ends.owned_from == NONE) | (ends.on >= ends.owned_from)].vehicle_id.unique()
        return gone

    def _odometers(self) -> None:
        readings = self.read(
            "readings",
            "vehicle_id /on day km in_last_chain previous_day previous_km",
            f"accepted AND \"on\" - DATE '1970-01-01' <= {self.day}",
        )
        self.trusted = readings.loc[readings.in_last_chain.astype(bool), ["vehicle_id", "on", "km"]]
        last = readings.sort_values(["vehicle_id", "on", "km"]).drop_duplicates("vehicle_id", keep="last")
        last = last[["vehicle_id", "on", "km"]].rename(columns={"on": "last_on", "km": "last_km"})
        inside = readings[readings.previous_day >= self.day - 730]
        steps = pd.DataFrame(
            {
                "vehicle_id": inside.vehicle_id,
                "days": inside.day - inside.previous_day,
                "driven": inside.km - inside.previous_km,
            }
        )
        sums = steps.groupby("vehicle_id", as_index=False)[["days", "driven"]].sum()
        cars = self.vehicles[["vehicle_id", "make_key", "model_key"]].merge(last, on="vehicle_id", how="left")
        cars = cars.merge(sums, on="vehicle_id", how="left").fillna({"days": 0, "driven": 0})
        cars = cars.astype({"days": np.int64, "driven": np.int64})
        running = cars[cars.days > 0]
        running = running.assign(raw=_half_up(running.driven * 1000, running.days))
        models = running.groupby(["make_key", "model_key"], as_index=False).agg(
            of_model=("raw", "median"), n=("raw", "size")
        )
        models = models[models.n >= 30]
        base = np.floor(running.raw.median() + 0.5) if len(running) else 41_000
        cars = cars.merge(models, on=["make_key", "model_key"], how="left")
        typical = np.floor(cars.of_model + 0.5).fillna(base).astype(np.int64)
        cars["rate"] = _half_up(cars.driven * 1000 + 180 * typical, cars.days + 180)
        self.odometers = cars[["vehicle_id", "last_on", "last_km", "rate"]]

    def _mark_day(self, mark: Any, cars: Frame) -> Days:  # noqa: ANN401 - a column
        """Return the day on which each odometer shows its mark; NONE where it does not."""
        known = mark.notna() & cars.last_km.notna()
        missing = (mark.fillna(0).astype(np.int64) - cars.last_km.fillna(0).astype(np.int64)) * 1000
        rate = np.maximum(cars.rate, 1)
        days = np.where(missing > 0, np.where(cars.rate > 0, (missing + rate - 1) // rate, FAR * 100), 0)
        day = cars.last_on.fillna(0).astype(np.int64) + days
        found: Days = np.where(known & (day <= self.day + FAR), day, NONE)
        return found

    def _plans(self) -> None:
        plans = self.read(
            "plans",
            "plan_id make_key model_key engine_key year_from year_to interval_months interval_km first_months first_km"
            " labour_hundredths",
        ).rename(columns={"engine_key": "plan_engine"})
        cars = self.vehicles[["vehicle_id", "make_key", "model_key", "engine_key", "year"]].fillna({"year": 0})
        sort = ["make_key", "model_key", "engine_key", "year"]
        fits = cars[sort].drop_duplicates().merge(plans, on=["make_key", "model_key"])
        dated = fits.year_from.notna() | fits.year_to.notna()
        fits = fits[
            ((fits.plan_engine == "") | (fits.plan_engine == fits.engine_key))
            & ((fits.year != 0) | ~dated)
            & (fits.year_from.isna() | (fits.year_from <= fits.year))
            & (fits.year_to.isna() | (fits.year_to >= fits.year))
        ]
        fits = fits.assign(
            general=fits.plan_engine == "", start=-fits.year_from.fillna(0), end=fits.year_to.fillna(9999)
        )
        order = ["general", "start", "end", "interval_months", "interval_km", "plan_id"]
        best = fits.sort_values(sort + order).drop_duplicates(sort)
        self.plans = cars.merge(best, on=sort)[
            ["vehicle_id", "interval_months", "interval_km", "first_months", "first_km", "labour_hundredths"]
        ]

    def _next_service(self) -> Frame:
        day = self.day
        done = _last(self.brought[self.brought.kind == "maintenance"], "vehicle_id")
        trusted = self.trusted.drop_duplicates().rename(columns={"on": "opened_on", "km": "mileage_km"})
        done = done.merge(trusted.assign(trusted=True), on=["vehicle_id", "opened_on", "mileage_km"], how="left")
        done["since_km"] = done.mileage_km.where(done.trusted.notna())
        done = done.rename(columns={"on": "since_on"}).assign(first=False)
        done["anchor"] = "order:" + done.ref
        cars = self.vehicles[~self.vehicles.vehicle_id.isin(done.vehicle_id)].merge(
            self.sales, on="vehicle_id", how="left"
        )
        told = cars.sold_on.where((cars.sold_on != NONE) & (cars.sold_on <= day))
        cars["since_on"] = cars.sale_on.fillna(told)
        cars = cars[cars.since_on.notna()].astype({"since_on": np.int64})
        year = cars.since_on.to_numpy().astype("datetime64[D]").astype("datetime64[Y]").astype(np.int64) + 1970
        new = np.where(cars.deal_kind.isna(), cars.year.isna() | (cars.year >= year - 1), cars.deal_kind == "new")
        cars["since_km"] = np.where(new, 0.0, np.nan)
        cars["anchor"] = "sale:" + pd.Series(_text(cars.since_on.to_numpy()), index=cars.index)
        columns = ["vehicle_id", "anchor", "since_on", "since_km", "first"]
        rows = pd.concat([done[columns], cars.assign(first=True)[columns]])
        rows = rows.merge(self.plans, on="vehicle_id", how="left").merge(self.odometers, on="vehicle_id")
        rows = rows.merge(self.pairs[["vehicle_id", "customer_id"]], on="vehicle_id")
        first = rows["first"].to_numpy()
        months = rows.first_months.where(first).fillna(rows.interval_months).fillna(12).astype(np.int64)
        km = rows.first_km.where(first).fillna(rows.interval_km).fillna(15_000)
        by_months = _later(rows.since_on.to_numpy(), months.to_numpy())
        by_months = np.where(by_months <= day + FAR, by_months, NONE)
        by_km = self._mark_day(rows.since_km + km, rows)
        later, earlier = np.maximum(by_months, by_km), np.minimum(by_months, by_km)
        rows["due_on"] = np.where(earlier == NONE, later, earlier)
        return rows[rows.due_on != NONE]

    def _deferred(self) -> Frame:
        day = self.day
        lines = self.read(
            "lines",
            "order_id line_no vehicle_id /on code name_key /advised_on",
            f"declined AND vehicle_id IS NOT NULL AND \"on\" - DATE '1970-01-01' <= {day}",
        )
        lines["due_on"] = np.where(lines.advised_on == NONE, lines.on + 30, lines.advised_on)
        lines = lines[lines.order_id.isin(lines.order_id[lines.due_on >= day - 60])]
        orders = self.read("orders", "order_id closed_second ref")
        lines = lines.merge(orders, on="order_id")
        since = lines.on.min() if len(lines) else day
        later = self.read(
            "lines",
            "order_id vehicle_id /on code name_key declined",
            f"vehicle_id IS NOT NULL AND \"on\" - DATE '1970-01-01' BETWEEN {since} AND {day}",
        )
        later = later[later.vehicle_id.isin(lines.vehicle_id)].merge(orders, on="order_id")
        both = lines.merge(later, on="vehicle_id", suffixes=("", "_later"))
        coded = (both.code != "") & (both.code_later != "")
        same = np.where(coded, both.code == both.code_later, both.name_key == both.name_key_later)
        after = (both.on_later > both.on) | (both.on_later == both.on) & (
            (both.closed_second_later > both.closed_second)
            | (both.closed_second_later == both.closed_second) & (both.ref_later > both.ref)
        )
        put_off = both.declined.astype(bool)
        settled = both[
            (both.order_id_later != both.order_id) & same & np.where(put_off, after, both.on_later >= both.on)
        ]
        done = pd.MultiIndex.from_frame(settled[["order_id", "line_no"]])
        open_work = lines[~pd.MultiIndex.from_frame(lines[["order_id", "line_no"]]).isin(done)]
        orders_due = open_work.groupby("order_id", as_index=False).agg(
            vehicle_id=("vehicle_id", "max"), ref=("ref", "first"), due_on=("due_on", "min")
        )
        found = orders_due.merge(self.pairs[["vehicle_id", "customer_id"]], on="vehicle_id")
        return found.assign(anchor="order:" + found.ref)

    def _candidates(self) -> Frame:
        cars, day = self.pairs, self.day
        ours = cars[cars.sold_to_owner]
        ours = ours.assign(anchor="sale:" + pd.Series(_text(ours.sale_on.to_numpy()), index=ours.index))
        came = cars[(cars.last_visit_on != NONE) & ~cars.ended & (cars.last_visit_on >= cars.owned_from)]
        deals = self.deals[(self.deals.opened_on == NONE) | (self.deals.opened_on <= day)]
        standing = (deals.status == "open") | (deals.opened_on != NONE) & (deals.closed_on > day)
        free = ours[~ours.vehicle_id.isin(deals[standing].vehicle_id)]
        unseen = ours[(ours.last_visit_on == NONE) | (ours.last_visit_on <= ours.sale_on)]
        found = {
            "first_service": unseen.assign(due_on=unseen.sale_on + 30),
            "next_service": self._next_service(),
            "warranty_end": self._warranty(),
            "lost": came.assign(
                due_on=_later(came.last_visit_on.to_numpy(), 12),
                anchor="visit:" + pd.Series(_text(came.last_visit_on.to_numpy()), index=came.index),
            ),
            "recall": self._recalled(),
            "seasonal": self._seasonal(),
            "courtesy": ours.assign(due_on=ours.sale_on + 3),
            "repurchase": free.assign(due_on=_later(free.sale_on.to_numpy(), 36)),
            "deferred_work": self._deferred(),
        }
        parts = []
        for rule in self.small["programmes"].itertuples():
            rows = found[rule.programme]
            expires = rows.expires_on if "expires_on" in rows else rows.due_on + rule.grace_days
            rows = rows[(rows.due_on <= day + rule.lead_days) & (expires >= day)]
            parts.append(rows[["vehicle_id", "customer_id", "anchor", "due_on"]].assign(programme=rule.programme))
        return pd.concat(parts, ignore_index=True)

    def _warranty(self) -> Frame:
        cars = self.pairs.merge(self.odometers, on="vehicle_id")
        by_km = self._mark_day(cars.warranty_km, cars)
        later, earlier = np.maximum(by_km, cars.warranty_until), np.minimum(by_km, cars.warranty_until)
        cars["due_on"] = np.where(earlier == NONE, later, earlier)
        cars = cars[cars.due_on != NONE]
        dated = cars.warranty_until != NONE
        until = pd.Series("", index=cars.index, dtype=object)
        until[dated] = _text(cars.warranty_until[dated].to_numpy())
        km = cars.warranty_km.astype("Int64").astype("string").fillna("")
        return cars.assign(anchor="warranty:" + until + "/" + km.astype(object))

    def _recalled(self) -> Frame:
        entries = self.read("recalls", "vin code /starts_on /closes_on /done_on", "vin <> ''")
        entries["done"] = (entries.done_on != NONE) & (entries.done_on <= self.day)
        entries["expires_on"] = np.where(entries.closes_on == NONE, FOREVER, entries.closes_on)
        entries = entries.groupby(["vin", "code"], as_index=False).agg(
            due_on=("starts_on", "min"), expires_on=("expires_on", "max"), done=("done", "any")
        )
        found = self.pairs[["vehicle_id", "customer_id", "vin"]].merge(entries[~entries.done], on="vin")
        return found.assign(anchor="recall:" + found.code)

    def _seasonal(self) -> Frame:
        people = self.read("customers", "customer_id blocked /blocked_on")
        awake = people[~self._blocked(people)].customer_id
        seen = self.visits.customer_id[self.visits.on >= self.day - 365]
        active = self.pairs[self.pairs.customer_id.isin(awake) & self.pairs.customer_id.isin(seen)]
        parts = [active.iloc[:0].assign(due_on=0, expires_on=0, anchor="")]
        for season in self.small["seasons"].itertuples():
            starts, ends = (int(np.datetime64(day, "D").astype(np.int64)) for day in (season.starts_on, season.ends_on))
            if not starts <= self.day <= ends:
                continue
            window = f"\"on\" - DATE '1970-01-01' BETWEEN {starts} AND {self.day} AND vehicle_id IS NOT NULL"
            served = self.read(
                "lines", "vehicle_id", f"{window} AND NOT declined AND category_key = '{season.category}'"
            )
            done = [served.vehicle_id]
            if season.category == "tyres":
                done.append(self.brought.vehicle_id[(self.brought.on >= starts) & (self.brought.kind == "tyres")])
            rest = active[~active.vehicle_id.isin(pd.concat(done))]
            anchor = f"season:{season.code}:{season.starts_on.year}"
            parts.append(rest.assign(due_on=starts, expires_on=ends, anchor=anchor))
        return pd.concat(parts)

    def _blocked(self, people: Frame) -> Any:  # noqa: ANN401 - a column
        marked = people.blocked.where(people.blocked.notna(), people.blocked_on != NONE).astype(bool)
        return marked & ((people.blocked_on == NONE) | (people.blocked_on <= self.day))

    def _judged(self, rows: Frame) -> Frame:
        day, words = self.day, self.interactions
        people = self.read("customers", "customer_id ref blocked /blocked_on").rename(columns={"ref": "customer_ref"})
        people["is_blocked"] = self._blocked(people)
        phones = self.read("addresses", "customer_id /invalid_on", "kind = 'phone'")
        phones = phones.customer_id[(phones.invalid_on == NONE) | (phones.invalid_on > day)]
        stops = self.read("stops", "customer_id /since", "channel = 'call'")
        refused = words.customer_id[(words.outcome == "do_not_call") & (words.channel == "call") & (words.on <= day)]
        booked = self.read(
            "appointments", "vehicle_id customer_id branch_id status /starts_on /booked_on labour_hundredths"
        )
        self.appointments = booked[booked.booked_on <= day]
        ahead = self.appointments[
            self.appointments.status.isin(["booked", "confirmed"]) & (self.appointments.starts_on >= day)
        ]
        orders = self.read("orders", "vehicle_id /opened_on status /closed_on", "vehicle_id IS NOT NULL")
        inside = orders[(orders.opened_on >= day - 30) & (orders.opened_on <= day)]
        inside = inside[(inside.status == "open") | (inside.status == "closed") & (inside.closed_on > day)]
        rows = rows.merge(self.small["programmes"], on="programme")
        rows = rows.merge(
            self.pairs[["vehicle_id", "ref", "branch_id", "ended", "last_visit_on"]], on="vehicle_id", how="left"
        ).rename(columns={"ref": "vehicle_ref"})
        rows = rows.merge(people[["customer_id", "customer_ref", "is_blocked"]], on="customer_id")
        rows = self._with_history(rows)
        person, car = rows.customer_id, rows.vehicle_id
        cases = {
            "blocked": rows.is_blocked,
            "not_owner": rows.ended,
            "no_consent": rows.advertising & ~self._consented(rows),
            "no_contact": ~person.isin(phones),
            "do_not_disturb": person.isin(stops.customer_id[stops.since <= day]) | person.isin(refused),
            "open_appointment": car.isin(ahead.vehicle_id.dropna())
            | car.isin(inside.vehicle_id)
            | person.isin(ahead.customer_id[ahead.vehicle_id.isna()].dropna()),
            "visited_recently": ~rows.is_recall & (rows.last_visit_on >= day - 30),
            "already_invited": rows.invited,
            "contacted_recently": ~rows.is_recall & person.isin(self._tired()),
        }
        rows["reason"] = np.select([case.to_numpy(bool) for case in cases.values()], list(cases), default="")
        return rows

    def _consented(self, rows: Frame) -> Any:  # noqa: ANN401 - a column
        said = self.read("consents", "customer_id company_id given /on", "channel = 'call'")
        said = said[said.on <= self.day]
        place = said.on * 2 + np.where(said.given.astype(bool), 0, 1)
        to_all = said.company_id.isna()
        last_word = place[to_all].groupby(said.customer_id[to_all]).max()
        to_company = place[~to_all].groupby([said.customer_id[~to_all], said.company_id[~to_all]]).max()
        branches = self.read("branches", "branch_id company_id", "company_id IS NOT NULL")
        asked = rows[["customer_id", "branch_id"]].merge(branches, on="branch_id", how="left")
        own = asked.merge(to_company.rename("own").reset_index(), on=["customer_id", "company_id"], how="left").own
        return own.fillna(rows.customer_id.map(last_word).reset_index(drop=True)).to_numpy() % 2 == 0

    def _tired(self) -> Any:  # noqa: ANN401 - an index
        day, words = self.day, self.interactions
        made = words[(words.direction == "out") & words.channel.isin(["call", "sms", "email", "messenger"])]
        made = made[(made.on < day) & (made.on >= day - 90) & made.customer_id.notna()]
        counts = made.groupby("customer_id").on.agg(["max", "size"])
        return counts.index[(counts["max"] >= day - 14) | (counts["size"] >= 4)]

    def _with_history(self, rows: Frame) -> Frame:
        cycle = ["programme", "vehicle_id", "anchor", "customer_id"]
        made = self.read(
            "invitations",
            "programme vehicle_id anchor customer_id branch_id /created_for /ended_on /due_on appointment_id",
        )
        made = made[made.created_for < self.day]
        self.standing = made[(made.ended_on == NONE) | (made.ended_on > self.day)]
        own = made[cycle].drop_duplicates().assign(own=True)
        stands = self.standing[cycle[:3]].drop_duplicates().assign(stands=True)
        cycles = self.read("cycles", "programme vehicle_id anchor customer_id bucket held_out /started_on")
        cycles = cycles[cycles.started_on <= self.day].drop(columns="started_on")
        rows = rows.merge(own, on=cycle, how="left").merge(stands, on=cycle[:3], how="left")
        rows = rows.merge(cycles, on=cycle, how="left")
        return rows.assign(
            invited=rows.own.notna() | rows.stands.notna(), drawn=rows.held_out.fillna(value=False).astype(bool)
        )

    def _answered(self, rows: Frame) -> pa.Table:
        free = rows[rows.reason == ""].sort_values(["vehicle_id", "rank", "place", "due_on", "anchor", "customer_id"])
        taken = free.drop_duplicates("vehicle_id").copy()
        rows.loc[free.index.difference(taken.index), "reason"] = "outranked"
        text = taken.programme + "|" + taken.customer_ref + "|" + taken.anchor
        draws = [int.from_bytes(hashlib.sha256(word.encode()).digest()[:8], "big") % 10_000 for word in text]
        fresh = (np.array(draws) < taken.control_share) & ~taken.is_recall & taken.bucket.isna()
        taken["out"] = fresh | taken.drawn
        taken["value"] = self._values(taken)
        full = self._full(taken)
        taken["reason"] = np.where(full.reindex(taken.index), "over_capacity", np.where(taken.out, "held_out", ""))
        rows.loc[taken.index, "reason"] = taken.reason
        answers = rows[["programme", "vehicle_id", "customer_id", "anchor", "due_on", "reason"]]
        found = pa.Table.from_pandas(answers, preserve_index=False)
        place = found.schema.get_field_index("due_on")
        return found.set_column(place, "due_on", found["due_on"].cast(pa.int32()).cast(pa.date32()))

    def _values(self, taken: Frame) -> Any:  # noqa: ANN401 - a column
        visits = self.visits[self.visits.customer_id.notna()].astype({"customer_id": np.int64})
        recent = visits[visits.on > self.day - 1095]
        year = visits[visits.on > self.day - 365]
        days = year.groupby(["branch_id", "customer_id", "on"], as_index=False).margin.sum()
        branches = days.groupby("branch_id").margin.agg(["sum", "size"])
        branches = branches[branches["size"] >= 100]
        group_days = len(year[["customer_id", "on"]].drop_duplicates())
        own = recent[recent.customer_id.isin(taken.customer_id)]
        own = (
            own.groupby(["customer_id", "on"], as_index=False)
            .margin.sum()
            .groupby("customer_id")
            .margin.agg(["sum", "size"])
        )
        came = (
            _last(visits.loc[visits.customer_id.isin(taken.customer_id)], "customer_id")
            .set_index("customer_id")
            .branch_id
        )
        mean_of = taken.customer_id.map(came).fillna(taken.branch_id)
        margin = mean_of.map(branches["sum"]).fillna(year.margin.sum()).astype(np.int64)
        n = np.maximum(mean_of.map(branches["size"]).fillna(group_days).astype(np.int64), 1)
        own_margin = taken.customer_id.map(own["sum"]).fillna(0).astype(np.int64)
        own_days = taken.customer_id.map(own["size"]).fillna(0).astype(np.int64)
        numerator, denominator = own_margin * n + 3 * margin, n * (own_days + 3)
        return np.sign(numerator) * _half_up(numerator.abs(), denominator)

    def _weeks(self, due_on: Any) -> Any:  # noqa: ANN401 - a column
        """Return the Monday of the week of each day, or of tomorrow's."""
        later = np.maximum(due_on, self.day + 1)
        # The first day of all was a Thursday.
        return later - (later + 3) % 7

    def _full(self, taken: Frame) -> Any:  # noqa: ANN401 - a column
        labour = self.plans.set_index("vehicle_id").labour_hundredths
        taken = taken.assign(week=self._weeks(taken.due_on))
        taken["units"] = taken.vehicle_id.map(labour).fillna(100).astype(np.int64) * 2100
        taken.loc[taken.drawn | taken.out & ~taken.is_recall, "units"] = 0
        taken["weight"] = -taken.value * np.where(taken.due_on <= self.day + 7, 2, 1)
        taken["later"] = ~taken.is_recall
        taken = taken.sort_values(["later", "weight", "due_on", "customer_ref", "vehicle_ref", "place"])
        place = [taken.branch_id, taken.week]
        before = taken.groupby(place, dropna=False).units.cumsum() - taken.units
        left = self._room(taken.week.unique(), labour)
        known = pd.DataFrame([(*key, units) for key, units in left.items()], columns=["branch_id", "week", "room"])
        room = taken[["branch_id", "week"]].merge(known, on=["branch_id", "week"], how="left").room
        room = room.fillna(np.inf).set_axis(taken.index)
        return ~taken.is_recall & ~taken.drawn & (room <= before)

    def _room(self, weeks: NDArray[Any], labour: Any) -> dict[tuple[int, int], int]:  # noqa: ANN401 - a column
        """Return the units left by branch and week, of branches that have bays and hours."""
        booked = self.appointments
        booked = booked[booked.branch_id.notna() & booked.status.isin(["booked", "confirmed", "arrived"])]
        booked_weeks = booked.starts_on - (booked.starts_on + 3) % 7
        hundredths = booked.labour_hundredths.fillna(100).astype(np.int64) * 6000
        used = hundredths.groupby([booked.branch_id, booked_weeks]).sum()
        expected = self.standing[self.standing.branch_id.notna()]
        known = self.read("appointments", "appointment_id", f"coalesce(booked_on - DATE '1970-01-01', 0) <= {self.day}")
        expected = expected[~expected.appointment_id.isin(known.appointment_id)]
        hoped = expected.vehicle_id.map(labour).fillna(100).astype(np.int64) * 2100
        hoped = hoped.groupby([expected.branch_id, self._weeks(expected.due_on)]).sum()
        taken = used.to_dict()
        for place, units in hoped.to_dict().items():
            taken[place] = taken.get(place, 0) + units
        own = {
            (row.branch_id, int(np.datetime64(row.on, "D").astype(np.int64))): row.minutes
            for row in self.small["branch_days"].itertuples()
        }
        room = {}
        for branch in self.read(
            "branches", "branch_id bays open_minute close_minute", "bays > 0 AND open_minute IS NOT NULL"
        ).itertuples():
            if np.isnan(branch.close_minute):
                continue
            closes = branch.close_minute if branch.close_minute > branch.open_minute else 1440
            for week in weeks.tolist():
                minutes = sum(own.get((branch.branch_id, week + day), closes - branch.open_minute) for day in range(7))
                room[branch.branch_id, week] = 9000 * branch.bays * minutes - taken.get((branch.branch_id, week), 0)
        return room
