"""The hash chain: what is altered, removed or put elsewhere is found in one pass."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vernost.core.chain import START, Fault, Found, Head, Kept, Link, digest_of, hash_of, seal, verify, written

SALTS = [bytes([number]) * 32 for number in range(8)]
PAYLOADS = [{"who": number, "said": "да"} for number in range(8)]


def chain(count=5):
    rows = [(10 * number, digest_of(PAYLOADS[number], SALTS[number])) for number in range(count)]
    return [Kept(link, PAYLOADS[number], SALTS[number]) for number, link in enumerate(seal(rows, Head()))]


def faults(kept, **values):
    return list(verify(kept, **values).faults)


def test_an_untouched_chain_holds():
    kept = chain()
    seen = verify(kept)
    assert (seen.holds, seen.links, seen.erased, seen.head) == (True, 5, 0, Head(5, kept[-1].link.hash))


def test_nothing_is_a_chain_too():
    assert verify([]) == verify([], expected=Head())
    assert verify([]).head == Head(0, START)


def test_it_goes_on_from_its_head():
    whole = [each.link for each in chain(4)]
    rows = [(link.row_id, link.digest) for link in whole]
    first = list(seal(rows[:2], Head()))
    assert [*first, *seal(rows[2:], Head(2, first[-1].hash))] == whole


def test_an_altered_row_is_named():
    kept = chain()
    kept[2] = replace(kept[2], payload={"who": 2, "said": "нет"})
    assert faults(kept) == [Found(3, 20, Fault.ALTERED)]


def test_a_row_altered_with_its_hash_breaks_the_link():
    kept = chain()
    lie = {"who": 2, "said": "нет"}
    kept[2] = replace(kept[2], payload=lie, link=replace(kept[2].link, digest=digest_of(lie, SALTS[2])))
    assert faults(kept) == [Found(3, 20, Fault.BROKEN)]


def test_a_lie_with_a_hash_of_its_own_breaks_the_link_after_it():
    kept = chain()
    lie = {"who": 2, "said": "нет"}
    digest = digest_of(lie, SALTS[2])
    link = Link(3, 20, digest, hash_of(kept[1].link.hash, number=3, row_id=20, digest=digest))
    kept[2] = Kept(link, lie, SALTS[2])
    assert faults(kept) == [Found(4, 30, Fault.BROKEN)]


def test_a_removed_row_is_named():
    kept = chain()
    kept[2] = Kept(kept[2].link)
    assert faults(kept) == [Found(3, 20, Fault.REMOVED)]


def test_an_erased_row_is_no_fault():
    kept = chain()
    kept[2] = Kept(kept[2].link, erased=True)
    seen = verify(kept)
    assert (seen.holds, seen.erased) == (True, 1)


def test_a_row_removed_with_its_link_is_named():
    kept = chain()
    assert faults(kept[:2] + kept[3:]) == [Found(3, 0, Fault.REMOVED)]


def test_rows_that_changed_places_are_named():
    kept = chain()
    swapped = [
        *kept[:1],
        replace(kept[2], link=replace(kept[2].link, number=2)),
        replace(kept[1], link=replace(kept[1].link, number=3)),
        *kept[3:],
    ]
    assert [found.number for found in faults(swapped)] == [2, 3, 4]


def test_a_cut_end_is_found_by_a_head_that_was_noted():
    kept = chain()
    noted = Head(5, kept[-1].link.hash)
    assert faults(kept[:4]) == []
    assert faults(kept[:4], expected=noted) == [Found(5, 0, Fault.REMOVED)]
    assert faults(kept, expected=noted) == []


def test_a_chain_made_anew_has_not_the_head_that_was_noted():
    kept = chain()
    noted = Head(3, kept[2].link.hash)
    anew = [Kept(link, PAYLOADS[0], SALTS[0]) for link in seal([(1, digest_of(PAYLOADS[0], SALTS[0]))] * 5, Head())]
    assert faults(kept, expected=noted) == []
    assert faults(anew, expected=noted) == [Found(3, 0, Fault.BROKEN)]


def test_a_payload_is_written_in_one_way():
    assert written({"b": 1, "a": "Ёж"}) == written({"a": "Ёж", "b": 1}) == '{"a":"Ёж","b":1}'.encode()
    with pytest.raises(ValueError, match="not JSON compliant"):
        written({"a": float("nan")})


def test_a_known_chain():
    # Computed with sha256sum; docs/algorithms/hash-chain.md shows the same.
    link = next(seal([(7, digest_of({"said": "yes"}, bytes(32)))], Head()))
    assert link.digest.hex() == "81a6e6b746b15b3530689bd63016fbd90144762af68534cb8f004c80f0a25e86"
    assert link.hash.hex() == "1fe9f01e8936a15e79482b4ecdd3813561d09a634cfd7e5054f70e334ced4ce2"


@given(st.data())
def test_any_single_change_is_found(data):
    kept = chain(6)
    number = data.draw(st.integers(0, 5))
    victim = kept[number]
    change = data.draw(st.sampled_from(["payload", "salt", "row", "digest", "hash", "gone", "cut"]))
    changed = {
        "payload": lambda: [replace(victim, payload={"who": -1})],
        "salt": lambda: [replace(victim, salt=bytes(32))] if number else [replace(victim, salt=b"x" * 32)],
        "row": lambda: [replace(victim, link=replace(victim.link, row_id=99))],
        "digest": lambda: [replace(victim, link=replace(victim.link, digest=bytes(32)))],
        "hash": lambda: [replace(victim, link=replace(victim.link, hash=bytes(32)))],
        "gone": lambda: [Kept(victim.link)],
        "cut": list,
    }[change]()
    noted = Head(6, kept[-1].link.hash)
    seen = verify([*kept[:number], *changed, *kept[number + 1 :]], expected=noted)
    assert not seen.holds
    assert all(abs(found.number - number - 1) <= 1 for found in seen.faults if found.row_id)
