"""What the supplier does of an invoice that came back: recycle, complete, acknowledge, replace (factures.md §7)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import IntegrityError, transaction

from accounts.models import Compte
from invoices import lifecycle, queries, rules
from invoices.depot import Depot, Fichier
from invoices.enums import Acteur, Action, ModeDepot, Motif, Statut
from invoices.models import (
    ActionUtilisateur,
    DestinatairePrecedent,
    EvenementComplementaire,
    Facture,
    HistoriqueStatut,
    LignePoste,
    LigneTva,
)
from invoices.services import brouillons, ecriture
from invoices.services.deposer import DepotRefuse, service_de
from invoices.services.transitions import Auteur, TransitionRefusee, apply
from sandbox import clock
from sandbox.cohorts.models import Cohort
from structures.queries import Droits

CHAMPS_DU_RECYCLAGE = ("destinataire", "code_service", "numero_engagement", "commentaire")
"""All that a recycling may change (factures.md §7); everything else is frozen."""
REGLES_DU_RECYCLAGE = frozenset(
    {"SBX_001", "SBX_002", "SBX_003", "SBX_004", "SBX_005", "SBX_006", "SBX_013", "SBX_061", "SBX_062"}
)


_VUS_PAR_L_ANCIEN = ("code_service", "libelle_service", "numero_engagement", "commentaire")
"""What a recycling rewrites and the former recipient keeps reading."""


def verrouiller(facture_id: int) -> Facture:
    """The invoice, locked for the transaction under way."""
    facture: Facture = (
        Facture.objects.select_for_update(of=("self",))
        .select_related("fournisseur", "destinataire", "valideur", "valideur_2", "cree_par", "cohort")
        .get(pk=facture_id)
    )
    return facture


def _noter(facture: Facture, auteur: Auteur, libelle: str) -> None:
    EvenementComplementaire.objects.create(
        cohort=facture.cohort,
        place=facture.place,
        facture=facture,
        libelle=libelle[:255],
        compte=auteur.compte,
        auteur=auteur.nom,
        survenu_le=clock.now(),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Reroutage:
    """The fields of a recycling, as typed."""

    destinataire_id: int | None
    code_service: str = ""
    numero_engagement: str = ""
    commentaire: str = ""
    vu: str = ""


def _depot_recycle(facture: Facture, reroutage: Reroutage) -> Depot:
    depot = queries.depot_de(facture)
    return depot.remplacer(
        destinataire_id=reroutage.destinataire_id,
        code_service=reroutage.code_service,
        numero_engagement=reroutage.numero_engagement,
        commentaire=reroutage.commentaire,
    )


def controler_recyclage(facture: Facture, reroutage: Reroutage, *, droits: Droits) -> list[rules.Manquement]:
    """What the rules say of the four fields; an empty list lets the invoice go."""
    depot = _depot_recycle(facture, reroutage)
    contexte = queries.contexte(depot, droits=droits, sauf=facture.pk)
    return [
        m for m in rules.controler(depot, contexte) if m.code in REGLES_DU_RECYCLAGE and m.champ in CHAMPS_DU_RECYCLAGE
    ]


@transaction.atomic
def recycler(facture_id: int, reroutage: Reroutage, *, auteur: Auteur, droits: Droits) -> HistoriqueStatut:
    """T29: the same invoice leaves for another recipient, service or engagement; no new validation, no new number.

    Raises ``DepotRefuse`` for what the rules say of the four fields, ``TransitionRefusee`` when it is not its turn.
    """
    facture = verrouiller(facture_id)
    if lifecycle.find(facture.situation(), Action.RECYCLER, Acteur.FOURNISSEUR) is None:
        # What moved it is said before what is wrong in the four fields.
        apply(facture, Action.RECYCLER, acteur=Acteur.FOURNISSEUR, auteur=auteur, vu=reroutage.vu)
    depot = _depot_recycle(facture, reroutage)
    manquements = controler_recyclage(facture, reroutage, droits=droits)
    if manquements:
        raise DepotRefuse(manquements)
    service = service_de(depot.destinataire_id, depot.code_service)
    ancien = facture.destinataire
    quitte = (facture.destinataire_id, facture.code_service.casefold()) != (
        depot.destinataire_id,
        depot.code_service.casefold(),
    )
    trace = DestinatairePrecedent(
        cohort=facture.cohort,
        place=facture.place,
        facture=facture,
        structure=ancien,
        service_id=facture.service_id,
        **{nom: getattr(facture, nom) for nom in _VUS_PAR_L_ANCIEN},
    )
    ligne = apply(
        facture,
        Action.RECYCLER,
        acteur=Acteur.FOURNISSEUR,
        auteur=auteur,
        vu=reroutage.vu,
        champs={
            "destinataire_id": depot.destinataire_id,
            "service": service,
            "code_service": service.code if service else depot.code_service,
            "libelle_service": service.libelle if service else "",
            "numero_engagement": depot.numero_engagement,
            "commentaire": depot.commentaire,
            "recyclages": facture.recyclages + 1,
            "telechargee": False,
        },
    )
    if quitte:
        trace.recyclage, trace.jusqu_au = ligne, ligne.survenu_le
        trace.save(force_insert=True)
    facture.refresh_from_db(fields=["destinataire"])
    vers = f"{facture.destinataire}{f', service {facture.code_service}' if facture.code_service else ''}"
    _noter(facture, auteur, f"Recyclage n° {facture.recyclages} : {ancien} → {vers}")
    return ligne


@dataclass(frozen=True, slots=True, kw_only=True)
class Complement:
    """What is added to a suspended invoice. ``commentaire`` None: not changed."""

    pieces: Sequence[brouillons.Piece] = ()
    fichiers: Sequence[Fichier] = ()
    """Files that are stored already (api.md §7, ajouter/fichier)."""
    commentaire: str | None = None
    vu: str = ""


@transaction.atomic
def completer(facture_id: int, complement: Complement, *, auteur: Auteur) -> HistoriqueStatut:
    """T28: at least one new file or a changed commentaire; the files already sent stay.

    Raises ``DepotRefuse`` (files, commentaire), ``TransitionRefusee`` (GDP_MSG_11.033 by API: not suspended).
    """
    facture = verrouiller(facture_id)
    if complement.vu and complement.vu != facture.statut:
        apply(facture, Action.COMPLETER, acteur=Acteur.FOURNISSEUR, auteur=auteur, vu=complement.vu)
    if lifecycle.find(facture.situation(), Action.COMPLETER, Acteur.FOURNISSEUR) is None:
        raise TransitionRefusee("Le statut de la demande de paiement n'est pas défini à « Suspendue ».")
    commentaire = facture.commentaire if complement.commentaire is None else complement.commentaire
    maximum = next(limite.maximum for limite in rules.references.LONGUEURS if limite.champ == "commentaire")
    if len(commentaire) > maximum:
        raise DepotRefuse(
            [
                rules.Manquement(
                    "SBX_013",
                    "commentaire",
                    f"Le champ « Commentaire » dépasse {maximum} caractères ({len(commentaire)} saisis).",
                )
            ]
        )
    avant = facture.pieces.count()
    refus = ecriture.refus_des_pieces(facture, complement.fichiers)
    refus = refus or brouillons.joindre_a(facture, complement.pieces, compte=auteur.compte)
    if refus:
        raise DepotRefuse(refus)
    ecriture.attacher(facture, complement.fichiers, compte=auteur.compte)
    ajoutees = facture.pieces.count() - avant
    if not ajoutees and commentaire.strip() == facture.commentaire.strip():
        raise DepotRefuse(
            [
                rules.Manquement(
                    "SBX_013",
                    "pieces_jointes",
                    "Ajoutez au moins une pièce jointe, ou modifiez le commentaire : rien n'a changé.",
                )
            ]
        )
    ligne = apply(
        facture,
        Action.COMPLETER,
        acteur=Acteur.FOURNISSEUR,
        auteur=auteur,
        vu=complement.vu,
        champs={"commentaire": commentaire},
    )
    pluriel = "s" if ajoutees > 1 else ""
    _noter(facture, auteur, f"Complément : {ajoutees} pièce{pluriel} jointe{pluriel} ajoutée{pluriel}")
    return ligne


ACQUITTEMENTS = {
    Statut.REJETEE: ActionUtilisateur.Code.ACQUITTEMENT_REJET,
    Statut.SUSPENDUE: ActionUtilisateur.Code.ACQUITTEMENT_SUSPENSION,
}


def _une_a_la_fois(factures: Iterable[Facture]) -> list[Facture]:
    """These invoices, locked in the same order by everybody: two clicks see each other's traces."""
    triees = sorted(factures, key=lambda facture: facture.pk)
    ids = [facture.pk for facture in triees]
    list(Facture.objects.select_for_update(no_key=True).filter(pk__in=ids).order_by("pk").values_list("pk"))
    return triees


