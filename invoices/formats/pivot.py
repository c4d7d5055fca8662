"""Write the pivot file of the recipient: ``CPPFacturePivot`` V2_02, flow FEN0036A (flux-edi.md §14, decision 16).

Written as it goes, one attachment in memory at a time. Attachments are renamed PJ01, PJ02…, their original name kept,
each in a zip in base64; a readable copy made by the portal is PJ00. What §14 does not name (the inside of
``CycleDeValidation``) is ours: no schema was published.
"""

from __future__ import annotations

import base64
import io
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, BinaryIO

from lxml import etree

from invoices.formats.a_ecrire import FactureAEcrire, PartieAEcrire, propre, texte
from invoices.formats.xml import Element

XSI = "http://www.w3.org/2001/XMLSchema-instance"
SCHEMA = "CPPFacturePivot_V2_02.xsd"
PRINCIPALE, COMPLEMENTAIRE = "01", "02"
TYPES_IDENTIFIANT = {
    "SIRET": "1",
    "UE_HORS_FRANCE": "2",
    "HORS_UE": "3",
    "RIDET": "4",
    "TAHITI": "5",
    "AUTRE": "6",
    "PARTICULIER": "7",
}
LIBELLES_PAIEMENT = {"10": "Espèces", "20": "Chèque", "30": "Virement", "49": "Prélèvement", "97": "Report"}
"""Whatever else is paid by transfer in the pivot (G1.14)."""
DEBUT_ZIP = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class PiecePivot:
    nom: str
    """Original name, kept as it is."""
    nom_sur: str
    """The same as a member of a zip."""
    code: str
    """PJ01, PJ02…; PJ00 for a readable copy."""
    type_piece: str
    categorie: str
    contenu: Callable[[], bytes]


@dataclass(frozen=True)
class ValidationPivot:
    rang: int
    partie: PartieAEcrire
    decision: str = ""
    instant: datetime | None = None
    commentaire: str = ""


@dataclass(frozen=True)
class FacturePivot:
    facture: FactureAEcrire
    id_cpro: str
    mode_emission: str
    recue_le: datetime
    renvoi: str
    """Oui, Non, Recyclée."""
    montant_ht: Decimal
    montant_ttc: Decimal
    """As the portal shows them: HT before the global discount, TTC after it."""
    pieces: Sequence[PiecePivot] = ()
    validations: Sequence[ValidationPivot] = ()
    etablissement: str = ""


@dataclass(frozen=True)
class EnveloppePivot:
    produite_le: datetime
    id_flux: str
    recepteur: str
    emetteur: str = "CPP001"


def ecrire_pivot(sortie: BinaryIO, factures: Iterable[FacturePivot], enveloppe: EnveloppePivot, nombre: int) -> None:
    """``nombre`` invoices, read one after the other."""
    schema = {f"{{{XSI}}}noNamespaceSchemaLocation": SCHEMA}
    with etree.xmlfile(sortie, encoding="UTF-8") as xml:
        xml.write_declaration()
        with xml.element("CPPFacturePivot", schema, nsmap={"xsi": XSI}), xml.element("Enveloppe"):  # noqa: SIM117
            with xml.element("EnveloppeUnitaire", NumOrdre="1"):
                xml.write(_parametres(enveloppe), pretty_print=True)
                xml.write(_partenaires(enveloppe), pretty_print=True)
                with xml.element("CPPFactures", Compteur=str(nombre)):
                    for rang, pivot in enumerate(factures, start=1):
                        _unitaire(xml, rang, pivot)


def _unitaire(xml: Any, rang: int, pivot: FacturePivot) -> None:
    with xml.element("CPPFacturePivotUnitaire", NumOrdre=str(rang)):
        for bloc in (_fournisseur(pivot), _debiteur(pivot.facture), _donnees(pivot)):
            xml.write(bloc, pretty_print=True)
        for numero, piece in enumerate(pivot.pieces, start=1):
            xml.write(_piece(numero, piece), pretty_print=True)
        if pivot.validations:
            xml.write(_cycle(pivot.validations), pretty_print=True)


def _parametres(enveloppe: EnveloppePivot) -> Element:
    racine = etree.Element("Parametres")
    valeurs = (("DtPrd", _instant(enveloppe.produite_le)), ("IdFlx", enveloppe.id_flux))
    for rang, (code, valeur) in enumerate(valeurs, start=1):
        noeud = etree.SubElement(racine, "ParametreIndiv", NumOrdre=str(rang))
        _ajouter(noeud, (("Code", code), ("Valeurparametre", valeur)))
    return racine


def _partenaires(enveloppe: EnveloppePivot) -> Element:
    racine = etree.Element("Partenaires")
    for role, code in (("Recepteur", enveloppe.recepteur), ("Emetteur", enveloppe.emetteur)):
        _ajouter(etree.SubElement(racine, role), (("Id", code),))
    return racine


def _fournisseur(pivot: FacturePivot) -> Element:
    facture = pivot.facture
    partie = facture.fournisseur
    noeud = etree.Element("Fournisseur")
    _ajouter(noeud, (*_identite(partie), ("RaisonSociale", partie.nom), ("CodePays", partie.pays)))
    if facture.iban:
        banque = etree.SubElement(noeud, "ReferenceBancaire", Type="IBAN")
        _ajouter(banque, (("Compte", facture.iban), ("Etablissement", pivot.etablissement or facture.bic)))
    _ajouter(noeud, (("ModeEmission", pivot.mode_emission),))
    return noeud


