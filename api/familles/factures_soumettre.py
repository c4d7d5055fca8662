"""soumettreFacture (api.md §6.1, A-01, A-12 to A-17; factures.md §2)."""

import logging
from decimal import Decimal
from hashlib import sha256
from typing import Annotated

from accounts.profils import Profil
from api.entree import AuPlus, Date, Entier, Entree, Montant, Parmi, Texte
from api.erreurs import SANS_DROIT, Refus, refus
from api.familles.factures_entree import (
    INTROUVABLE,
    PIECES_MAX,
    PieceComplementaire,
    fichier_nomme,
    pieces,
    structure_de,
)
from api.models import FichierApi
from api.registre import GCU, Appel, Contenu, operation
from api.services import factures, fichiers
from api.sortie import jour
from invoices import calculs
from invoices.depot import ZERO, Depot, Fichier, Ligne, LigneTva
from invoices.documents import certificat
from invoices.enums import (
    SAISIES,
    TAUX_REFERENTIEL,
    ModeDepot,
    ModePaiement,
    MotifExoneration,
    TypeFacture,
    TypeTva,
)
from invoices.models import Facture
from invoices.services import documents, soumission
from structures.models import Service, Structure

logger = logging.getLogger(__name__)

LIGNES_MAX = 1000
"""Longer invoices come as files (deposer/flux)."""
LIGNES_DESSINEES = 100
"""Above, the caller does not wait for the drawing: the fingerprint is not in the answer."""
MODES = {mode.value: mode for mode in (ModeDepot.SAISIE_API, ModeDepot.DEPOT_PDF_API, ModeDepot.DEPOT_PDF_SIGNE_API)}
NUMERO_DE_LIGNE_MAX = 999_999
SANS_TAUX = (TypeTva.EXONERATION, TypeTva.SANS_TVA)


class Destinataire(Entree):
    codeDestinataire: Texte = ""
    codeServiceExecutant: Texte = ""


class Fournisseur(Entree):
    idFournisseur: Entier = 0
    idServiceFournisseur: Entier = 0
    codeCoordonneesBancairesFournisseur: Entier = 0


class CadreDeFacturation(Entree):
    codeCadreFacturation: Texte = ""
    codeStructureValideur: Texte = ""
    codeServiceValideur: Texte = ""


class References(Entree):
    deviseFacture: Texte = ""
    typeFacture: Annotated[str, Parmi(TypeFacture.values)] | None = None
    typeTva: Annotated[str, Parmi(TypeTva.values)] | None = None
    motifExonerationTva: Texte = ""
    numeroMarche: Texte = ""
    numeroBonCommande: Texte = ""
    numeroFactureOrigine: Texte = ""
    modePaiement: Annotated[str, Parmi(ModePaiement.values)] | None = None


class LigneDePoste(Entree):
    lignePosteNumero: Entier = 0
    lignePosteReference: Texte = ""
    lignePosteDenomination: Texte = ""
    lignePosteQuantite: Montant | None = None
    lignePosteUnite: Texte = ""
    lignePosteMontantUnitaireHT: Montant | None = None
    lignePosteMontantRemiseHT: Montant = ZERO
    lignePosteTauxTva: Texte = ""
    lignePosteTauxTvaManuel: Montant | None = None


class LigneDeTva(Entree):
    ligneTvaTaux: Texte = ""
    ligneTvaTauxManuel: Montant | None = None
    ligneTvaMontantBaseHtParTaux: Montant = ZERO
    ligneTvaMontantTvaParTaux: Montant = ZERO


class MontantTotal(Entree):
    montantHtTotal: Montant | None = None
    montantTVA: Montant | None = None
    montantRemiseGlobaleTTC: Montant = ZERO
    motifRemiseGlobaleTTC: Texte = ""
    montantTtcTotal: Montant | None = None
    montantAPayer: Montant | None = None


class PiecePrincipale(Entree):
    pieceJointePrincipaleDesignation: Texte = ""
    pieceJointePrincipaleId: Entier = 0


