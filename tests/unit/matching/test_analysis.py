"""Real text in the twelve languages, checked by eye."""

from __future__ import annotations

import unicodedata
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matchmaker.matching.analysis import (
    align,
    burmese_encoding,
    identify,
    normalise,
    tokens,
)
from matchmaker.matching.analysis import terms as cutting
from matchmaker.matching.analysis.terms import read_words, stem
from matchmaker.matching.data import words

SENTENCES = {
    "zh-Hans": "我厂每年产生大量甘蔗渣，希望找到将其制成生物质炭的成熟技术。",
    "zh-Hant": "我廠每年產生大量甘蔗渣，希望找到將其製成生物質炭的成熟技術。",
    "en": "Our mill burns most of its bagasse and is looking for a way to make biochar from it.",
    "vi": "Nhà máy đường của chúng tôi cần công nghệ sản xuất than sinh học từ bã mía.",
    "th": "โรงงานน้ำตาลของเรามีชานอ้อยเหลือมาก ต้องการเทคโนโลยีผลิตถ่านชีวภาพ",
    "id": "Pabrik gula kami mencari teknologi untuk mengolah ampas tebu menjadi arang hayati.",
    "ms": "Kilang gula kami mencari teknologi untuk memproses hampas tebu kepada bioarang.",
    "lo": "ໂຮງງານນ້ຳຕານຂອງພວກເຮົາຕ້ອງການເຕັກໂນໂລຊີຜະລິດຖ່ານຊີວະພາບຈາກຊານອ້ອຍ",
    "km": "រោងចក្រស្ករសរបស់យើងត្រូវការបច្ចេកវិទ្យាផលិតធ្យូងជីវសាស្ត្រពីកាកអំពៅ",
    "my": "ကျွန်ုပ်တို့ သကြားစက်ရုံသည် ကြံဖတ်မှ ဇီဝမီးသွေး ထုတ်လုပ်သည့် နည်းပညာ လိုအပ်သည်။",
    "fil": "Naghahanap ang aming pabrika ng asukal ng teknolohiya para gawing biochar ang bagasse.",
    "pt": "A nossa fábrica de açúcar procura tecnologia para transformar bagaço em biocarvão.",
    "ta": "எங்கள் சர்க்கரை ஆலைக்கு கரும்புச் சக்கையிலிருந்து உயிர்க்கரி தயாரிக்கும் தொழில்நுட்பம் தேவை.",
    "tet": "Ami-nia fábrika masin-midar buka teknolojia atu halo biochar husi tohu ne'ebé resin.",
}

TECHNICAL = {
    "zh-Hans": "LiFePO4电池管理系统 BMS",
    "en": "Hydrogen storage",
    "vi": "Xử lý nước thải",
    "th": "ระบบ IoT วัด PM2.5",
    "id": "Pengolahan limbah cair pabrik",
    "ms": "Rawatan air sisa untuk kilang",
    "lo": "ລະບົບນ້ຳຢົດ IoT",
    "km": "ប្រព័ន្ធ IoT សម្រាប់ស្រែ",
    "my": "ဆိုလာစွမ်းအင် IoT စနစ်",
    "fil": "Sistema ng patubig para sa mga sakahan",
    "pt": "Tratamento de águas residuais",
    "ta": "நீர் சுத்திகரிப்பு IoT",
}

TERMS = {
    "zh-Hans": ("甘蔗渣", "生物质"),
    "en": ("bagass", "biochar"),
    "vi": ("bã mía", "công nghệ"),
    "th": ("ชาน อ้อย", "ชีวภาพ"),
    "id": ("ampas", "olah"),
    "ms": ("hampas", "gula"),
    "lo": ("ຊານ ອ້ອຍ", "ຜະລິດ"),
    "km": ("កាកអំពៅ", "ធ្យូង"),
    "my": ("ကြံဖတ်", "မီးသွေး"),
    "fil": ("bagasse", "asukal"),
    "pt": ("bagac", "açúc"),
    "ta": ("கரும்பு", "உயிர்க்கரி"),
}

ZAWGYI = "ႀကံဖတ္မွ ဇီဝမီးေသြး ထုတ္လုပ္သည့္ နည္းပညာ"
UNICODE = "ကြံဖတ်မှ ဇီဝမီးသွေး ထုတ်လုပ်သည့် နည်းပညာ"


@pytest.mark.parametrize("language", SENTENCES)
def test_identify_sentences(language: str) -> None:
    found = identify(SENTENCES[language])
    assert found.language == language
    assert found.confidence > 0.8


