"""Writes of what managers set beside the figures: plans, motivation schemes, saved pivots, price tests."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from dataclasses import fields as fields_of
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from vernost.accounts.list_views import removable_by
from vernost.accounts.operations import BeyondScope, record_change
from vernost.core.actor import Actor, Role
from vernost.core.errors import DomainError
from vernost.core.i18n import _
from vernost.invitations.models import Programme
from vernost.reports import rules
from vernost.reports.models import CellStrategy, MotivationRule, PivotView, Plan, PriceTest
from vernost.reports.queries import operators, plans, price_tests
from vernost.reports.queries.plans import Cell
from vernost.reports.rules import GrowingPlan, MotivationLine
from vernost.reports.rules.price_test import Draw


class SchemeEmpty(DomainError):
    code = "scheme_empty"
    text = _("Give at least one line a rate; a rate of 0 pays nothing")


class ViewUntitled(DomainError):
    code = "view_untitled"
    text = _("Give the view a name of up to %(most)s letters")


class SchemeMissing(DomainError):
    code = "scheme_missing"
    text = _("There is no scheme from this month")


@transaction.atomic
def save_plan(
    *, month: date, branch_id: int | None, figures: Mapping[Cell, Decimal], actor: Actor, now: datetime
) -> int:
    """Make `figures` the whole plan of a month and branch (None: the group); return how many have changed."""
    if not actor.sees_branch(branch_id):
        raise BeyondScope
    for code in {programme for programme, _metric in figures}:
        grown = rules.growing_stage({metric: value for (each, metric), value in figures.items() if each == code})
        if grown:
            raise GrowingPlan(title=rules.KPI_TITLES[grown])
    before = plans.month_plan(month, branch_id)
    changed = {cell for cell in {*before, *figures} if before.get(cell) != figures.get(cell)}
    if not changed:
        return 0
    ids = dict(Programme.objects.values_list("code", "pk"))
    gone = [plan.pk for plan in plans.month_rows(month, branch_id) if plans.cell_of(plan) not in figures]
    Plan.objects.filter(pk__in=gone).delete()
    Plan.objects.bulk_create(
        [
            Plan(
                month=month,
                branch_id=branch_id,
                programme_id=ids[programme] if programme else None,
                metric=metric,
                value=value,
            )
            for (programme, metric), value in figures.items()
        ],
        update_conflicts=True,
        unique_fields=["month", "branch", "programme", "metric"],
        update_fields=["value"],
    )
    record_change(
        subject="plan",
        subject_id=f"{month:%Y-%m}/{branch_id or ''}",
        action="changed",
        fields={
            f"{programme or ''}/{metric}": [
                _text(before.get((programme, metric))),
                _text(figures.get((programme, metric))),
            ]
            for programme, metric in sorted(changed, key=lambda cell: (cell[0] or "", cell[1]))
        },
        actor=actor,
        now=now,
    )
    return len(changed)


@transaction.atomic
def save_scheme(*, role: Role, valid_from: date, lines: Sequence[MotivationLine], actor: Actor, now: datetime) -> None:
    """Make the lines the role's scheme from a month on; earlier months keep theirs."""
    _check_group(actor)
    if not lines:
        raise SchemeEmpty
    before = {line.kpi: line for line in operators.scheme_from(role, valid_from)}
    present = MotivationRule.objects.filter(role=role, valid_from=valid_from)
    present.exclude(kpi__in=[line.kpi for line in lines]).delete()
    MotivationRule.objects.bulk_create(
        [
            MotivationRule(
                role=role, kpi=line.kpi, threshold=line.threshold, rate=line.rate, cap=line.cap, valid_from=valid_from
            )
            for line in lines
        ],
        update_conflicts=True,
        unique_fields=["role", "kpi", "valid_from"],
        update_fields=["threshold", "rate", "cap"],
    )
    after = {line.kpi: line for line in lines}
    changed = [kpi for kpi in rules.MOTIVATION_KPIS if before.get(kpi) != after.get(kpi)]
    if changed:
        record_change(
            subject="motivation",
            subject_id=role.value,
            action="changed",
            fields={kpi.value: [_figures(before.get(kpi)), _figures(after.get(kpi))] for kpi in changed},
            actor=actor,
            now=now,
        )


