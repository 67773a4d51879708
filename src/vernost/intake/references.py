"""What of this subject may name a customer: rows that were not taken, and the rows that a preview has shown."""

from vernost.core.references import Mention, mentions

_CARDS, _CARS = "%(card_keys)s::text[]", "%(car_keys)s::text[]"
# Whose keys the records of a kind have, and whose a column of any kind has.
_KINDS = (("customers", _CARDS), ("vehicles", _CARS))
_COLUMNS = (("customer_id", _CARDS), ("vehicle_id", _CARS))
_WAITS = " OR ".join(
    [
        *(f"kind = '{kind}' AND source_id || ':' || key = ANY({keys})" for kind, keys in _KINDS),
        *(f"""source_id || ':' || ("row"->>'{column}') = ANY({keys})""" for column, keys in _COLUMNS),
    ]
)
# A preview says of a row which columns change from what to what, or which one is wrong.
_SHOWN = " OR ".join(
    [
        *(f"t.kind = '{kind}' AND r.source_id || ':' || (e->>'key') = ANY({keys})" for kind, keys in _KINDS),
        *(
            f"c->>'column' = '{column}' AND r.source_id || ':' || (c->>'{place}') = ANY({keys})"
            for column, keys in _COLUMNS
            for place in ("old", "new", "value")
        ),
    ]
)
_IN_THE_SAMPLE = f"""EXISTS (SELECT FROM intake_importrun r, jsonb_array_elements(t.sample) e,
                                jsonb_array_elements(coalesce(e->'columns', '[]') || e) c
                          WHERE r.id = t.run_id AND ({_SHOWN}))"""
mentions.add(Mention("intake_quarantinedrow", ('"row"::text', "value", "key"), _WAITS))
mentions.add(Mention("intake_importedfile", ("sample::text",), _IN_THE_SAMPLE, on_erase="keep", blank=("sample",)))
