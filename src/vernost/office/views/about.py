"""What this product is: its version, its licence, and whose work it stands on."""

from django.http import HttpResponse
from django.shortcuts import render

from vernost.office.access import OfficeRequest, office_page
from vernost.office.installed import library_rows, product


@office_page
def about(request: OfficeRequest) -> HttpResponse:
    return render(request, "office/about.html", {"product": product(), "libraries": library_rows()})
