"""Every address of the product."""

from django.urls import include, path

from vernost.config import access_rows, home  # noqa: F401 - says who opens these addresses

urlpatterns = [
    path("", home.home, name="home"),
    path("account/", include("allauth.account.urls")),
    path("account/2fa/", include("allauth.mfa.urls")),
    path("ui/", include("vernost.core.urls")),
    path("office/", include("vernost.office.urls")),
    path("workplace/", include("vernost.workplace.urls")),
    path("api/", include("vernost.api.urls")),
]

handler400 = "vernost.core.views.bad_request"
handler403 = "vernost.core.views.forbidden"
handler404 = "vernost.core.views.not_found"
handler500 = "vernost.core.views.server_error"
