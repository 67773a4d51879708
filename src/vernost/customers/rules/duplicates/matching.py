"""Training the model on the very records that are compared, and scoring the pairs worth a look.

Nobody labels pairs: how often values agree by chance is seen from random pairs, how often they agree for one
person is learnt by expectation maximisation, and how many pairs there are at all follows from both.
"""

import logging
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import duckdb
import numpy as np

from vernost.customers.rules.duplicates.comparisons import Compared, comparison

# Pairs below are not kept: a million-fold evidence against them.
_LEAST_WEIGHT: Final = -20
_RANDOM_PAIRS: Final = 2_000_000
_TRAINING_PAIRS: Final = 1_000_000
# More of them let the share of a rare agreement fall towards nought.
_ROUNDS_OF_TRAINING: Final = 20
_ROUNDS: Final = 100
_SETTLED: Final = 1e-9
_PRIOR: Final = 1e-6


@dataclass(frozen=True, slots=True)
class Block:
    """A condition over `l` and `r` that pairs worth a look fulfil. `lists` are columns of which one value is enough."""

    condition: str
    lists: tuple[str, ...] = ()


def score_pairs(
    con: duckdb.DuckDBPyConnection,
    table: str,
    compared: Sequence[Compared],
    *,
    blocks: Sequence[Block],
    trained_on: Sequence[Block],
    key: str = "unique_id",
) -> str:
    """Score the pairs of a table that agree in one of the `blocks`; return the name of a table.

    `trained_on` say in which pairs the model looks for those of one customer. The result has a, b (a < b), score
    (the probability that they are one) and for each comparison `mw_<column>`, its evidence in bits: above nought
    for, below against them, 0 nothing known. Where there is nothing to compare no pair is found.
    """
    if not compared:
        con.execute(f"""CREATE OR REPLACE TABLE scored_pairs AS
                        SELECT {key} AS a, {key} AS b, 0.0::DOUBLE AS score FROM {table} WHERE false""")
        return "scored_pairs"
    rules = [rule for rule in trained_on if _teaches(rule, compared)]
    linker = _trained(lambda: _linker(con, table, compared, blocks, key), rules)
    found = linker.inference.predict(threshold_match_weight=_LEAST_WEIGHT, warning_mode="never").physical_name
    shift = _shift_of_prior(con, found, table)
    columns = {name for name, *_more in con.execute(f"DESCRIBE {found}").fetchall()}
    evidence = "".join(f", {_evidence(one.column, columns)} AS mw_{one.column}" for one in compared)
    con.execute(
        f"""CREATE OR REPLACE TABLE scored_pairs AS
            SELECT least({key}_l, {key}_r) AS a, greatest({key}_l, {key}_r) AS b,
                   1 / (1 + pow(2, -(match_weight + {shift}))) AS score{evidence}
              FROM {found}"""
    )
    return "scored_pairs"


def _teaches(rule: Block, compared: Sequence[Compared]) -> bool:
    """Return whether pairs that agree so leave anything to learn: what a rule names is not learnt from it."""
    named = set(re.findall(r"\bl\.(\w+)", rule.condition))
    return any(named.isdisjoint({one.column, one.swapped}) for one in compared)


def _trained(make: Callable[[], Any], rules: Sequence[Block]) -> Any:  # noqa: ANN401 - Splink has no types
    from splink.internals.exceptions import EMTrainingException  # noqa: PLC0415 - a second to load, and few commands match

    linker = make()
    linker.training.estimate_u_using_random_sampling(max_pairs=_RANDOM_PAIRS, seed=1)
    for rule in rules:
        try:
            linker.training.estimate_parameters_using_expectation_maximisation(
                _rule(rule), estimate_without_term_frequencies=True, max_pairs=_TRAINING_PAIRS
            )
        except (ValueError, EMTrainingException):
            # Where next to no pair that agrees so is of one person, a probability falls below what Splink can hold,
            # and its model is left half made; or those pairs have nothing in which both say something.
            return _trained(make, [one for one in rules if one != rule])
    return linker


def _evidence(column: str, columns: set[str]) -> str:
    """Return SQL of what a comparison says, a rare value counted for more than a common one."""
    parts = [name for name in (f"mw_{column}", f"mw_tf_adj_{column}") if name in columns]
    return f"round({' + '.join(parts)}, 2)"


def _linker(
    con: duckdb.DuckDBPyConnection, table: str, compared: Sequence[Compared], blocks: Sequence[Block], key: str
) -> Any:  # noqa: ANN401 - Splink has no types
    from splink import DuckDBAPI, Linker  # noqa: PLC0415 - as above

    logging.getLogger("splink").setLevel(logging.ERROR)
    settings = {
        "link_type": "dedupe_only",
        "unique_id_column_name": key,
        "probability_two_random_records_match": _PRIOR,
        "comparisons": [comparison(one) for one in compared],
        "blocking_rules_to_generate_predictions": [_rule(block) for block in blocks],
        "retain_matching_columns": False,
        "retain_intermediate_calculation_columns": True,
        "max_iterations": _ROUNDS_OF_TRAINING,
    }
    return Linker(DuckDBAPI(con).register(table), settings, log_level=None)


def _rule(block: Block) -> Any:  # noqa: ANN401 - as above
    from splink.blocking_rule_library import CustomRule  # noqa: PLC0415 - as above

    return CustomRule(block.condition, arrays_to_explode=list(block.lists) or None)


def _shift_of_prior(con: duckdb.DuckDBPyConnection, found: str, table: str) -> float:
    """Return by how much the weights change for the share of matches that the scores themselves add up to."""
    weights = con.execute(f"SELECT match_weight FROM {found}").fetchnumpy()["match_weight"]
    [(records,)] = con.execute(f"SELECT count(*) FROM {table}").fetchall()
    pairs = max(records * (records - 1) / 2, 1)
    evidence = weights - np.log2(_PRIOR / (1 - _PRIOR))
    share = _PRIOR
    for _round in range(_ROUNDS):
        odds = np.exp2(np.clip(evidence + np.log2(share / (1 - share)), -60, 60))
        # At least one match: a share of nought would never leave it.
        before, share = share, float(np.clip((odds / (1 + odds)).sum(), 1, pairs / 2) / pairs)
        if abs(share - before) < _SETTLED * share:
            break
    return float(np.log2(share / (1 - share)) - np.log2(_PRIOR / (1 - _PRIOR)))