class Soumettre(Entree):
    """An invoice; nothing is required by the model, the rules say what is missing."""

    idUtilisateurCourant: Entier | None = None
    modeDepot: Texte = ""
    numeroFactureSaisi: Texte = ""
    dateFacture: Date | None = None
    destinataire: Destinataire = Destinataire()
    fournisseur: Fournisseur = Fournisseur()
    cadreDeFacturation: CadreDeFacturation = CadreDeFacturation()
    references: References = References()
    lignePoste: Annotated[tuple[LigneDePoste, ...], AuPlus(LIGNES_MAX)] = ()
    ligneTva: Annotated[tuple[LigneDeTva, ...], AuPlus(100)] = ()
    montantTotal: MontantTotal = MontantTotal()
    pieceJointePrincipale: Annotated[tuple[PiecePrincipale, ...], AuPlus(1)] = ()
    pieceJointeComplementaire: Annotated[tuple[PieceComplementaire, ...], AuPlus(PIECES_MAX)] = ()
    commentaire: Texte = ""


_EXEMPLE = {
    "modeDepot": "SAISIE_API",
    "destinataire": {"codeDestinataire": "00020001400017"},
    "fournisseur": {"idFournisseur": 1},
    "cadreDeFacturation": {"codeCadreFacturation": "A1_FACTURE_FOURNISSEUR"},
    "references": {
        "deviseFacture": "EUR",
        "typeFacture": "FACTURE",
        "typeTva": "TVA_SUR_DEBIT",
        "numeroMarche": "M2026-04",
        "modePaiement": "VIREMENT",
    },
    "lignePoste": [
        {
            "lignePosteNumero": 1,
            "lignePosteReference": "R1",
            "lignePosteDenomination": "Fenêtre en chêne",
            "lignePosteQuantite": 10,
            "lignePosteUnite": "lot",
            "lignePosteMontantUnitaireHT": 50,
            "lignePosteTauxTva": "TVA5",
        }
    ],
    "ligneTva": [{"ligneTvaTaux": "TVA5", "ligneTvaMontantBaseHtParTaux": 500, "ligneTvaMontantTvaParTaux": 100}],
    "montantTotal": {
        "montantHtTotal": 500,
        "montantTVA": 100,
        "montantTtcTotal": 600,
        "montantAPayer": 600,
    },
    "commentaire": "Première facture par API",
}


@operation(
    "soumettreFacture",
    "factures",
    "soumettre",
    "Soumettre une facture : saisie, ou PDF déposé auparavant",
    Soumettre,
    libelle=GCU,
    ecrit=True,
    exemple=_EXEMPLE,
)
def soumettre(appel: Appel, entree: Soumettre) -> Contenu:
    """Sent at once; the same call sends again one that came back (A-14). The mandate is not asked here."""
    mode = _mode(entree.modeDepot)
    fournisseur = _fournisseur(appel, entree)
    document = _document(appel, entree)
    piece = fichiers.a_joindre(document, designation=_designation(entree)) if document else None
    jointes = pieces(appel.technique, entree.pieceJointeComplementaire)
    if mode in SAISIES and piece is not None:
        # The portal draws up this invoice itself: what came as the document goes with it.
        jointes, piece = (piece, *jointes), None
    demande = soumission.Demande(
        depot=_depot(entree, mode, fournisseur, jointes),
        siren=fournisseur.siren,
        document=piece,
        brouillon=document.facture_id if document else None,
        cle=_cle(appel, entree),
    )
    appelant = soumission.Appelant(cohort=appel.cohort, compte=appel.compte, droits=appel.droits, place=appel.place)
    with factures.refus_traduits():
        facture = soumission.soumettre(demande, appelant)
    return {
        "identifiantFactureCPP": facture.pk,
        "numeroFacture": facture.numero,
        "statutFacture": facture.statut,
        "dateDepot": jour(facture.date_depot),
        "identifiantStructure": fournisseur.identifiant,
        "empreinteCertificatDepot": _empreinte(facture),
    }


def _mode(valeur: str) -> ModeDepot:
    if not valeur:
        raise _obligatoire("modeDepot")
    if valeur not in MODES:
        raise refus("SBX_014", "La valeur du champ « modeDepot » n'est pas reconnue.", f"Modes : {', '.join(MODES)}.")
    return MODES[valeur]


def _obligatoire(champ: str, ligne: str = "") -> Refus:
    return refus("SBX_013", f"{ligne}Le champ « {champ} » est obligatoire.")


