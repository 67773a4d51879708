"""Which right each page of consents and personal data asks for."""

from vernost.core.endpoints import add_pages, opens
from vernost.core.rights import ALL_FIELDS

SETTINGS = opens("settings.view", "settings.change")

add_pages(
    "office",
    {
        "customer-consents": opens("customers.whole", "customers.change"),
        "consent-scan": "customers.whole",
        "consents-withdraw": "customers.change",
        "consents-proof": "customers.export",
        # Everything that is kept of him, telephones, VINs and what his orders cost with it.
        "customer-copy": opens("customers.export", fields=ALL_FIELDS),
        "customer-erase": "users.change",
        "personal-data": SETTINGS,
        "consent-text-add": "settings.change",
        "consent-text": "settings.change",
        "consent-text-archive": "settings.change",
        "company-add": "users.change",
        "company": "users.change",
        "company-archive": "users.change",
        "erasure": "users.view",
        "erasure-act": "users.view",
    },
)
