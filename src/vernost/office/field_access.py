"""Which right each page of lists, fields and directories asks for."""

from vernost.core.endpoints import add_pages, opens

DEFINITIONS = opens("fields.view", "fields.change")

add_pages(
    "office",
    {
        "vehicles": "customers.whole",
        "orders": "customers.whole",
        "list-view-save": "customers.whole",
        "list-view-drop": "customers.whole",
        "record-fields": opens("customers.view", "customers.change"),
        "field-file": "customers.view",
        "field-put": "customers.change",
        "record-files": opens("customers.view", "customers.change"),
        "record-file": "customers.view",
        "record-file-drop": "customers.change",
        "fields": DEFINITIONS,
        "field": DEFINITIONS,
        "field-type": DEFINITIONS,
        "field-archive": "fields.change",
        "field-add": "fields.change",
        "field-order": "fields.change",
        "directories": DEFINITIONS,
        "directory-add": "fields.change",
        "directory": DEFINITIONS,
        "directory-change": "fields.change",
        "directory-order": "fields.change",
        "directory-value": "fields.change",
        "reasons-change": "fields.change",
        "words-change": "fields.change",
        "card-layouts": DEFINITIONS,
        "card-layout": DEFINITIONS,
    },
)
