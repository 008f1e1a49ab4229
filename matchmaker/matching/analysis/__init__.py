"""Reading text in the twelve languages: identify, normalise, cut into terms."""

from matchmaker.matching.analysis.identification import Identification, identify
from matchmaker.matching.analysis.normalisation import Aligned, align, burmese_encoding, normalise
from matchmaker.matching.analysis.terms import Token, tokens

__all__ = [
    "Aligned",
    "Identification",
    "Token",
    "align",
    "burmese_encoding",
    "identify",
    "normalise",
    "tokens",
]
