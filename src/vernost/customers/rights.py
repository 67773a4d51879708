"""What may be done to customers and their cars."""

from vernost.core.i18n import _
from vernost.core.things import ADMINISTRATORS, BY_PERSON, EVERYONE, Action, Thing, things

things.add(
    Thing(
        "customers",
        _("Customers and their cars"),
        (
            Action("view", _("see"), EVERYONE, BY_PERSON),
            Action("whole", _("see the office's list and the whole card")),
            Action("change", _("change"), EVERYONE, BY_PERSON),
            Action("merge", _("merge duplicates")),
            Action("export", _("take out as a file"), exports=True),
            Action("export_many", _("take out more than 1,000 people at once"), exports=True),
        ),
        order=10,
    )
)
things.add(
    Thing(
        "fields",
        _("Fields of your own, directories"),
        (
            Action("view", _("see"), ADMINISTRATORS),
            Action("change", _("change"), ADMINISTRATORS),
        ),
        order=75,
    )
)
