"""branches.csv, employees.csv and maintenance_plans.csv: the group itself."""

from vernost.demo.branches import CITIES, GROUP, ROLES, STREETS
from vernost.demo.cars import PLANS
from vernost.demo.files import Folder
from vernost.demo.names import latin, staff_names
from vernost.demo.world import World

HOUSES = 97


def write(folder: Folder, world: World) -> None:
    folder.write_texts("branches", _branches(world))
    folder.write_texts("employees", _employees(world))
    folder.write_texts(
        "maintenance_plans",
        (
            (
                plan.make, plan.model, plan.engine, plan.year_from, plan.year_to, plan.months, plan.km,
                plan.first_months, plan.first_km, plan.hours,
            )
            for plan in PLANS
        ),
    )  # fmt: skip


def _branches(world: World) -> list[tuple[object, ...]]:
    rows: list[tuple[object, ...]] = []
    branches = world.branches
    for place, code in enumerate(branches.ids):
        city = CITIES[branches.city[place]]
        number = place // len(CITIES) + 1
        name = f"{GROUP} {city.name}" + (f"-{number}" if number > 1 else "")
        street = STREETS[(place * 7) % len(STREETS)]
        phone = f"+7 ({city.phone}) 2{place:02d}-10-{10 + number}"
        address = f"{city.name}, {street}, {10 + (place * 13) % HOUSES}"
        # The smallest branch is a separate company on the simplified tax.
        vat = 0 if place == branches.count - 1 else 1
        brands = ", ".join(branches.brands[place])
        opens = "08:00" if place % 2 else "09:00"
        rows.append((code, name, city.timezone, brands, address, phone, branches.bays[place], opens, "20:00", vat))
    return rows


def _employees(world: World) -> list[tuple[object, ...]]:
    branches = world.branches
    total = sum(int(count.sum()) for count in branches.staff.values())
    people = staff_names(world.rng(0, "employees"), total)
    rows: list[tuple[object, ...]] = []
    for place, code in enumerate(branches.ids):
        for role in ROLES:
            first = int(branches.first[role][place])
            for number in range(first, first + int(branches.staff[role][place])):
                surname, name, patronymic = people[number - 1]
                phone = (
                    f"+7 (9{10 + place:02d}) {number // 10_000 % 1000:03d}-{number // 100 % 100:02d}-{number % 100:02d}"
                )
                email = f"{latin(surname)}.{number}@vektor-auto.example"
                rows.append((f"E-{number:05d}", f"{surname} {name} {patronymic}", code, role, phone, email))
    return rows
