"""consulter, for the issuer, the recipient and the valideur (api.md §6.7)."""

from typing import Any

from django.db.models import DecimalField, ExpressionWrapper, F, Sum

from api import anglais, blocs
from api.blocs import Bloc, Sens
from api.entree import Entier, Entree, Texte
from api.erreurs import INEXISTANTE, refus
from api.familles.transverses_referentiels import LIBELLES_TAUX, AvecLangue
from api.registre import Appel, Contenu, operation
from api.sortie import jour, minute
from invoices import calculs
from invoices import queries_lecture as lecture
from invoices.devises import NOMS as DEVISES
from invoices.enums import TAUX_REFERENTIEL, DecisionValidation, Espace, MotifExoneration, TypePieceJointe, TypeTva
from invoices.models import DestinatairePrecedent, Facture, LignePoste, LigneTva, PieceJointe
from sandbox.web.telechargements import extension
from structures.models import Structure
from structures.pays import PAYS

# mypy: disable-error-code="valid-type"

MONTANT_DE_LIGNE = DecimalField(max_digits=30, decimal_places=8)


# --- what is asked


class PageLignesPoste(Entree):
    pageResultatDemandeeLignesPoste: Entier | None = None
    nbResultatsParPageLignesPoste: Entier | None = None
    triSensListeLignesPoste: Sens | None = None
    triColonneListeLignesPoste: Texte = ""


class PageRecapitulatifTva(Entree):
    pageResultatDemandeeListeRecapitulatifTVA: Entier | None = None
    nbResultatsParPageListeRecapitulatifTVA: Entier | None = None
    nbResultatsParPageListeListeRecapitulatifTVA: Entier | None = None
    """As the contract has it."""
    triSensListeRecapitulatifTVA: Sens | None = None
    triColonneListeRecapitulatifTVA: Texte = ""


class PagePiecesJointes(Entree):
    pageResultatDemandeeListePieceJointe: Entier | None = None
    nbResultatsParPageListePieceJointe: Entier | None = None
    triSensListePiecesJointes: Sens | None = None
    triColonneListePiecesJointes: Texte = ""


class Consulter(AvecLangue):
    """The three paging objects, under each of the names that the contract and the clients give them."""

    idUtilisateurCourant: Entier | None = None
    identifiantFactureCPP: Entier | None = None
    getpLigneRecapTva: PageRecapitulatifTva | None = None
    getpListePiecesJointes: PagePiecesJointes | None = None
    getpLignesPoste: PageLignesPoste | None = None
    pLigneRecapTva: PageRecapitulatifTva | None = None
    pListePiecesJointes: PagePiecesJointes | None = None
    pLignesPoste: PageLignesPoste | None = None
    rechercheligneTvaRecap: PageRecapitulatifTva | None = None
    rechercheLigneTvaRecap: PageRecapitulatifTva | None = None
    recherchePj: PagePiecesJointes | None = None
    rechercheLignePoste: PageLignesPoste | None = None

    @property
    def page_tva(self) -> PageRecapitulatifTva | None:
        return (
            self.getpLigneRecapTva or self.pLigneRecapTva or self.rechercheligneTvaRecap or self.rechercheLigneTvaRecap
        )

    @property
    def page_pieces(self) -> PagePiecesJointes | None:
        return self.getpListePiecesJointes or self.pListePiecesJointes or self.recherchePj

    @property
    def page_lignes(self) -> PageLignesPoste | None:
        return self.getpLignesPoste or self.pLignesPoste or self.rechercheLignePoste


# --- the operations


@operation(
    "consulterFactureParFournisseur",
    "factures",
    "consulter/fournisseur",
    "Lire une facture émise",
    Consulter,
    exemple={"identifiantFactureCPP": 42, "pLignesPoste": {"nbResultatsParPageLignesPoste": 50}},
)
def consulter_fournisseur(appel: Appel, entree: Consulter) -> Contenu:
    return _consulter(appel, entree, Espace.EMISES)


