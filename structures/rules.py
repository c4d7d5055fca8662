"""What a recipient demands of an invoice, computed in one place (comptes-structures.md §4.3, factures.md §2.11)."""

import re
from dataclasses import dataclass
from enum import IntEnum

SERVICE_FACTURES_PUBLIQUES = "FACTURES_PUBLIQUES"
"""Reserved to invoices between public bodies (comptes-structures.md §4.5)."""
CODE_SERVICE = re.compile(r"[A-Za-z0-9_/@-]{1,100}")
"""Shape of a service's code in the annuaire (comptes-structures.md §4.5)."""


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
    avec_moa: bool = False
    moa_uniquement: bool = False
    mise_en_paiement_non_remontee: bool = False


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


DELAIS_DE_PAIEMENT = (
    (30, "30 jours : État, collectivités, établissements publics"),
    (50, "50 jours : établissements publics de santé"),
    (60, "60 jours : entreprises publiques"),
)
"""Délai global de paiement (comptes-structures.md §11)."""


def incoherences(p: Parametres, *, services_actifs: int) -> list[tuple[str, str]]:
    """Settings that contradict one another: (field, what is wrong and what to do).

    ``services_actifs`` does not count FACTURES_PUBLIQUES, which a supplier may not use. The derived rule would read
    « ou » first whatever the other two say (§4.3): asking for both is refused, so that the fiche says what is applied.
    """
    trouvees = []
    if p.etat_public and not (p.service_obligatoire and p.engagement_obligatoire):
        manque = "engagement_obligatoire" if p.service_obligatoire else "service_obligatoire"
        trouvees.append((manque, "Un service de l'État exige toujours le code service et le numéro d'engagement."))
    elif p.engagement_ou_service and (p.service_obligatoire or p.engagement_obligatoire):
        trouvees.append(
            (
                "engagement_ou_service",
                "« Engagement ou service obligatoire » demande l'un des deux au choix : décochez cette case, ou les "
                "deux autres.",
            )
        )
    if p.service_obligatoire and not services_actifs:
        trouvees.append(
            (
                "service_obligatoire",
                "Aucun service actif : vos fournisseurs ne pourraient rien vous adresser. Créez d'abord un service.",
            )
        )
    if p.moa_uniquement and not p.avec_moa:
        trouvees.append(
            (
                "moa_uniquement",
                "Une structure « MOA uniquement » agit aussi comme MOA : cochez les deux cases, ou aucune.",
            )
        )
    return trouvees
