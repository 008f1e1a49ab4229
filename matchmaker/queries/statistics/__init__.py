"""The network's figures: counted from listings, matches and the audit trail, without any name.

`rows` reads slim rows, `figures` counts them. How each figure is counted is written there, once.
"""

from matchmaker.queries.statistics.figures import (
    Contracts,
    Endings,
    Figures,
    Funnel,
    Judged,
    Stay,
    first_month,
    network_figures,
)
from matchmaker.queries.statistics.rows import STAGES, Wanted

__all__ = [
    "STAGES",
    "Contracts",
    "Endings",
    "Figures",
    "Funnel",
    "Judged",
    "Stay",
    "Wanted",
    "first_month",
    "network_figures",
]
