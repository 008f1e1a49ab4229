"""The forms of posting. A field has the name of what it writes: a text field, a column, a code."""

from __future__ import annotations

from typing import ClassVar

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField
from wtforms import (
    BooleanField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)

from matchmaker.domain.languages import TEXT_LANGUAGES
from matchmaker.domain.listing_content import (
    MAX_OWN_NUMBER,
    MAX_SITE,
    MAX_URL,
    SDGS,
    TRLS,
)
from matchmaker.domain.money import CURRENCIES
from matchmaker.domain.vocabulary import (
    MAX_SECTORS,
    ConfidentialAfter,
    IprStatus,
    IpType,
    ListingKind,
    OrganisationSize,
    OrganisationType,
    PartnershipType,
    PriceType,
    StageOfDevelopment,
    TechnologyArea,
    TextField,
    TransferMode,
)
from matchmaker.i18n.countries import country_choices
from matchmaker.i18n.formats import currency_label, language_name
from matchmaker.services.attachments import MAX_CAPTION
from matchmaker.web.forms import (
    BaseForm,
    Choice,
    LocalDateField,
    MaxChoices,
    MoneyField,
    Optional,
    Required,
    Url,
    VersionedForm,
    enum_choices,
    options,
)
from matchmaker.web.posting.fields import (
    CleanLength,
    LinesField,
    one_of,
    sdg_choices,
    some_of,
    text_area,
    text_line,
    trl_choices,
)


class NewListingForm(BaseForm):
    """For whom, and what."""

    organisation = RadioField(
        _l("Which organisation is it for?"),
        validators=[Required(_l("Choose an organisation."))],
        validate_choice=False,
    )
    kind = RadioField(
        _l("What do you want to post?"),
        choices=options(
            [
                (
                    ListingKind.OFFER.value,
                    _l("An offer: technology that you have and others can use"),
                ),
                (ListingKind.DEMAND.value, _l("A demand: technology that you look for")),
                (
                    ListingKind.SCENARIO.value,
                    _l("A scenario: a place where new technology can be put to use"),
                ),
            ]
        ),
        validators=[
            Required(_l("Choose an offer, a demand or a scenario.")),
            Choice(frozenset(ListingKind)),
        ],
        validate_choice=False,
    )
    language = SelectField(
        _l("In which language will you write?"),
        description=_l("Write in the language that you know best. You can add others later."),
        validators=[Choice(TEXT_LANGUAGES)],
        validate_choice=False,
    )


class StepForm(VersionedForm):
    """A step of a listing. `language_choice` is asked when the text looks like another language."""

    order: ClassVar[tuple[str, ...]] = ()
    """The fields of the page, from top to bottom."""

    language_choice = RadioField(
        _l("Which language is it?"), choices=[], validate_choice=False, default=""
    )

    def ask_language(self, detected: str, declared: str) -> None:
        """Offer the detected language beside the declared one."""
        self.language_choice.choices = options(
            [
                (detected, _("It is %(language)s: correct it", language=language_name(detected))),
                ("keep", _("It is %(language)s: keep it", language=language_name(declared))),
            ]
        )
        self.language_choice.data = ""


class TextForm(StepForm):
    """Title and description, in one language."""

    order = ("language", "title", "summary", "description")

    language = SelectField(
        _l("Language of this text"),
        validators=[Choice(TEXT_LANGUAGES)],
        validate_choice=False,
    )
    title = text_line(
        TextField.TITLE,
        description=_l("Say in one line what it is, so that a stranger understands it."),
    )
    summary = text_area(
        TextField.SUMMARY,
        description=_l("Two or three sentences. Everybody can read the title and the summary."),
    )
    description = text_area(
        TextField.DESCRIPTION,
        description=_l("Only members of verified organisations can read it."),
    )


