"""The dealer group as a whole: chunk after chunk of customers, from their lives to their files."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np

from vernost.demo import (
    aftercare,
    appointments,
    calls,
    dirt,
    errands,
    garage,
    group,
    lines,
    orders,
    people,
    recalls,
    registration,
    responses,
    sales,
    truth,
    visits,
)
from vernost.demo.arrays import FAR, Ints
from vernost.demo.cards import CardWriter
from vernost.demo.days import number_of
from vernost.demo.files import Codes, Folder
from vernost.demo.journals import JournalWriter
from vernost.demo.papers import PaperWriter
from vernost.demo.registration import RegistrationWriter
from vernost.demo.works import Works
from vernost.demo.world import World

Progress = Callable[[str, float], None]
EARLIEST, LATEST = date(2005, 1, 1), date(2040, 12, 31)


def generate(*, customers: int, seed: int, until: date, out: Path, progress: Progress | None = None) -> None:
    """Write a dealer group's files and the truth about it into the folder `out`.

    `customers` cards are written, from 1 on; the last known day is `until`. The same arguments give the
    same bytes. `progress` hears what is going on and which share of it is done, 0 to 1.
    """
    if customers < 1:
        raise ValueError("a dealership needs at least one customer")
    if not EARLIEST <= until <= LATEST:
        raise ValueError(f"until must lie between {EARLIEST} and {LATEST}")
    world = World.of(customers=customers, seed=seed, until=number_of(until))
    with Folder(out) as folder:
        group.write(folder, world)
        chunks = _Chunks(world, folder)
        for chunk in range(world.chunks):
            if progress:
                progress("customers", chunk / world.chunks)
            chunks.write(chunk)
    if progress:
        progress("customers", 1.0)


class _Chunks:
    """Makes and writes chunk after chunk; what all of them share is made once."""

    def __init__(self, world: World, folder: Folder) -> None:
        self._world = world
        self._folder = folder
        self._works = Works.build()
        self._cards = CardWriter(world)
        self._registration = RegistrationWriter(world)
        self._papers = PaperWriter(world)
        self._journals = JournalWriter(world)

    def write(self, chunk: int) -> None:
        world, folder, works, papers = self._world, self._folder, self._works, self._papers
        crowd = people.draw(world, chunk)
        codes = Codes(world, chunk, crowd.first)
        cars, owned = garage.draw(world, chunk, crowd)
        history = visits.simulate(world, chunk, crowd, owned)
        other, first_calls = errands.draw(world, chunk, crowd, cars, owned, history.spans)
        booked = orders.draw(world, chunk, crowd, owned, history.visits, other)
        work = lines.draw(world, chunk, booked, works, world.catalogue.price[cars.variant[booked.car]])
        numbers = papers.orders(folder, codes, chunk, booked, dirt.draw(world, chunk, booked), work.totals)
        papers.lines(folder, codes, chunk, numbers, work.lines)
        parts = aftercare.part_orders(world, chunk, booked, work.lines, works)
        papers.part_orders(folder, codes, numbers, booked, parts)
        papers.surveys(folder, codes, numbers, booked, aftercare.surveys(world, chunk, crowd, booked))
        diary = appointments.draw(world, chunk, crowd, owned, booked, history, other)
        papers.appointments(folder, codes, numbers, diary)
        contacts = calls.draw(world, chunk, crowd, owned, history.reminders, first_calls, booked)
        papers.interactions(folder, codes, chunk, contacts)
        deals = sales.draw(world, chunk, crowd, cars, owned)
        self._journals.deals(folder, codes, deals)
        happened = aftercare.events(world, chunk, cars, owned)
        self._journals.events(folder, codes, happened)
        marks = registration.vins(world, chunk, cars)
        self._registration.write(folder, codes, chunk, cars, owned, marks, happened.column)
        campaigns = recalls.draw(world, chunk, cars, booked)
        self._journals.recalls(folder, chunk, campaigns, marks.true)
        created = _first_days(crowd, owned, booked, deals, contacts)
        self._cards.write(folder, codes, crowd, chunk, created)
        future = responses.future(world, owned, history, other, booked)
        truth.write_vehicles(folder, codes, world, cars, owned, future)
        put_off = np.pad(work.put_off, (0, cars.count - len(work.put_off)))
        seen = responses.Seen(future, campaigns.open, put_off)
        truth.write_responses(folder, codes, cars, responses.draw(world, chunk, crowd, cars, owned, history, seen))


def _first_days(
    crowd: people.People,
    owned: garage.Ownerships,
    booked: orders.Orders,
    deals: sales.Deals,
    contacts: calls.Contacts,
) -> Ints:
    """The day on which each card was made: that of the first thing known of the customer."""
    created = np.where(crowd.role == people.PROSPECT, crowd.arrived, FAR)
    named = booked.customer >= 0
    np.minimum.at(created, owned.customer, owned.start)
    np.minimum.at(created, booked.customer[named], booked.day[named])
    np.minimum.at(created, deals.customer, deals.opened)
    np.minimum.at(created, contacts.customer, contacts.day)
    return np.where(created == FAR, crowd.arrived, created)
