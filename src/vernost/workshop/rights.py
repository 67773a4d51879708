"""What may be done to appointments."""

from vernost.core.i18n import _
from vernost.core.things import BY_PERSON, EVERYONE, RECEIVERS, Action, Thing, things

things.add(
    Thing(
        "appointments",
        _("Appointments"),
        (
            Action("view", _("see"), EVERYONE, BY_PERSON),
            Action("change", _("book, move, cancel"), EVERYONE, BY_PERSON),
            Action("receive", _("receive cars"), RECEIVERS, BY_PERSON),
        ),
        order=20,
    )
)
