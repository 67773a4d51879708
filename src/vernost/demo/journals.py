"""The smaller files about cars: deals, events and recalls."""

import numpy as np

from vernost.demo.aftercare import EVENTS, Events
from vernost.demo.arrays import FAR, Texts
from vernost.demo.cars import VARIANTS
from vernost.demo.chance import happens
from vernost.demo.files import Codes, Folder, style_of
from vernost.demo.recalls import CAMPAIGNS, Recalls
from vernost.demo.registration import unknown_vins
from vernost.demo.rows import Column, table, unless
from vernost.demo.sales import KINDS, STATUSES, WON, Deals
from vernost.demo.sales import UNSAID as STATUS_UNSAID
from vernost.demo.world import World


class JournalWriter:
    """Writes these files of chunk after chunk."""

    def __init__(self, world: World) -> None:
        self._world = world
        style = style_of("recalls")
        starts = np.array([world.until - campaign.started for campaign in CAMPAIGNS])
        ends = np.array([campaign.lasts or FAR for campaign in CAMPAIGNS]) + starts
        self._starts, self._ends = style.dates(starts), style.dates(ends)
        self._codes = style.table([campaign.code for campaign in CAMPAIGNS])
        self._titles = style.table([campaign.title for campaign in CAMPAIGNS])

    def deals(self, folder: Folder, codes: Codes, deals: Deals) -> None:
        style = style_of("deals")
        won = (deals.status == WON) | (deals.status == STATUS_UNSAID)
        columns: list[Column] = [
            codes.row(b"D", deals.count),
            codes.car(deals.car),
            codes.customer(deals.customer),
            codes.branch(deals.branch),
            codes.employee(deals.manager),
            style.day(deals.opened),
            style.day(deals.closed),
            (table(STATUSES)[deals.status],),
            style.money(deals.amount),
            unless(~won, style.money(deals.cost)),
            (table(KINDS)[deals.kind],),
        ]
        folder.write("deals", columns, deals.count)

    def events(self, folder: Folder, codes: Codes, events: Events) -> None:
        style, count = style_of("vehicle_events"), len(events.car)
        columns: list[Column] = [
            codes.row(b"V", count),
            codes.car(events.car),
            style.day(events.day),
            (table(EVENTS)[events.kind],),
        ]
        folder.write("vehicle_events", columns, count)

    def recalls(self, folder: Folder, chunk: int, recalls: Recalls, vins: Texts) -> None:
        """The list of the maker: cars of ours, with the day of the work, and others."""
        rng = self._world.rng(chunk, "recall lists")
        strangers = np.repeat(np.arange(len(CAMPAIGNS)), recalls.unknown)
        models = [(variant.make, variant.model) for variant in VARIANTS]
        others = [
            unknown_vins(chunk, int(count), models.index((campaign.make, campaign.model)))
            for campaign, count in zip(CAMPAIGNS, recalls.unknown, strict=True)
        ]
        campaign = np.concatenate([recalls.campaign, strangers])
        vin = np.concatenate([vins[recalls.car], *others])
        elsewhere = np.where(happens(rng, 0.2, len(strangers)), self._world.until - 40, FAR)
        done = np.concatenate([recalls.done, elsewhere])
        # A maker's list is by VIN, and names no car twice.
        vin, first = np.unique(np.char.add(self._codes[campaign], vin), return_index=True)
        columns: list[Column] = [
            (self._codes[campaign[first]],),
            (np.concatenate([vins[recalls.car], *others])[first],),
            (self._titles[campaign[first]],),
            (self._starts[campaign[first]],),
            (self._ends[campaign[first]],),
            style_of("recalls").day(done[first]),
        ]
        folder.write("recalls", columns, len(first))
