"""The companies of the group, to which consents are given."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from vernost.accounts.models import Branch, LegalEntity
from vernost.accounts.operations import record_change
from vernost.core.actor import Actor


@dataclass(frozen=True, slots=True)
class CompanyEntry:
    """What an administrator says of a company; `branch_ids` are all branches that belong to it."""

    name: str
    inn: str
    ogrn: str
    address: str
    branch_ids: frozenset[int]


def companies(*, archived: bool = False) -> QuerySet[LegalEntity]:
    return LegalEntity.objects.prefetch_related("branches").filter(archived_at__isnull=not archived)


@transaction.atomic
def save_company(*, company_id: int | None, entry: CompanyEntry, actor: Actor, now: datetime) -> int:
    """Add a company or change one; its branches leave the company that they belonged to."""
    company = LegalEntity.objects.select_for_update().get(pk=company_id) if company_id else LegalEntity()
    before = {name: getattr(company, name) for name in ("name", "inn", "ogrn", "address")}
    after = {"name": entry.name, "inn": entry.inn, "ogrn": entry.ogrn, "address": entry.address}
    for name, value in after.items():
        setattr(company, name, value)
    company.save()
    had = _branches_of(company)
    company.branches.exclude(pk__in=entry.branch_ids).update(legal_entity=None)
    Branch.objects.filter(pk__in=entry.branch_ids).update(legal_entity=company)
    fields: dict[str, list[object]] = {
        name: [before[name], value] for name, value in after.items() if before[name] != value
    }
    if had != (has := _branches_of(company)):
        fields["branches"] = [had, has]
    record_change(
        subject="company",
        subject_id=company.pk,
        action="changed" if company_id else "added",
        fields=fields,
        actor=actor,
        now=now,
    )
    return company.pk


@transaction.atomic
def archive_company(*, company_id: int, actor: Actor, now: datetime) -> None:
    """Let nobody give a consent to a company any more; what was given to it stays."""
    company = LegalEntity.objects.select_for_update().get(pk=company_id, archived_at=None)
    company.archived_at = now
    company.save(update_fields=["archived_at"])
    record_change(subject="company", subject_id=company_id, action="archived", fields={}, actor=actor, now=now)


def _branches_of(company: LegalEntity) -> Collection[str]:
    return sorted(company.branches.values_list("name", flat=True))