@transaction.atomic
def drop_scheme(*, role: Role, valid_from: date, actor: Actor, now: datetime) -> None:
    """Take a scheme away: from its month on the one before it holds."""
    _check_group(actor)
    before = operators.scheme_from(role, valid_from)
    if not before:
        raise SchemeMissing
    MotivationRule.objects.filter(role=role, valid_from=valid_from).delete()
    record_change(
        subject="motivation",
        subject_id=role.value,
        action="changed",
        fields={line.kpi: [_figures(line), {}] for line in before},
        actor=actor,
        now=now,
    )


def _check_group(actor: Actor) -> None:
    # A role is the whole group's, so is its scheme.
    if actor.branch_ids is not None:
        raise BeyondScope


def _text(value: Decimal | None) -> str:
    return "" if value is None else f"{value.normalize():f}"


def _figures(line: MotivationLine | None) -> dict[str, str]:
    if line is None:
        return {}
    figures = {"above": line.threshold, "rate": line.rate, "cap": line.cap}
    return {name: f"{figure:f}" for name, figure in figures.items() if figure is not None}


@transaction.atomic
def save_pivot_view(*, title: str, address: str, shared: bool, actor: Actor, now: datetime) -> PivotView:
    """Keep a pivot under a name of the actor's own; one of the same name is replaced."""
    name, most = " ".join(title.split()), PivotView._meta.get_field("title").max_length or 0  # noqa: SLF001 - Django's public name
    if not 0 < len(name) <= most:
        raise ViewUntitled(most=most)
    view, created = PivotView.objects.update_or_create(
        owner_id=actor.user_id, title=name, defaults={"address": address, "shared": shared, "saved_at": now}
    )
    _record_view(view, "saved" if created else "changed", actor, now)
    return view


@transaction.atomic
def share_pivot_view(*, view_id: int, shared: bool, actor: Actor, now: datetime) -> None:
    """Show one's own view to everybody, or to nobody else any more."""
    view = PivotView.objects.select_for_update().get(pk=view_id, owner_id=actor.user_id)
    if view.shared != shared:
        view.shared = shared
        view.save(update_fields=["shared"])
        _record_view(view, "shared" if shared else "unshared", actor, now)


@transaction.atomic
def drop_pivot_view(*, view_id: int, actor: Actor, now: datetime) -> None:
    """Remove a view; DoesNotExist for one that is not the actor's to remove."""
    view = PivotView.objects.filter(removable_by(actor)).get(pk=view_id)
    _record_view(view, "removed", actor, now)
    view.delete()


def _record_view(view: PivotView, action: str, actor: Actor, now: datetime) -> None:
    fields = {"title": [None, view.title]} if action == "saved" else {}
    record_change(subject="pivot-view", subject_id=view.pk, action=action, fields=fields, actor=actor, now=now)


@transaction.atomic
def save_strategy(*, r: int, m: int, title: str, words: str, actor: Actor, now: datetime) -> CellStrategy:
    """Write what is done with the customers of a cell of recency and revenue. It is of the whole group."""
    if actor.branch_ids is not None:
        raise BeyondScope
    before = CellStrategy.objects.select_for_update().filter(r=r, m=m).first()
    after = {"title": title, "words": words}
    was = {"title": before.title, "words": before.words} if before else dict.fromkeys(after)
    fields: dict[str, list[object]] = {name: [was[name], value] for name, value in after.items() if was[name] != value}
    since = before.assigned_on if before and not fields else timezone.localdate(now)
    saved, _made = CellStrategy.objects.update_or_create(r=r, m=m, defaults={**after, "assigned_on": since})
    if fields:
        record_change(subject="strategy", subject_id=f"R{r}M{m}", action="changed", fields=fields, actor=actor, now=now)
    return saved


class ArmsOverlap(DomainError):
    code = "arms_overlap"
    text = _("A branch is of one arm only")


class ArmMissing(DomainError):
    code = "arm_missing"
    text = _("Each arm needs a branch")


class SamePrice(DomainError):
    code = "same_price"
    text = _("The trial price is the one that holds already")


class EndsBeforeStart(DomainError):
    code = "ends_before_start"
    text = _("The test ends before it begins")


class NotOfThisState(DomainError):
    code = "not_of_this_state"
    text = _("The test has gone on meanwhile: look at it again")


@dataclass(frozen=True, slots=True)
class PriceTestEntry:
    """What a manager sets of a price test; ages in years, `share` in basis points, `guardrail` in per cent."""

    title: str
    make: str
    model: str
    age_from: int | None
    age_to: int | None
    segment_code: str
    draw: Draw
    test_branches: frozenset[int]
    control_branches: frozenset[int]
    share: int
    price_before: Decimal
    price_trial: Decimal
    starts_on: date
    ends_on: date
    guardrail: Decimal


