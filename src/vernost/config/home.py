"""The address `/`: the home page of the person's role."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from vernost.core.actor import Role

HOME_PAGES = {
    Role.OPERATOR: "workplace:home",
    Role.ADVISOR: "workplace:reception",
    Role.MANAGER: "office:home",
    Role.ADMINISTRATOR: "office:home",
}


@login_required
def home(request: HttpRequest) -> HttpResponse:
    return redirect(HOME_PAGES[Role(request.user.role)])
