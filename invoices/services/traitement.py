"""« Traiter »: what the recipient does of the invoices he received (factures.md §4, T20–T27, T30)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.db import transaction

from accounts.models import Compte
from invoices import lifecycle
from invoices.enums import MOTIFS, TERMINAUX, Acteur, Action, Statut
from invoices.lifecycle import Canal
from invoices.models import Facture, HistoriqueStatut
from invoices.services import avoirs
from invoices.services.transitions import (
    Auteur,
    Precisions,
    TransitionRefusee,
    apply,
    depassee,
    exiger,
    refuser_le_recyclage,
)

LOT_MAXIMUM = 50
"""Invoices treated at once (factures.md §4.1)."""
_COMPTABLE = frozenset({Action.TRANSMETTRE_COMPTABLE, Action.COMPTABILISER, Action.METTRE_EN_PAIEMENT})
_DELEGATION = ", par délégation"
_NOM_MAXIMUM = 150
"""Of the author of a line of history."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Traitement:
    """One status, one motif, one comment, for one invoice or several (factures.md §4.1)."""

    statut: str
    motif: str = ""
    commentaire: str = ""
    numero_mandat: str = ""
    strict: bool = True
    canal: Canal = Canal.PORTAIL

    def precisions(self, *, mandat: bool = False, vu: str = "") -> Precisions:
        """What goes with the action; a number of mandat has a meaning with « Mandatée » only."""
        return {
            "motif": self.motif,
            "commentaire": self.commentaire,
            "numero_mandat": self.numero_mandat if mandat else "",
            "vu": vu,
            "strict": self.strict,
            "canal": self.canal,
        }


@dataclass(frozen=True, slots=True)
class Possible:
    """A status offered to the recipient; ``habituel``: proposed first, otherwise « étapes sautées » (D-03).

    ``actuel``: the present one, which writes a line of history and nothing else.
    """

    statut: Statut
    action: Action
    habituel: bool
    besoins: frozenset[str]
    actuel: bool = False


def possibles(facture: Facture, *, canal: Canal = Canal.PORTAIL) -> list[Possible]:
    """Statuses that the recipient may set now, the usual next ones first (factures.md §4.1)."""
    lignes = lifecycle.available(facture.situation(canal), Acteur.DESTINATAIRE)
    return [
        Possible(
            row.target,
            row.action,
            not lifecycle.saute_des_etapes(row, facture.statut),
            row.needs,
            row.target == facture.statut,
        )
        for row in lignes
        if row.target is not None
    ]


def communs(factures: Sequence[Facture]) -> tuple[list[Possible], list[Statut]]:
    """Statuses possible for all these invoices; and those that only some of them accept (D-25).

    Usual when it is for each of them, present when it is the present one of all.
    """
    offres = [{p.statut: p for p in possibles(facture)} for facture in factures]
    tous = dict.fromkeys(statut for offre in offres for statut in offre)
    partages = [
        replace(
            offres[0][statut],
            habituel=all(offre[statut].habituel for offre in offres),
            actuel=all(offre[statut].actuel for offre in offres),
        )
        for statut in tous
        if all(statut in offre for offre in offres)
    ]
    return sorted(partages, key=lambda p: not p.habituel), [s for s in tous if s not in {p.statut for p in partages}]


def sautees(factures: Sequence[Facture], statut: str) -> list[Facture]:
    """Those for which this status is out of the usual order: the orange warning (D-03, A20)."""
    return [f for f in factures if any(p.statut == statut and not p.habituel for p in possibles(f))]


def empechement(facture: Facture) -> str:
    """Why the recipient may set no status on this invoice, empty when he may."""
    if facture.quittee_le is not None:
        jour = facture.quittee_le.astimezone(facture.cohort.zone)
        return f"recyclée vers un autre destinataire le {jour:%d/%m/%Y} : vous ne faites plus que la lire"
    if facture.solde:
        return "avoir clos par le portail, sa facture d'origine étant rejetée : son statut ne change plus"
    if facture.statut in TERMINAUX:
        return f"« {Statut(facture.statut).label} » est un statut définitif"
    return "" if possibles(facture) else f"« {Statut(facture.statut).label} » : elle n'est pas encore chez vous"


def action_vers(statut: str) -> Action:
    """Raises ``TransitionRefusee`` for a status that no recipient sets."""
    try:
        return lifecycle.par_cible(Statut(statut))
    except (ValueError, StopIteration):
        raise TransitionRefusee("Ce statut n'est pas proposé au destinataire.", "SBX_014", "statut") from None


