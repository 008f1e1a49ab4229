from hypothesis import given
from hypothesis import strategies as st

from matchmaker.domain.references import ALPHABET, Prefix, new_reference, parse_reference

references = st.builds(new_reference, st.sampled_from(Prefix))


@given(references)
def test_a_reference_reads_back_as_itself(reference: str) -> None:
    assert parse_reference(reference) == reference
    assert parse_reference(reference.lower().replace("-", " ")) == reference


@given(references, st.integers(1, 8), st.sampled_from(ALPHABET))
def test_one_wrong_character_is_noticed(reference: str, place: int, char: str) -> None:
    bare = reference.replace("-", "")
    wrong = bare[:place] + char + bare[place + 1 :]
    assert parse_reference(wrong) == (reference if wrong == bare else None)


@given(references, st.integers(1, 7))
def test_two_swapped_neighbours_are_noticed(reference: str, place: int) -> None:
    bare = reference.replace("-", "")
    swapped = bare[:place] + bare[place + 1] + bare[place] + bare[place + 2 :]
    assert parse_reference(swapped) == (reference if swapped == bare else None)


def test_lookalikes_are_read_as_digits() -> None:
    reference = next(r for r in iter(lambda: new_reference(Prefix.OFFER), "") if "0" in r)
    assert parse_reference(reference.replace("0", "O")) == reference


@given(st.text(max_size=30))
def test_other_text_is_refused_or_canonical(text: str) -> None:
    parsed = parse_reference(text)
    assert parsed is None or parse_reference(parsed) == parsed
