"""How likely two records are of one customer: Splink's model of Fellegi and Sunter over DuckDB."""

from vernost.customers.rules.duplicates.comparisons import Compared, Sort
from vernost.customers.rules.duplicates.matching import Block, score_pairs

__all__ = ["Block", "Compared", "Sort", "score_pairs"]