def _fournisseur(appel: Appel, entree: Soumettre) -> Structure:
    """A structure in whose name this account may send. Raises ``Refus`` 20001."""
    demande = entree.fournisseur.idFournisseur
    if not demande:
        raise _obligatoire("idFournisseur")
    if not appel.droits.peut(Profil.FACTURES_EMISES, demande, modification=True):
        raison = f"La structure {demande} n'est pas l'une de celles de ce compte technique : idStructureCPP attendu."
        raise refus(*SANS_DROIT, raison)
    return Structure.objects.get(pk=demande)


def _document(appel: Appel, entree: Soumettre) -> FichierApi | None:
    ids = [piece.pieceJointePrincipaleId for piece in entree.pieceJointePrincipale if piece.pieceJointePrincipaleId]
    return fichier_nomme(appel.technique, ids[0]) if ids else None


def _designation(entree: Soumettre) -> str:
    premiere: PiecePrincipale = entree.pieceJointePrincipale[0]
    return premiere.pieceJointePrincipaleDesignation


def _cle(appel: Appel, entree: Soumettre) -> str:
    """Names this demand of this account: the same one sent again is a retry."""
    lu = f"{appel.technique.pk}\n{entree.model_dump_json()}"
    return f"api:{sha256(lu.encode()).hexdigest()[:24]}"


def _depot(entree: Soumettre, mode: ModeDepot, fournisseur: Structure, jointes: tuple[Fichier, ...]) -> Depot:
    references, cadre, total = entree.references, entree.cadreDeFacturation, entree.montantTotal
    for champ, valeur in (
        ("codeCadreFacturation", cadre.codeCadreFacturation),
        ("deviseFacture", references.deviseFacture),
        ("typeFacture", references.typeFacture),
        ("typeTva", references.typeTva),
    ):
        if not valeur:
            raise _obligatoire(champ)
    avoir = references.typeFacture == TypeFacture.AVOIR
    if references.modePaiement is None and not avoir:
        raise _obligatoire("modePaiement")
    type_tva = TypeTva(str(references.typeTva))
    lignes = tuple(_ligne(lue, numero, type_tva) for lue, numero in _numerotees(entree.lignePoste))
    recapitulatif = _recapitulatif(entree, type_tva)
    if mode in SAISIES and not recapitulatif:
        recapitulatif = calculs.recapituler(lignes)
    valideur = structure_de(cadre.codeStructureValideur)
    return Depot(
        mode=mode,
        fournisseur_id=fournisseur.pk,
        destinataire_id=structure_de(entree.destinataire.codeDestinataire),
        cadre=cadre.codeCadreFacturation,
        type_facture=str(references.typeFacture),
        numero=entree.numeroFactureSaisi,
        date_facture=entree.dateFacture.jour if entree.dateFacture else None,
        code_service=entree.destinataire.codeServiceExecutant,
        numero_engagement=references.numeroBonCommande,
        numero_marche=references.numeroMarche,
        numero_facture_origine=references.numeroFactureOrigine if avoir else "",
        valideur_id=valideur,
        service_valideur_id=_service(valideur, cadre.codeServiceValideur),
        service_fournisseur_id=entree.fournisseur.idServiceFournisseur or None,
        coordonnees_bancaires_id=entree.fournisseur.codeCoordonneesBancairesFournisseur or None,
        devise=references.deviseFacture,
        mode_paiement=references.modePaiement or ModePaiement.VIREMENT,
        type_tva=type_tva,
        motif_exoneration=_motif(references.motifExonerationTva) if type_tva == TypeTva.EXONERATION else "",
        commentaire=entree.commentaire,
        lignes=lignes,
        lignes_tva=recapitulatif,
        montant_ht=total.montantHtTotal,
        montant_tva=total.montantTVA,
        montant_ttc=total.montantTtcTotal,
        remise_globale=total.montantRemiseGlobaleTTC,
        motif_remise=total.motifRemiseGlobaleTTC,
        montant_a_payer=total.montantAPayer,
        pieces_jointes=jointes,
    )


def _service(structure_id: int | None, code: str) -> int | None:
    if not code or structure_id is None:
        return None
    trouves = Service.objects.filter(structure_id=structure_id, code__iexact=code)
    return trouves.values_list("pk", flat=True).first() or INTROUVABLE


