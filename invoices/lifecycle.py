"""The circuit of simple invoices: every status × action × actor, written once (factures.md §3.3, T01–T35).

Screens, API, flows, robots, documentation and tests read this table; ``services.transitions`` is its only player.
"""

from invoices.enums import OUVERTS, Acteur, Action, Cadre, Statut
from sandbox.cohorts.enums import Regime
from sandbox.lifecycle.table import Cycle, Transition

A, P, S = Action, Acteur, Statut
_PRETES = {S.MISE_A_DISPOSITION, S.COMPLETEE}
_SANS_VALIDEUR = {Cadre.A1, Cadre.A2}
_AVEC_VALIDEUR = {Cadre.A9, Cadre.A12}


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
) -> Transition[Statut, Action, Acteur]:
    """A status that the recipient may set from any open one: Chorus Pro imposes no order."""
    return _row(
        numero, action, OUVERTS, target, acteurs or {P.DESTINATAIRE}, *needs, usual=usual, regimes=regimes, mails=mails
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
            delay="routage",
        ),
        _row("T05", A.SUPPRIMER, {S.BROUILLON, S.INTERPRETEE_OCR}, S.SUPPRIMEE, {P.FOURNISSEUR}),
        _row(
            "T06",
            A.ACHEMINER,
            {S.DEPOSEE},
            S.EN_COURS_ACHEMINEMENT,
            {P.PLATEFORME},
            cadres=_SANS_VALIDEUR,
            delay="routage",
        ),
        _row(
            "T07",
            A.LIVRER,
            {S.EN_COURS_ACHEMINEMENT},
            S.MISE_A_DISPOSITION,
            {P.PLATEFORME},
            mails=("N3", "N4"),
            delay="routage",
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
        _row("T14", A.ACHEMINER, {S.VALIDEE_1}, S.EN_COURS_ACHEMINEMENT, {P.PLATEFORME}, delay="routage"),
        _row(
            "T15",
            A.DEMANDER_VALIDATION,
            {S.VALIDEE_1},
            S.A_VALIDER_2,
            {P.PLATEFORME},
            mails=("N2",),
            delay="routage",
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
            delay="routage",
        ),
        _row(
            "T19a",
            A.ACHEMINER,
            {S.REFUSEE_1, S.REFUSEE_2},
            S.EN_COURS_ACHEMINEMENT,
            {P.PLATEFORME},
            cadres={Cadre.A9},
            regimes={Regime.REFORME_2026},
            delay="routage",
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
        _traiter("T30b", A.PRENDRE_EN_COMPTE, S.PRISE_EN_COMPTE_DESTINATAIRE, {S.PRISE_EN_COMPTE_DESTINATAIRE}),
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


def available(statut: str, acteur: Acteur, *, regime: str, cadre: str = "") -> list[Transition[Statut, Action, Acteur]]:
    """What this actor may do, the usual next ones first."""
    return CYCLE.available(Statut(statut), acteur, regime=regime, cadre=cadre)


def find(
    statut: str, action: Action, acteur: Acteur, *, regime: str, cadre: str = ""
) -> Transition[Statut, Action, Acteur] | None:
    """The row that this actor would play, None when the table refuses."""
    return CYCLE.find(Statut(statut), action, acteur, regime=regime, cadre=cadre)


def par_cible(cible: Statut) -> Action:
    """Action by which a recipient sets this status (robots' plans name statuses)."""
    return next(row.action for row in CYCLE.rows if row.target == cible and row.sources == OUVERTS)
