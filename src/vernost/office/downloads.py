"""A report as a file: the same rows as the page, at the same address with `?format=xlsx` or `csv`."""

from dataclasses import replace
from typing import Final
from urllib.parse import quote

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, QueryDict
from django.utils import timezone

from vernost.accounts.audit import record_export
from vernost.office.access import OfficeRequest
from vernost.reports.exports import Sheet, as_csv, as_xlsx

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


_LONGEST: Final = 2000


def wanted(query: QueryDict) -> bool:
    return query.get("format") in {"xlsx", "csv"}


def download(
    request: OfficeRequest,
    sheet: Sheet,
    *,
    people: bool = False,
    own: bool = False,
    right: str = "reports.export",
    question: str = "",
) -> HttpResponse:
    """Hand the rows out as a file and write down who took them, by which question.

    `people`: each row is a customer, which asks for the right to take out customers instead of `right`;
    `own`: the rows are about the person himself, which needs none. `question` is told instead of the address, where
    that may name somebody: the line outlives him.
    """
    actor, query = request.actor, request.GET
    if not own and not actor.may("customers.export" if people else right):
        raise PermissionDenied
    rows = list(sheet.rows)
    sheet = replace(sheet, rows=rows)
    record_export(
        what=request.resolver_match.view_name if request.resolver_match else "",
        question=(question or request.get_full_path())[:_LONGEST],
        rows=len(rows),
        people=people,
        actor=actor,
        now=timezone.now(),
    )
    extension = query["format"]
    content = as_xlsx(sheet) if extension == "xlsx" else as_csv(sheet)
    response = HttpResponse(content, content_type=XLSX if extension == "xlsx" else "text/csv; charset=utf-8")
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(f'{sheet.title}.{extension}')}"
    response["Cache-Control"] = "no-store"
    return response