@transaction.atomic
def acquitter(factures: Iterable[Facture], *, compte: Compte) -> int:
    """T31, T33: « j'ai lu ». Once for each rejection or suspension; returns how many were acknowledged now."""
    faites, lues = 0, _une_a_la_fois(factures)
    for facture in lues:
        if lifecycle.find(facture.situation(), Action.ACQUITTER, Acteur.FOURNISSEUR) is None:
            continue
        code = ACQUITTEMENTS[Statut(facture.statut)]
        deja = ActionUtilisateur.objects.filter(facture=facture, code=code, faite_le__gte=facture.statut_depuis)
        if not deja.exists():
            ActionUtilisateur.objects.create(
                cohort=facture.cohort, place=facture.place, facture=facture, code=code, compte=compte
            )
            faites += 1
    return faites


@transaction.atomic
def traiter_rejets(factures: Iterable[Facture], *, compte: Compte) -> int:
    """T32 « Traiter le rejet »: out of Synthèse, logged. Safe to run twice; returns how many were treated now."""
    faites, lues = 0, _une_a_la_fois(factures)
    for facture in lues:
        if lifecycle.find(facture.situation(), Action.TRAITER_REJET, Acteur.FOURNISSEUR) is None:
            continue
        if Facture.objects.filter(pk=facture.pk, rejet_traite=False).update(rejet_traite=True):
            ActionUtilisateur.objects.create(
                cohort=facture.cohort,
                place=facture.place,
                facture=facture,
                code=ActionUtilisateur.Code.TRAITEMENT_REJET,
                compte=compte,
            )
            faites += 1
    return faites


