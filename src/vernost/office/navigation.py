"""The office's entries in the frame: managers and administrators."""

from vernost.core.actor import Role
from vernost.core.i18n import _
from vernost.core.navigation import SearchSource, Section, searches, sections

MANAGERS = frozenset({Role.MANAGER, Role.ADMINISTRATOR})
# Managers find theirs in the reports.
PAID_BY_SCHEME = frozenset({Role.OPERATOR, Role.ADVISOR})

sections.add(Section("office-home", _("Today"), "home", "office:home", MANAGERS, order=10))
sections.add(Section("office-funnel", _("Funnel"), "filter", "office:funnel", order=20))
sections.add(Section("office-analytics", _("Analytics"), "chart-bar", "office:analytics", order=18))
sections.add(
    Section(
        "office-supervisor",
        _("Contact centre"),
        "users-group",
        "office:supervisor",
        order=16,
        short=_("Centre"),
    )
)
sections.add(Section("office-programmes", _("Programmes"), "speakerphone", "office:programmes", order=30))
sections.add(
    Section(
        "office-customers",
        _("Customers"),
        "users",
        "office:customers",
        order=40,
        also=("office:vehicles", "office:vehicle", "office:orders"),
    )
)
sections.add(Section("office-segments", _("Segments"), "chart-circles", "office:segments", order=35))
sections.add(Section("office-imports", _("Imports"), "database-import", "office:imports", order=60))
sections.add(
    Section("office-my-statement", _("My statement"), "coins", "office:my-statement", PAID_BY_SCHEME, order=70)
)
sections.add(Section("office-settings", _("Settings"), "settings", "office:settings", order=90, foot=True))

searches.add(SearchSource("office-search", "office:search"))
