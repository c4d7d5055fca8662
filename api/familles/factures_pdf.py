"""deposerPdfFacture (api.md §6.2; factures.md §2.4)."""

from typing import Annotated

from django.db import transaction

from accounts.profils import Profil
from api.entree import Entier, Entree, Parmi, Texte
from api.erreurs import SANS_DROIT, TropGrosse, refus
from api.fichiers import PasDuBase64, decoder
from api.registre import GCU, MO, Appel, Contenu, operation
from api.services import depots_pdf
from api.sortie import jour
from invoices.enums import TypeFacture
from invoices.services.importation import FichierRefuse

TAILLE_MAXIMUM = 10 * MO
NOM_MAXIMUM = 200
NON_SIGNE = "PDF_NON_SIGNE"
FORMATS = (NON_SIGNE, "PDF_SIGNE_PADES", "PDF_SIGNE_XADES")


class DeposerPdf(Entree):
    idUtilisateurCourant: Entier | None = None
    fichierFacture: Texte = ""
    nomFichier: Texte = ""
    formatDepot: Annotated[str, Parmi(FORMATS)] | None = None


@operation(
    "deposerPdfFacture",
    "factures",
    "deposer/pdf",
    "Déposer le PDF d'une facture, avant de la soumettre",
    DeposerPdf,
    libelle=GCU,
    ecrit=True,
    exemple={"fichierFacture": "JVBERi0xLjcK…", "nomFichier": "facture.pdf", "formatDepot": NON_SIGNE},
)
@transaction.atomic
def deposer_pdf(appel: Appel, entree: DeposerPdf) -> Contenu:
    """What was recognised, and the number under which soumettre takes the file."""
    if not appel.droits.structures(Profil.FACTURES_EMISES, modification=True):
        raise refus(*SANS_DROIT)
    contenu = _contenu(entree)
    try:
        lu = depots_pdf.deposer(appel, nom=entree.nomFichier, contenu=contenu, signe=entree.formatDepot != NON_SIGNE)
    except FichierRefuse as refuse:
        raise refus("SBX_050", "La facture n'a pas pu être analysée.", str(refuse)) from refuse
    valeurs = lu.valeurs
    fournisseur, destinataire = valeurs.get("fournisseur"), valeurs.get("destinataire")
    return {
        "numeroFacture": valeurs.get("numero"),
        "dateFacture": jour(valeurs.get("date_facture")),
        "codeDestinataire": valeurs.get("siret_destinataire") or (destinataire.identifiant if destinataire else None),
        "codeServiceExecutant": valeurs.get("code_service"),
        "codeFournisseur": fournisseur.identifiant if fournisseur else None,
        "codeDeviseFacture": valeurs.get("devise"),
        "typeFacture": valeurs.get("type_facture") or TypeFacture.FACTURE,
        "numeroBonCommande": valeurs.get("numero_engagement"),
        "montantTtcAvantRemiseGlobalTTC": valeurs.get("montant_ttc"),
        "montantAPayer": valeurs.get("montant_a_payer"),
        "montantHtTotal": valeurs.get("montant_ht"),
        "montantTVA": valeurs.get("montant_tva"),
        "pieceJointeId": lu.fichier.pk,
    }


def _contenu(entree: DeposerPdf) -> bytes:
    """The file, of the size and the name that a PDF may have. Raises ``Refus``, ``TropGrosse``."""
    for champ, valeur in (
        ("fichierFacture", entree.fichierFacture),
        ("nomFichier", entree.nomFichier),
        ("formatDepot", entree.formatDepot),
    ):
        if not valeur:
            raise refus("SBX_013", f"Le champ « {champ} » est obligatoire.")
    if len(entree.nomFichier) > NOM_MAXIMUM:
        raise refus("SBX_013", f"Le champ « nomFichier » dépasse {NOM_MAXIMUM} caractères.")
    _, point, extension = entree.nomFichier.rpartition(".")
    if not point:
        raise refus("SBX_041", "Le nom de la pièce jointe est invalide.", "nomFichier se donne avec son extension.")
    if extension.lower() != "pdf":
        raise refus("SBX_040", "Le type de la pièce jointe n'est pas autorisé.", f"« .{extension[:20]} » : un .pdf.")
    try:
        contenu = decoder(entree.fichierFacture)
    except PasDuBase64 as illisible:
        message = "La valeur du champ « fichierFacture » n'est pas reconnue."
        raise refus("SBX_014", message, str(illisible)) from illisible
    if len(contenu) > TAILLE_MAXIMUM:
        raise TropGrosse(f"Le PDF dépasse {TAILLE_MAXIMUM // MO} Mo une fois décodé.")
    if not contenu:
        raise refus("SBX_044", "Le fichier est vide.")
    return contenu
