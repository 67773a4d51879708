"""What may be done to imports."""

from vernost.core.i18n import _
from vernost.core.things import Action, Thing, things

things.add(
    Thing(
        "imports",
        _("Imports and quarantine"),
        (
            Action("view", _("see")),
            Action("change", _("bring in, mend, retry")),
        ),
        order=65,
    )
)
