"""The circuit of simple invoices: every status × action × actor, written once (factures.md §3.3, T01–T35).

Screens, API, flows, robots, documentation and tests read this table; ``services.transitions`` is its only player.
"""

from dataclasses import dataclass
from enum import StrEnum

from invoices.enums import OUVERTS, Acteur, Action, Cadre, Statut, TypeFacture
from sandbox.cohorts.enums import Regime
from sandbox.lifecycle.table import Cycle, Transition

A, P, S = Action, Acteur, Statut
ROUTAGE = "routage"
"""Delay of what the platform does by itself, in real seconds."""
_PRETES = {S.MISE_A_DISPOSITION, S.COMPLETEE}
_AVEC_VALIDEUR = {Cadre.A9, Cadre.A12}


class Canal(StrEnum):
    """Where an actor plays from: a few rows exist on one of them only (T30)."""

    PORTAIL = "portail"
    API = "api"


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """All that the table reads of an invoice. ``solde``: an avoir closed by the portal (T35), which nothing moves."""

    statut: str
    regime: str
    cadre: str = ""
    type_facture: str = TypeFacture.FACTURE
    valideur_2: bool = False
    solde: bool = False
    recyclee: bool = False
    canal: Canal = Canal.PORTAIL


def est_definitive(situation: Situation) -> bool:
    """A refusal by a validator that nobody will transmit: A12, or A9 under the historic rules (T19a, T19b)."""
    transmise = situation.cadre == Cadre.A9 and situation.regime == Regime.REFORME_2026
    return situation.statut in (S.REFUSEE_1, S.REFUSEE_2) and not transmise


def _un_avoir(situation: Situation) -> bool:
    return situation.type_facture == TypeFacture.AVOIR or situation.canal == Canal.API


def _par_api(situation: Situation) -> bool:
    return situation.canal == Canal.API


def _valideur_2(situation: Situation) -> bool:
    return situation.valideur_2


def _sans_valideur_2(situation: Situation) -> bool:
    return not situation.valideur_2


def _a_valider(situation: Situation) -> bool:
    return situation.cadre in _AVEC_VALIDEUR and not situation.recyclee


def _directe(situation: Situation) -> bool:
    return not _a_valider(situation)


def _rejet_a_traiter(situation: Situation) -> bool:
    return situation.statut == S.REJETEE or est_definitive(situation)


def _avoir(situation: Situation) -> bool:
    return situation.type_facture == TypeFacture.AVOIR


CONDITIONS = {
    "T04": _a_valider,
    "T06": _directe,
    "T14": _sans_valideur_2,
    "T15": _valideur_2,
    "T30b": _un_avoir,
    "T30c": _par_api,
    "T32": _rejet_a_traiter,
    "T35": _avoir,
}
"""What a row asks of the invoice beside its status; in words, the ``note`` of the row."""


def _row(
    numero: str,
    action: Action,
    sources: set[Statut] | frozenset[Statut],
    target: Statut | None,
    acteurs: set[Acteur],
    *needs: str,
    usual: set[Statut] | None = None,
    regimes: set[Regime] | None = None,
    cadres: set[Cadre] | None = None,
    mails: tuple[str, ...] = (),
    delay: str = "",
    note: str = "",
) -> Transition[Statut, Action, Acteur]:
    return Transition(
        numero=numero,
        action=action,
        sources=frozenset(sources),
        target=target,
        acteurs=frozenset(acteurs),
        needs=frozenset(needs),
        usual=frozenset(usual or ()),
        regimes=frozenset(regimes or ()),
        cadres=frozenset(cadres or ()),
        mails=mails,
        delay=delay,
        note=note,
    )


def _traiter(
    numero: str,
    action: Action,
    target: Statut,
    usual: set[Statut],
    *needs: str,
    acteurs: set[Acteur] | None = None,
    regimes: set[Regime] | None = None,
    mails: tuple[str, ...] = ("N4",),
    note: str = "",
) -> Transition[Statut, Action, Acteur]:
    """A status that the recipient may set from any open one: Chorus Pro imposes no order."""
    return _row(
        numero,
        action,
        OUVERTS,
        target,
        acteurs or {P.DESTINATAIRE},
        *needs,
        usual=usual,
        regimes=regimes,
        mails=mails,
        note=note,
    )


