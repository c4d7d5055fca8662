"""XML of the exchange. The forms are ours: neither CSO nor FEN1200A has a public schema (flux-edi.md §17 n° 17, 18)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from lxml import etree

from edi.rules import LIGNES_MAXIMUM, PORTAIL
from invoices.formats import xml
from invoices.formats.a_ecrire import propre
from invoices.formats.erreurs import FichierIllisible

FORME = "simplifiee-bac-a-sable"
"""Attribute of the root: nobody takes this for a published schema."""
STATUTS, STATUT = "CPPFactureStatuts", "CPPFactureStatutUnitaire"
_LONGUEUR = 500
"""Characters kept of a value: what is longer is refused by the rule of its field."""


@dataclass(frozen=True, slots=True)
class Enveloppe:
    """Who sends to whom, what, when: as in the pivot (flux-edi.md §14)."""

    produite_le: datetime
    flux: str
    recepteur: str


Champs = Iterable[tuple[str, object]]


def _ajouter(parent: Any, nom: str, champs: Champs = (), **attributs: object) -> Any:
    noeud = etree.SubElement(parent, nom, {cle: str(valeur) for cle, valeur in attributs.items()})
    for cle, valeur in champs:
        if valeur not in ("", None):
            etree.SubElement(noeud, cle).text = propre(str(valeur))
    return noeud


def _racine(nom: str, enveloppe: Enveloppe) -> Any:
    racine = etree.Element(nom, {"forme": FORME})
    unitaire = _ajouter(_ajouter(racine, "Enveloppe"), "EnveloppeUnitaire", NumOrdre=1)
    parametres = _ajouter(unitaire, "Parametres")
    dates = (("DtPrd", enveloppe.produite_le.isoformat(timespec="seconds")), ("IdFlx", enveloppe.flux))
    for rang, (code, valeur) in enumerate(dates, start=1):
        _ajouter(parametres, "ParametreIndiv", (("Code", code), ("Valeurparametre", valeur)), NumOrdre=rang)
    partenaires = _ajouter(unitaire, "Partenaires")
    _ajouter(partenaires, "Recepteur", (("Id", enveloppe.recepteur),))
    _ajouter(partenaires, "Emetteur", (("Id", PORTAIL),))
    return racine


def _ecrire(racine: Any) -> bytes:
    etree.indent(racine)
    return bytes(etree.tostring(racine, xml_declaration=True, encoding="UTF-8"))


# --- compte rendu


@dataclass(frozen=True, slots=True)
class Erreur:
    code: str
    nature: str
    libelle: str


@dataclass(frozen=True, slots=True)
class Ligne:
    """An invoice of the flow, or a status of a life-cycle file; ``libelle``: reasons of a refusal, joined by « | »."""

    numero: str
    fournisseur: str
    destinataire: str
    resultat: str
    libelle: str = ""
    avertissements: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class CompteRendu:
    """The fields of `consulterCRDetaille` (api.md §7)."""

    nom_fichier: str
    numero_flux: str
    interface: str
    depose_le: str
    etat: str
    etat_libelle: str
    etat_le: str
    erreurs: Sequence[Erreur] = ()
    lignes: Sequence[Ligne] = field(default_factory=tuple)


def ecrire_compte_rendu(enveloppe: Enveloppe, cr: CompteRendu) -> bytes:
    racine = _racine("CompteRenduIntegration", enveloppe)
    _ajouter(
        racine,
        "Flux",
        (
            ("NomFichier", cr.nom_fichier),
            ("NumeroFluxDepot", cr.numero_flux),
            ("CodeInterfaceDepotFlux", cr.interface),
            ("DateDepotFlux", cr.depose_le),
            ("EtatCourantDepotFlux", cr.etat),
            ("LibelleEtat", cr.etat_libelle),
            ("DateHeureEtatCourantFlux", cr.etat_le),
        ),
    )
    erreurs = _ajouter(racine, "ListeErreurTechnique", Compteur=len(cr.erreurs))
    for erreur in cr.erreurs:
        champs = (("CodeErreur", erreur.code), ("NatureErreur", erreur.nature), ("LibelleErreur", erreur.libelle))
        _ajouter(erreurs, "ErreurTechnique", champs)
    lignes = _ajouter(racine, "ListeDP", Compteur=len(cr.lignes))
    for rang, ligne in enumerate(cr.lignes, start=1):
        noeud = _ajouter(
            lignes,
            "DP",
            (
                ("NumeroDP", ligne.numero),
                ("IdentifiantFournisseur", ligne.fournisseur),
                ("IdentifiantDestinataire", ligne.destinataire),
                ("Resultat", ligne.resultat),
                ("LibelleErreurDP", ligne.libelle),
            ),
            NumOrdre=rang,
        )
        for avertissement in ligne.avertissements:
            _ajouter(noeud, "Avertissement").text = propre(avertissement)
    return _ecrire(racine)


# --- life cycle


@dataclass(frozen=True, slots=True)
class StatutLu:
    """A line of a CPPStatut. ``fournisseur`` and ``destinataire`` are SIRETs; ``le`` is given for information."""

    numero: str
    statut: str
    fournisseur: str = ""
    destinataire: str = ""
    motif: str = ""
    commentaire: str = ""
    mandat: str = ""
    le: str = ""
    identifiant: str = ""


_BALISES = (
    ("IdCPRO", "identifiant"),
    ("Numero", "numero"),
    ("Fournisseur", "fournisseur"),
    ("Destinataire", "destinataire"),
    ("Statut", "statut"),
    ("Motif", "motif"),
    ("Commentaire", "commentaire"),
    ("NumeroMandat", "mandat"),
    ("Date", "le"),
)


def ecrire_statuts(enveloppe: Enveloppe, statuts: Sequence[StatutLu]) -> bytes:
    racine = _racine("CPPStatut", enveloppe)
    liste = _ajouter(racine, STATUTS, Compteur=len(statuts))
    for rang, statut in enumerate(statuts, start=1):
        _ajouter(liste, STATUT, ((balise, getattr(statut, nom)) for balise, nom in _BALISES), NumOrdre=rang)
    return _ecrire(racine)


def lire_statuts(contenu: bytes) -> list[StatutLu]:
    """Lines of a CPPStatut, whatever its namespace. Raises ``FichierIllisible``."""
    racine = xml.analyser(contenu)
    if etree.QName(racine).localname != "CPPStatut":
        raise FichierIllisible(
            "XML_RACINE_INCONNUE",
            f"L'élément racine « {etree.QName(racine).localname[:60]} » n'est pas CPPStatut.",
        )
    if racine.find("{*}CPPFluxStatuts") is not None:
        raise FichierIllisible("XML_RACINE_INCONNUE", "CPPFluxStatuts n'est pas pris : utilisez CPPFactureStatuts.")
    lignes = racine.findall(f"{{*}}{STATUTS}/{{*}}{STATUT}")
    if not lignes:
        raise FichierIllisible("XML_MAL_FORME", f"Le fichier ne contient aucun {STATUTS}/{STATUT}.")
    if len(lignes) > LIGNES_MAXIMUM:
        raise FichierIllisible(
            "XML_TROP_GROS", f"{len(lignes)} statuts : un fichier en porte {LIGNES_MAXIMUM} au plus."
        )
    return [StatutLu(**{nom: _valeur(ligne, balise) for balise, nom in _BALISES}) for ligne in lignes]


def _valeur(ligne: Any, balise: str) -> str:
    return str(ligne.findtext(f"{{*}}{balise}") or "").strip()[:_LONGUEUR]


def est_une_date(texte: str) -> bool:
    """AAAA-MM-JJ, or an instant."""
    try:
        date.fromisoformat(texte[:10])
    except ValueError:
        return False
    return True
