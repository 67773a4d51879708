"""truth/: what an analyst should find out, known because the model made it so."""

import numpy as np

from vernost.demo.files import Codes, Folder, style_of
from vernost.demo.garage import Cars, Ownerships
from vernost.demo.responses import PROGRAMMES, Future, Responses
from vernost.demo.rows import join, padded, table, whole
from vernost.demo.world import World


def write_vehicles(folder: Folder, codes: Codes, world: World, cars: Cars, owned: Ownerships, future: Future) -> None:
    style = style_of("truth/vehicles")
    everyone = np.arange(cars.count)
    rate = np.rint(owned.mileage.average(owned.present, world.until) * 100).astype(np.int64)
    # A scrapped car stands still.
    rate = np.where(cars.scrapped <= world.until, 0, rate)
    km_per_day = (*whole(rate // 100), b".", *padded(rate % 100, 2))
    folder.write("truth/vehicles", [codes.car(everyone), km_per_day, style.day(future.maintenance)], cars.count)


def write_responses(folder: Folder, codes: Codes, cars: Cars, responses: Responses) -> None:
    style = style_of("truth/responses")
    names = join(codes.car(np.arange(cars.count)), cars.count)
    columns = [
        (names[responses.car],),
        (table(PROGRAMMES)[responses.programme],),
        style.flag(responses.comes),
        style.flag(responses.comes_if_called),
    ]
    folder.write("truth/responses", columns, len(responses.car))
