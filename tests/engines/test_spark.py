"""The definitions of metrics on DuckDB and on Spark: one body, equal types and values."""

from datetime import date
from functools import partial
from random import Random

import pytest
from django.conf import settings
from tests import mirrors
from tests.mirrors import TODAY

from vernost import facts
from vernost.accounts.rules import RuleSettings
from vernost.config.registries import load_fact_tables
from vernost.core.actor import Actor
from vernost.facts import spark
from vernost.reports import catalogue
from vernost.reports.asked import Asked
from vernost.segments import metrics
from vernost.segments.rules import abc, basket, cascade, cuts, lifecycle, retention, rfm, sources

pytestmark = pytest.mark.slow

load_fact_tables()
metrics.discover()
RULES = RuleSettings()
MONTH = retention.last_finished(TODAY)


def _classes(con, **what):
    return abc.classes(abc.values(con, TODAY, RULES, **what), RULES)


def _cut(con, by):
    definition = next(one for one in retention.DEFINITIONS if one.unit == ("vehicle" if by == "age" else "customer"))
    since, until = retention.base_year(definition, MONTH)
    rows = retention.retained(con, definition, MONTH)
    return cuts.of_window(con, rows, definition.unit, by, since=since, until=until)


DEFINITIONS = {
    "states": lambda con: lifecycle.states(con, TODAY, RULES),
    "dna_codes": lambda con: lifecycle.dna_codes(con, date(2025, 6, 30), RULES),
    "rfm": lambda con: rfm.scores(con, TODAY, RULES),
    "rfm_groups": lambda con: (rows := rfm.scores(con, TODAY, RULES)).select("customer_id", group=rfm.group(rows)),
    **{f"abc_{by}": partial(_classes, by=by) for by in ("customer", "vehicle", "model", "category")},
    "abc_by_margin": partial(_classes, by="vehicle", measure="margin"),
    "money": lambda con: metrics.metrics["money"].of(con, TODAY, RULES),
    "cascade": lambda con: cascade.monthly(
        cascade.events(con, RULES, until=TODAY, places=cascade.Places(each=True)),
        start=date(2024, 1, 31),
        by_branch=True,
    ),
    "cascade_of_some_as_known_then": lambda con: cascade.monthly(
        cascade.events(con, RULES, until=TODAY, known_on=date(2025, 1, 1), places=cascade.Places(own=[1, 2])),
        start=date(2024, 1, 31),
    ),
    **{
        definition.code: partial(retention.retained, definition=definition, last_month=MONTH)
        for definition in retention.DEFINITIONS
    },
    "car_years": lambda con: retention.car_years(con, MONTH),
    "cohorts": lambda con: retention.cohorts(
        con, retention.beginnings(con, "customer", "visit", TODAY), "customer", TODAY
    ),
    "cohorts_of_cars_sold": lambda con: retention.cohorts(
        con, retention.beginnings(con, "vehicle", "sale", TODAY), "vehicle", TODAY
    ),
    **{f"retention_by_{by}": partial(_cut, by=by) for by in cuts.CUTS},
    "basket": lambda con: basket.pairs(basket.bought(con, TODAY, 730), minimum=5),
    # The invented pairs are rarer than chance has them: lifted, so that there is something to offer.
    "offers": lambda con: basket.offers(
        (pairs := basket.pairs(basket.bought(con, TODAY, 730), minimum=1)).mutate(lift=pairs.lift + 1),
        basket.bought(con, TODAY, 365),
    ),
    "sources": lambda con: sources.sources(con, TODAY, RULES),
}


@pytest.fixture(scope="module")
def engines(tmp_path_factory):
    pytest.importorskip("pyspark", reason="make test-all installs it")
    folder = tmp_path_factory.mktemp("mirror")
    before, settings.MIRROR_DIR = settings.MIRROR_DIR, folder
    mirror = mirrors.written(folder, mirrors.invented(Random(3), customers=200))
    on_spark = spark.connect(mirror, spark.LOCAL)
    yield facts.connect(mirror), on_spark
    on_spark.disconnect()
    settings.MIRROR_DIR = before


def rows_of(con, table):
    """Columns with their types, and rows in an order of their own."""
    found = con.to_pyarrow(table)
    return {field.name: str(field.type) for field in found.schema}, sorted(map(repr, found.to_pylist()))


@pytest.mark.filterwarnings("default")  # PySpark's own, about pandas 3
@pytest.mark.parametrize("name", DEFINITIONS)
def test_a_definition_says_the_same_on_both(engines, name):
    on_duckdb, on_spark = (rows_of(con, DEFINITIONS[name](con)) for con in engines)
    assert on_spark == on_duckdb
    assert on_duckdb[1], "nothing was compared"


@pytest.mark.filterwarnings("default")  # as above
@pytest.mark.parametrize("code", ["rfm", "overlay", "lost", "cascade"])
def test_a_report_says_the_same_on_both(engines, code, monkeypatch):
    monkeypatch.setattr(Asked, "settings", RULES)
    report = catalogue.discover()[code]
    days = {"from_": date(2025, 1, 1), "to": TODAY, "by": "branch"} if code == "cascade" else {"as_of": TODAY}
    group = Actor("system:test", branch_ids=None)
    on_duckdb, on_spark = (list(report.rows(con, report.Params(**days), actor=group)) for con in engines)
    assert on_spark == on_duckdb
    assert on_duckdb


def test_no_definition_of_a_portable_report_is_forgotten():
    assert {report.code for report in catalogue.discover() if report.portable} == {
        "abc",
        "basket",
        "cascade",
        "cohorts",
        "lost",
        "matrix",
        "offers",
        "overlay",
        "retention",
        "rfm",
        "sources",
    }
