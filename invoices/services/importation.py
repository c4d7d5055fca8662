"""What « Déposer facture » reads in a PDF, put in the words of the form (factures.md §2.4)."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from invoices.formats.erreurs import FichierIllisible
from invoices.formats.extraction import Champ, Extraction, extraire
from invoices.formats.lecture import lire
from invoices.formats.pdf import ExamenPdf, examine
from structures.enums import TypeIdentifiant
from structures.models import Structure

PAGES_MONTREES = 10
"""Pictures of pages shown beside the form."""
CONSEILS = {
    "PDF_VIDE": "Le fichier est vide : exportez à nouveau votre facture en PDF.",
    "PDF_INCONNU": "Le fichier n'est pas un PDF. Exportez votre facture en PDF : renommer un fichier ne suffit pas.",
    "PDF_MOT_DE_PASSE": "Le PDF est protégé par un mot de passe. Retirez la protection, puis déposez-le à nouveau.",
    "PDF_ABIME": "La facture n'a pas pu être analysée : le PDF est abîmé ou incomplet. Exportez-le à nouveau "
    "depuis votre logiciel.",
    "PDF_SANS_PAGE": "La facture n'a pas pu être analysée : le PDF ne contient aucune page. Exportez-le à nouveau "
    "depuis votre logiciel.",
}
_MEMES_NOMS = (
    "code_service",
    "numero_engagement",
    "date_facture",
    "montant_ht",
    "montant_tva",
    "montant_ttc",
    "montant_a_payer",
    "type_facture",
    "devise",
)


class FichierRefuse(Exception):
    """The file cannot be deposited; the message says why and what to do, in French."""


@dataclass(frozen=True, slots=True)
class Lecture:
    """A plain PDF: texts for the form, and where each was read (``extraction`` of the invoice)."""

    signe: bool
    champs: dict[str, str] = field(default_factory=dict)
    valeurs: dict[str, Any] = field(default_factory=dict)
    """The same, typed: dates, amounts, structures; ``siret_destinataire`` as it was read."""
    extraction: dict[str, Any] = field(default_factory=dict)


def examiner_pdf(contenu: bytes) -> ExamenPdf:
    """Can this PDF be opened and read? Raises ``FichierRefuse``. A file inside it is not looked at."""
    examen = examine(contenu)
    try:
        examen.exiger()
    except FichierIllisible as illisible:
        raise FichierRefuse(CONSEILS.get(illisible.code, illisible.message_fr)) from illisible
    return examen


def examiner(contenu: bytes) -> ExamenPdf:
    """Look at a deposited file. Raises ``FichierRefuse``; a Factur-X whose XML cannot be read is refused too."""
    examen = examiner_pdf(contenu)
    try:
        if examen.xml is not None:
            lire(examen.xml)
    except FichierIllisible as illisible:
        raise FichierRefuse(
            f"Le fichier {examen.nom_facturx} joint à ce PDF n'est pas exploitable : {illisible.message_fr} "
            "Rien n'a été déposé : corrigez le fichier dans votre logiciel, puis déposez-le à nouveau."
        ) from illisible
    return examen


def _texte(valeur: object) -> str:
    if isinstance(valeur, Decimal):
        return f"{valeur:.2f}".replace(".", ",")
    return f"{valeur:%d/%m/%Y}" if isinstance(valeur, date) else str(valeur)


def _lu(champ: Champ[Any], valeur: str) -> dict[str, Any]:
    boite = champ.boite
    return {
        "valeur": valeur,
        "texte": champ.texte,
        "page": champ.page,
        "boite": [boite.x, boite.y, boite.w, boite.h] if boite else None,
    }


def _destinataire(lue: Extraction) -> tuple[Champ[str] | None, Structure | None]:
    """By its SIRET; « Ministère » alone means the State."""
    if lue.siret_destinataire is not None:
        trouve = Structure.objects.publiques().actives()
        siret = lue.siret_destinataire.valeur
        return lue.siret_destinataire, trouve.filter(type_identifiant=TypeIdentifiant.SIRET, identifiant=siret).first()
    if lue.ministere is not None:
        return lue.ministere, Structure.objects.publiques().actives().filter(etat_public=True).order_by("pk").first()
    return None, None


def _signature(examen: ExamenPdf) -> dict[str, Any]:
    """State of the signature, shown and never blocking (factures.md D-16)."""
    lue = examen.signature
    return {"etat": str(lue.etat), "nombre": lue.nombre} if lue is not None else {}


def lire_pdf(contenu: bytes, examen: ExamenPdf, miennes: Collection[Structure]) -> Lecture:
    """Only what the portal's recognition gives; whatever is not recognised stays empty."""
    lue = extraire(contenu)
    lus: dict[str, dict[str, Any]] = {}
    valeurs: dict[str, Any] = {}
    for nom in _MEMES_NOMS:
        champ = getattr(lue, nom)
        if champ is not None:
            lus[nom], valeurs[nom] = _lu(champ, _texte(champ.valeur)), champ.valeur
    if lue.numero_facture is not None:
        valeurs["numero"] = lue.numero_facture.valeur
        lus["numero"] = _lu(lue.numero_facture, lue.numero_facture.valeur)
    par_siret = {s.identifiant: s for s in miennes}
    if mien := next((c for c in lue.sirets_fournisseur if c.valeur in par_siret), None):
        valeurs["fournisseur"] = par_siret[mien.valeur]
        lus["fournisseur"] = _lu(mien, str(par_siret[mien.valeur].pk))
    champ_destinataire, structure = _destinataire(lue)
    recherche = ""
    if lue.siret_destinataire is not None:
        valeurs["siret_destinataire"] = lue.siret_destinataire.valeur
    if champ_destinataire is not None and structure is not None:
        valeurs["destinataire"] = structure
        lus["destinataire"] = _lu(champ_destinataire, str(structure.pk))
    elif champ_destinataire is not None:
        recherche = champ_destinataire.valeur
    ordre = sorted(
        (nom for nom, lu in lus.items() if lu["boite"]),
        key=lambda nom: (lus[nom]["page"], lus[nom]["boite"][1], lus[nom]["boite"][0]),
    )
    for rang, nom in enumerate(ordre, 1):
        lus[nom]["rang"] = rang
    champs = {nom: str(lu["valeur"]) for nom, lu in lus.items()}
    if recherche:
        champs["recherche"] = recherche
    return Lecture(
        signe=examen.signe,
        champs=champs,
        valeurs=valeurs,
        extraction={
            "texte": lue.texte,
            "pages": min(examen.pages, PAGES_MONTREES),
            "pages_total": examen.pages,
            "signe": examen.signe,
            "signature": _signature(examen),
            "champs": lus,
        },
    )