@pytest.mark.parametrize("language", TECHNICAL)
def test_identify_short_technical_titles(language: str) -> None:
    found = identify(TECHNICAL[language])
    assert found.language == language
    assert found.confidence > 0.4


def test_identify_mixed_and_nothing() -> None:
    mixed = "我们需要甘蔗渣处理技术。 We are looking for a partner with a working process."
    assert identify(mixed).language == "mixed"
    assert identify("2024-11-23: 100 %").language == "und"
    assert identify("").confidence == 0.0
    assert identify("ひらがなとカタカナ").language == "und"


def test_identify_is_less_sure_of_less_text() -> None:
    assert identify("water").confidence < identify(SENTENCES["en"]).confidence


def test_indonesian_and_malay_are_told_apart() -> None:
    indonesian = "Perusahaan kami membutuhkan mesin karena kapasitas pabrik harus naik."
    malay = "Syarikat kami memerlukan mesin kerana kapasiti kilang perlu ditingkatkan."
    assert identify(indonesian).language == "id"
    assert identify(malay).language == "ms"


def test_normalise_forms() -> None:
    assert normalise("ＬｉＦｅＰＯ４　１００％", "zh-Hans") == "LiFePO4 100%"
    decomposed = unicodedata.normalize("NFD", SENTENCES["vi"])
    assert normalise(decomposed, "vi") == unicodedata.normalize("NFC", SENTENCES["vi"])


def test_normalise_keeps_thai_and_lao_am_whole() -> None:
    assert normalise("น้ำตาล", "th") == "น้ำตาล"
    assert normalise("ນ້ຳຕານ", "lo") == "ນ້ຳຕານ"


def test_normalise_removes_invisible_marks() -> None:
    assert normalise("ធ្យូង\u200bជីវសាស្ត្រ", "km") == "ធ្យូងជីវសាស្ត្រ"
    assert normalise("bio\u00adchar\ufeff", "en") == "biochar"


def test_normalise_traditional_chinese() -> None:
    assert normalise(SENTENCES["zh-Hant"], "zh-Hant") == normalise(SENTENCES["zh-Hans"], "zh-Hans")


def test_zawgyi_is_told_apart_and_converted() -> None:
    assert burmese_encoding(ZAWGYI) == "zawgyi"
    assert burmese_encoding(UNICODE) == "unicode"
    assert burmese_encoding(SENTENCES["my"]) == "unicode"
    assert burmese_encoding("no Burmese") is None
    assert normalise(ZAWGYI, "my") == unicodedata.normalize("NFC", UNICODE)


@pytest.mark.parametrize(
    ("zawgyi", "unicode_"),
    [
        ("အဂၤလိပ္", "အင်္ဂလိပ်"),  # kinzi
        ("အမ်ိဳးသား", "အမျိုးသား"),
        ("ေကာ္မရွင္", "ကော်မရှင်"),
        ("ျမန္မာ", "မြန်မာ"),
        ("ကိစၥ", "ကိစ္စ"),  # stacked
        ("မ႑ိဳင္", "မဏ္ဍိုင်"),
        ("ေ၀", "ဝေ"),  # a zero typed for wa
    ],
)
def test_zawgyi_words(zawgyi: str, unicode_: str) -> None:
    assert normalise(f"{zawgyi} သည္ ေရး", "my").split()[0] == unicodedata.normalize("NFC", unicode_)


def test_burmese_of_two_encodings_is_unclear() -> None:
    assert burmese_encoding(f"{ZAWGYI} {UNICODE} {UNICODE}") in {"unclear", "zawgyi"}
    assert burmese_encoding(f"{ZAWGYI} {SENTENCES['my']}") == "unclear"


@pytest.mark.parametrize("language", TERMS)
def test_tokens_hold_the_words_that_matter(language: str) -> None:
    found = {token.term for token in tokens(SENTENCES[language], language)}
    assert set(TERMS[language]) <= found


@pytest.mark.parametrize("language", SENTENCES)
def test_tokens_stand_where_they_say(language: str) -> None:
    text = SENTENCES[language]
    for token in tokens(text, language):
        assert 0 <= token.start < token.end <= len(text)
        if token.kind == "gram" and language == "zh-Hans":
            assert text[token.start : token.end] == token.term


def test_stop_words_are_no_terms_of_their_own() -> None:
    words = {t.term for t in tokens(SENTENCES["en"], "en") if t.kind == "word"}
    assert not words & {"our", "of", "the", "and", "is"}


@pytest.mark.parametrize("language", TECHNICAL)
def test_shared_tokens_are_the_same_in_every_language(language: str) -> None:
    text = f"{TECHNICAL[language]} PM2.5 5G LiFePO4 IoT pH ISO 9001 C12N-15/09"
    shared = {token.term for token in tokens(text, language) if token.kind == "shared"}
    assert {"pm25", "5g", "lifepo4", "iot", "ph", "iso", "9001", "c12n1509"} <= shared