CYCLE: Cycle[Statut, Action, Acteur] = Cycle(
    (
        _row("T01", A.ENREGISTRER, {S.BROUILLON, S.INTERPRETEE_OCR}, S.BROUILLON, {P.FOURNISSEUR}),
        _row("T03", A.ENVOYER, {S.BROUILLON, S.INTERPRETEE_OCR}, S.DEPOSEE, {P.FOURNISSEUR}, mails=("N1",)),
        _row(
            "T04",
            A.DEMANDER_VALIDATION,
            {S.DEPOSEE},
            S.A_VALIDER_1,
            {P.PLATEFORME},
            cadres=_AVEC_VALIDEUR,
            mails=("N2",),
            delay=ROUTAGE,
            note="sauf après un recyclage",
        ),
        _row("T05", A.SUPPRIMER, {S.BROUILLON, S.INTERPRETEE_OCR}, S.SUPPRIMEE, {P.FOURNISSEUR}),
        _row(
            "T06",
            A.ACHEMINER,
            {S.DEPOSEE},
            S.EN_COURS_ACHEMINEMENT,
            {P.PLATEFORME},
            delay=ROUTAGE,
            note="A1, A2, ou après un recyclage",
        ),
        _row(
            "T07",
            A.LIVRER,
            {S.EN_COURS_ACHEMINEMENT},
            S.MISE_A_DISPOSITION,
            {P.PLATEFORME},
            mails=("N3", "N4"),
            delay=ROUTAGE,
        ),
        _row("T09", A.VALIDER, {S.A_VALIDER_1}, S.VALIDEE_1, {P.VALIDEUR_1}, mails=("N5",)),
        _row(
            "T10",
            A.MAUVAIS_VALIDEUR,
            {S.A_VALIDER_1},
            S.ERREUR_FOURNISSEUR_SUR_VALIDEUR,
            {P.VALIDEUR_1},
            "motif",
            "commentaire",
            mails=("N5",),
        ),
        _row("T11", A.REFUSER, {S.A_VALIDER_1}, S.REFUSEE_1, {P.VALIDEUR_1}, "motif", "commentaire", mails=("N5",)),
        _row(
            "T12",
            A.CONSTATER_SILENCE,
            {S.A_VALIDER_1},
            S.ABSENCE_VALIDATION_1_HORS_DELAI,
            {P.PLATEFORME},
            cadres={Cadre.A9},
            mails=("N5",),
            delay="15 jours",
        ),
        _row(
            "T13",
            A.MODIFIER_VALIDEUR,
            {S.ERREUR_FOURNISSEUR_SUR_VALIDEUR},
            S.A_VALIDER_1,
            {P.FOURNISSEUR},
            "valideur",
            mails=("N2",),
        ),
        _row(
            "T13b",
            A.MODIFIER_VALIDEUR,
            {S.ERREUR_COTRAITANT_SUR_VALIDEUR},
            S.A_VALIDER_2,
            {P.VALIDEUR_1},
            "valideur",
            mails=("N2",),
        ),
        _row(
            "T14",
            A.ACHEMINER,
            {S.VALIDEE_1},
            S.EN_COURS_ACHEMINEMENT,
            {P.PLATEFORME},
            delay=ROUTAGE,
            note="sans valideur 2",
        ),
        _row(
            "T15",
            A.DEMANDER_VALIDATION,
            {S.VALIDEE_1},
            S.A_VALIDER_2,
            {P.PLATEFORME},
            mails=("N2",),
            delay=ROUTAGE,
            note="quand un valideur 2 est nommé",
        ),
        _row("T16a", A.VALIDER, {S.A_VALIDER_2}, S.VALIDEE_2, {P.VALIDEUR_2}, mails=("N5",)),
        _row("T16b", A.REFUSER, {S.A_VALIDER_2}, S.REFUSEE_2, {P.VALIDEUR_2}, "motif", "commentaire", mails=("N5",)),
        _row(
            "T16c",
            A.MAUVAIS_VALIDEUR,
            {S.A_VALIDER_2},
            S.ERREUR_COTRAITANT_SUR_VALIDEUR,
            {P.VALIDEUR_2},
            "motif",
            "commentaire",
            mails=("N5",),
        ),
        _row(
            "T17",
            A.CONSTATER_SILENCE,
            {S.A_VALIDER_2},
            S.ABSENCE_VALIDATION_2_HORS_DELAI,
            {P.PLATEFORME},
            mails=("N5",),
            delay="15 jours",
        ),
        _row(
            "T18",
            A.ACHEMINER,
            {S.VALIDEE_2, S.ABSENCE_VALIDATION_1_HORS_DELAI, S.ABSENCE_VALIDATION_2_HORS_DELAI},
            S.EN_COURS_ACHEMINEMENT,
            {P.PLATEFORME},
            delay=ROUTAGE,
        ),
        _row(
            "T19a",
            A.ACHEMINER,
            {S.REFUSEE_1, S.REFUSEE_2},
            S.EN_COURS_ACHEMINEMENT,
            {P.PLATEFORME},
            cadres={Cadre.A9},
            regimes={Regime.REFORME_2026},
            delay=ROUTAGE,
        ),
        _traiter("T20", A.SUSPENDRE, S.SUSPENDUE, _PRETES, "motif", "commentaire"),
        _traiter(
            "T21", A.DEMANDER_RECYCLAGE, S.A_RECYCLER, _PRETES, "motif", "commentaire", regimes={Regime.HISTORIQUE}
        ),
        _traiter("T22", A.REJETER, S.REJETEE, _PRETES, "motif", mails=("N6",)),
        _traiter("T23", A.CONSTATER_SERVICE_FAIT, S.SERVICE_FAIT, _PRETES),
        _traiter("T24", A.MANDATER, S.MANDATEE, {S.SERVICE_FAIT}),
        _traiter(
            "T25",
            A.TRANSMETTRE_COMPTABLE,
            S.MISE_A_DISPOSITION_COMPTABLE,
            {S.MANDATEE},
            acteurs={P.DESTINATAIRE, P.COMPTABLE},
        ),
        _traiter(
            "T26",
            A.COMPTABILISER,
            S.COMPTABILISEE,
            {S.MISE_A_DISPOSITION_COMPTABLE},
            acteurs={P.DESTINATAIRE, P.COMPTABLE},
        ),
        _traiter(
            "T27",
            A.METTRE_EN_PAIEMENT,
            S.MISE_EN_PAIEMENT,
            {S.COMPTABILISEE},
            acteurs={P.DESTINATAIRE, P.COMPTABLE},
        ),
        _row(
            "T28",
            A.COMPLETER,
            {S.SUSPENDUE},
            S.COMPLETEE,
            {P.FOURNISSEUR},
            "complement",
            mails=("N3",),
            note="au moins une pièce jointe ou un commentaire modifié",
        ),
        _row("T29", A.RECYCLER, {S.A_RECYCLER}, S.DEPOSEE, {P.FOURNISSEUR}, mails=("N3", "N4")),
        _traiter("T30a", A.REMETTRE_A_DISPOSITION, S.MISE_A_DISPOSITION, {S.PRISE_EN_COMPTE_DESTINATAIRE}),
        _traiter(
            "T30b",
            A.PRENDRE_EN_COMPTE,
            S.PRISE_EN_COMPTE_DESTINATAIRE,
            _PRETES,
            note="sur un avoir ; par API, sur toute facture",
        ),
        _traiter("T30c", A.DECLARER_COMPLETEE, S.COMPLETEE, {S.SUSPENDUE}, note="par API seulement"),
        _row("T31", A.ACQUITTER, {S.REJETEE}, None, {P.FOURNISSEUR}),
        _row(
            "T32",
            A.TRAITER_REJET,
            {S.REJETEE, S.REFUSEE_1, S.REFUSEE_2},
            None,
            {P.FOURNISSEUR},
            note="sur une refusée, seulement quand elle est définitive",
        ),
        _row("T33", A.ACQUITTER, {S.SUSPENDUE}, None, {P.FOURNISSEUR}),
        _row(
            "T34",
            A.TELECHARGER,
            {s for s in Statut if s not in (S.SUPPRIMEE, S.INTERPRETEE_OCR)},
            None,
            {P.FOURNISSEUR, P.DESTINATAIRE, P.VALIDEUR_1, P.VALIDEUR_2},
        ),
        _row(
            "T35",
            A.SOLDER_AVOIR,
            {S.MISE_A_DISPOSITION},
            S.PRISE_EN_COMPTE_DESTINATAIRE,
            {P.PLATEFORME},
            mails=("N4",),
            note="avoir dont la facture d'origine est rejetée",
        ),
    )
)