class QuestionsForm(StepForm):
    """The five questions that guide a need."""

    order = ("material", "method", "efficacy", "product", "application")

    material = text_area(
        TextField.MATERIAL,
        description=_l("What is it made of, or which raw material do you want to use?"),
    )
    method = text_area(
        TextField.METHOD, description=_l("How is it done today, or how should it be done?")
    )
    efficacy = text_area(
        TextField.EFFICACY,
        description=_l("What must it achieve: how much, how fast, how pure, at what cost?"),
    )
    product = text_area(TextField.PRODUCT, description=_l("Which product should come out of it?"))
    application = text_area(
        TextField.APPLICATION, description=_l("Where and by whom will it be used?")
    )


class DetailsForm(StepForm):
    """What all kinds share."""

    stage_of_development = one_of(_l("Stage of development"), StageOfDevelopment)
    advantages_and_innovation = text_area(TextField.ADVANTAGES_AND_INNOVATION)
    technical_specification = text_area(TextField.TECHNICAL_SPECIFICATION)
    currency = SelectField(
        _l("Currency"),
        choices=lambda: options(
            [("", _("Choose a currency")), *((code, currency_label(code)) for code in CURRENCIES)]
        ),
        validators=[Choice(CURRENCIES)],
        validate_choice=False,
    )
    video_url = StringField(
        _l("Address of a video"), validators=[Optional(), CleanLength(MAX_URL), Url()]
    )


class OfferForm(DetailsForm):
    """How far the technology is, whose it is, what it costs."""

    order = (
        "stage_of_development", "trl", "ipr_status", "ip_type", "price_type", "price_min",
        "price_max", "currency", "advantages_and_innovation", "technical_specification",
        "video_url",
    )  # fmt: skip

    trl = SelectField(
        _l("Technology readiness level (TRL)"),
        choices=lambda: options([("", _("No answer")), *trl_choices()]),
        validators=[Choice(frozenset(map(str, TRLS)))],
        validate_choice=False,
    )
    ipr_status = one_of(_l("Protection of the intellectual property"), IprStatus)
    ip_type = some_of(_l("Types of intellectual property"), IpType)
    price_type = one_of(_l("Kind of price"), PriceType)
    price_min = MoneyField(_l("Price from"))
    price_max = MoneyField(_l("Price up to"))


class DemandForm(DetailsForm):
    """What is wanted, for how much, until when."""

    order: ClassVar[tuple[str, ...]] = (
        "stage_of_development", "needed_by", "budget_min", "budget_max", "currency",
        "advantages_and_innovation", "technical_specification", "video_url",
    )  # fmt: skip

    stage_of_development = one_of(
        _l("From which stage of development on would you take it?"), StageOfDevelopment
    )
    budget_min = MoneyField(_l("Budget from"))
    budget_max = MoneyField(_l("Budget up to"))
    needed_by = LocalDateField(
        _l("Needed by"), description=_l("A date, for example 2027-03-31"), validators=[Optional()]
    )


class ScenarioForm(DemandForm):
    """A place where new technology is wanted."""

    order = ("site", "technology_area", *DemandForm.order)

    technology_area = some_of(_l("Technology areas"), TechnologyArea)
    site = StringField(
        _l("Site"),
        description=_l("Where it takes place: a town, a plant, a farm, a port."),
        validators=[CleanLength(MAX_SITE)],
    )


class SectorsForm(StepForm):
    """Where it belongs."""

    order = ("sector", "keyword", "ipc_code")

    sector = SelectMultipleField(
        _l("Sectors"),
        description=_l("Choose up to three. The centre and the search find it there."),
        validators=[MaxChoices(MAX_SECTORS)],
        validate_choice=False,
    )
    keyword = LinesField(
        _l("Keywords"),
        description=_l("Words by which specialists would look for it, one on each line."),
    )
    ipc_code = LinesField(
        _l("Patent classes (IPC)"),
        description=_l("If you know them, one on each line, like C13B or C13B 20/16."),
    )


