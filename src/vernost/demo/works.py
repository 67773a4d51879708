"""What is done to cars, and what it costs: items of orders, and jobs made of items."""

from dataclasses import dataclass

import numpy as np

from vernost.demo.arrays import Bools, Floats, Ints
from vernost.demo.errands import (
    ACCESSORIES,
    BODY,
    FIRST_CHECK,
    INTERNAL,
    MAINTENANCE,
    PRESALE,
    REPAIR,
    TYRES,
    WARRANTY,
)

MOST_MAINTENANCE = 15
SLOTS = 7


@dataclass(frozen=True, slots=True)
class Item:
    code: str
    name: str
    category: str
    labour: bool
    price: int  # roubles of 2024 for a car of 2 million
    tenths: int = 10  # quantity x 10


@dataclass(frozen=True, slots=True)
class Job:
    kind: int
    weight: float
    items: tuple[tuple[str, float], ...]  # item code, chance to be on the order
    wears: bool = False  # can be advised and put off: its first two items are the work


LABOUR, PART = True, False
ITEMS = (
    *(
        Item(f"TO{number:02d}", f"ТО-{number}: работы по регламенту", "maintenance", LABOUR, 4_800 + 350 * (number % 4))
        for number in range(1, MOST_MAINTENANCE + 1)
    ),
    Item("00-00010412", "Масло моторное 5W-30, л", "oil_service", PART, 980, 45),
    Item("00-00010433", "Фильтр масляный", "oil_service", PART, 890),
    Item("00-00010447", "Фильтр салона", "oil_service", PART, 1_250),
    Item("00-00010448", "Фильтр воздушный", "oil_service", PART, 1_480),
    Item("00-00010502", "Свечи зажигания, комплект", "ignition", PART, 4_200),
    Item("00-00010611", "Жидкость тормозная DOT-4", "brakes", PART, 850),
    Item("00-00010700", "Прокладка сливной пробки", "oil_service", PART, 95),
    Item("W-1101", "Замена передних тормозных колодок", "brakes", LABOUR, 2_600),
    Item("00-00020015", "Колодки тормозные передние", "brakes", PART, 6_900),
    Item("W-1102", "Замена задних тормозных колодок", "brakes", LABOUR, 2_800),
    Item("00-00020016", "Колодки тормозные задние", "brakes", PART, 5_800),
    Item("W-1110", "Замена передних тормозных дисков", "brakes", LABOUR, 4_100),
    Item("00-00020031", "Диск тормозной передний", "brakes", PART, 7_800, 20),
    Item("W-1201", "Замена переднего амортизатора", "suspension", LABOUR, 4_900),
    Item("00-00021100", "Амортизатор передний", "suspension", PART, 11_400, 20),
    Item("W-1204", "Замена стоек стабилизатора", "suspension", LABOUR, 2_400),
    Item("00-00021140", "Стойка стабилизатора", "suspension", PART, 2_350, 20),
    Item("W-1207", "Замена сайлентблоков рычагов", "suspension", LABOUR, 6_200),
    Item("00-00021188", "Сайлентблок рычага", "suspension", PART, 1_900, 40),
    Item("W-1210", "Замена ступичного подшипника", "suspension", LABOUR, 4_400),
    Item("00-00021200", "Подшипник ступицы", "suspension", PART, 8_600),
    Item("W-1250", "Развал-схождение", "suspension", LABOUR, 3_400),
    Item("W-1301", "Замена аккумулятора", "battery", LABOUR, 900),
    Item("00-00022001", "Аккумулятор 70 А·ч", "battery", PART, 11_900),
    Item("W-1401", "Замена приводного ремня", "engine", LABOUR, 2_900),
    Item("00-00023010", "Ремень приводной", "engine", PART, 3_700),
    Item("W-1403", "Замена помпы и антифриза", "engine", LABOUR, 7_800),
    Item("00-00023044", "Насос охлаждающей жидкости", "engine", PART, 9_200),
    Item("00-00023060", "Антифриз, л", "engine", PART, 420, 70),
    Item("W-1410", "Замена опоры двигателя", "engine", LABOUR, 4_600),
    Item("00-00023090", "Опора двигателя", "engine", PART, 10_300),
    Item("W-1420", "Замена масла в коробке передач", "transmission", LABOUR, 5_600),
    Item("00-00024010", "Масло трансмиссионное, л", "transmission", PART, 1_650, 60),
    Item("W-1501", "Диагностика компьютерная", "diagnostics", LABOUR, 1_900),
    Item("W-1502", "Диагностика ходовой части", "diagnostics", LABOUR, 1_400),
    Item("W-1503", "Поиск неисправности электрооборудования", "electrics", LABOUR, 3_800),
    Item("00-00025017", "Лампа ближнего света", "electrics", PART, 980, 20),
    Item("00-00025030", "Датчик ABS", "electrics", PART, 5_900),
    Item("W-1601", "Обслуживание и заправка кондиционера", "air_conditioning", LABOUR, 3_900),
    Item("00-00026001", "Хладагент R134a", "air_conditioning", PART, 2_400),
    Item("W-1610", "Антибактериальная обработка кондиционера", "air_conditioning", LABOUR, 2_100),
    Item("W-1701", "Шиномонтаж, комплект", "tyres", LABOUR, 3_600),
    Item("W-1702", "Балансировка колёс, комплект", "tyres", LABOUR, 1_800),
    Item("W-1703", "Сезонное хранение шин", "tyres", LABOUR, 4_500),
    Item("00-00027011", "Шина зимняя шипованная", "tyres", PART, 10_900, 40),
    Item("00-00027012", "Шина летняя", "tyres", PART, 9_400, 40),
    Item("W-2101", "Ремонт и окраска бампера", "body", LABOUR, 18_500),
    Item("00-00031010", "Бампер передний", "body", PART, 27_000),
    Item("W-2102", "Замена и окраска крыла", "body", LABOUR, 21_000),
    Item("00-00031020", "Крыло переднее", "body", PART, 19_800),
    Item("W-2103", "Замена двери, окраска", "body", LABOUR, 33_000),
    Item("00-00031030", "Дверь", "body", PART, 48_000),
    Item("W-2104", "Замена лобового стекла", "body", LABOUR, 7_500),
    Item("00-00031040", "Стекло лобовое", "body", PART, 29_500),
    Item("00-00031050", "Фара", "body", PART, 41_000),
    Item("00-00031090", "Материалы лакокрасочные", "body", PART, 9_700),
    Item("W-2110", "Полировка кузова", "body", LABOUR, 12_000),
    Item("W-3001", "Работы по гарантии", "warranty", LABOUR, 3_900),
    Item("00-00041010", "Модуль мультимедиа", "electrics", PART, 46_000),
    Item("00-00041020", "Датчик кислорода", "engine", PART, 9_800),
    Item("00-00041030", "Рулевая рейка", "suspension", PART, 61_000),
    Item("00-00041040", "Замок двери", "body", PART, 7_400),
    Item("00-00041050", "Клапан системы охлаждения", "engine", PART, 6_800),
    Item("W-4001", "Предпродажная подготовка", "presale", LABOUR, 6_500),
    Item("W-4002", "Подготовка автомобиля с пробегом", "internal", LABOUR, 9_500),
    Item("W-4003", "Мойка и химчистка", "wash", LABOUR, 5_200),
    Item("W-4004", "Бесплатный осмотр нового автомобиля", "diagnostics", LABOUR, 0),
    Item("W-5001", "Установка сигнализации", "accessories", LABOUR, 9_800),
    Item("00-00051010", "Сигнализация с автозапуском", "accessories", PART, 24_500),
    Item("00-00051020", "Коврики салона, комплект", "accessories", PART, 6_900),
    Item("00-00051030", "Защита картера", "accessories", PART, 8_700),
    Item("W-5002", "Установка защиты картера", "accessories", LABOUR, 1_900),
    Item("W-5003", "Установка фаркопа", "accessories", LABOUR, 7_600),
    Item("00-00051040", "Фаркоп", "accessories", PART, 21_000),
    Item("00-00051050", "Детское кресло", "accessories", PART, 18_900),
    Item("W-5004", "Мойка комплексная", "wash", LABOUR, 1_600),
)


