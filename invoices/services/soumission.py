"""« soumettre »: an invoice sent by a program, or one sent back that it sends again (api.md §6.1, A-12 to A-14).

Same rules, same sending as the portal; amounts are those of the caller.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction

from accounts.models import Compte
from invoices import lifecycle, queries_espaces, rules
from invoices.depot import Depot, Fichier
from invoices.enums import SAISIES, Acteur, Action, Espace, Statut
from invoices.models import Facture, PieceJointe
from invoices.services import deposer, ecriture, importation, numerotation, retours, suites, validation
from invoices.services.deposer import DepotRefuse
from invoices.services.transitions import PLATEFORME, Auteur, apply
from sandbox import clock
from sandbox.cohorts.models import Cohort
from sandbox.documents import store
from sandbox.events.scheduling import cancel
from structures.queries import Droits

REPETITION = 60
"""Real seconds during which the same demand without a number is a retry, not another invoice."""
RENVOYEES = (Statut.ERREUR_FOURNISSEUR_SUR_VALIDEUR, Statut.A_RECYCLER)


@dataclass(frozen=True, slots=True, kw_only=True)
class Demande:
    """An invoice to send. Files are stored already.

    ``siren``: of its supplier, as the rule of duplicates reads it. ``document``: the invoice itself, of a PDF deposit;
    ``brouillon``: the draft that its reading has made. ``cle``: names the demand (28 characters at most), for the
    retries of one that has no number.
    """

    depot: Depot
    siren: str
    document: Fichier | None = None
    brouillon: int | None = None
    cle: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Appelant:
    """Who sends, from which seat, with which rights."""

    cohort: Cohort
    compte: Compte
    droits: Droits
    place: int | None = None

    @property
    def auteur(self) -> Auteur:
        return Auteur(nom=str(self.compte), compte=self.compte)


@transaction.atomic
def soumettre(demande: Demande, appelant: Appelant) -> Facture:
    """The invoice, sent. Raises ``DepotRefuse`` or ``TransitionRefusee``, nothing written."""
    depot, cle = demande.depot, ""
    if depot.numero or depot.mode not in SAISIES:
        renvoyee = _renvoyee(depot, appelant.droits)
        if renvoyee is not None:
            return _reprendre(renvoyee, depot, appelant)
    else:
        # From here on, one at a time in this session: a retry finds what the first call has made.
        compteur = numerotation.attendre(appelant.cohort)
        instant = clock.real_now()
        deja = _deja_soumise(demande.cle, depuis=instant.timestamp() - REPETITION)
        if deja is not None:
            return deja
        cle = f"{demande.cle}:{int(instant.timestamp()) // REPETITION}" if demande.cle else ""
        annee = (depot.date_facture or clock.today()).year
        depot = depot.remplacer(numero=numerotation.suivant(compteur, annee=annee, siren=demande.siren))
    if depot.mode in SAISIES and depot.date_facture is None:
        depot = depot.remplacer(date_facture=clock.today())
    facture = _brouillon(demande, depot, appelant) or Facture(cohort=appelant.cohort, place=appelant.place)
    facture.cohort = appelant.cohort
    avant = list(facture.pieces.all()) if facture.pk else []
    toutes = (*(_fichier(p) for p in avant if not p.principale), *depot.pieces_jointes)
    controle = depot.remplacer(pieces_jointes=toutes)
    manquements = deposer.controler(controle, appelant.droits)
    manquements += _controler_document(depot, demande.document, avant)
    if manquements:
        raise DepotRefuse(manquements)
    _ecrire(facture, depot, appelant.compte, cle)
    _joindre_le_document(facture, demande.document, depot)
    ecriture.attacher(facture, depot.pieces_jointes, compte=appelant.compte)
    deposer.expedier(facture, compte=appelant.compte)
    _transmettre_au_valideur(facture)
    return facture


# --- Which invoice


def _renvoyee(depot: Depot, droits: Droits) -> Facture | None:
    """One that came back and keeps its number: the same supplier, number and, when a date is given, year."""
    trouvees = queries_espaces.modifiables(droits, Espace.EMISES).filter(
        fournisseur_id=depot.fournisseur_id, numero=depot.numero, statut__in=RENVOYEES
    )
    if depot.date_facture is not None:
        trouvees = trouvees.filter(annee=depot.date_facture.year)
    return trouvees.order_by("-pk").first()


def _reprendre(renvoyee: Facture, depot: Depot, appelant: Appelant) -> Facture:
    """A-14: the fields of this return only, everything else of the demand is left aside."""
    facture = retours.verrouiller(renvoyee.pk)
    if facture.statut == Statut.A_RECYCLER:
        reroutage = retours.Reroutage(
            destinataire_id=depot.destinataire_id,
            code_service=depot.code_service,
            numero_engagement=depot.numero_engagement,
            commentaire=depot.commentaire,
        )
        ligne = retours.recycler(facture.pk, reroutage, auteur=appelant.auteur, droits=appelant.droits)
        return ligne.facture
    validation.corriger(facture, depot.valideur_id, service_id=depot.service_valideur_id, auteur=appelant.auteur)
    return facture


def _deja_soumise(cle: str, *, depuis: float) -> Facture | None:
    if not cle:
        return None
    derniere: Facture | None = Facture.objects.filter(cle_envoi__startswith=f"{cle}:").order_by("-pk").first()
    return derniere if derniere is not None and derniere.modifie_le.timestamp() >= depuis else None


def _brouillon(demande: Demande, depot: Depot, appelant: Appelant) -> Facture | None:
    """The draft that this demand sends, locked: that of its document, else the latest that has its number (A-14)."""
    brouillons = queries_espaces.modifiables(appelant.droits, Espace.EMISES).select_for_update(of=("self",))
    if demande.brouillon is not None:
        lus = brouillons.filter(pk=demande.brouillon, statut__in=(Statut.INTERPRETEE_OCR, Statut.BROUILLON))
        lu: Facture | None = lus.first()
        if lu is not None:
            return lu
    if not depot.numero:
        return None
    memes = brouillons.filter(fournisseur_id=depot.fournisseur_id, numero=depot.numero, statut=Statut.BROUILLON)
    return memes.order_by("-pk").first()


# --- What is written


def _fichier(piece: PieceJointe) -> Fichier:
    return Fichier(nom=piece.nom, taille=piece.taille, empreinte=piece.empreinte, type=piece.type, ligne=piece.ligne)


def _controler_document(depot: Depot, document: Fichier | None, avant: Sequence[PieceJointe]) -> list[rules.Manquement]:
    """A PDF deposit has its PDF; what the portal has already read is not examined again."""
    if depot.mode in SAISIES:
        return []
    lus = {p.empreinte for p in avant if p.principale}
    if document is None:
        absent = rules.Manquement(
            "SBX_013",
            "piece_jointe_principale",
            "Le champ « Pièce jointe principale » est obligatoire : déposez d'abord le PDF de la facture.",
        )
        return [] if lus else [absent]
    if document.empreinte in lus:
        return []
    if not document.nom.lower().endswith(".pdf"):
        message = f"Le type de la pièce jointe n'est pas autorisé : {document.nom} n'est pas un PDF."
        return [rules.Manquement("SBX_040", "piece_jointe_principale", message)]
    try:
        importation.examiner_pdf(store.open_bytes(document.empreinte))
    except importation.FichierRefuse as refuse:
        message = f"La facture n'a pas pu être analysée. {refuse}"
        return [rules.Manquement("SBX_050", "piece_jointe_principale", message)]
    return []


def _ecrire(facture: Facture, depot: Depot, compte: Compte, cle: str) -> None:
    ecriture.ecrire_entete(facture, depot)
    facture.mode_depot, facture.cree_par, facture.modifie_le = depot.mode, compte, clock.real_now()
    facture.cle_envoi = cle or facture.cle_envoi
    facture.version += 1
    if facture.pk is None:
        facture.statut = Statut.BROUILLON
    try:
        ecriture.tenir(facture)
        facture.save()
        ecriture.ecrire_lignes(facture, depot, stricte=True)
    except ecriture.TropGrand as trop:
        raise DepotRefuse([rules.Manquement("SBX_013", "lignes", str(trop))]) from trop


def _joindre_le_document(facture: Facture, document: Fichier | None, depot: Depot) -> None:
    """The PDF, in the place of the former one; what the portal draws up itself takes no other's place."""
    principales = PieceJointe.objects.filter(facture=facture, principale=True)
    if depot.mode in SAISIES:
        principales.update(principale=False)
        return
    if document is None or principales.filter(empreinte=document.empreinte).exists():
        return
    principales.delete()
    PieceJointe.objects.create(
        cohort=facture.cohort,
        place=facture.place,
        facture=facture,
        principale=True,
        designation=(document.designation or "Facture")[: rules.pieces.DESIGNATION_MAXIMUM],
        nom=document.nom,
        empreinte=document.empreinte,
        taille=document.taille,
        signalement=document.signalement,
        ajoutee_par=facture.cree_par,
    )


def _transmettre_au_valideur(facture: Facture) -> None:
    """T04 at once: the answer says « A_VALIDER_1 », and the validator finds the invoice when the caller reads it."""
    demander = Action.DEMANDER_VALIDATION
    if lifecycle.find(facture.situation(), demander, Acteur.PLATEFORME) is not None:
        cancel([suites.DEMANDER], facture.pk)
        apply(facture, demander, acteur=Acteur.PLATEFORME, auteur=PLATEFORME)
