"""All models, so that one import knows every table."""

from matchmaker.models.attachment import Attachment
from matchmaker.models.audit import AuditEntry
from matchmaker.models.blend import TrainedBlend
from matchmaker.models.case_message import (
    CaseFile,
    CaseMessage,
    CaseMessageTranslation,
    CaseReading,
)
from matchmaker.models.centre import (
    Appointment,
    Centre,
    CentreCoverage,
    CentreDelegation,
    CentreLanguage,
    CentreName,
)
from matchmaker.models.directory import (
    LandingStep,
    OrganisationService,
    OrganisationServiceLanguage,
    OrganisationServicePlace,
    OrganisationServiceSector,
    OrganisationServiceText,
)
from matchmaker.models.encoding import TextEncoding
from matchmaker.models.export_catalogue import (
    ExportCatalogue,
    ExportCatalogueEntry,
    ExportEvidence,
)
from matchmaker.models.glossary import (
    GlossaryConcept,
    GlossaryConceptSector,
    GlossaryLabel,
    GlossarySeed,
    TermProposal,
)
from matchmaker.models.imports import ImportBatch
from matchmaker.models.listing import (
    ChangeRequest,
    ExportCheck,
    Listing,
    ListingCode,
    ListingRevision,
    ListingText,
    RevisionAttachment,
)
from matchmaker.models.mail import OutgoingMail
from matchmaker.models.match import (
    ExportClearance,
    Interest,
    Match,
    MatchComment,
    MatchDecision,
    PartyAnswer,
)
from matchmaker.models.meeting import Meeting, MeetingAcceptance, MeetingTime
from matchmaker.models.nda import Nda, NdaAcceptance, NdaText, NdaTextBody
from matchmaker.models.notification import (
    MailBounce,
    Notification,
    NotificationPreference,
    SavedSearch,
    SavedSearchListing,
)
from matchmaker.models.organisation import (
    Membership,
    Organisation,
    OrganisationSector,
    OrganisationText,
)
from matchmaker.models.outcome import FollowUp, Outcome, OutcomeEvidence
from matchmaker.models.public_listing import PublicFacet, PublicListing, PublicText
from matchmaker.models.sector import Sector, SectorIpc, SectorName
from matchmaker.models.site import SiteSetting
from matchmaker.models.task import OutreachTask
from matchmaker.models.term_source import TermSource
from matchmaker.models.translation import TranslationRequest
from matchmaker.models.user import Role, User, user_role

__all__ = [
    "Appointment",
    "Attachment",
    "AuditEntry",
    "CaseFile",
    "CaseMessage",
    "CaseMessageTranslation",
    "CaseReading",
    "Centre",
    "CentreCoverage",
    "CentreDelegation",
    "CentreLanguage",
    "CentreName",
    "ChangeRequest",
    "ExportCatalogue",
    "ExportCatalogueEntry",
    "ExportCheck",
    "ExportClearance",
    "ExportEvidence",
    "FollowUp",
    "GlossaryConcept",
    "GlossaryConceptSector",
    "GlossaryLabel",
    "GlossarySeed",
    "ImportBatch",
    "Interest",
    "LandingStep",
    "Listing",
    "ListingCode",
    "ListingRevision",
    "ListingText",
    "MailBounce",
    "Match",
    "MatchComment",
    "MatchDecision",
    "Meeting",
    "MeetingAcceptance",
    "MeetingTime",
    "Membership",
    "Nda",
    "NdaAcceptance",
    "NdaText",
    "NdaTextBody",
    "Notification",
    "NotificationPreference",
    "Organisation",
    "OrganisationSector",
    "OrganisationService",
    "OrganisationServiceLanguage",
    "OrganisationServicePlace",
    "OrganisationServiceSector",
    "OrganisationServiceText",
    "OrganisationText",
    "Outcome",
    "OutcomeEvidence",
    "OutgoingMail",
    "OutreachTask",
    "PartyAnswer",
    "PublicFacet",
    "PublicListing",
    "PublicText",
    "RevisionAttachment",
    "Role",
    "SavedSearch",
    "SavedSearchListing",
    "Sector",
    "SectorIpc",
    "SectorName",
    "SiteSetting",
    "TermProposal",
    "TermSource",
    "TextEncoding",
    "TrainedBlend",
    "TranslationRequest",
    "User",
    "user_role",
]