def _debiteur(facture: FactureAEcrire) -> Element:
    noeud = etree.Element("Debiteur")
    partie = facture.destinataire
    champs = (("Nom", partie.nom), ("CodeService", facture.code_service), ("NomService", facture.nom_service))
    _ajouter(noeud, (*_identite(partie), *champs))
    return noeud


def _identite(partie: PartieAEcrire) -> tuple[tuple[str, str], ...]:
    code = TYPES_IDENTIFIANT.get(partie.type_identifiant, "6")
    return ("TypeIdentifiant", code), ("Identifiant", partie.siret)


def _donnees(pivot: FacturePivot) -> Element:
    facture = pivot.facture
    noeud = etree.Element("DonneesFacture")
    jour = facture.date_facture.isoformat()
    _ajouter(
        noeud,
        (
            ("Id", facture.numero),
            ("IdFactureOrigine", facture.facture_origine),
            ("IdCPRO", pivot.id_cpro),
            ("Renvoi", pivot.renvoi),
            ("Type", "AVOIR" if facture.est_avoir else "FACTURE"),
            ("Cadre", facture.cadre),
            ("DateEmissionFacture", jour),
            ("DateLivraison", jour),
            ("DateReception", _instant(pivot.recue_le)),
        ),
    )
    code = facture.code_paiement if facture.code_paiement in LIBELLES_PAIEMENT else "30"
    _ajouter(etree.SubElement(noeud, "ModePaiement"), (("Code", code), ("Libelle", LIBELLES_PAIEMENT[code])))
    _ajouter(noeud, (("Devise", facture.devise),))
    montants = (
        ("MontantHT", texte(pivot.montant_ht)),
        ("MontantTTC", texte(pivot.montant_ttc)),
        ("MontantNetAPayer", texte(facture.montant_a_payer)),
    )
    _ajouter(etree.SubElement(noeud, "Montants"), montants)
    tvas = etree.SubElement(noeud, "TVAs")
    for tva in facture.tva_avant_remise:
        champs = (("Taux", texte(tva.taux)), ("BaseHt", texte(tva.base)), ("MontantTVA", texte(tva.montant)))
        _ajouter(etree.SubElement(tvas, "TVA"), champs)
    if facture.numero_engagement or facture.numero_marche:
        engagement = (("NumeroEngagement", facture.numero_engagement), ("NumeroMarche", facture.numero_marche))
        _ajouter(etree.SubElement(noeud, "Engagement"), engagement)
    _lignes(etree.SubElement(noeud, "Lignes"), facture)
    return noeud


def _lignes(noeud: Element, facture: FactureAEcrire) -> None:
    for rang, ligne in enumerate(facture.lignes, start=1):
        _ajouter(
            etree.SubElement(noeud, "Ligne", NumOrdre=str(rang)),
            (
                ("ReferenceProduit", ligne.reference or ligne.designation),
                ("PrixUnitaire", texte(ligne.prix_unitaire)),
                ("Quantite", texte(ligne.quantite)),
                ("MontantHT", texte(ligne.montant_ht)),
                ("TauxTVA", texte(ligne.taux_tva)),
            ),
        )


def _piece(rang: int, piece: PiecePivot) -> Element:
    noeud = etree.Element("PJ", NumOrdre=str(rang))
    etree.SubElement(noeud, "Contenu").text = base64.b64encode(zipper(piece.nom_sur, piece.contenu())).decode("ascii")
    _ajouter(
        noeud,
        (
            ("NomPJ", f"{piece.code}.zip"),
            ("CategoriePJ", piece.categorie),
            ("TypePJ", piece.type_piece),
            ("MimeTypePJ", "application/zip"),
            ("NomPJOrigine", piece.nom),
        ),
    )
    return noeud


def zipper(nom: str, contenu: bytes) -> bytes:
    """A zip of one file, the same bytes each time."""
    sortie = io.BytesIO()
    with zipfile.ZipFile(sortie, "w") as archive:
        archive.writestr(zipfile.ZipInfo(nom, DEBUT_ZIP), contenu, compress_type=zipfile.ZIP_DEFLATED)
    return sortie.getvalue()


def _cycle(validations: Iterable[ValidationPivot]) -> Element:
    noeud = etree.Element("CycleDeValidation")
    for rang, validation in enumerate(validations, start=1):
        champs: Iterator[tuple[str, str]] = iter(
            (
                ("Valideur", str(validation.rang)),
                *_identite(validation.partie),
                ("Nom", validation.partie.nom),
                ("Decision", validation.decision),
                ("Date", _instant(validation.instant) if validation.instant else ""),
                ("Commentaire", validation.commentaire),
            )
        )
        _ajouter(etree.SubElement(noeud, "Validation", NumOrdre=str(rang)), champs)
    return noeud


def _ajouter(noeud: Element, champs: Iterable[tuple[str, str]]) -> None:
    """Children with a text; what is empty is left out."""
    for nom, valeur in champs:
        if valeur:
            etree.SubElement(noeud, nom).text = propre(valeur)


def _instant(instant: datetime) -> str:
    return instant.isoformat(timespec="seconds")
