"""What a recipient demands of an invoice, computed in one place (comptes-structures.md §4.3, factures.md §2.11)."""

from dataclasses import dataclass
from enum import IntEnum

SERVICE_FACTURES_PUBLIQUES = "FACTURES_PUBLIQUES"
"""Reserved to invoices between public bodies (comptes-structures.md §4.5)."""


class Cas(IntEnum):
    """Cases of factures.md §2.11 that the recipient's switches give."""

    RIEN = 1
    SERVICE = 2
    ENGAGEMENT = 3
    ENGAGEMENT_OU_SERVICE = 4
    SERVICE_ET_ENGAGEMENT = 5
    ETAT = 7


PHRASES = {
    Cas.RIEN: "Ni code service ni numéro d'engagement obligatoires.",
    Cas.SERVICE: "Code service obligatoire.",
    Cas.ENGAGEMENT: "Numéro d'engagement obligatoire.",
    Cas.ENGAGEMENT_OU_SERVICE: "Code service ou numéro d'engagement obligatoire.",
    Cas.SERVICE_ET_ENGAGEMENT: "Code service et numéro d'engagement obligatoires.",
    Cas.ETAT: "Service de l'État : code service et numéro d'engagement obligatoires, engagement vérifié.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Parametres:
    """Switches of a public structure's fiche."""

    etat_public: bool = False
    service_obligatoire: bool = False
    engagement_obligatoire: bool = False
    engagement_ou_service: bool = False
    moa_uniquement: bool = False


def cas(p: Parametres) -> Cas:
    """The derived rule, in the order of the dossier: État, « ou », both, service, engagement, nothing."""
    if p.etat_public:
        return Cas.ETAT
    if p.engagement_ou_service:
        return Cas.ENGAGEMENT_OU_SERVICE
    if p.service_obligatoire and p.engagement_obligatoire:
        return Cas.SERVICE_ET_ENGAGEMENT
    if p.service_obligatoire:
        return Cas.SERVICE
    if p.engagement_obligatoire:
        return Cas.ENGAGEMENT
    return Cas.RIEN


@dataclass(frozen=True, slots=True)
class Exigences:
    """What the form must hold for this recipient and this service."""

    service: bool
    engagement: bool
    un_des_deux: bool
    engagement_verifie: bool


def exigences(p: Parametres, *, service_exige_engagement: bool = False) -> Exigences:
    """Case of the structure, raised by the chosen service (case 6)."""
    regle = cas(p)
    return Exigences(
        service=regle in (Cas.SERVICE, Cas.SERVICE_ET_ENGAGEMENT, Cas.ETAT),
        engagement=regle in (Cas.ENGAGEMENT, Cas.SERVICE_ET_ENGAGEMENT, Cas.ETAT) or service_exige_engagement,
        un_des_deux=regle == Cas.ENGAGEMENT_OU_SERVICE,
        engagement_verifie=regle == Cas.ETAT,
    )