def test_a_title_in_capitals_is_words() -> None:
    found = tokens("SUGARCANE BAGASSE PROCESSING PLANT", "en")
    assert {token.kind for token in found} == {"word"}


def test_chinese_words_for_readers() -> None:
    words = [word.text for word in read_words("甘蔗渣制备生物质炭", "zh-Hans")]
    assert words[:3] == ["甘蔗渣", "制备", "生物质"]


def test_aligned_phrases_are_the_source_s_own() -> None:
    source = "Ｂａｇａｓｓｅ\u200b，ｂｉｏｃｈａｒ of 製糖"
    aligned = align(source, "zh-Hant")
    start = aligned.text.index("制糖")
    assert aligned.phrase(start, start + 2) == "製糖"
    start = aligned.text.index("biochar")
    assert aligned.phrase(start, start + 7) == "ｂｉｏｃｈａｒ"


def test_heaps_of_marks_are_cut_and_rows_of_signs_are_not() -> None:
    # Normalisation sorts marks, in a time that grows with the square of their number.
    marks = "\u0301\u0323" * 5_000
    heap = f"word {marks} a{marks} end"
    plain = normalise(heap)
    assert len(plain) < 100
    aligned = align(heap, "en")
    assert aligned.text == plain
    assert aligned.phrase(plain.index("end"), len(plain)) == "end"
    row = f"เตา{'*-' * 40}ชานอ้อย"
    assert normalise(row, "th") == row


def test_no_more_words_are_stemmed_than_people_write(monkeypatch: pytest.MonkeyPatch) -> None:
    stemmed: list[str] = []

    def counted(word: str, _language: str) -> str:
        stemmed.append(word)
        return f"{word}~"

    monkeypatch.setattr(cutting, "stem", counted)
    word = "ber{}an".format
    text = " ".join(word("".join(letters)) for letters in product("abcdefghij", repeat=4))
    found = tokens(f"{text} {text}", "id")
    assert len(found) == 20_000
    assert len(stemmed) == len(set(stemmed)) == 2_000
    assert sum(token.term.endswith("~") for token in found) == 4_000


@pytest.mark.parametrize(
    ("text", "language", "wanted"),
    [
        ("β-carotene from algae", "en", {"β", "caroten"}),
        ("提取β-胡萝卜素", "zh-Hans", {"β"}),
        ("\u03b1-amylase", "vi", {"α", "amylase"}),
        ("5 \u00b5m filters", "en", {"μm"}),
        ("ไส้กรอง 5 \u03bcm", "th", {"μm"}),
        ("TGF-β1 and TNF-α", "en", {"tgfβ1", "tnfα"}),
        ("10 kΩ", "pt", {"kω"}),
    ],
)
def test_greek_letters_belong_to_no_language(text: str, language: str, wanted: set[str]) -> None:
    found = {token.term: token.kind for token in tokens(text, language)}
    assert wanted <= found.keys()
    greek = {term for term in found if any("α" <= letter <= "ω" for letter in term)}
    assert greek
    assert {found[term] for term in greek} == {"shared"}


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=60), st.sampled_from(sorted(SENTENCES)))
def test_any_text_is_read(text: str, language: str) -> None:
    found = identify(text)
    assert 0.0 <= found.confidence <= 1.0
    once = normalise(text, language)
    aligned = align(text, language)
    if burmese_encoding(text) != "zawgyi":
        assert len(once) == len(aligned.text)
        for token in tokens(text, language):
            assert 0 <= token.start < token.end <= len(text)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(sorted(SENTENCES)), st.integers(0, 60), st.integers(1, 40))
def test_normalise_twice_changes_nothing(language: str, start: int, length: int) -> None:
    once = normalise(SENTENCES[language][start : start + length], language)
    assert normalise(once, language) == once


MIXED = {
    "th and en": "โรงงานของเราต้องการเครื่องจักร and we look for a partner in the region",
    "my and en": "ကျွန်ုပ်တို့ နည်းပညာ လိုအပ်သည် and we look for a partner in the region",
    "vi and zh": "Chúng tôi cần công nghệ xử lý nước thải 我们需要废水处理的成熟技术",
    "km and en": "យើងត្រូវការបច្ចេកវិទ្យាថ្មី and we look for a partner in the region",
}


@pytest.mark.parametrize("text", MIXED.values(), ids=MIXED)
def test_texts_in_two_scripts_are_mixed(text: str) -> None:
    found = identify(text)
    assert found.language == "mixed"
    assert found.confidence > 0.6


