"""What may be done to programmes and campaigns."""

from vernost.core.i18n import _
from vernost.core.things import Action, Thing, things

things.add(
    Thing(
        "programmes",
        _("Programmes and campaigns"),
        (
            Action("view", _("see")),
            Action("change", _("change, start and stop")),
        ),
        order=40,
    )
)
