"""What may be done to the dealer group's own data."""

from vernost.core.i18n import _
from vernost.core.things import ADMINISTRATORS, Action, Thing, things

things.add(
    Thing(
        "settings",
        _("Rules, branches, calendar"),
        (
            Action("view", _("see")),
            Action("change", _("change")),
            Action("merging", _("let cards be merged by themselves"), ADMINISTRATORS),
        ),
        order=70,
    )
)
things.add(
    Thing(
        "users",
        _("Users and their roles"),
        (
            Action("view", _("see"), ADMINISTRATORS),
            Action("change", _("change"), ADMINISTRATORS),
        ),
        order=80,
    )
)
things.add(
    Thing(
        "tokens",
        _("Keys of the API and webhooks"),
        (
            Action("view", _("see"), ADMINISTRATORS),
            Action("change", _("make and revoke"), ADMINISTRATORS, exports=True),
        ),
        order=81,
    )
)
things.add(
    Thing(
        "audit",
        _("Journal of access and changes"),
        (
            Action("view", _("see"), ADMINISTRATORS),
            Action("export", _("take out as a file"), ADMINISTRATORS, exports=True),
            Action("undo", _("take changes back"), ADMINISTRATORS),
        ),
        order=82,
    )
)
