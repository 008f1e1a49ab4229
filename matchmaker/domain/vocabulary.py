"""The field's enumerations. English values are the code names; labels are in `i18n.labels`."""

from enum import StrEnum, auto


class OrganisationType(StrEnum):
    ENTERPRISE = auto()
    UNIVERSITY = auto()
    RESEARCH_INSTITUTE = auto()
    GOVERNMENT = auto()
    TRANSFER_AGENCY = auto()
    SERVICE_PROVIDER = auto()
    MAKER_SPACE = auto()
    INCUBATOR = auto()
    ACCELERATOR = auto()
    PARK = auto()
    RD_CENTRE = auto()
    PILOT_PLATFORM = auto()
    TRANSFER_BELT = auto()
    DEMONSTRATION_ZONE = auto()
    INVESTOR = auto()
    ASSOCIATION = auto()
    INDIVIDUAL = auto()


class OrganisationServiceKind(StrEnum):
    """What an organisation offers others."""

    PILOTING = auto()
    TESTING = auto()
    INCUBATION = auto()
    FINANCE = auto()
    IP_AGENCY = auto()
    VALUATION = auto()
    LEGAL = auto()
    TRANSLATION = auto()
    BROKERAGE = auto()
    TRAINING = auto()


class LandingStage(StrEnum):
    """Where a match can go next: the two ways of growing in their order, then what helps along."""

    RD_CENTRE = auto()
    PILOT_PLATFORM = auto()
    TRANSFER_BELT = auto()
    DEMONSTRATION_ZONE = auto()
    MAKER_SPACE = auto()
    INCUBATOR = auto()
    ACCELERATOR = auto()
    PARK = auto()
    SERVICE = auto()
    INVESTOR = auto()


class OrganisationSize(StrEnum):
    """The number of people an organisation employs."""

    UP_TO_10 = auto()
    FROM_11_TO_49 = auto()
    FROM_50_TO_249 = auto()
    LARGE = auto()
    NOT_APPLICABLE = auto()


class MembershipRole(StrEnum):
    MEMBER = auto()
    OWNER = auto()


class AppointmentRole(StrEnum):
    STAFF = auto()
    LEAD = auto()


class Channel(StrEnum):
    """How to reach a contact person."""

    EMAIL = auto()
    PHONE = auto()
    WHATSAPP = auto()
    WECHAT = auto()
    LINE = auto()


class ListingKind(StrEnum):
    OFFER = auto()
    DEMAND = auto()
    SCENARIO = auto()

    @property
    def is_need(self) -> bool:
        """Demands and scenarios both want technology."""
        return self is not ListingKind.OFFER


class TextOrigin(StrEnum):
    ORIGINAL = auto()
    HUMAN = auto()
    MACHINE = auto()


class ConfidentialAfter(StrEnum):
    INTRODUCTION = auto()
    NDA = auto()


class StageOfDevelopment(StrEnum):
    """In order, from the idea to the market."""

    CONCEPT = auto()
    UNDER_DEVELOPMENT = auto()
    LAB_TESTED = auto()
    AVAILABLE_FOR_DEMONSTRATION = auto()
    ON_THE_MARKET = auto()


class IprStatus(StrEnum):
    NOT_APPLIED = auto()
    SECRET_KNOW_HOW = auto()
    APPLIED = auto()
    GRANTED = auto()


class IpType(StrEnum):
    PATENT = auto()
    UTILITY_MODEL = auto()
    INDUSTRIAL_DESIGN = auto()
    SOFTWARE_COPYRIGHT = auto()
    PLANT_VARIETY = auto()
    IC_LAYOUT = auto()
    TRADE_SECRET = auto()


class PartnershipType(StrEnum):
    COMMERCIAL_WITH_TECHNICAL_ASSISTANCE = auto()
    RESEARCH_AND_DEVELOPMENT_COOPERATION = auto()
    INVESTMENT = auto()
    SUPPLIER = auto()
    OUTSOURCING = auto()
    LICENCE_OF_RIGHTS = auto()


class TransferMode(StrEnum):
    FULL_ASSIGNMENT = auto()
    PARTIAL_ASSIGNMENT = auto()
    EXCLUSIVE_LICENCE = auto()
    SOLE_LICENCE = auto()
    NON_EXCLUSIVE_LICENCE = auto()
    SUB_LICENCE = auto()
    EQUITY_CONTRIBUTION = auto()
    WITH_TECHNICAL_SERVICES = auto()
    TRY_FIRST_PAY_LATER = auto()


