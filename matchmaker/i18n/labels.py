"""The label of every member of every enumeration, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from matchmaker.domain.export_control import Gate
from matchmaker.domain.notifications import Frequency, NotificationKind
from matchmaker.domain.permissions import Role
from matchmaker.domain.vocabulary import (
    Answer,
    AppointmentRole,
    Band,
    Channel,
    Clearance,
    CodeField,
    ConfidentialAfter,
    ControlClass,
    DeclineReason,
    FollowUpAnswer,
    IprStatus,
    IpType,
    LabelSource,
    LabelStatus,
    LandingStage,
    ListingKind,
    ListingState,
    MatchOrigin,
    MatchState,
    MeetingState,
    MembershipRole,
    NdaKind,
    NdaState,
    OrganisationServiceKind,
    OrganisationSize,
    OrganisationType,
    OutcomeClosing,
    PartnershipType,
    PriceType,
    ProposalState,
    RejectReason,
    RevisionState,
    Side,
    StageOfDevelopment,
    TaskKind,
    TaskState,
    TechnologyArea,
    TechnologyContractType,
    TextField,
    TextOrigin,
    TransferMode,
    TranslationState,
    Verdict,
    Wait,
)

_ORGANISATION_TYPE: Final[dict[OrganisationType, LazyString]] = {
    OrganisationType.ENTERPRISE: _l("Enterprise"),
    OrganisationType.UNIVERSITY: _l("University"),
    OrganisationType.RESEARCH_INSTITUTE: _l("Research institute"),
    OrganisationType.GOVERNMENT: _l("Government body"),
    OrganisationType.TRANSFER_AGENCY: _l("Technology-transfer agency"),
    OrganisationType.SERVICE_PROVIDER: _l("Technology service provider"),
    OrganisationType.MAKER_SPACE: _l("Maker space"),
    OrganisationType.INCUBATOR: _l("Incubator"),
    OrganisationType.ACCELERATOR: _l("Accelerator"),
    OrganisationType.PARK: _l("Industrial park"),
    OrganisationType.RD_CENTRE: _l("R&D centre"),
    OrganisationType.PILOT_PLATFORM: _l("Pilot platform"),
    OrganisationType.TRANSFER_BELT: _l("Transfer belt"),
    OrganisationType.DEMONSTRATION_ZONE: _l("Demonstration zone"),
    OrganisationType.INVESTOR: _l("Investor"),
    OrganisationType.ASSOCIATION: _l("Association"),
    OrganisationType.INDIVIDUAL: _l("Individual person"),
}
_LANDING_STAGE: Final[dict[LandingStage, LazyString]] = {
    LandingStage.RD_CENTRE: _l("R&D centre"),
    LandingStage.PILOT_PLATFORM: _l("Pilot platform"),
    LandingStage.TRANSFER_BELT: _l("Transfer belt"),
    LandingStage.DEMONSTRATION_ZONE: _l("Demonstration zone"),
    LandingStage.MAKER_SPACE: _l("Maker space"),
    LandingStage.INCUBATOR: _l("Incubator"),
    LandingStage.ACCELERATOR: _l("Accelerator"),
    LandingStage.PARK: _l("Industrial park"),
    LandingStage.SERVICE: _l("Service along the way"),
    LandingStage.INVESTOR: _l("Investor"),
}
_ORGANISATION_SERVICE: Final[dict[OrganisationServiceKind, LazyString]] = {
    OrganisationServiceKind.PILOTING: _l("Piloting"),
    OrganisationServiceKind.TESTING: _l("Testing"),
    OrganisationServiceKind.INCUBATION: _l("Incubation"),
    OrganisationServiceKind.FINANCE: _l("Finance"),
    OrganisationServiceKind.IP_AGENCY: _l("Intellectual-property agency"),
    OrganisationServiceKind.VALUATION: _l("Valuation"),
    OrganisationServiceKind.LEGAL: _l("Legal advice"),
    OrganisationServiceKind.TRANSLATION: _l("Translation"),
    OrganisationServiceKind.BROKERAGE: _l("Brokerage"),
    OrganisationServiceKind.TRAINING: _l("Training"),
}
_ORGANISATION_SIZE: Final[dict[OrganisationSize, LazyString]] = {
    OrganisationSize.UP_TO_10: _l("Up to 10 people"),
    OrganisationSize.FROM_11_TO_49: _l("11 to 49 people"),
    OrganisationSize.FROM_50_TO_249: _l("50 to 249 people"),
    OrganisationSize.LARGE: _l("250 people or more"),
    OrganisationSize.NOT_APPLICABLE: _l("Not applicable"),
}
_MEMBERSHIP_ROLE: Final[dict[MembershipRole, LazyString]] = {
    MembershipRole.MEMBER: _l("Member"),
    MembershipRole.OWNER: _l("Organisation owner"),
}
_APPOINTMENT_ROLE: Final[dict[AppointmentRole, LazyString]] = {
    AppointmentRole.STAFF: _l("Staff"),
    AppointmentRole.LEAD: _l("Lead"),
}
_CHANNEL: Final[dict[Channel, LazyString]] = {
    Channel.EMAIL: _l("E-mail"),
    Channel.PHONE: _l("Telephone"),
    Channel.WHATSAPP: _l("WhatsApp"),
    Channel.WECHAT: _l("WeChat"),
    Channel.LINE: _l("LINE"),
}
_LISTING_KIND: Final[dict[ListingKind, LazyString]] = {
    ListingKind.OFFER: _l("Technology offer"),
    ListingKind.DEMAND: _l("Technology demand"),
    ListingKind.SCENARIO: _l("Application scenario"),
}
_TEXT_ORIGIN: Final[dict[TextOrigin, LazyString]] = {
    TextOrigin.ORIGINAL: _l("Original"),
    TextOrigin.HUMAN: _l("Translated by a person"),
    TextOrigin.MACHINE: _l("Translated by machine"),
}
_CONFIDENTIAL_AFTER: Final[dict[ConfidentialAfter, LazyString]] = {
    ConfidentialAfter.INTRODUCTION: _l("After the introduction"),
    ConfidentialAfter.NDA: _l("After a non-disclosure agreement"),
}
_STAGE_OF_DEVELOPMENT: Final[dict[StageOfDevelopment, LazyString]] = {
    StageOfDevelopment.CONCEPT: _l("Concept"),
    StageOfDevelopment.UNDER_DEVELOPMENT: _l("Under development"),
    StageOfDevelopment.LAB_TESTED: _l("Lab tested"),
    StageOfDevelopment.AVAILABLE_FOR_DEMONSTRATION: _l("Available for demonstration"),
    StageOfDevelopment.ON_THE_MARKET: _l("Already on the market"),
}
_IPR_STATUS: Final[dict[IprStatus, LazyString]] = {
    IprStatus.NOT_APPLIED: _l("No protection applied for"),
    IprStatus.SECRET_KNOW_HOW: _l("Secret know-how"),
    IprStatus.APPLIED: _l("Applied for, not yet granted"),
    IprStatus.GRANTED: _l("Granted"),
}
_IP_TYPE: Final[dict[IpType, LazyString]] = {
    IpType.PATENT: _l("Patent"),
    IpType.UTILITY_MODEL: _l("Utility model"),
    IpType.INDUSTRIAL_DESIGN: _l("Industrial design"),
    IpType.SOFTWARE_COPYRIGHT: _l("Software copyright"),
    IpType.PLANT_VARIETY: _l("Plant variety"),
    IpType.IC_LAYOUT: _l("Integrated-circuit layout"),
    IpType.TRADE_SECRET: _l("Trade secret"),
}
_PARTNERSHIP_TYPE: Final[dict[PartnershipType, LazyString]] = {
    PartnershipType.COMMERCIAL_WITH_TECHNICAL_ASSISTANCE: _l(
        "Commercial agreement with technical assistance"
    ),
    PartnershipType.RESEARCH_AND_DEVELOPMENT_COOPERATION: _l(
        "Research and development cooperation"
    ),
    PartnershipType.INVESTMENT: _l("Investment agreement"),
    PartnershipType.SUPPLIER: _l("Supplier agreement"),
    PartnershipType.OUTSOURCING: _l("Outsourcing agreement"),
    PartnershipType.LICENCE_OF_RIGHTS: _l("Licence of rights"),
}
_TRANSFER_MODE: Final[dict[TransferMode, LazyString]] = {
    TransferMode.FULL_ASSIGNMENT: _l("Full assignment"),
    TransferMode.PARTIAL_ASSIGNMENT: _l("Partial assignment"),
    TransferMode.EXCLUSIVE_LICENCE: _l("Exclusive licence"),
    TransferMode.SOLE_LICENCE: _l("Sole licence"),
    TransferMode.NON_EXCLUSIVE_LICENCE: _l("Non-exclusive licence"),
    TransferMode.SUB_LICENCE: _l("Sub-licence"),
    TransferMode.EQUITY_CONTRIBUTION: _l("Equity contribution"),
    TransferMode.WITH_TECHNICAL_SERVICES: _l("With technical services"),
    TransferMode.TRY_FIRST_PAY_LATER: _l("Try first, pay later"),
}
_PRICE_TYPE: Final[dict[PriceType, LazyString]] = {
    PriceType.INDICATIVE: _l("Indicative price"),
    PriceType.FLOOR: _l("Floor price"),
    PriceType.FIRM: _l("Firm price"),
    PriceType.NEGOTIABLE: _l("Negotiable"),
}
_TECHNOLOGY_AREA: Final[dict[TechnologyArea, LazyString]] = {
    TechnologyArea.AI: _l("Artificial intelligence"),
    TechnologyArea.FIVE_G: _l("5G"),
    TechnologyArea.BLOCKCHAIN: _l("Blockchain"),
    TechnologyArea.BIG_DATA: _l("Big data"),
}
_LISTING_STATE: Final[dict[ListingState, LazyString]] = {
    ListingState.DRAFT: _l("Draft"),
    ListingState.SUBMITTED: _l("Waiting for review"),
    ListingState.CHANGES_REQUESTED: _l("Changes requested"),
    ListingState.PUBLISHED: _l("Published"),
    ListingState.ON_HOLD: _l("On hold"),
    ListingState.REJECTED: _l("Rejected"),
    ListingState.EXPIRED: _l("Expired"),
    ListingState.CLOSED: _l("Closed"),
    ListingState.ARCHIVED: _l("Archived"),
}
_REVISION_STATE: Final[dict[RevisionState, LazyString]] = {
    RevisionState.WORKING: _l("Being edited"),
    RevisionState.SUBMITTED: _l("Waiting for review"),
    RevisionState.CHANGES_REQUESTED: _l("Changes requested"),
    RevisionState.PUBLISHED: _l("Published"),
    RevisionState.SUPERSEDED: _l("Replaced by a newer version"),
    RevisionState.DISCARDED: _l("Discarded"),
}
_MATCH_ORIGIN: Final[dict[MatchOrigin, LazyString]] = {
    MatchOrigin.SUGGESTED: _l("Suggested by the engine"),
    MatchOrigin.INTEREST: _l("Interest expressed by a party"),
    MatchOrigin.MANUAL: _l("Made by staff"),
}
_MATCH_STATE: Final[dict[MatchState, LazyString]] = {
    MatchState.SUGGESTED: _l("Suggested"),
    MatchState.UNDER_REVIEW: _l("Under review"),
    MatchState.APPROVED: _l("Approved by both sides"),
    MatchState.OFFERED: _l("Parties asked"),
    MatchState.INTRODUCED: _l("Introduced"),
    MatchState.IN_DISCUSSION: _l("In discussion"),
    MatchState.NDA: _l("Non-disclosure agreement"),
    MatchState.NEGOTIATING: _l("Negotiating"),
    MatchState.AGREEMENT: _l("Agreement"),
    MatchState.OUTCOME_CONFIRMED: _l("Outcome confirmed"),
    MatchState.REJECTED: _l("Rejected"),
    MatchState.DECLINED: _l("Declined"),
    MatchState.WITHDRAWN: _l("Withdrawn"),
    MatchState.NO_REPLY: _l("No reply"),
    MatchState.LAPSED: _l("Lapsed"),
}
_SIDE: Final[dict[Side, LazyString]] = {
    Side.OFFER: _l("Offer side"),
    Side.NEED: _l("Need side"),
}
_VERDICT: Final[dict[Verdict, LazyString]] = {
    Verdict.APPROVE: _l("Approve"),
    Verdict.REJECT: _l("Reject"),
}
_WAIT: Final[dict[Wait, LazyString]] = {
    Wait.DECISION: _l("Decide"),
    Wait.ASKING: _l("Ask the parties"),
    Wait.ANSWER: _l("Answer of the party"),
    Wait.CLEARANCE: _l("Export clearance"),
    Wait.INTRODUCTION: _l("Introduce the parties"),
    Wait.NEWS: _l("News of the talks"),
    Wait.OUTCOME: _l("Record the agreement"),
    Wait.CONFIRMATION: _l("Confirm the agreement"),
    Wait.ENDING: _l("Record the end of the talks"),
}
_REJECT_REASON: Final[dict[RejectReason, LazyString]] = {
    RejectReason.NOT_RELEVANT: _l("Not relevant"),
    RejectReason.WRONG_SECTOR: _l("Wrong sector"),
    RejectReason.STAGE_MISMATCH: _l("Stages do not fit"),
    RejectReason.TOO_VAGUE: _l("Too vague"),
    RejectReason.DUPLICATE: _l("Duplicate"),
    RejectReason.ALREADY_IN_CONTACT: _l("The parties are already in contact"),
    RejectReason.PARTY_UNSUITABLE: _l("A party is unsuitable"),
    RejectReason.EXPORT_CONTROL: _l("Export control"),
    RejectReason.OTHER: _l("Another reason"),
}
_ANSWER: Final[dict[Answer, LazyString]] = {
    Answer.YES: _l("Yes"),
    Answer.NO: _l("No"),
}
_DECLINE_REASON: Final[dict[DeclineReason, LazyString]] = {
    DeclineReason.TOO_EARLY_STAGE: _l("The stage is too early"),
    DeclineReason.BENEFIT_UNCLEAR: _l("The benefit is unclear"),
    DeclineReason.COMMERCIAL_ROUTE_UNCLEAR: _l("The commercial route is unclear"),
    DeclineReason.DESCRIPTION_UNCLEAR: _l("The description is unclear"),
    DeclineReason.SCIENTIFIC_DOUBT: _l("Scientific doubts"),
    DeclineReason.NOT_STRATEGIC: _l("Does not fit our strategy"),
    DeclineReason.PRICE: _l("The price"),
    DeclineReason.IP_UNCLEAR: _l("Intellectual property is unclear"),
    DeclineReason.LANGUAGE: _l("Language"),
    DeclineReason.NO_RESOURCES: _l("No resources at present"),
    DeclineReason.EXPORT_CONTROL: _l("Export control"),
}
_TECHNOLOGY_CONTRACT_TYPE: Final[dict[TechnologyContractType, LazyString]] = {
    TechnologyContractType.DEVELOPMENT: _l("Technology development"),
    TechnologyContractType.TRANSFER: _l("Technology transfer"),
    TechnologyContractType.LICENCE: _l("Technology licence"),
    TechnologyContractType.CONSULTING: _l("Technology consulting"),
    TechnologyContractType.SERVICE: _l("Technology service"),
}
_OUTCOME_CLOSING: Final[dict[OutcomeClosing, LazyString]] = {
    OutcomeClosing.RECORDED: _l("Taken over into the agreement"),
    OutcomeClosing.REFUSED: _l("Not taken over"),
    OutcomeClosing.STEPPED_BACK: _l("The talks went a step back"),
    OutcomeClosing.ENDED: _l("The talks ended"),
}
_FOLLOW_UP_ANSWER: Final[dict[FollowUpAnswer, LazyString]] = {
    FollowUpAnswer.IN_DISCUSSION: _l("We are talking"),
    FollowUpAnswer.TESTING: _l("We are testing together"),
    FollowUpAnswer.NEGOTIATING: _l("We are negotiating an agreement"),
    FollowUpAnswer.AGREEMENT_SIGNED: _l("We have signed an agreement"),
    FollowUpAnswer.PAUSED: _l("The talks are paused"),
    FollowUpAnswer.ENDED: _l("The talks have ended"),
}
_CONTROL_CLASS: Final[dict[ControlClass, LazyString]] = {
    ControlClass.NOT_CHECKED: _l("Not checked"),
    ControlClass.FREE: _l("Free"),
    ControlClass.RESTRICTED: _l("Restricted"),
    ControlClass.PROHIBITED: _l("Prohibited"),
    ControlClass.DUAL_USE: _l("Dual use"),
}
_CLEARANCE: Final[dict[Clearance, LazyString]] = {
    Clearance.NONE: _l("None"),
    Clearance.LICENCE_INTENT: _l("Letter of intent for a licence"),
    Clearance.LICENSED: _l("Licence granted"),
    Clearance.REGISTERED: _l("Contract registered"),
}
_BAND: Final[dict[Band, LazyString]] = {
    Band.STRONG: _l("Strong match"),
    Band.POSSIBLE: _l("Possible match"),
    Band.WEAK: _l("Weak match"),
}
_NDA_KIND: Final[dict[NdaKind, LazyString]] = {
    NdaKind.TEXT: _l("Text accepted by both sides"),
    NdaKind.UPLOAD: _l("Signed file"),
}
_NDA_STATE: Final[dict[NdaState, LazyString]] = {
    NdaState.PROPOSED: _l("Waiting for a side"),
    NdaState.IN_FORCE: _l("In force"),
    NdaState.REFUSED: _l("Refused"),
    NdaState.REPLACED: _l("Replaced"),
}
_MEETING_STATE: Final[dict[MeetingState, LazyString]] = {
    MeetingState.PROPOSED: _l("Proposed"),
    MeetingState.ACCEPTED: _l("Agreed"),
    MeetingState.DECLINED: _l("Declined"),
    MeetingState.CANCELLED: _l("Cancelled"),
}
_TRANSLATION_STATE: Final[dict[TranslationState, LazyString]] = {
    TranslationState.WANTED: _l("Wanted"),
    TranslationState.DONE: _l("Done"),
    TranslationState.DROPPED: _l("No longer wanted"),
}
_TASK_KIND: Final[dict[TaskKind, LazyString]] = {
    TaskKind.CHANGES: _l("Tell about requested changes"),
    TaskKind.REJECTION: _l("Tell about a rejection or an ending"),
    TaskKind.CONSENT: _l("Ask for consent"),
    TaskKind.INTRODUCTION: _l("Introduce by phone or letter"),
    TaskKind.QUESTION: _l("Pass on a question"),
    TaskKind.RENEWAL: _l("Ask about renewal"),
}
_TASK_STATE: Final[dict[TaskState, LazyString]] = {
    TaskState.OPEN: _l("Open"),
    TaskState.DONE: _l("Done"),
    TaskState.DROPPED: _l("No longer needed"),
}
_LABEL_STATUS: Final[dict[LabelStatus, LazyString]] = {
    LabelStatus.UNCONFIRMED: _l("Not confirmed yet"),
    LabelStatus.CONFIRMED: _l("Confirmed"),
}
_LABEL_SOURCE: Final[dict[LabelSource, LazyString]] = {
    LabelSource.SEED: _l("Supplied with the program"),
    LabelSource.STAFF: _l("Written by staff"),
    LabelSource.IMPORTED: _l("Imported from a file"),
    LabelSource.PROPOSED: _l("Proposed by the engine"),
}
_PROPOSAL_STATE: Final[dict[ProposalState, LazyString]] = {
    ProposalState.OPEN: _l("Open"),
    ProposalState.CONFIRMED: _l("Confirmed"),
    ProposalState.REFUSED: _l("Refused"),
}
_TEXT_FIELD: Final[dict[TextField, LazyString]] = {
    TextField.TITLE: _l("Title"),
    TextField.SUMMARY: _l("Summary"),
    TextField.DESCRIPTION: _l("Description"),
    TextField.ADVANTAGES_AND_INNOVATION: _l("Advantages and innovation"),
    TextField.TECHNICAL_SPECIFICATION: _l("Technical specification"),
    TextField.EXPECTED_ROLE_OF_PARTNER: _l("Expected role of partner"),
    TextField.MATERIAL: _l("Material"),
    TextField.METHOD: _l("Method"),
    TextField.EFFICACY: _l("Efficacy"),
    TextField.PRODUCT: _l("Product"),
    TextField.APPLICATION: _l("Application"),
    TextField.CONFIDENTIAL_DETAIL: _l("Confidential detail"),
}
_CODE_FIELD: Final[dict[CodeField, LazyString]] = {
    CodeField.SECTOR: _l("Sectors"),
    CodeField.IPC_CODE: _l("Patent classes (IPC)"),
    CodeField.KEYWORD: _l("Keywords"),
    CodeField.PARTNERSHIP_TYPE: _l("Kinds of partnership"),
    CodeField.TRANSFER_MODE: _l("Modes of transfer"),
    CodeField.PARTNER_TYPE: _l("Types of partner wanted"),
    CodeField.PARTNER_SIZE: _l("Sizes of partner wanted"),
    CodeField.TARGET_COUNTRY: _l("Target countries or regions"),
    CodeField.IP_TYPE: _l("Types of intellectual property"),
    CodeField.SDG: _l("Sustainable Development Goals"),
    CodeField.TECHNOLOGY_AREA: _l("Technology areas"),
}
_ROLE: Final[dict[Role, LazyString]] = {
    Role.VISITOR: _l("Visitor"),
    Role.ACCOUNT: _l("Account holder"),
    Role.MEMBER: _l("Member of an organisation"),
    Role.STAFF: _l("Staff of a centre"),
    Role.LEAD: _l("Lead of a centre"),
    Role.ADMINISTRATOR: _l("Administrator"),
    Role.AUDITOR: _l("Auditor"),
}
_GATE: Final[dict[Gate, LazyString]] = {
    Gate.OPEN: _l("The export check is done"),
    Gate.NOT_CHECKED: _l("The export-control class is not checked yet"),
    Gate.PROHIBITED: _l("Export is prohibited"),
    Gate.NEEDS_LICENCE_INTENT: _l("A letter of intent for a licence is needed"),
    Gate.NEEDS_LICENCE: _l("An export licence is needed"),
    Gate.NEEDS_CONFIRMATION: _l("The receiving side has not confirmed the class yet"),
}

_FREQUENCY: Final[dict[Frequency, LazyString]] = {
    Frequency.OFF: _l("Never"),
    Frequency.IMMEDIATE: _l("At once"),
    Frequency.DAILY: _l("Once a day"),
    Frequency.WEEKLY: _l("Once a week"),
}
_NOTIFICATION_KIND: Final[dict[NotificationKind, LazyString]] = {
    NotificationKind.LISTING_MODERATED: _l("What the centre decides about your listings"),
    NotificationKind.LISTING_EXPIRING: _l("Listings that end soon"),
    NotificationKind.PARTY_ASKED: _l("Possible partners for your listings"),
    NotificationKind.PARTY_ANSWERED: _l("Answers to a possible introduction, and what comes of it"),
    NotificationKind.INTRODUCED: _l("Introductions"),
    NotificationKind.NEW_MESSAGE: _l("Messages in talks"),
    NotificationKind.AGREEMENT: _l("Non-disclosure agreements"),
    NotificationKind.MEETING: _l("Meetings"),
    NotificationKind.REMINDER: _l("Reminders"),
    NotificationKind.FOLLOW_UP: _l("How talks go, some months later"),
    NotificationKind.MEMBERSHIP: _l("Your organisations and who belongs to them"),
    NotificationKind.SAVED_SEARCH: _l("New listings for your saved searches"),
    NotificationKind.MATCH_TO_REVIEW: _l("New matches for your centre to review"),
    NotificationKind.MATCH_DECIDED: _l("What the other centre decides about a match"),
    NotificationKind.TRANSLATION_ASKED: _l("Translations that your centre is asked for"),
    NotificationKind.CENTRE_WORK: _l("Work that other centres hand over"),
}

LABELS: Final[dict[type[StrEnum], Mapping[Any, LazyString]]] = {
    OrganisationType: _ORGANISATION_TYPE,
    OrganisationServiceKind: _ORGANISATION_SERVICE,
    LandingStage: _LANDING_STAGE,
    OrganisationSize: _ORGANISATION_SIZE,
    MembershipRole: _MEMBERSHIP_ROLE,
    AppointmentRole: _APPOINTMENT_ROLE,
    Channel: _CHANNEL,
    ListingKind: _LISTING_KIND,
    TextOrigin: _TEXT_ORIGIN,
    ConfidentialAfter: _CONFIDENTIAL_AFTER,
    StageOfDevelopment: _STAGE_OF_DEVELOPMENT,
    IprStatus: _IPR_STATUS,
    IpType: _IP_TYPE,
    PartnershipType: _PARTNERSHIP_TYPE,
    TransferMode: _TRANSFER_MODE,
    PriceType: _PRICE_TYPE,
    TechnologyArea: _TECHNOLOGY_AREA,
    ListingState: _LISTING_STATE,
    RevisionState: _REVISION_STATE,
    MatchOrigin: _MATCH_ORIGIN,
    MatchState: _MATCH_STATE,
    Side: _SIDE,
    Verdict: _VERDICT,
    Wait: _WAIT,
    RejectReason: _REJECT_REASON,
    Answer: _ANSWER,
    DeclineReason: _DECLINE_REASON,
    TechnologyContractType: _TECHNOLOGY_CONTRACT_TYPE,
    FollowUpAnswer: _FOLLOW_UP_ANSWER,
    OutcomeClosing: _OUTCOME_CLOSING,
    ControlClass: _CONTROL_CLASS,
    Clearance: _CLEARANCE,
    Band: _BAND,
    NdaKind: _NDA_KIND,
    NdaState: _NDA_STATE,
    MeetingState: _MEETING_STATE,
    TranslationState: _TRANSLATION_STATE,
    TaskKind: _TASK_KIND,
    TaskState: _TASK_STATE,
    LabelStatus: _LABEL_STATUS,
    LabelSource: _LABEL_SOURCE,
    ProposalState: _PROPOSAL_STATE,
    TextField: _TEXT_FIELD,
    CodeField: _CODE_FIELD,
    Role: _ROLE,
    Gate: _GATE,
    Frequency: _FREQUENCY,
    NotificationKind: _NOTIFICATION_KIND,
}
"""By enumeration: members of different enumerations may be equal strings."""


def label(member: StrEnum) -> LazyString:
    """Return the label of an enumeration's member. Raises KeyError for one without a label."""
    return LABELS[type(member)][member]