@operation(
    "consulterFactureParRecipiendaire",
    "factures",
    "consulter/recipiendaire",
    "Lire une facture reçue",
    Consulter,
    exemple={"identifiantFactureCPP": 42, "rechercheLignePoste": {"nbResultatsParPageLignesPoste": 50}},
)
def consulter_recipiendaire(appel: Appel, entree: Consulter) -> Contenu:
    return _consulter(appel, entree, Espace.RECUES)


@operation(
    "consulterFactureParValideur",
    "factures",
    "consulter/valideur",
    "Lire une facture à valider ou validée",
    Consulter,
    exemple={"identifiantFactureCPP": 42, "rechercheLignePoste": {"nbResultatsParPageLignesPoste": 50}},
)
def consulter_valideur(appel: Appel, entree: Consulter) -> Contenu:
    return _consulter(appel, entree, Espace.A_VALIDER)


def _consulter(appel: Appel, entree: Consulter, espace: Espace) -> Contenu:
    facture = lecture.trouver(appel.droits, espace, entree.identifiantFactureCPP or 0)
    if facture is None:
        raise refus(*INEXISTANTE)
    trace = lecture.figer(appel.droits, facture)
    pays = anglais.PAYS if entree.en_anglais else PAYS
    return {
        "facture": {
            "identifiantFactureCPP": facture.pk,
            "numeroFacture": facture.numero,
            "statutFacture": facture.statut,
            "modeDepot": facture.mode_depot,
            "commentaire": facture.commentaire,
            **({"rejetTraite": facture.rejet_traite} if espace == Espace.EMISES else {}),
            "destinataire": _destinataire(facture, espace, pays),
            "fournisseur": _fournisseur(facture, espace, pays),
            "cadreDeFacturation": _cadre(facture),
            "references": _references(facture, trace, entree),
            "recapitulatifDeTva": _recapitulatif(facture, entree.page_tva),
            "montantTotal": _montants(facture),
            **_pieces(facture, trace, entree.page_pieces),
            "lignesDePoste": _lignes(facture, entree.page_lignes),
        }
    }


# --- who


def _destinataire(facture: Facture, espace: Espace, pays: dict[str, str]) -> Bloc:
    structure = facture.destinataire
    if structure is None:  # a draft may name nobody yet
        return blocs.service_executant(facture)
    if espace == Espace.RECUES:
        propre: Bloc = {"destinataireEtat": "OUI" if structure.etat_public else "NON"}
    else:
        propre = {
            "designationDestinataire": structure.raison_sociale,
            "miseEnPaiementDestinataire": _remonte_la_mise_en_paiement(facture, structure),
        }
    return {
        **propre,
        "idDestinataire": structure.pk,
        "codeDestinataire": structure.identifiant,
        "libelleDestinataire": structure.libelle or structure.raison_sociale,
        **blocs.service_executant(facture),
        **blocs.adresse("adresseDestinataire", structure, pays),
    }


def _remonte_la_mise_en_paiement(facture: Facture, destinataire: Structure) -> bool:
    """Does « Mise en paiement » come back from this recipient, and from this service of his?"""
    service = facture.service
    return not destinataire.mise_en_paiement_non_remontee and (service is None or service.mise_en_paiement)


def _fournisseur(facture: Facture, espace: Espace, pays: dict[str, str]) -> Bloc:
    structure = facture.fournisseur
    if structure is None:
        return {}
    propre: Bloc = {}
    if espace != Espace.RECUES:
        propre = {
            "raisonSocialeFournisseur": structure.raison_sociale,
            "nomFournisseur": structure.nom,
            "prenomFournisseur": structure.prenom,
        }
    return {
        **propre,
        "idFournisseur": structure.pk,
        "typeIdentifiantFournisseur": structure.type_identifiant,
        "codeFournisseur": structure.identifiant,
        "designationFournisseur": structure.raison_sociale,
        "numeroRcsFournisseur": structure.numero_rcs,
        **blocs.service_du_fournisseur(facture.service_fournisseur),
        **blocs.adresse("adresseFournisseur", structure, pays),
        **blocs.coordonnees_bancaires(facture.coordonnees_bancaires),
    }


