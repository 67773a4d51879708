"""Compiled loops over the pairs of a night: who is held back by what, who takes the car, what a customer is worth.

The expressions of `invitations.rules` must give the same.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from vernost.facts.flat import NO_SMALL

Numbers = NDArray[np.int64]
Places = NDArray[np.int32]
Marks = NDArray[np.bool_]

CHANNELS = 4
# The bits of what is known of a person: consents from the lowest, then addresses, then stops.
ADDRESS, STOP = CHANNELS, 2 * CHANNELS
(
    NONE,
    BLOCKED,
    NOT_OWNER,
    NO_CONSENT,
    NO_CONTACT,
    DO_NOT_DISTURB,
    OPEN_APPOINTMENT,
    VISITED_RECENTLY,
    ALREADY_INVITED,
    CONTACTED_RECENTLY,
    OUTRANKED,
    OVER_CAPACITY,
    HELD_OUT,
) = range(13)


@njit(cache=True, nogil=True)
def hear_companies(
    pairs: tuple[Places, Numbers],
    runs: Places,
    starts: Numbers,
    rows: tuple[Numbers, Places, Places],
    until: int,
    consents: Places,
) -> None:
    """Put into `consents`, a bit for each channel, what was said to the company of each pair up to the day.

    `pairs`: customer and company; `runs`: the place of each customer's rows (-1: he has none); `rows`: company,
    channel, and twice the day with one more for a refusal, so that the greatest is the one in force.
    """
    customer, company = pairs
    to_company, channel, said = rows
    last = np.empty(CHANNELS, np.int32)
    for pair in range(len(customer)):
        run = runs[customer[pair]]
        if run < 0:
            continue
        last[:] = NO_SMALL
        for row in range(starts[run], starts[run + 1]):
            if to_company[row] == company[pair] and said[row] >> 1 <= until:
                last[channel[row]] = max(last[channel[row]], said[row])
        if (last == NO_SMALL).all():
            continue
        consents[pair] = 0
        for place in range(CHANNELS):
            if last[place] != NO_SMALL and last[place] & 1 == 0:
                consents[pair] |= 1 << place


@njit(cache=True, nogil=True)
def own_reasons(
    pairs: tuple[Places, Places, Places, Places, Marks],
    programmes: tuple[Places, Marks, Marks],
    people: tuple[Places, Marks, Marks, Marks],
    cars: tuple[Places, Marks, Marks],
) -> NDArray[np.int8]:
    """Return the first reason of its own that holds each pair back.

    `pairs`: place of the programme, car (-1: none), customer, the channels that he has consented to (a bit each),
    whether invited before. `programmes`: the channels, whether advertising, and by programme and reason whether that
    never holds it back. `people`: bits, blocked, booked, tired. `cars`: the owner (-1: scrapped, nobody's or sold),
    booked, visited.
    """
    programme, car, customer, consents, invited_before = pairs
    uses, advertising, exempt = programmes
    bits, blocked, person_booked, tired = people
    owner, car_booked, visited = cars
    reasons = np.zeros(len(car), np.int8)
    applies = np.zeros(CONTACTED_RECENTLY + 1, np.bool_)
    for pair in range(len(car)):
        place, who, what = programme[pair], customer[pair], car[pair]
        asked = uses[place]
        if advertising[place]:
            asked &= consents[pair]
        reachable = asked & (bits[who] >> ADDRESS)
        applies[BLOCKED] = blocked[who]
        applies[NOT_OWNER] = what >= 0 and owner[what] != who
        applies[NO_CONSENT] = asked == 0
        applies[NO_CONTACT] = reachable == 0
        applies[DO_NOT_DISTURB] = reachable & ~(bits[who] >> STOP) == 0
        applies[OPEN_APPOINTMENT] = person_booked[who] or (what >= 0 and car_booked[what])
        applies[VISITED_RECENTLY] = what >= 0 and visited[what]
        applies[ALREADY_INVITED] = invited_before[pair]
        applies[CONTACTED_RECENTLY] = tired[who]
        for reason in range(1, len(applies)):
            if applies[reason] and not exempt[place, reason]:
                reasons[pair] = reason
                break
    return reasons


@njit(cache=True, nogil=True)
def takes(
    seat: Places,
    candidates: tuple[NDArray[np.int8], Marks],
    order: tuple[Places, Places, Places, Places],
    anchors: tuple[Numbers, NDArray[np.uint8]],
    seats: int,
) -> Marks:
    """Tell of each pair whether it has the car: the first of the seat that no reason holds back, or one settled today.

    `candidates`: reason, settled; `order`: rank, place of the programme, due day, customer; `anchors`: offsets and
    bytes of the texts, which go before the customer.
    """
    reason, settled = candidates
    first = np.full(seats, -1, np.int32)
    for pair in range(len(seat)):
        if reason[pair] != NONE and not settled[pair]:
            continue
        best = first[seat[pair]]
        if best < 0 or _goes_before(pair, best, settled, order, anchors):
            first[seat[pair]] = pair
    taken = settled.copy()
    for number in range(seats):
        if first[number] >= 0:
            taken[first[number]] = True
    return taken


@njit(cache=True, nogil=True)
def _goes_before(  # noqa: PLR0911 - one for each column
    one: int,
    other: int,
    settled: Marks,
    order: tuple[Places, Places, Places, Places],
    anchors: tuple[Numbers, NDArray[np.uint8]],
) -> bool:
    rank, place, due, customer = order
    if settled[one] != settled[other]:
        return bool(settled[one])
    if rank[one] != rank[other]:
        return bool(rank[one] < rank[other])
    if place[one] != place[other]:
        return bool(place[one] < place[other])
    if due[one] != due[other]:
        return bool(due[one] < due[other])
    offsets, text = anchors
    length = min(offsets[one + 1] - offsets[one], offsets[other + 1] - offsets[other])
    for byte in range(length):
        left, right = text[offsets[one] + byte], text[offsets[other] + byte]
        if left != right:
            return bool(left < right)
    if offsets[one + 1] - offsets[one] != offsets[other + 1] - offsets[other]:
        return bool(offsets[one + 1] - offsets[one] < offsets[other + 1] - offsets[other])
    return bool(customer[one] < customer[other])


@njit(cache=True, nogil=True)
def add_days(
    starts: Numbers,
    customers: Places,
    rows: tuple[Places, Places, Numbers, NDArray[np.int8]],
    window: tuple[int, int, int],
    branches: Places,
    of_customers: tuple[Numbers, Numbers],
    of_branches: tuple[Numbers, Numbers, Numbers],
) -> None:
    """Add the visit days: margin and days to customers, margin, rows and first rows to branches (the last: without).

    `rows`: day, branch id, margin, whether first of its day; `window`: the days after which they count for customers
    and for branches, and the last one; `branches` maps an id to its place. Customers -1 are passed over.
    """
    day, branch, margin, first = rows
    after, branch_after, until = window
    own_margin, own_days = of_customers
    branch_margin, branch_rows, branch_first = of_branches
    for run in range(len(customers)):
        who = customers[run]
        if who < 0:
            continue
        for row in range(starts[run], starts[run + 1]):
            if day[row] <= after or day[row] > until:
                continue
            own_margin[who] += margin[row]
            own_days[who] += first[row] == 1
            if day[row] > branch_after:
                place = len(branch_margin) - 1 if branch[row] == NO_SMALL else branches[branch[row]]
                branch_margin[place] += margin[row]
                branch_rows[place] += 1
                branch_first[place] += first[row] == 1
