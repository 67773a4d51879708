"""What may be done to reports, plans, pay and price tests."""

from vernost.core.i18n import _
from vernost.core.things import Action, Thing, things

things.add(
    Thing(
        "reports",
        _("Reports and analytics"),
        (
            Action("view", _("see")),
            Action("change", _("plans, strategies, saved views")),
            Action("export", _("take out as a file"), exports=True),
        ),
        order=60,
    )
)
things.add(
    Thing(
        "pay",
        _("Pay of operators and advisors"),
        (
            Action("view", _("see")),
            Action("change", _("change the scheme")),
        ),
        order=61,
    )
)
things.add(
    Thing(
        "prices",
        _("Price tests"),
        (
            Action("view", _("see")),
            Action("change", _("plan, start and end")),
        ),
        order=62,
    )
)