def test_foreign_words_do_not_make_a_text_mixed() -> None:
    assert identify("ระบบ IoT วัดค่า PM2.5 และ CO2 ในโรงงานน้ำตาล").language == "th"
    assert identify("基于ZigBee的LiFePO4电池管理系统BMS设计").language == "zh-Hans"
    assert identify("ລະບົບ GPS ສຳລັບລົດຂົນສົ່ງອ້ອຍ").language == "lo"


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("甘蔗渣", "zh-Hans"),
        ("廢水處理", "zh-Hant"),
        ("ชานอ้อย", "th"),
        ("ຊານອ້ອຍ", "lo"),
        ("កាកអំពៅ", "km"),
        ("ကြံဖတ်", "my"),
        ("கரும்புச் சக்கை", "ta"),
        ("bã mía", "vi"),
    ],
)
def test_one_word_in_a_script_of_its_own(text: str, language: str) -> None:
    found = identify(text)
    assert found.language == language
    assert 0.3 < found.confidence <= 1


def test_what_indonesian_and_malay_share_is_not_sure() -> None:
    shared = identify("Minyak sawit dan minyak kelapa untuk makanan")
    assert shared.language in {"id", "ms"}
    assert shared.confidence < 0.8
    assert identify(SENTENCES["id"]).confidence > shared.confidence
    assert identify(SENTENCES["ms"]).confidence > shared.confidence


STEMS = [
    ("id", "pengolahan", "olah"),
    ("id", "dikembangkan", "kembang"),
    ("ms", "pembungkusan", "bungkus"),
    ("ms", "perladangan", "ladang"),
    ("en", "technologies", "technolog"),
    ("en", "recycling", "recycl"),
    ("pt", "tecnologias", "tecnolog"),
    ("pt", "resíduos", "resídu"),
    ("ta", "கரும்புகள்", "கரும்பு"),
]


@pytest.mark.parametrize(("language", "word", "wanted"), STEMS)
def test_affixes_are_taken_off(language: str, word: str, wanted: str) -> None:
    assert stem(word, language) == stem(wanted, language)


@pytest.mark.parametrize(("one", "other"), [("tecnologia", "tecnologias"), ("resíduo", "resíduos")])
def test_one_and_many_are_one_term_in_portuguese(one: str, other: str) -> None:
    assert stem(one, "pt") == stem(other, "pt")


STOPS = {
    "zh-Hans": "的",
    "en": "the",
    "vi": "của",
    "th": "และ",
    "id": "yang",
    "ms": "yang",
    "lo": "ແລະ",
    "km": "និង",
    "my": "နှင့်",
    "fil": "ang",
    "pt": "para",
    "ta": "மற்றும்",
    "tet": "no",
}


@pytest.mark.parametrize("language", STOPS)
def test_stop_words_of_every_language(language: str) -> None:
    assert STOPS[language] in words(f"stopwords/{language}")
    assert STOPS[language] not in {t.term for t in tokens(STOPS[language], language)}


CUT = {
    "th": ("โรงงานน้ำตาล", ["โรงงาน", "น้ำตาล"]),
    "lo": ("ໂຮງງານນ້ຳຕານ", ["ໂຮງງານ", "ນ້ຳ", "ຕານ"]),
    "km": ("រោងចក្រស្ករ", ["រោងចក្រ", "ស្ករ"]),
    "my": ("သကြားစက်ရုံ", ["သကြား", "စက်ရုံ"]),
    "zh-Hans": ("生物质炭技术", ["生物质", "炭", "技术"]),
}


@pytest.mark.parametrize("language", CUT)
def test_words_are_found_where_they_are_not_separated(language: str) -> None:
    text, wanted = CUT[language]
    assert [word.text for word in read_words(normalise(text, language), language)] == wanted


@pytest.mark.parametrize("language", ["th", "lo", "km", "my"])
def test_zero_width_spaces_change_no_term(language: str) -> None:
    text = CUT[language][0]
    spaced = "\u200b".join(CUT[language][1])
    assert normalise(spaced, language) == normalise(text, language)
    assert [t.term for t in tokens(spaced, language)] == [t.term for t in tokens(text, language)]


@pytest.mark.parametrize("language", SENTENCES)
def test_however_a_text_is_encoded_it_has_the_same_terms(language: str) -> None:
    text = SENTENCES[language]
    terms = [token.term for token in tokens(text, language)]
    for form in ("NFC", "NFD", "NFKC", "NFKD"):
        assert [t.term for t in tokens(unicodedata.normalize(form, text), language)] == terms, form