def _motif(valeur: str) -> str:
    """A code of the list, or a text of one's own (A-16)."""
    return str(MotifExoneration(valeur).label) if valeur in MotifExoneration.values else valeur


def _numerotees(lignes: tuple[LigneDePoste, ...]) -> list[tuple[LigneDePoste, int]]:
    """Lines and their numbers: those of the caller, or their rank when one at least has none."""
    donnes = [ligne.lignePosteNumero for ligne in lignes]
    if not all(donnes):
        return [(ligne, rang) for rang, ligne in enumerate(lignes, 1)]
    for numero in donnes:
        if not 1 <= numero <= NUMERO_DE_LIGNE_MAX:
            raise refus("SBX_013", f"Le champ « lignePosteNumero » va de 1 à {NUMERO_DE_LIGNE_MAX} : {numero} envoyé.")
    if len(set(donnes)) < len(donnes):
        raise refus("SBX_013", "Le champ « lignePosteNumero » : deux lignes portent le même numéro.")
    return list(zip(lignes, donnes, strict=True))


def _ligne(lue: LigneDePoste, numero: int, type_tva: TypeTva) -> Ligne:
    debut = f"Ligne {numero} : "
    if lue.lignePosteQuantite is None:
        raise _obligatoire("lignePosteQuantite", debut)
    if lue.lignePosteMontantUnitaireHT is None:
        raise _obligatoire("lignePosteMontantUnitaireHT", debut)
    taux, code = _taux(debut, "lignePosteTauxTva", lue.lignePosteTauxTva, lue.lignePosteTauxTvaManuel, type_tva)
    return Ligne(
        numero=numero,
        reference=lue.lignePosteReference,
        denomination=lue.lignePosteDenomination,
        quantite=lue.lignePosteQuantite,
        unite=lue.lignePosteUnite,
        prix_unitaire=lue.lignePosteMontantUnitaireHT,
        remise=lue.lignePosteMontantRemiseHT,
        taux=taux,
        code_taux=code,
    )


def _taux(debut: str, champ: str, code: str, manuel: Decimal | None, type_tva: TypeTva) -> tuple[Decimal, str]:
    """(rate, code): a code of the referential, or a rate typed by hand (A-11)."""
    if code:
        if code not in TAUX_REFERENTIEL:
            codes = ", ".join(TAUX_REFERENTIEL)
            raise refus("SBX_014", f"{debut}La valeur du champ « {champ} » n'est pas reconnue.", f"Codes : {codes}.")
        return TAUX_REFERENTIEL[code], code
    if manuel is None and type_tva not in SANS_TAUX:
        raise _obligatoire(champ, debut)
    return manuel or ZERO, ""


def _recapitulatif(entree: Soumettre, type_tva: TypeTva) -> tuple[LigneTva, ...]:
    """One row per rate: two rows of the same rate are added up."""
    rangs: dict[Decimal, LigneTva] = {}
    for numero, lue in enumerate(entree.ligneTva, 1):
        debut = f"Récapitulatif, ligne {numero} : "
        taux, code = _taux(debut, "ligneTvaTaux", lue.ligneTvaTaux, lue.ligneTvaTauxManuel, type_tva)
        deja = rangs.get(taux, LigneTva(taux=taux, base=ZERO, montant=ZERO, code_taux=code))
        rangs[taux] = LigneTva(
            taux=taux,
            base=deja.base + lue.ligneTvaMontantBaseHtParTaux,
            montant=deja.montant + lue.ligneTvaMontantTvaParTaux,
            code_taux=deja.code_taux or code,
        )
    return tuple(rangs.values())


def _empreinte(facture: Facture) -> str | None:
    """Of the certificate. It names the document of the invoice, which the portal may have to draw up first.

    Left out when that would take long, or when the disk is full: the invoice is sent all the same.
    """
    complete = documents.charger(facture.pk)
    if complete is None or len(complete.lignes.all()) > LIGNES_DESSINEES:  # None: a reset has taken it away
        return None
    try:
        return certificat.empreinte_au_depot(complete)
    except OSError:
        logger.exception("certificat de dépôt de la facture %s", facture.pk)
        return None
