"""The address `/`: the home page of the person's role."""

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
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
    user = request.user
    if user.is_anonymous:
        raise PermissionDenied
    return redirect(HOME_PAGES[Role(user.role)])
