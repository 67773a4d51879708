"""The published estimates come out of the published data: CDNOW, 2 357 customers, 39 weeks."""

import numpy as np
import pytest
from tests import cdnow

from vernost.segments.rules.value import choice, money, visits
from vernost.segments.rules.value.holdout import HeldOut


@pytest.fixture(scope="module")
def known():
    return cdnow.summary()


def test_the_sample_is_that_of_the_paper(known):
    assert (len(known.customer), int((known.frequency > 0).sum()), int(known.frequency.sum())) == (2357, 946, 2457)


def test_bg_nbd_has_the_estimates_of_fader_hardie_lee(known):
    model = visits.fit("bg_nbd", known.histories())
    assert (round(model.r, 3), round(model.alpha, 3), round(model.a, 3), round(model.b, 3)) == (
        0.243,
        4.414,
        0.793,
        2.426,
    )
    assert (round(model.log_likelihood, 1), model.customers) == (-9582.4, 2357)


def test_gamma_gamma_has_the_estimates_of_fader_and_hardie(known):
    model = money.fit(known.frequency, known.mean)
    assert (round(model.p, 2), round(model.q, 2), round(model.gamma, 2), model.customers) == (6.25, 3.74, 15.44, 946)


def test_the_first_customer_is_expected_as_in_the_authors_spreadsheet(known):
    """Fader and Hardie, "Implementing the BG/NBD Model in Excel": 1.226 purchases in the next 39 weeks."""
    model = visits.fit("bg_nbd", known.histories())
    expected = visits.expected_visits(model, known.frequency[:1], known.recency[:1], known.age[:1], 39.0)
    assert round(float(expected[0]), 3) == 1.226


def test_the_next_39_weeks_are_foretold_better_than_by_a_rate(known):
    later = cdnow.columns()["later"]
    kept = HeldOut(known, later, cdnow.UNTIL.toordinal(), cdnow.END.toordinal())
    fit = choice.fit_all(known, kept)
    assert fit.chosen.kind == "mbg_nbd"
    told = {
        kind: (test.assessment.actual, round(test.assessment.expected / test.assessment.actual, 2))
        for kind, test in fit.tests.items()
    }
    assert told == {"bg_nbd": (1882, 0.88), "mbg_nbd": (1882, 0.84), "simple_rate": (1882, 1.56)}
    assert [group.frequency for group in fit.test.groups] == list(range(8))
    assert np.isclose(sum(group.customers * group.actual for group in fit.test.groups), fit.test.actual)
