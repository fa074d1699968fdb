"""Every registered protocol passes the public kit, in each of its forms."""

import pytest

from negotiation.registry import available
from protocols import Combinatorial, Frequency
from protocols.conformance import check_protocol, check_share_demanding, small_problems


@pytest.mark.parametrize("name", sorted(available("protocol")))
def test_protocol_conforms(name):
    check_protocol(available("protocol")[name])


@pytest.mark.parametrize(
    "protocol", [Combinatorial(form="number"), Combinatorial(form="table"), Frequency(tremble_game=True)], ids=str
)
def test_protocol_conforms_in_its_other_forms(protocol):
    problems = [p for p in small_problems() if len(p.choices) ** p.n <= 4096]
    check_protocol(protocol, problems)


def test_which_protocols_have_share_demanding_offers():
    """Section 4.4: combinatorial and share-demanding negotiation have them, item-by-item does not."""
    rugs = small_problems()[0]
    tested = {name: check_share_demanding(rugs, cls()) for name, cls in available("protocol").items()}
    assert tested["item-by-item"] == 0
    assert min(tested["combinatorial"], tested["share-demanding"]) > 20
