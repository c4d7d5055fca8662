"""The directory of public structures as files, written as they are read (flux-edi.md §16, §17 n° 19).

Both are iterators of bytes that never hold more than a batch: two queries for 500 structures and their services.
"""

import csv
import io
import re
from collections.abc import Callable, Iterator
from typing import Any

from lxml import etree

from sandbox.cohorts.models import Cohort
from sandbox.web.csv import Identifiant, cell
from structures.enums import EtatService
from structures.models import Service, Structure
from structures.pays import CODES

RACINE = "AnnuaireStructuresPubliques"
LOT = 500
_HORS_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

COLONNES: dict[str, Callable[[Structure], Any]] = {
    "TypeIdentifiant": lambda s: s.type_identifiant,
    "Identifiant": lambda s: Identifiant(s.identifiant),
    "RaisonSociale": lambda s: s.raison_sociale,
    "EmetteurEdi": lambda s: s.emetteur_flux_edi,
    "RecepteurEdi": lambda s: s.recoit_donnees_edi,
    "GestionStatutMiseEnPaiement": lambda s: not s.mise_en_paiement_non_remontee,
    "GestionEngagement": lambda s: s.engagement_obligatoire,
    "GestionService": lambda s: s.service_obligatoire,
    "GestionServiceEngagement": lambda s: s.engagement_ou_service,
    "EstMOA": lambda s: s.avec_moa,
    "EstMOAUniquement": lambda s: s.moa_uniquement,
    "StructureActive": lambda s: s.est_active,
    "Adresse": lambda s: s.adresse,
    "ComplementAdresse1": lambda s: s.complement_adresse,
    "ComplementAdresse2": lambda s: "",
    "CodePostal": lambda s: Identifiant(s.code_postal),
    "Ville": lambda s: s.ville,
    "NumTelephone": lambda s: Identifiant(s.telephone),
    "Courriel": lambda s: s.email,
    "CodePays": lambda s: CODES.get(s.pays, ""),
    "LibellePays": lambda s: s.pays,
}
"""Columns of the published file; the model keeps one complement of the address."""
COLONNES_SERVICE: dict[str, Callable[[Service], Any]] = {
    "Code": lambda s: s.code,
    "Libelle": lambda s: s.libelle,
    "GestionEngagement": lambda s: s.engagement_obligatoire,
    "DateDebut": lambda s: s.debut,
    "DateFin": lambda s: s.fin,
    "ServiceActif": lambda s: s.est_actif,
}


def _lots(cohort: Cohort) -> Iterator[list[Structure]]:
    """Public structures by identifier. The world is open while a batch is read, never while it is sent."""
    dernier: tuple[str, int] = ("", 0)
    while True:
        with cohort.monde():
            suite = Structure.objects.publiques().filter(identifiant__gte=dernier[0])
            lot = list(suite.exclude(identifiant=dernier[0], pk__lte=dernier[1]).order_by("identifiant", "pk")[:LOT])
        if not lot:
            return
        dernier = (lot[-1].identifiant, lot[-1].pk)
        yield lot


def csv_publiques(cohort: Cohort) -> Iterator[bytes]:
    """Semicolon file with the columns of the real one; identifiers are text, formulas are not computed."""
    tampon = io.StringIO()
    ecrivain = csv.writer(tampon, delimiter=";", lineterminator="\r\n")
    ecrivain.writerow(COLONNES)
    yield tampon.getvalue().encode("utf-8-sig")
    for lot in _lots(cohort):
        tampon.seek(0)
        tampon.truncate()
        ecrivain.writerows([cell(lire(structure)) for lire in COLONNES.values()] for structure in lot)
        yield tampon.getvalue().encode()


def _texte(valeur: Any) -> str:
    if isinstance(valeur, bool):
        return "true" if valeur else "false"
    if valeur is None:
        return ""
    return _HORS_XML.sub("", str(valeur))


def _element(parent: etree._Element | None, nom: str, colonnes: dict[str, Callable[[Any], Any]], objet: Any) -> Any:
    element = etree.Element(nom) if parent is None else etree.SubElement(parent, nom)
    for colonne, lire in colonnes.items():
        etree.SubElement(element, colonne).text = _texte(lire(objet)) or None
    return element


def _xml_lot(cohort: Cohort, lot: list[Structure]) -> bytes:
    services: dict[int, list[Service]] = {structure.pk: [] for structure in lot}
    with cohort.monde():
        lus = Service.objects.filter(structure__in=lot).exclude(etat=EtatService.SUPPRIME)
        for service in lus.order_by("structure_id", "code", "pk"):
            services[service.structure_id].append(service)
        morceaux = []
        for structure in lot:
            element = _element(None, "Structure", COLONNES, structure)
            for service in services[structure.pk]:
                _element(element, "Service", COLONNES_SERVICE, service)
            etree.indent(element, level=1)
            morceaux.append(b"  " + etree.tostring(element, encoding="utf-8") + b"\n")
    return b"".join(morceaux)


def xml_publiques(cohort: Cohort) -> Iterator[bytes]:
    """The directory as XML: same rows, same bytes. Dates are ISO dates, booleans true or false."""
    yield f'<?xml version="1.0" encoding="UTF-8"?>\n<{RACINE}>\n'.encode()
    for lot in _lots(cohort):
        yield _xml_lot(cohort, lot)
    yield f"</{RACINE}>\n".encode()
