"""Who may do what on a structure: one table read by screens, menus, services' callers, documentation and tests.

Source: comptes-structures.md §5.1 (roles), §5.2 (profiles), §9.2 (technical account).
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from accounts.profils import Profil


class Exigence(StrEnum):
    """What the account must hold on the structure."""

    RATTACHEMENT = "être rattaché à la structure"
    CONSULTATION = "« Organisation consultation » ou « Organisation modification »"
    MODIFICATION = "« Organisation modification »"
    RACCORDEMENT = "« Raccordement EDI/API modification »"
    RACCORDEMENT_LECTURE = "« Raccordement EDI/API consultation » ou « modification »"
    FACTURES_EMISES = "« Factures émises modification »"
    GESTIONNAIRE = "être gestionnaire principal"


class Acte(StrEnum):
    """Something that can be done on a structure; the key of ``ACTES``."""

    CONSULTER_FICHE = "consulter_fiche"
    CONSULTER_UTILISATEURS = "consulter_utilisateurs"
    CONSULTER_HISTORIQUE = "consulter_historique"
    MODIFIER_STRUCTURE = "modifier_structure"
    ACTIVER_STRUCTURE = "activer_structure"
    CHANGER_IDENTIFIANT = "changer_identifiant"
    GERER_SERVICES = "gerer_services"
    GERER_BANQUE = "gerer_banque"
    SOUSCRIRE_MANDAT = "souscrire_mandat"
    TRAITER_RATTACHEMENTS = "traiter_rattachements"
    GERER_UTILISATEURS = "gerer_utilisateurs"
    TRANSFERER_GESTION = "transferer_gestion"
    GERER_COMPTES_TECHNIQUES = "gerer_comptes_techniques"
    CONSULTER_RACCORDEMENT = "consulter_raccordement"
    GERER_RACCORDEMENT = "gerer_raccordement"


@dataclass(frozen=True, slots=True)
class LigneActe:
    """A row of the table: its name on screen and in the documentation, what it takes."""

    acte: Acte
    libelle: str
    exigence: Exigence


ACTES: dict[Acte, LigneActe] = {
    ligne.acte: ligne
    for ligne in (
        LigneActe(Acte.CONSULTER_FICHE, "Consulter la fiche structure", Exigence.RATTACHEMENT),
        LigneActe(Acte.CONSULTER_UTILISATEURS, "Consulter les utilisateurs et leurs droits", Exigence.CONSULTATION),
        LigneActe(Acte.CONSULTER_HISTORIQUE, "Consulter l'historique de gestion", Exigence.CONSULTATION),
        LigneActe(Acte.MODIFIER_STRUCTURE, "Modifier la structure, la mettre à jour (INSEE)", Exigence.MODIFICATION),
        LigneActe(Acte.ACTIVER_STRUCTURE, "Activer ou désactiver la structure", Exigence.MODIFICATION),
        LigneActe(Acte.CHANGER_IDENTIFIANT, "Modifier l'identifiant (changement de SIRET)", Exigence.MODIFICATION),
        LigneActe(Acte.GERER_SERVICES, "Créer, modifier, activer, désactiver un service", Exigence.MODIFICATION),
        LigneActe(Acte.GERER_BANQUE, "Gérer les coordonnées bancaires", Exigence.MODIFICATION),
        LigneActe(Acte.SOUSCRIRE_MANDAT, "Souscrire un mandat de facturation", Exigence.FACTURES_EMISES),
        LigneActe(Acte.TRAITER_RATTACHEMENTS, "Valider ou refuser un rattachement", Exigence.MODIFICATION),
        LigneActe(Acte.GERER_UTILISATEURS, "Rattacher, détacher, habiliter un utilisateur", Exigence.MODIFICATION),
        LigneActe(Acte.TRANSFERER_GESTION, "Transférer le rôle de gestionnaire principal", Exigence.GESTIONNAIRE),
        LigneActe(Acte.GERER_COMPTES_TECHNIQUES, "Créer, réinitialiser un compte technique", Exigence.GESTIONNAIRE),
        LigneActe(Acte.CONSULTER_RACCORDEMENT, "Consulter les raccordements", Exigence.RACCORDEMENT_LECTURE),
        LigneActe(Acte.GERER_RACCORDEMENT, "Remplir une fiche de raccordement", Exigence.RACCORDEMENT),
    )
}

_PROFILS: dict[Exigence, tuple[Profil, bool]] = {
    Exigence.CONSULTATION: (Profil.ORGANISATION, False),
    Exigence.MODIFICATION: (Profil.ORGANISATION, True),
    Exigence.RACCORDEMENT: (Profil.RACCORDEMENT, True),
    Exigence.RACCORDEMENT_LECTURE: (Profil.RACCORDEMENT, False),
    Exigence.FACTURES_EMISES: (Profil.FACTURES_EMISES, True),
}
"""Profile that meets a requirement, and whether it must be held in modification."""


PAR_SERVICE = frozenset({Acte.GERER_SERVICES})
"""Acts that a right restricted to some services opens, on those; the others take it on the whole structure."""


class _Droits(Protocol):
    @property
    def gestionnaire_de(self) -> frozenset[int]: ...
    @property
    def rattachees(self) -> frozenset[int]: ...
    def structures(self, profil: Profil, *, modification: bool = False, entieres: bool = False) -> list[int]: ...


def structures_permises(droits: _Droits, acte: Acte) -> frozenset[int]:
    """Ids of the structures on which these rights allow the act."""
    exigence = ACTES[acte].exigence
    if exigence == Exigence.RATTACHEMENT:
        return droits.rattachees
    if exigence == Exigence.GESTIONNAIRE:
        return droits.gestionnaire_de
    profil, modification = _PROFILS[exigence]
    return frozenset(droits.structures(profil, modification=modification, entieres=acte not in PAR_SERVICE))


def permet(droits: _Droits, acte: Acte, structure_id: int) -> bool:
    return structure_id in structures_permises(droits, acte)
