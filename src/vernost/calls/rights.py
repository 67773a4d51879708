"""What may be done in the calling centre."""

from vernost.core.i18n import _
from vernost.core.things import CALLERS, Action, Thing, things

things.add(
    Thing(
        "calls",
        _("Calls"),
        (
            Action("work", _("call by the queue"), CALLERS),
            Action("supervise", _("watch over the centre and share out work")),
        ),
        order=30,
    )
)