def _cadre(facture: Facture) -> Bloc:
    validees = dict(
        facture.validations.filter(decision=DecisionValidation.VALIDEE)
        .order_by("decidee_le", "pk")
        .values_list("rang", "decidee_le")
    )
    return {
        "codeCadreFacturation": facture.cadre,
        **blocs.valideur(1, facture.valideur, validees.get(1)),
        **blocs.valideur(2, facture.valideur_2, validees.get(2)),
    }


# --- what


def _references(facture: Facture, trace: DestinatairePrecedent | None, entree: Consulter) -> Bloc:
    taille = lecture.pieces(facture, trace).order_by().aggregate(total=Sum("taille"))["total"]
    exoneree = facture.type_tva == TypeTva.EXONERATION and bool(facture.motif_exoneration)
    noms = anglais.DEVISES if entree.en_anglais else DEVISES
    return {
        "dateFacture": jour(facture.date_facture),
        "dateDepot": jour(facture.date_depot),
        "dateCreationFacture": minute(facture.cree_le),
        "dateEcheancePaiement": jour(facture.date_echeance),
        "codeDeviseFacture": facture.devise,
        "libelleDeviseFacture": noms.get(facture.devise),
        "typeFacture": facture.type_facture,
        "typeTva": facture.type_tva,
        **(_exoneration(facture.motif_exoneration) if exoneree else {}),
        "numeroMarche": facture.numero_marche,
        "numeroBonCommande": facture.numero_engagement,
        "numeroFactureOrigine": facture.numero_facture_origine,
        "modePaiement": facture.mode_paiement,
        "tailleTotalePiecesJointes": taille or 0,
        "numeroDpMandat": facture.numero_mandat,
    }


def _exoneration(texte: str) -> Bloc:
    """A code of the référentiel when these are its words; else the words themselves (api.md A-16)."""
    connu = next((motif for motif in MotifExoneration if texte in (motif.value, motif.label)), None)
    if connu is None:
        return {"motifExonerationTva": texte, "libelleMotifExonerationTva": texte}
    return {"motifExonerationTva": connu.value, "libelleMotifExonerationTva": str(connu.label)}


def _montants(facture: Facture) -> Bloc:
    return {
        "montantHtTotal": facture.montant_ht,
        "montantTVA": facture.montant_tva,
        "montantTtcAvantRemiseGlobalTTC": facture.montant_ttc_avant_remise,
        "montantRemiseGlobaleTTC": facture.remise_globale,
        "motifRemiseGlobaleTTC": facture.motif_remise,
        "montantTtcTotal": facture.montant_ttc,
        "montantAPayer": facture.montant_a_payer,
    }


# --- lists, each with its page

_COLONNES_TVA: dict[str, tuple[str, ...]] = {
    "LigneTvaTauxRefValeur": ("taux",),
    "LigneTvaTauxManuel": ("taux",),
    "LigneTvaTauxRefLibelle": ("taux",),
    "LigneTvaTauxRefCode": ("code_taux",),
    "LigneTvaMontantBaseHtParTaux": ("base",),
    "LigneTvaMontantTvaParTaux": ("montant",),
}
_COLONNES_PIECES: dict[str, tuple[str, ...]] = {
    "PieceJointeId": ("pk",),
    "PieceJointeTypeCode": ("type",),
    "PieceJointeTypeLibelle": ("type",),
    "PieceJointeDesignation": ("designation",),
    "PieceJointeNumeroLigneFacture": ("ligne",),
    "PieceJointeExtension": ("nom",),
}
_COLONNES_LIGNES: dict[str, tuple[str, ...]] = {
    "LignePosteNumero": ("numero",),
    "LignePosteReference": ("reference",),
    "LignePosteDenomination": ("denomination",),
    "LignePosteQuantite": ("quantite",),
    "LignePosteUniteLibelle": ("unite",),
    "LignePosteMontantUnitaireHT": ("prix_unitaire",),
    "LignePosteMontantRemiseHT": ("remise",),
    "LignePosteTauxTva": ("code_taux",),
    "LignePosteTauxTvaManuel": ("taux",),
    "LignePosteMontantHtApresRemise": ("montant_ht",),
    "LignePosteMontantTva": ("_tva",),
    "LignePosteMontantTtcApresRemise": ("_ttc",),
}