def remplacable(facture: Facture) -> bool:
    """May « Dupliquer » replace it: rejected or refused for good, and not for being a duplicate (factures.md §7)."""
    if facture.statut == Statut.REJETEE:
        derniere = facture.historique.filter(statut=Statut.REJETEE).last()
        return derniere is None or derniere.motif != Motif.DOUBLE_FACT
    return lifecycle.est_definitive(facture.situation())


_COPIES = (
    *("fournisseur_id", "destinataire_id", "valideur_id", "coordonnees_bancaires_id", "service_fournisseur_id"),
    *("type_facture", "cadre", "code_service", "libelle_service", "numero_engagement", "numero_marche"),
    *("numero_facture_origine", "devise", "mode_paiement", "type_tva", "motif_exoneration", "commentaire"),
    *("montant_ht", "montant_tva", "remise_globale", "motif_remise", "montant_ttc", "acompte", "montant_a_payer"),
    "service_valideur_id",
)


@transaction.atomic
def dupliquer(facture: Facture, *, cohort: Cohort, compte: Compte, cle: str) -> Facture:
    """A draft with everything but number, date and files (factures.md §7). ``cle`` makes the second click find it."""
    if not remplacable(facture):
        raise TransitionRefusee("Seule une facture rejetée ou refusée se remplace par une nouvelle facture.")
    deja = brouillons.du_formulaire(cle)
    if deja is not None:
        return deja
    try:
        with transaction.atomic():
            return _copier(facture, cohort, compte, cle)
    except IntegrityError:  # the other of two clicks made it first
        deja = brouillons.du_formulaire(cle)
        if deja is None:
            raise
        return deja


def _copier(facture: Facture, cohort: Cohort, compte: Compte, cle: str) -> Facture:
    neuve = Facture(
        cohort=cohort,
        place=compte.place,
        statut=Statut.BROUILLON,
        mode_depot=ModeDepot.SAISIE_PORTAIL,
        cree_par=compte,
        cle_envoi=cle[:40],
        **{nom: getattr(facture, nom) for nom in _COPIES},
    )
    neuve.save(force_insert=True)
    lignes = list(facture.lignes.all())
    for ligne in lignes:
        ligne.pk, ligne.facture, ligne.place, ligne._state.adding = None, neuve, compte.place, True
    LignePoste.objects.bulk_create(lignes)
    recapitulatif = list(facture.lignes_tva.all())
    for rang in recapitulatif:
        rang.pk, rang.facture, rang.place, rang._state.adding = None, neuve, compte.place, True
    LigneTva.objects.bulk_create(recapitulatif)
    return neuve
