"""Which right each page of the workplace asks for."""

from vernost.core.endpoints import SIGNED_IN, add_pages, opens

add_pages(
    "workplace",
    {
        "home": "calls.work",
        "live": SIGNED_IN,
        "desk": "calls.work",
        "desk-queue": "calls.work",
        "desk-next": "calls.work",
        "desk-alive": "calls.work",
        "presence": "calls.work",
        "desk-undo": "calls.work",
        "desk-take": "calls.work",
        "desk-save": "calls.work",
        "desk-put-back": "calls.work",
        "desk-draft": "calls.work",
        "unbook": "calls.work",
        "slots": "appointments.view",
        "hold": "appointments.change",
        "book": "appointments.change",
        "find": "customers.view",
        "customer": "customers.view",
        "reception": "appointments.view",
        "walk-in": "appointments.view",
        "appointment-move": "appointments.change",
        "appointment-change": opens("appointments.view", "appointments.change"),
    },
)