def _recapitulatif(facture: Facture, page: PageRecapitulatifTva | None) -> Bloc:
    demande = blocs.pagination(page, "Descendant")
    return blocs.liste(
        "ligneTva", "LignesRecapitulativesTVA", facture.lignes_tva.all(), demande, _COLONNES_TVA, _ligne_tva
    )


def _ligne_tva(ligne: LigneTva) -> Bloc:
    montants = {"ligneTvaMontantBaseHtParTaux": ligne.base, "ligneTvaMontantTvaParTaux": ligne.montant}
    valeur = TAUX_REFERENTIEL.get(ligne.code_taux)
    if valeur is None:
        return {"ligneTvaTauxManuel": ligne.taux, **montants}
    return {
        "ligneTvaTauxRefId": int(ligne.code_taux.removeprefix("TVA")),
        "ligneTvaTauxRefCode": ligne.code_taux,
        "ligneTvaTauxRefLibelle": LIBELLES_TAUX.get(ligne.code_taux, str(valeur)),
        "ligneTvaTauxRefValeur": valeur,
        **montants,
    }


def _pieces(facture: Facture, trace: DestinatairePrecedent | None, page: PagePiecesJointes | None) -> Bloc:
    """The invoice itself by its ids, then its attachments."""
    lues = lecture.pieces(facture, trace)
    principale = lues.filter(principale=True).values_list("pk", flat=True).first()
    bloc: dict[str, Any] = {}
    if principale is not None:
        ids = {"idPieceJointePrincipale": principale, "idLiaisonPieceJointePrincipale": principale}
        bloc["pieceJointePrincipale"] = ids
    jointes = lues.filter(principale=False)
    demande = blocs.pagination(page, "Ascendant")
    bloc["listeDesPiecesJointes"] = blocs.liste(
        "pieceJointe", "ListePiecesJointe", jointes, demande, _COLONNES_PIECES, _piece
    )
    return bloc


def _piece(piece: PieceJointe) -> Bloc:
    return {
        "pieceJointeId": piece.pk,
        "pieceJointeIdLiaison": piece.pk,
        "pieceJointeDesignation": piece.designation or piece.nom,
        "pieceJointeExtension": extension(piece.nom).upper(),
        "pieceJointeTypeCode": piece.type,
        "pieceJointeTypeLibelle": str(TypePieceJointe(piece.type).label) if piece.type in TypePieceJointe else None,
        "pieceJointeNumeroLigneFacture": piece.ligne,
    }


def _lignes(facture: Facture, page: PageLignesPoste | None) -> Bloc:
    lignes = facture.lignes.annotate(
        _tva=ExpressionWrapper(F("montant_ht") * F("taux"), MONTANT_DE_LIGNE),
        _ttc=ExpressionWrapper(F("montant_ht") * (100 + F("taux")), MONTANT_DE_LIGNE),
    )
    demande = blocs.pagination(page, "Ascendant")
    return blocs.liste("lignePoste", "LignesPoste", lignes, demande, _COLONNES_LIGNES, _ligne)


def _ligne(ligne: LignePoste) -> Bloc:
    tva = calculs.tva(ligne.montant_ht, ligne.taux)
    taux = {"lignePosteTauxTva": ligne.code_taux} if ligne.code_taux else {"lignePosteTauxTvaManuel": ligne.taux}
    return {
        "lignePosteNumero": ligne.numero,
        "lignePosteReference": ligne.reference,
        "lignePosteDenomination": ligne.denomination,
        "lignePosteQuantite": ligne.quantite,
        "lignePosteUniteLibelle": ligne.unite,
        "lignePosteMontantUnitaireHT": ligne.prix_unitaire,
        "lignePosteMontantRemiseHT": ligne.remise,
        **taux,
        "lignePosteMontantHtApresRemise": ligne.montant_ht,
        "lignePosteMontantTva": tva,
        "lignePosteMontantTtcApresRemise": ligne.montant_ht + tva,
    }
