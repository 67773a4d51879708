import pytest
from tests.demo.reading import UNTIL, Dealership, names, read

from vernost import demo


@pytest.fixture(scope="session")
def dealership(tmp_path_factory: pytest.TempPathFactory) -> Dealership:
    folder = tmp_path_factory.mktemp("dealership")
    demo.generate(customers=3_000, seed=11, until=UNTIL, out=folder)
    return Dealership(folder, {name: read(folder, name) for name in names(folder)})
