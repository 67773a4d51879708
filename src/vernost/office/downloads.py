"""A report as a file: the same rows as the page, at the same address with `?format=xlsx` or `csv`."""

from urllib.parse import quote

from django.http import HttpResponse, QueryDict

from vernost.reports.exports import Sheet, as_csv, as_xlsx

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def wanted(query: QueryDict) -> bool:
    return query.get("format") in {"xlsx", "csv"}


def download(query: QueryDict, sheet: Sheet) -> HttpResponse:
    extension = query["format"]
    content = as_xlsx(sheet) if extension == "xlsx" else as_csv(sheet)
    response = HttpResponse(content, content_type=XLSX if extension == "xlsx" else "text/csv; charset=utf-8")
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(f'{sheet.title}.{extension}')}"
    response["Cache-Control"] = "no-store"
    return response