class PriceType(StrEnum):
    INDICATIVE = auto()
    FLOOR = auto()
    FIRM = auto()
    NEGOTIABLE = auto()


class TechnologyArea(StrEnum):
    AI = auto()
    FIVE_G = auto()
    BLOCKCHAIN = auto()
    BIG_DATA = auto()


class ListingState(StrEnum):
    DRAFT = auto()
    SUBMITTED = auto()
    CHANGES_REQUESTED = auto()
    PUBLISHED = auto()
    ON_HOLD = auto()
    REJECTED = auto()
    EXPIRED = auto()
    CLOSED = auto()
    ARCHIVED = auto()


class RevisionState(StrEnum):
    """Of one version of a listing's content."""

    WORKING = auto()
    SUBMITTED = auto()
    CHANGES_REQUESTED = auto()
    PUBLISHED = auto()
    SUPERSEDED = auto()
    DISCARDED = auto()


class MatchOrigin(StrEnum):
    SUGGESTED = auto()
    INTEREST = auto()
    MANUAL = auto()


class MatchState(StrEnum):
    SUGGESTED = auto()
    UNDER_REVIEW = auto()
    APPROVED = auto()
    OFFERED = auto()
    INTRODUCED = auto()
    IN_DISCUSSION = auto()
    NDA = auto()
    NEGOTIATING = auto()
    AGREEMENT = auto()
    OUTCOME_CONFIRMED = auto()
    REJECTED = auto()
    DECLINED = auto()
    WITHDRAWN = auto()
    NO_REPLY = auto()
    LAPSED = auto()


class Side(StrEnum):
    """The two sides of a match."""

    OFFER = auto()
    NEED = auto()

    @property
    def other(self) -> "Side":
        return Side.NEED if self is Side.OFFER else Side.OFFER


class Verdict(StrEnum):
    APPROVE = auto()
    REJECT = auto()


class RejectReason(StrEnum):
    """Why staff reject a match."""

    NOT_RELEVANT = auto()
    WRONG_SECTOR = auto()
    STAGE_MISMATCH = auto()
    TOO_VAGUE = auto()
    DUPLICATE = auto()
    ALREADY_IN_CONTACT = auto()
    PARTY_UNSUITABLE = auto()
    EXPORT_CONTROL = auto()
    OTHER = auto()

    @property
    def teaches(self) -> bool:
        """Whether the engine may learn from it: it speaks of relevance."""
        return self in (
            RejectReason.NOT_RELEVANT,
            RejectReason.WRONG_SECTOR,
            RejectReason.STAGE_MISMATCH,
        )


class Answer(StrEnum):
    """What a party says to an introduction."""

    YES = auto()
    NO = auto()


class DeclineReason(StrEnum):
    """Why a party declines."""

    TOO_EARLY_STAGE = auto()
    BENEFIT_UNCLEAR = auto()
    COMMERCIAL_ROUTE_UNCLEAR = auto()
    DESCRIPTION_UNCLEAR = auto()
    SCIENTIFIC_DOUBT = auto()
    NOT_STRATEGIC = auto()
    PRICE = auto()
    IP_UNCLEAR = auto()
    LANGUAGE = auto()
    NO_RESOURCES = auto()
    EXPORT_CONTROL = auto()

    @property
    def teaches(self) -> bool:
        """Whether the engine may learn from it: it says that the two do not fit, not that a text,
        a price or the moment is wrong."""
        return self in (DeclineReason.NOT_STRATEGIC, DeclineReason.TOO_EARLY_STAGE)


class TechnologyContractType(StrEnum):
    """The kinds of contract that China's technology market registers."""

    DEVELOPMENT = auto()
    TRANSFER = auto()
    LICENCE = auto()
    CONSULTING = auto()
    SERVICE = auto()


class OutcomeClosing(StrEnum):
    """Why an agreement, or what a party reported of one, no longer counts."""

    RECORDED = auto()
    REFUSED = auto()
    STEPPED_BACK = auto()
    ENDED = auto()


class FollowUpAnswer(StrEnum):
    """How a party says that talks stand, some time after the introduction."""

    IN_DISCUSSION = auto()
    TESTING = auto()
    NEGOTIATING = auto()
    AGREEMENT_SIGNED = auto()
    PAUSED = auto()
    ENDED = auto()


