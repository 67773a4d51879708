"""The address `/`: the home page of the person's role."""

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from vernost.core.actor import Actor, Role
from vernost.core.endpoints import may_open
from vernost.core.navigation import sections

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
    own = HOME_PAGES[Role(user.role)]
    # A role of the administrator's own may lack the page with which its kind begins.
    actor: Actor = request.actor  # type: ignore[attr-defined]
    ordered = sorted(sections, key=lambda section: (section.foot, section.order))
    pages = [own, *(section.url_name for section in ordered), "office:profile"]
    return redirect(next(name for name in pages if may_open(actor, name)))