def _maintenance(number: int) -> Job:
    oil = (("00-00010412", 1.0), ("00-00010433", 1.0))
    extra = {
        0: (("00-00010448", 0.7), ("00-00010502", 0.7), ("00-00010611", 0.8)),
        1: (("00-00010447", 0.5), ("00-00010700", 0.4)),
        2: (("00-00010447", 0.6), ("00-00010448", 0.6), ("00-00010611", 0.25)),
        3: (("00-00010447", 0.5), ("W-5004", 0.15)),
    }
    return Job(MAINTENANCE, 1.0, ((f"TO{number:02d}", 1.0), *oil, *extra[number % 4]))


def _repair(weight: float, labour: str, part: str, *more: tuple[str, float]) -> Job:
    return Job(REPAIR, weight, ((labour, 1.0), (part, 1.0), *more), wears=True)


JOBS = (
    *(_maintenance(number) for number in range(1, MOST_MAINTENANCE + 1)),
    _repair(10, "W-1101", "00-00020015"),
    _repair(7, "W-1102", "00-00020016"),
    _repair(6, "W-1110", "00-00020031", ("00-00020015", 0.5)),
    _repair(4, "W-1201", "00-00021100", ("W-1250", 0.5)),
    _repair(8, "W-1204", "00-00021140"),
    _repair(4, "W-1207", "00-00021188", ("W-1250", 0.6)),
    _repair(3, "W-1210", "00-00021200"),
    _repair(5, "W-1301", "00-00022001"),
    _repair(4, "W-1401", "00-00023010"),
    _repair(2, "W-1403", "00-00023044", ("00-00023060", 0.9)),
    _repair(2, "W-1410", "00-00023090"),
    _repair(4, "W-1420", "00-00024010"),
    _repair(5, "W-1601", "00-00026001", ("W-1610", 0.3)),
    Job(REPAIR, 9, (("W-1501", 1.0), ("W-1503", 0.3), ("00-00025030", 0.2))),
    Job(REPAIR, 8, (("W-1502", 1.0), ("W-1250", 0.4))),
    Job(REPAIR, 4, (("00-00025017", 1.0), ("W-1501", 0.5))),
    Job(TYRES, 10, (("W-1701", 1.0), ("W-1702", 0.7), ("W-1703", 0.3))),
    Job(TYRES, 1.2, (("00-00027011", 1.0), ("W-1701", 1.0), ("W-1702", 1.0))),
    Job(TYRES, 0.8, (("00-00027012", 1.0), ("W-1701", 1.0), ("W-1702", 1.0))),
    Job(BODY, 5, (("W-2101", 1.0), ("00-00031010", 0.7), ("00-00031090", 1.0), ("00-00031050", 0.25))),
    Job(BODY, 4, (("W-2102", 1.0), ("00-00031020", 0.7), ("00-00031090", 1.0))),
    Job(BODY, 2, (("W-2103", 1.0), ("00-00031030", 0.8), ("00-00031090", 1.0), ("W-2102", 0.4))),
    Job(BODY, 3, (("W-2104", 1.0), ("00-00031040", 1.0))),
    Job(BODY, 1, (("W-2110", 1.0), ("W-5004", 0.5))),
    Job(WARRANTY, 3, (("W-3001", 1.0), ("00-00041010", 0.6))),
    Job(WARRANTY, 3, (("W-3001", 1.0), ("00-00041020", 0.9))),
    Job(WARRANTY, 1, (("W-3001", 1.0), ("00-00041030", 1.0), ("W-1250", 1.0))),
    Job(WARRANTY, 2, (("W-3001", 1.0), ("00-00041040", 1.0))),
    Job(WARRANTY, 2, (("W-3001", 1.0), ("00-00041050", 1.0), ("00-00023060", 0.4))),
    Job(PRESALE, 1, (("W-4001", 1.0), ("W-5004", 0.4))),
    Job(INTERNAL, 1, (("W-4002", 1.0), ("W-4003", 0.8), ("00-00020015", 0.2))),
    Job(ACCESSORIES, 4, (("00-00051020", 1.0), ("00-00051030", 0.4), ("W-5002", 0.4))),
    Job(ACCESSORIES, 3, (("W-5001", 1.0), ("00-00051010", 1.0))),
    Job(ACCESSORIES, 1, (("W-5003", 1.0), ("00-00051040", 1.0))),
    Job(ACCESSORIES, 1, (("00-00051050", 1.0),)),
    Job(FIRST_CHECK, 1, (("W-4004", 1.0), ("W-5004", 0.3))),
)


@dataclass(frozen=True, slots=True)
class Works:
    """Items as columns; jobs as [job, slot] of item numbers (-1: no item) and chances."""

    price: Ints
    tenths: Ints
    labour: Bools
    items: Ints
    chance: Floats
    kind: Ints
    weight: Floats
    wears: Ints  # numbers of the jobs that can be put off

    @classmethod
    def build(cls) -> "Works":
        place = {item.code: number for number, item in enumerate(ITEMS)}
        items = np.full((len(JOBS), SLOTS), -1)
        chance = np.zeros((len(JOBS), SLOTS))
        for number, job in enumerate(JOBS):
            for slot, (code, likely) in enumerate(job.items):
                items[number, slot], chance[number, slot] = place[code], likely
        return cls(
            price=np.array([item.price for item in ITEMS]),
            tenths=np.array([item.tenths for item in ITEMS]),
            labour=np.array([item.labour for item in ITEMS]),
            items=items,
            chance=chance,
            kind=np.array([job.kind for job in JOBS]),
            weight=np.array([job.weight for job in JOBS]),
            wears=np.flatnonzero([job.wears for job in JOBS]),
        )