class ControlClass(StrEnum):
    """The export-control class of an offer's technology."""

    NOT_CHECKED = auto()
    FREE = auto()
    RESTRICTED = auto()
    PROHIBITED = auto()
    DUAL_USE = auto()


class Clearance(StrEnum):
    NONE = auto()
    LICENCE_INTENT = auto()
    LICENSED = auto()
    REGISTERED = auto()


class Band(StrEnum):
    """How strong a match is, in words."""

    STRONG = auto()
    POSSIBLE = auto()
    WEAK = auto()


class Wait(StrEnum):
    """What a match waits for on one side."""

    DECISION = auto()
    ASKING = auto()
    ANSWER = auto()
    CLEARANCE = auto()
    INTRODUCTION = auto()
    NEWS = auto()
    OUTCOME = auto()
    CONFIRMATION = auto()
    ENDING = auto()


class NdaKind(StrEnum):
    """How an agreement is made: by accepting the operator's text, or as a signed file."""

    TEXT = auto()
    UPLOAD = auto()


class NdaState(StrEnum):
    PROPOSED = auto()
    IN_FORCE = auto()
    REFUSED = auto()
    REPLACED = auto()


class MeetingState(StrEnum):
    PROPOSED = auto()
    ACCEPTED = auto()
    DECLINED = auto()
    CANCELLED = auto()


class TranslationState(StrEnum):
    WANTED = auto()
    DONE = auto()
    DROPPED = auto()


class TaskKind(StrEnum):
    """Work that staff do by phone or letter for a party without an account."""

    CHANGES = auto()
    REJECTION = auto()
    CONSENT = auto()
    INTRODUCTION = auto()
    QUESTION = auto()
    RENEWAL = auto()


class TaskState(StrEnum):
    OPEN = auto()
    DONE = auto()
    DROPPED = auto()


class LabelStatus(StrEnum):
    """Of a label of the glossary."""

    UNCONFIRMED = auto()
    CONFIRMED = auto()


class LabelSource(StrEnum):
    """Where a label of the glossary comes from."""

    SEED = auto()
    STAFF = auto()
    IMPORTED = auto()
    PROPOSED = auto()


class ProposalState(StrEnum):
    """Of a term pair that the engine proposes."""

    OPEN = auto()
    CONFIRMED = auto()
    REFUSED = auto()


class TextField(StrEnum):
    """The fields of a listing that exist once per language."""

    TITLE = auto()
    SUMMARY = auto()
    DESCRIPTION = auto()
    ADVANTAGES_AND_INNOVATION = auto()
    TECHNICAL_SPECIFICATION = auto()
    EXPECTED_ROLE_OF_PARTNER = auto()
    MATERIAL = auto()
    METHOD = auto()
    EFFICACY = auto()
    PRODUCT = auto()
    APPLICATION = auto()
    CONFIDENTIAL_DETAIL = auto()


TEXT_LIMITS: dict[TextField, int] = {
    TextField.TITLE: 256,
    TextField.SUMMARY: 500,
    TextField.DESCRIPTION: 4000,
    TextField.ADVANTAGES_AND_INNOVATION: 2000,
    TextField.TECHNICAL_SPECIFICATION: 2000,
    TextField.EXPECTED_ROLE_OF_PARTNER: 2000,
    TextField.MATERIAL: 1000,
    TextField.METHOD: 1000,
    TextField.EFFICACY: 1000,
    TextField.PRODUCT: 1000,
    TextField.APPLICATION: 1000,
    TextField.CONFIDENTIAL_DETAIL: 4000,
}
"""The most characters of each field."""

GUIDING_FIELDS: tuple[TextField, ...] = (
    TextField.MATERIAL,
    TextField.METHOD,
    TextField.EFFICACY,
    TextField.PRODUCT,
    TextField.APPLICATION,
)
"""The five questions that guide a need."""


class CodeField(StrEnum):
    """The coded fields of a listing that hold any number of values."""

    SECTOR = auto()
    IPC_CODE = auto()
    KEYWORD = auto()
    PARTNERSHIP_TYPE = auto()
    TRANSFER_MODE = auto()
    PARTNER_TYPE = auto()
    PARTNER_SIZE = auto()
    TARGET_COUNTRY = auto()
    IP_TYPE = auto()
    SDG = auto()
    TECHNOLOGY_AREA = auto()


MAX_SECTORS = 3
