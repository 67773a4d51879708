"""What may be done to segments."""

from vernost.core.i18n import _
from vernost.core.things import Action, Thing, things

things.add(
    Thing(
        "segments",
        _("Segments"),
        (
            Action("view", _("see")),
            Action("change", _("build and change")),
        ),
        order=50,
    )
)