def erreurs(facture: Facture, traitement: Traitement) -> list[TransitionRefusee]:
    """All that ``traiter`` would refuse in what was typed, without writing anything: for the confirmation step."""
    try:
        action = action_vers(traitement.statut)
        refuser_le_recyclage(facture, action)
    except TransitionRefusee as refus:
        return [refus]
    row = lifecycle.find(facture.situation(traitement.canal), action, Acteur.DESTINATAIRE)
    if row is None:
        return [
            TransitionRefusee(
                f"« {Statut(traitement.statut).label} » n'est pas possible pour la facture {facture.numero}, qui est "
                f"« {Statut(facture.statut).label} » : choisissez un statut de la liste.",
                "SBX_071",
                "statut",
            )
        ]
    trouvees: list[TransitionRefusee] = []
    precisions = traitement.precisions()
    # The first refusal stops the check: a motif of the list in its place shows what else is missing.
    for motif in (traitement.motif, *MOTIFS.get(action, ())[:1]):
        try:
            exiger(facture, row, {**precisions, "motif": motif})
        except TransitionRefusee as refus:
            if refus.champ not in {e.champ for e in trouvees}:
                trouvees.append(refus)
    return trouvees


def auteur(compte: Compte, delegataire: str = "") -> Auteur:
    """Who signs the line of history; an account of another public body says so: « par délégation » (§4.2)."""
    nom = str(compte)
    if delegataire:
        nom = f"{nom} ({delegataire}"[: _NOM_MAXIMUM - len(_DELEGATION) - 1] + f"){_DELEGATION}"
    return Auteur(nom=nom, compte=compte)


def _deja_fait(facture: Facture, traitement: Traitement, par: Auteur, ligne_vue: int) -> HistoriqueStatut | None:
    """The line that the first click of a double click has written. Raises ``Depassee`` for any other new line."""
    nouvelles = list(HistoriqueStatut.objects.filter(facture=facture, pk__gt=ligne_vue).order_by("pk"))
    if not nouvelles:
        return None
    premiere = nouvelles[0]
    ecrit = (premiere.compte_id, premiere.statut, premiere.motif, premiere.commentaire)
    demande = (par.compte.pk if par.compte else None, traitement.statut, traitement.motif, traitement.commentaire)
    if len(nouvelles) > 1 or ecrit != demande:
        raise depassee(facture)
    return premiere


def deja_faite(facture: Facture, traitement: Traitement, *, auteur: Auteur, ligne_vue: int) -> bool:
    """This very demand was played since the page was read: a double click, which finds it done."""
    try:
        return _deja_fait(facture, traitement, auteur, ligne_vue) is not None
    except TransitionRefusee:
        return False


@transaction.atomic
def traiter(
    facture: Facture, traitement: Traitement, *, auteur: Auteur, vu: str = "", ligne_vue: int = 0
) -> HistoriqueStatut:
    """Set a status on one invoice. Raises ``TransitionRefusee`` (``Depassee`` when it moved meanwhile).

    ``vu`` is the status that the page showed, ``ligne_vue`` the last line of its history then: with it, the same
    demand sent twice writes one line, even when the status stays what it was.
    """
    action = action_vers(traitement.statut)
    if ligne_vue:
        # One at a time on this invoice: the line that the other click writes is seen here.
        list(Facture._base_manager.select_for_update().filter(pk=facture.pk).values_list("pk"))
        faite = _deja_fait(facture, traitement, auteur, ligne_vue)
        if faite is not None:
            facture.statut = faite.statut
            return faite
    ligne = apply(
        facture,
        action,
        acteur=Acteur.COMPTABLE if action in _COMPTABLE and auteur.robot else Acteur.DESTINATAIRE,
        auteur=auteur,
        **traitement.precisions(mandat=action == Action.MANDATER, vu=vu),
    )
    if action == Action.REJETER:
        avoirs.solder_ceux_de(facture)
    return ligne


@dataclass(frozen=True, slots=True)
class Demande:
    """An invoice of a batch, as the page showed it, and who signs."""

    facture: Facture
    auteur: Auteur
    vu: str = ""
    ligne_vue: int = 0


@dataclass(frozen=True, slots=True)
class Bilan:
    """What became of a batch: each invoice is treated by itself, one refusal undoes none of the others."""

    traitees: list[Facture]
    refusees: list[tuple[Facture, str]]


def traiter_lot(demandes: Sequence[Demande], traitement: Traitement) -> Bilan:
    """Set the same status on up to ``LOT_MAXIMUM`` invoices, each with the status seen on the page."""
    if len(demandes) > LOT_MAXIMUM:
        raise TransitionRefusee(
            f"{len(demandes)} factures cochées : traitez-en {LOT_MAXIMUM} au plus à la fois.", "SBX_013", "factures"
        )
    bilan = Bilan([], [])
    for demande in demandes:
        facture = demande.facture
        try:
            with transaction.atomic():
                traiter(facture, traitement, auteur=demande.auteur, vu=demande.vu, ligne_vue=demande.ligne_vue)
        except TransitionRefusee as refus:
            bilan.refusees.append((facture, str(refus)))
        else:
            bilan.traitees.append(facture)
    return bilan
