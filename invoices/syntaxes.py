"""What a deposited flow may be made of: `syntaxeFlux`, interfaces, names (flux-edi.md §2, §3; api.md §10.1)."""

import re
from dataclasses import dataclass

from invoices.formats.xml import RACINES, DocumentXml

CODE_APPLICATION = "CPP001"
"""Of the deposits by portal or API."""


@dataclass(frozen=True, slots=True)
class SyntaxeFlux:
    """One way to send invoices: its code for API and portal, its interface, what its files are."""

    code: str
    numero: str
    """The four digits of the interface."""
    label: str
    structuree: bool = False
    """E1: the whole invoice is XML; otherwise E2, a PDF goes with it."""
    en_pdf: bool = False
    ubl: bool = False

    @property
    def interface(self) -> str:
        return f"FSO{self.numero}A"

    @property
    def compte_rendu(self) -> str:
        return f"CSO{self.numero}A"

    @property
    def extension(self) -> str:
        return ".pdf" if self.en_pdf else ".xml"

    def convient(self, document: DocumentXml) -> bool:
        """The root element is one of this syntax (control 5); an Order-X or a ZUGFeRD 1 is told by its profile."""
        return document.syntaxe.est_ubl == self.ubl


UBL = SyntaxeFlux("IN_DP_E1_UBL_INVOICE", "1100", "UBL Invoice 2.1 (E1)", structuree=True, ubl=True)
CII = SyntaxeFlux("IN_DP_E1_CII_16B", "1106", "CII 16B (E1)", structuree=True)
UBL_MIN = SyntaxeFlux("IN_DP_E2_UBL_INVOICE_MIN", "1110", "UBL Invoice Minimal (E2)", ubl=True)
CII_MIN = SyntaxeFlux("IN_DP_E2_CII_MIN_16B", "1116", "CII 16B Minimal (E2)")
FACTURX = SyntaxeFlux("IN_DP_E2_CII_FACTURX", "1117", "Factur-X (PDF avec données)", en_pdf=True)

SYNTAXES: dict[str, SyntaxeFlux] = {s.code: s for s in (UBL, CII, UBL_MIN, CII_MIN, FACTURX)}

NON_PRISES: dict[str, SyntaxeFlux] = {
    code: SyntaxeFlux(code, numero, code)
    for code, numero in (
        ("IN_DP_E1_CII", "1101"),
        ("IN_DP_E1_PES_FACTURE", "1102"),
        ("IN_DP_E1_XCBL", "0000"),
        ("IN_DP_E2_CII_MIN", "1111"),
        ("IN_DP_E2_PES_FACTURE_MIN", "1112"),
        ("IN_DP_E2_CPP_FACTURE_MIN", "1113"),
        ("IN_DP_PDFARCHIVE_UBL_INVOICE_MUG", "0000"),
        ("IN_DP_PDFARCHIVE_CII_MUG", "0000"),
    )
}
"""Taken by deposer/flux, then rejected: the sandbox does not simulate them (api.md §10.1)."""
PAR_API = SYNTAXES | NON_PRISES
"""Values of ``syntaxeFlux`` in a request of deposer/flux."""

_FORME = re.compile(r"FSO(\d{4})A_([A-Z]{3}\d{3})_([A-Z]{3}\d{3})(\d{4})(\d{15})", re.ASCII)
_EXTENSIONS = (".tar.gz", ".tgz", ".zip", ".xml", ".pdf")
NON_DETERMINEE = SyntaxeFlux("", "1106", "Non déterminée")


def syntaxe(code: str) -> SyntaxeFlux:
    """The one of this code; a flow kept from elsewhere shows the code itself."""
    return PAR_API.get(code) or SyntaxeFlux(code, "0000", code)


def devinee(racine: str, profil: str) -> SyntaxeFlux:
    """What an XML deposited on the portal is, by its root element and its profile: no one says it there."""
    minimale = profil in ("MINIMUM", "BASIC WL")
    connue = RACINES.get(racine)
    if connue is not None and connue.est_ubl:
        return UBL_MIN if minimale else UBL
    return CII_MIN if minimale else CII


def sans_extension(nom: str) -> str:
    """Name of an EDI flow: its extension is removed before sending."""
    bas = nom.lower()
    return next((nom[: -len(fin)] for fin in _EXTENSIONS if bas.endswith(fin)), nom)


@dataclass(frozen=True, slots=True)
class NomDeFlux:
    """`FSO1117A_ABC123_ABC1231117000000000000001`, taken apart."""

    interface: str
    application: str
    application_repetee: str
    interface_repetee: str
    sequence: str


def lire_nom(nom: str) -> NomDeFlux | None:
    trouve = _FORME.fullmatch(sans_extension(nom))
    return None if trouve is None else NomDeFlux(*trouve.groups())


def composer_nom(choisie: SyntaxeFlux, application: str, sequence: int) -> str:
    return f"{choisie.interface}_{application}_{application}{choisie.numero}{sequence:015d}"