class CooperationForm(StepForm):
    """What kind of partner is wanted, and for what."""

    order = (
        "partnership_type", "expected_role_of_partner", "partner_type", "partner_size",
        "transfer_mode", "target_country", "sdg",
    )  # fmt: skip

    partnership_type = some_of(_l("What kind of partnership do you want?"), PartnershipType)
    transfer_mode = some_of(_l("How may the technology change hands?"), TransferMode)
    partner_type = some_of(_l("Which types of partner do you look for?"), OrganisationType)
    partner_size = some_of(_l("How large may a partner be?"), OrganisationSize)
    expected_role_of_partner = text_area(
        TextField.EXPECTED_ROLE_OF_PARTNER,
        description=_l("What would the partner do?"),
    )
    target_country = SelectMultipleField(
        _l("In which countries or regions do you look for partners?"),
        choices=lambda: options(country_choices(others=False)),
        description=_l("Tick none to look everywhere."),
        validate_choice=False,
    )
    sdg = SelectMultipleField(
        _l("Sustainable Development Goals that it serves"),
        choices=lambda: options(sdg_choices()),
        validators=[Choice(SDGS)],
        validate_choice=False,
    )


class ConfidentialityForm(StepForm):
    """Who learns what, and until when the listing stands."""

    order = (
        "anonymous", "confidential_detail", "confidential_after", "wished_valid_until",
        "open_for_interest", "own_number",
    )  # fmt: skip

    anonymous = BooleanField(
        _l("Publish it without our name"),
        description=_l("Partners learn who you are at the introduction, not before."),
    )
    confidential_detail = text_area(
        TextField.CONFIDENTIAL_DETAIL,
        description=_l(
            "Write here what only a partner who was introduced to you may read. It is never "
            "searched or matched."
        ),
    )
    confidential_after = RadioField(
        _l("When may a partner read the confidential detail?"),
        choices=enum_choices(ConfidentialAfter),
        validators=[Choice(frozenset(ConfidentialAfter))],
        validate_choice=False,
        default=ConfidentialAfter.INTRODUCTION.value,
    )
    wished_valid_until = LocalDateField(
        _l("Last day on which the listing is valid"),
        description=_l("Leave it empty for one year. You can renew it every year."),
        validators=[Optional()],
    )
    open_for_interest = BooleanField(_l("Other members may express interest in it"))
    own_number = StringField(
        _l("Your own number for it"),
        description=_l("If you keep a list of your own: an import updates the listing with it."),
        validators=[CleanLength(MAX_OWN_NUMBER)],
    )


class VersionForm(StepForm):
    """The text of a listing in a further language."""

    title = text_line(TextField.TITLE)
    summary = text_area(TextField.SUMMARY)
    description = text_area(TextField.DESCRIPTION)
    advantages_and_innovation = text_area(TextField.ADVANTAGES_AND_INNOVATION)
    technical_specification = text_area(TextField.TECHNICAL_SPECIFICATION)
    expected_role_of_partner = text_area(TextField.EXPECTED_ROLE_OF_PARTNER)
    material = text_area(TextField.MATERIAL)
    method = text_area(TextField.METHOD)
    efficacy = text_area(TextField.EFFICACY)
    product = text_area(TextField.PRODUCT)
    application = text_area(TextField.APPLICATION)
    confidential_detail = text_area(TextField.CONFIDENTIAL_DETAIL)


class AddLanguageForm(BaseForm):
    """Which further language."""

    language = SelectField(
        _l("Language"),
        validators=[Required(_l("Choose a language.")), Choice(TEXT_LANGUAGES)],
        validate_choice=False,
    )


class UploadForm(BaseForm):
    """A file to add."""

    file = FileField(
        _l("File"),
        validators=[Required(_l("Choose a file."))],
        render_kw={"accept": ".pdf,.jpg,.jpeg,.png,.webp"},
    )
    caption = StringField(
        _l("What it shows"), description=_l("One line."), validators=[CleanLength(MAX_CAPTION)]
    )
    confidential = BooleanField(_l("Confidential: only a partner after the introduction sees it"))


class FileForm(VersionedForm):
    """What is said of a file."""

    caption = StringField(_l("What it shows"), validators=[CleanLength(MAX_CAPTION)])
    confidential = BooleanField(_l("Confidential: only a partner after the introduction sees it"))


class CheckForm(VersionedForm):
    """The button that submits."""


class ConfirmForm(BaseForm):
    """A step that cannot be taken back; staff say why."""

    reason = TextAreaField(_l("Reason, which the organisation is told"))
