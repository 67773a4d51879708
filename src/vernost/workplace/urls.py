"""Addresses of the workplace pages."""

from django.urls import path

from vernost.workplace import (
    access_rows,  # noqa: F401 - says who opens these addresses
    navigation,  # noqa: F401 - fills the frame with the sections of this surface
)
from vernost.workplace.views import booking, customers, desk, home, live, reception

app_name = "workplace"
urlpatterns = [
    path("", home.home, name="home"),
    path("live/", live.live, name="live"),
    path("desk/", desk.desk, name="desk"),
    path("desk/queue/", desk.queue, name="desk-queue"),
    path("desk/next/", desk.next_customer, name="desk-next"),
    path("desk/alive/", desk.alive, name="desk-alive"),
    path("desk/presence/", desk.presence, name="presence"),
    path("desk/undo/<uuid:key>/", desk.undo, name="desk-undo"),
    path("desk/<int:invitation_id>/take/", desk.take, name="desk-take"),
    path("desk/<int:invitation_id>/save/", desk.save, name="desk-save"),
    path("desk/<int:invitation_id>/put-back/", desk.put_back, name="desk-put-back"),
    path("desk/<int:invitation_id>/draft/", desk.draft, name="desk-draft"),
    path("desk/<int:invitation_id>/unbook/", booking.unbook, name="unbook"),
    path("slots/", booking.slots, name="slots"),
    path("slots/hold/", booking.hold, name="hold"),
    path("slots/book/", booking.book, name="book"),
    path("customers/find/", customers.find, name="find"),
    path("customers/<int:customer_id>/", customers.customer, name="customer"),
    path("reception/", reception.reception, name="reception"),
    path("reception/new/", reception.walk_in, name="walk-in"),
    path("reception/<int:appointment_id>/move/", reception.move, name="appointment-move"),
    path("reception/<int:appointment_id>/<slug:what>/", reception.change, name="appointment-change"),
]