_ARMS = ("test_branches", "control_branches")


@transaction.atomic
def save_price_test(*, test_id: int | None, entry: PriceTestEntry, actor: Actor, now: datetime) -> PriceTest:
    """Make a test, or change a draft: once it runs, what it compares stands."""
    _check_price_test(entry, actor)
    plain = {field.name: getattr(entry, field.name) for field in fields_of(entry) if field.name not in _ARMS}
    if test_id is None:
        test = PriceTest.objects.create(**plain, owner_id=actor.user_id, created_at=now)
        before: dict[str, object] = {}
    else:
        test = _price_test_in(test_id, PriceTest.State.DRAFT, actor)
        before = _price_test_words(test)
        for name, value in plain.items():
            setattr(test, name, value)
        test.save(update_fields=list(plain))
    test.test_branches.set(entry.test_branches)
    test.control_branches.set(entry.control_branches)
    after = _price_test_words(test)
    changed: dict[str, list[object]] = {"title": [None, test.title]}
    if test_id is not None:
        changed = {name: [before[name], value] for name, value in after.items() if before[name] != value}
    if changed:
        action = "added" if test_id is None else "changed"
        record_change(subject="price-test", subject_id=test.pk, action=action, fields=changed, actor=actor, now=now)
    return test


def _check_price_test(entry: PriceTestEntry, actor: Actor) -> None:
    if not entry.test_branches or (entry.draw == Draw.BRANCHES and not entry.control_branches):
        raise ArmMissing
    if entry.test_branches & entry.control_branches:
        raise ArmsOverlap
    if entry.price_trial == entry.price_before:
        raise SamePrice
    if entry.ends_on < entry.starts_on:
        raise EndsBeforeStart
    if not all(actor.sees_branch(branch_id) for branch_id in entry.test_branches | entry.control_branches):
        raise BeyondScope


def _price_test_words(test: PriceTest) -> dict[str, object]:
    words: dict[str, object] = {
        name: "" if (value := getattr(test, name)) is None else str(value)
        for name in (field.name for field in fields_of(PriceTestEntry))
        if name not in _ARMS
    }
    # A price read from the database has its kopecks, one that was just entered may not.
    words |= {name: f"{getattr(test, name):.2f}" for name in ("price_before", "price_trial", "guardrail")}
    words["share"] = f"{test.share / 100:g}"
    return words | {arm: sorted(getattr(test, arm).values_list("name", flat=True)) for arm in _ARMS}


@transaction.atomic
def start_price_test(*, test_id: int, actor: Actor, now: datetime) -> None:
    """Let a draft run: from here on its arms, prices and period stand."""
    _move_price_test(test_id, PriceTest.State.DRAFT, PriceTest.State.RUNNING, "started", actor, now)


@transaction.atomic
def end_price_test(*, test_id: int, on: date, actor: Actor, now: datetime) -> None:
    """End a running test on a day: what comes after it counts no more."""
    test = _move_price_test(test_id, PriceTest.State.RUNNING, PriceTest.State.ENDED, "stopped", actor, now)
    test.ends_on = max(test.starts_on, min(test.ends_on, on))
    test.save(update_fields=["ends_on"])


@transaction.atomic
def drop_price_test(*, test_id: int, actor: Actor, now: datetime) -> None:
    """Remove a draft; a test that has run stays."""
    test = _price_test_in(test_id, PriceTest.State.DRAFT, actor)
    record_change(
        subject="price-test",
        subject_id=test.pk,
        action="removed",
        fields={"title": [test.title, ""]},
        actor=actor,
        now=now,
    )
    test.delete()


def _price_test_in(test_id: int, state: str, actor: Actor) -> PriceTest:
    visible = price_tests.visible_to(actor)
    test = PriceTest.objects.select_for_update().filter(pk__in=visible.values("pk")).get(pk=test_id)
    if test.state != state:
        raise NotOfThisState
    return test


def _move_price_test(test_id: int, before: str, after: str, action: str, actor: Actor, now: datetime) -> PriceTest:
    test = _price_test_in(test_id, before, actor)
    test.state = after
    test.save(update_fields=["state"])
    record_change(subject="price-test", subject_id=test.pk, action=action, fields={}, actor=actor, now=now)
    return test
