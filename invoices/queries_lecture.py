"""What an account reads of one invoice in one application: itself, its histories (factures.md §4.1, §6.4, §7)."""

from django.db.models import Q, QuerySet

from invoices.enums import Acteur, Espace, Motif, Statut
from invoices.models import (
    ActionUtilisateur,
    DestinatairePrecedent,
    EvenementComplementaire,
    Facture,
    HistoriqueStatut,
    PieceJointe,
)
from invoices.queries_espaces import PROFILS, lignes_visibles, quittees, visibles
from structures.models import Structure
from structures.queries import Droits

RELATIONS = (
    *("fournisseur", "destinataire", "valideur", "valideur_2", "service", "cree_par", "flux"),
    *("coordonnees_bancaires", "service_fournisseur", "service_valideur"),
)
DE_L_EMETTEUR = (
    ActionUtilisateur.Code.CERTIFICAT,
    ActionUtilisateur.Code.ACQUITTEMENT_REJET,
    ActionUtilisateur.Code.ACQUITTEMENT_SUSPENSION,
    ActionUtilisateur.Code.TRAITEMENT_REJET,
)


def trouver(droits: Droits, espace: Espace, pk: int) -> Facture | None:
    """An invoice of this application, with its parties; None when the account does not see it there.

    One that was recycled towards somebody else is read only, ``quittee_le`` set.
    """
    facture: Facture | None = visibles(droits, espace).select_related(*RELATIONS).filter(pk=pk).first()
    if facture is None and espace == Espace.RECUES:
        facture = quittees(droits).select_related(*RELATIONS).filter(pk=pk).first()
        if facture is not None:
            siennes = droits.structures(PROFILS[espace])
            facture.quittee_le = facture.precedents.filter(structure__in=siennes).latest("jusqu_au").jusqu_au
    return facture


def figer(droits: Droits, facture: Facture) -> DestinatairePrecedent | None:
    """Show a former recipient the invoice as it was when it left him: nothing of this is saved (factures.md §7)."""
    if facture.quittee_le is None:
        return None
    siennes = droits.structures(PROFILS[Espace.RECUES])
    trace: DestinatairePrecedent | None = (
        facture.precedents.select_related("structure", "service")
        .filter(structure__in=siennes)
        .order_by("-jusqu_au", "-pk")
        .first()
    )
    if trace is None:
        return None
    facture.destinataire, facture.service = trace.structure, trace.service
    facture.statut, facture.statut_depuis = Statut.A_RECYCLER, trace.jusqu_au
    for nom in ("code_service", "libelle_service", "numero_engagement", "commentaire"):
        setattr(facture, nom, getattr(trace, nom))
    return trace


def jusqu_a_son_depart(lignes: list[HistoriqueStatut], trace: DestinatairePrecedent | None) -> list[HistoriqueStatut]:
    """History of statuses that a former recipient reads: until the invoice left him."""
    if trace is None:
        return lignes
    rangs = [rang for rang, ligne in enumerate(lignes) if ligne.pk == trace.recyclage_id]
    return lignes[: rangs[0]] if rangs else [ligne for ligne in lignes if ligne.survenu_le < trace.jusqu_au]


def _depuis_son_arrivee(facture: Facture, lignes: list[HistoriqueStatut], espace: Espace) -> list[HistoriqueStatut]:
    """The new recipient of a recycled invoice reads its history from « À recycler » on (factures.md §7)."""
    if espace != Espace.RECUES or not facture.recyclages or facture.quittee_le is not None:
        return lignes
    autres = facture.precedents.exclude(structure=facture.destinataire_id).order_by("-jusqu_au", "-pk")
    derniere = autres.values_list("recyclage_id", flat=True).first()
    rang = next((rang for rang, ligne in enumerate(lignes) if ligne.pk == derniere), None)
    return lignes if rang is None else lignes[max(0, rang - 1) :]


def statuts(facture: Facture, lignes: list[HistoriqueStatut], espace: Espace) -> list[HistoriqueStatut]:
    """Those of these lines (all of them, or until a departure) that this application shows, in order."""
    return lignes_visibles(_depuis_son_arrivee(facture, lignes, espace), espace)


def evenements(facture: Facture) -> QuerySet[EvenementComplementaire]:
    """« Événements complémentaires », to be ordered."""
    lus: QuerySet[EvenementComplementaire] = facture.evenements.select_related("compte")
    return lus if facture.quittee_le is None else lus.filter(survenu_le__lt=facture.quittee_le)


def actions(facture: Facture, espace: Espace) -> QuerySet[ActionUtilisateur]:
    """The issuer's own acts are not shown to the others, nor theirs to each other."""
    lues: QuerySet[ActionUtilisateur] = facture.actions.select_related("compte")
    if espace != Espace.EMISES:
        parties = [facture.destinataire_id] if espace == Espace.RECUES else [facture.valideur_id, facture.valideur_2_id]
        siens = Q(compte__rattachements__structure__in=[partie for partie in parties if partie])
        lues = lues.exclude(code__in=DE_L_EMETTEUR).filter(siens).distinct()
    return lues if facture.quittee_le is None else lues.filter(faite_le__lte=facture.quittee_le)


def pieces(facture: Facture, trace: DestinatairePrecedent | None) -> QuerySet[PieceJointe]:
    """The files; for a former recipient, those that were there."""
    lues: QuerySet[PieceJointe] = facture.pieces.all()
    return lues if trace is None else lues.filter(ajoutee_le__lte=trace.jusqu_au)


def structure_de(facture: Facture, acteur: str) -> Structure | None:
    """Party that acts under this role: how to reach a robot is how to reach its structure."""
    return {
        Acteur.FOURNISSEUR: facture.fournisseur,
        Acteur.VALIDEUR_1: facture.valideur,
        Acteur.VALIDEUR_2: facture.valideur_2,
        Acteur.DESTINATAIRE: facture.destinataire,
        Acteur.COMPTABLE: facture.destinataire,
    }.get(Acteur(acteur))


def libelle_du_motif(motif: str) -> str:
    """In words; a reason that is in no list is already in words."""
    return str(Motif(motif).label) if motif in Motif.values else motif


def commentaire_d_etat(motif: str | None, commentaire: str | None) -> str:
    """What is said of a status in one text: the reason in words, then the comment (api.md §6.8)."""
    raison = "" if motif == Motif.AUTRE and commentaire else libelle_du_motif(motif or "")
    return " : ".join(part for part in (raison, commentaire) if part)