ETAPES: tuple[Statut, ...] = (
    S.DEPOSEE,
    S.EN_COURS_ACHEMINEMENT,
    S.MISE_A_DISPOSITION,
    S.SERVICE_FAIT,
    S.MANDATEE,
    S.MISE_A_DISPOSITION_COMPTABLE,
    S.COMPTABILISEE,
    S.MISE_EN_PAIEMENT,
)
"""The usual way of a paid invoice, drawn on its page."""


def _permise(row: Transition[Statut, Action, Acteur], situation: Situation) -> bool:
    condition = CONDITIONS.get(row.numero)
    return condition is None or condition(situation)


def available(situation: Situation, acteur: Acteur) -> list[Transition[Statut, Action, Acteur]]:
    """What this actor may do, the usual next ones first."""
    lignes = CYCLE.available(Statut(situation.statut), acteur, regime=situation.regime, cadre=situation.cadre)
    return [row for row in lignes if _permise(row, situation) and not (situation.solde and row.target is not None)]


def find(situation: Situation, action: Action, acteur: Acteur) -> Transition[Statut, Action, Acteur] | None:
    """The row that this actor would play, None when the table refuses."""
    return next((row for row in available(situation, acteur) if row.action == action), None)


def saute_des_etapes(row: Transition[Statut, Action, Acteur], statut: str) -> bool:
    """« Étapes sautées »: allowed, but out of the usual order (D-03). Setting the present status again is not."""
    return bool(row.usual) and statut not in row.usual and row.target != statut


def par_cible(cible: Statut) -> Action:
    """Action by which a recipient sets this status (robots' plans and screens name statuses)."""
    return next(row.action for row in CYCLE.rows if row.target == cible and row.sources == OUVERTS)
