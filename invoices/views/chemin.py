"""Way of an invoice, from its deposit to its payment, with the detours that it made (LOOK.md, « Invoice page »)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from invoices import lifecycle
from invoices.enums import Cadre, Espace, Famille, Statut, TypeFacture
from invoices.models import Facture, HistoriqueStatut

S = Statut
_FIN_DE_VALIDATION = frozenset(
    {S.REFUSEE_1, S.REFUSEE_2, S.ABSENCE_VALIDATION_1_HORS_DELAI, S.ABSENCE_VALIDATION_2_HORS_DELAI, S.VALIDEE_2}
)
"""After these the invoice leaves for its recipient, whatever validation was still foreseen (T18, T19a)."""
_REVIENT_A = {
    S.ERREUR_FOURNISSEUR_SUR_VALIDEUR: S.A_VALIDER_1,
    S.ERREUR_COTRAITANT_SUR_VALIDEUR: S.A_VALIDER_2,
    S.A_RECYCLER: S.DEPOSEE,
}
"""Step that comes again once the issuer, or the first validator, has corrected (T13, T13b, T29)."""


@dataclass(frozen=True, slots=True)
class Etape:
    """A step of the path, for the ``chemin`` component."""

    label: str
    etat: str
    famille: str = ""
    date: datetime | None = None


def prevues(facture: Facture, espace: Espace = Espace.EMISES) -> list[Statut]:
    """Usual steps of this invoice: validations of A9 and A12, short way of an avoir, payment that is not told."""
    etapes = list(lifecycle.ETAPES)
    if facture.type_facture == TypeFacture.AVOIR:
        etapes = [*etapes[: etapes.index(S.MISE_A_DISPOSITION) + 1], S.PRISE_EN_COMPTE_DESTINATAIRE]
    elif facture.destinataire is not None and facture.destinataire.mise_en_paiement_non_remontee:
        etapes.remove(S.MISE_EN_PAIEMENT)
    if facture.cadre in (Cadre.A9, Cadre.A12) and not facture.recyclages and facture.statut != S.A_RECYCLER:
        second = [S.A_VALIDER_2, S.VALIDEE_2] if facture.valideur_2_id else []
        etapes[1:1] = [S.A_VALIDER_1, S.VALIDEE_1, *second]
    if espace != Espace.EMISES:
        etapes.remove(S.EN_COURS_ACHEMINEMENT)  # routing is the issuer's affair
    return etapes


def _a_venir(facture: Facture, historique: Sequence[HistoriqueStatut], espace: Espace) -> list[Statut]:
    actuel = facture.statut_enum
    termine = actuel.famille == Famille.PAYE or actuel == S.REJETEE or facture.solde
    if termine or lifecycle.est_definitive(facture.situation()):
        return []
    usuelles = prevues(facture, espace)
    if actuel in _REVIENT_A and _REVIENT_A[actuel] in usuelles:
        return usuelles[usuelles.index(_REVIENT_A[actuel]) :]
    # Only what was seen since the last departure: a recycled invoice goes the whole way again.
    departs = [rang for rang, ligne in enumerate(historique) if ligne.statut == S.DEPOSEE]
    vus = {ligne.statut for ligne in historique[departs[-1] if departs else 0 :]}
    atteint = max((rang for rang, statut in enumerate(usuelles) if statut in vus), default=-1)
    if vus & _FIN_DE_VALIDATION and S.VALIDEE_1 in usuelles:
        dernier = S.VALIDEE_2 if S.VALIDEE_2 in usuelles else S.VALIDEE_1
        atteint = max(atteint, usuelles.index(dernier))
    suite = usuelles[atteint + 1 :]
    return [S.COMPLETEE, *suite] if actuel == S.SUSPENDUE else suite


def _replier(pas: list[HistoriqueStatut]) -> list[HistoriqueStatut]:
    """Loops already gone keep their first step and what sent the invoice back; the history tells the rest."""
    depart = max((rang for rang, ligne in enumerate(pas) if ligne.statut == S.DEPOSEE), default=0)
    retours = [ligne for ligne in pas[1:depart] if Statut(ligne.statut).famille == Famille.RETOUR]
    return [*pas[: min(1, depart)], *retours, *pas[depart:]]


def _passee(ligne: HistoriqueStatut) -> Etape:
    statut = Statut(ligne.statut)
    detour = statut.famille in (Famille.RETOUR, Famille.REFUS)
    return Etape(str(statut.label), "branche" if detour else "passe", statut.famille, ligne.survenu_le)


def chemin(facture: Facture, historique: Sequence[HistoriqueStatut], espace: Espace = Espace.EMISES) -> list[Etape]:
    """Past, present and future; ``historique`` is what this application shows of it, oldest first.

    A former recipient has no future: the invoice has left him.
    """
    if facture.est_brouillon:
        suite = [Etape("Brouillon", "present", Famille.BROUILLON, facture.cree_le)]
        return suite + [Etape(str(s.label), "futur") for s in prevues(facture)]
    # Setting the present status again is a line of history, no step.
    pas = [ligne for rang, ligne in enumerate(historique) if not rang or historique[rang - 1].statut != ligne.statut]
    pas = _replier(pas)
    etapes = [_passee(ligne) for ligne in pas[:-1]]
    if pas:
        statut = Statut(pas[-1].statut)
        etapes.append(Etape(str(statut.label), "present", statut.famille, pas[-1].survenu_le))
    if facture.quittee_le is not None:
        return etapes
    return etapes + [Etape(str(s.label), "futur") for s in _a_venir(facture, historique, espace)]
