"""Open a deposited PDF from memory, within limits, and say what it holds."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass, replace
from typing import Any

from invoices.formats.erreurs import FichierIllisible
from invoices.formats.flux_pdf import lire_flux, structure_trop_grosse
from invoices.formats.limites import FICHIER_MAX, MO, PDF_PAGES_PARCOURUES, XML_MAX
from invoices.formats.signature import Signature, lire_signature

NOMS_FACTURE = ("factur-x.xml", "xrechnung.xml", "zugferd-invoice.xml")
"""Names of the invoice attachment, by decreasing priority, case ignored."""

_EXECUTABLES = "app bat cmd com cpl dll exe hta jar js jse lnk msi pif ps1 reg scr sh vbe vbs wsf"
EXTENSIONS_EXECUTABLES = frozenset(_EXECUTABLES.split())


@dataclass(frozen=True)
class AnomaliePdf:
    code: str
    message: str


@dataclass(frozen=True)
class ExamenPdf:
    """What was found. `erreur` is set when the PDF cannot be used, `erreur_xml` when only its invoice XML cannot."""

    lisible: bool
    chiffre: bool = False
    """A password is needed to open it."""
    mot_de_passe_proprietaire: bool = False
    """Opens without a password, but is encrypted all the same."""
    pages: int = 0
    repare: bool = False
    javascript: bool = False
    lancement: bool = False
    pieces_jointes: tuple[str, ...] = ()
    pieces_executables: tuple[str, ...] = ()
    signe: bool = False
    signature: Signature | None = None
    nom_facturx: str | None = None
    xml: bytes | None = None
    relation: str | None = None
    """AFRelationship of the invoice attachment: Data, Source, Alternative…"""
    pdfa: str | None = None
    niveau_xmp: str | None = None
    anomalies: tuple[AnomaliePdf, ...] = ()
    erreur: FichierIllisible | None = None
    erreur_xml: FichierIllisible | None = None

    def exiger(self) -> ExamenPdf:
        """The same examination, or the exception when the PDF or its XML cannot be used."""
        if self.erreur is not None:
            raise self.erreur
        if self.erreur_xml is not None:
            raise self.erreur_xml
        return self


def examine(data: bytes) -> ExamenPdf:
    """Never raises: a file that cannot be used gives `lisible=False` and `erreur`."""
    try:
        with ouvrir_pdf(data) as pdf:
            return _examiner(pdf, data)
    except FichierIllisible as erreur:
        return ExamenPdf(lisible=False, chiffre=erreur.code == "PDF_MOT_DE_PASSE", erreur=erreur)


def lire_pieces(data: bytes, *, maximum: int = 10 * MO) -> dict[str, bytes]:
    """Every attachment of the PDF but its invoice, by name; one that is too big or damaged is left out."""
    pieces: dict[str, bytes] = {}
    with ouvrir_pdf(data) as pdf:
        noms = _pieces(pdf)
        facture = _nom_facture(noms)
        for nom, cle in noms.items():
            if nom == facture:
                continue
            try:
                pieces[nom] = lire_flux(pdf.attachments[cle].get_file().obj, maximum)
            except Exception:  # noqa: S112 - damaged or too big: left out, as promised
                continue
    return pieces


def ouvrir_pdf(data: bytes) -> Any:
    """A pikepdf.Pdf, or FichierIllisible. The caller closes it."""
    import pikepdf  # noqa: PLC0415

    if not data:
        raise FichierIllisible("PDF_VIDE", "Le fichier est vide.")
    if len(data) > FICHIER_MAX:
        raise FichierIllisible("PDF_TROP_GROS", f"Le fichier dépasse {FICHIER_MAX // MO} Mo.")
    if structure_trop_grosse(data):
        raise FichierIllisible("PDF_BOMBE", "Le PDF se décompresse en une taille anormale.")
    try:
        pdf = pikepdf.open(io.BytesIO(data), suppress_warnings=True)
    except pikepdf.PasswordError:
        raise FichierIllisible("PDF_MOT_DE_PASSE", "Le PDF est protégé par un mot de passe.") from None
    except (pikepdf.PdfError, RuntimeError, ValueError) as erreur:
        if b"%PDF-" not in data[:1024]:
            raise FichierIllisible("PDF_INCONNU", "Le fichier n'est pas un PDF.", detail=str(erreur)) from None
        raise FichierIllisible("PDF_ABIME", "Le PDF est abîmé ou incomplet.", detail=str(erreur)) from None
    try:
        pages = len(pdf.pages)
    except (pikepdf.PdfError, RuntimeError, ValueError, TypeError) as erreur:
        pdf.close()
        raise FichierIllisible("PDF_ABIME", "Les pages du PDF ne sont pas lisibles.", detail=str(erreur)) from None
    if pages == 0:
        pdf.close()
        raise FichierIllisible("PDF_SANS_PAGE", "Le PDF ne contient aucune page.")
    return pdf


def _examiner(pdf: Any, data: bytes) -> ExamenPdf:
    noms = _pieces(pdf)
    javascript, lancement = _actions(pdf)
    pdfa, niveau_xmp = _xmp(pdf)
    signature = lire_signature(data, pdf)
    examen = ExamenPdf(
        lisible=True,
        mot_de_passe_proprietaire=pdf.is_encrypted,
        pages=len(pdf.pages),
        javascript=javascript,
        lancement=lancement,
        pieces_jointes=tuple(noms),
        pieces_executables=tuple(n for n in noms if n.rpartition(".")[2].lower() in EXTENSIONS_EXECUTABLES),
        signe=signature is not None or _est_signe(pdf),
        signature=signature,
        pdfa=pdfa,
        niveau_xmp=niveau_xmp,
    )
    nom = _nom_facture(noms)
    if nom is not None:
        examen = _avec_facture(examen, pdf, nom, noms[nom])
    examen = replace(examen, repare=_a_ete_repare(pdf))
    return replace(examen, anomalies=tuple(_anomalies(examen, pdf, data)))


def _pieces(pdf: Any) -> dict[str, str]:
    """Display name → key of the attachment. A damaged name tree counts as no attachment."""
    noms: dict[str, str] = {}
    try:
        for cle in pdf.attachments:
            noms[cle.rpartition("/")[2] or cle] = cle
    except Exception:  # pikepdf raises many types on a damaged tree
        return noms
    return noms


def _nom_facture(noms: dict[str, str]) -> str | None:
    for attendu in NOMS_FACTURE:
        for nom in noms:
            if nom.lower() == attendu:
                return nom
    return None


def _avec_facture(examen: ExamenPdf, pdf: Any, nom: str, cle: str) -> ExamenPdf:
    examen = replace(examen, nom_facturx=nom)
    try:
        piece = pdf.attachments[cle]
        relation = piece.obj.get("/AFRelationship")
        examen = replace(examen, relation=None if relation is None else str(relation).lstrip("/"))
        return replace(examen, xml=lire_flux(piece.get_file().obj, XML_MAX))
    except FichierIllisible as erreur:
        return replace(examen, erreur_xml=erreur)
    except Exception as erreur:  # a damaged file specification
        illisible = FichierIllisible("PDF_XML_ABIME", f"La pièce jointe {nom} n'est pas lisible.", detail=str(erreur))
        return replace(examen, erreur_xml=illisible)


def _actions(pdf: Any) -> tuple[bool, bool]:
    """(JavaScript, Launch) among the actions of the catalogue, the pages and their annotations."""
    trouves: set[str] = set()
    try:
        racine = pdf.Root
        _chercher_actions(racine.get("/OpenAction"), trouves)
        _chercher_actions(racine.get("/AA"), trouves)
        noms = racine.get("/Names")
        if noms is not None and "/JavaScript" in noms:
            trouves.add("/JavaScript")
        for page in list(pdf.pages)[:PDF_PAGES_PARCOURUES]:
            _chercher_actions(page.obj.get("/AA"), trouves)
            for annotation in list(page.obj.get("/Annots", ()))[:1000]:
                _chercher_actions(annotation.get("/A"), trouves)
                _chercher_actions(annotation.get("/AA"), trouves)
    except Exception:  # a page that cannot be walked has no action that can be shown
        return "/JavaScript" in trouves, "/Launch" in trouves
    return "/JavaScript" in trouves, "/Launch" in trouves


def _chercher_actions(objet: Any, trouves: set[str], profondeur: int = 0) -> None:
    import pikepdf  # noqa: PLC0415

    if not isinstance(objet, pikepdf.Dictionary) or profondeur > 8:
        return
    if "/JS" in objet:
        trouves.add("/JavaScript")
    sorte = objet.get("/S")
    if sorte is not None:
        trouves.add(str(sorte))
    for cle, valeur in objet.items():
        if cle not in ("/Parent", "/P", "/D", "/Dest"):
            if isinstance(valeur, pikepdf.Array):
                for element in list(valeur)[:50]:
                    _chercher_actions(element, trouves, profondeur + 1)
            else:
                _chercher_actions(valeur, trouves, profondeur + 1)


def _est_signe(pdf: Any) -> bool:
    try:
        formulaire = pdf.Root.get("/AcroForm")
        if formulaire is None:
            return False
        if int(formulaire.get("/SigFlags", 0)) & 1:
            return True
        return any(champ.get("/FT") == "/Sig" and "/V" in champ for champ in list(formulaire.get("/Fields", ()))[:200])
    except Exception:  # a damaged form is not a signature
        return False


_XMP_PART = re.compile(rb"pdfaid:part\s*(?:=\s*[\"']|>)\s*(\d)")
_XMP_CONFORMANCE = re.compile(rb"pdfaid:conformance\s*(?:=\s*[\"']|>)\s*([A-Za-z])")
_XMP_NIVEAU = re.compile(rb"[\w-]+:ConformanceLevel\s*(?:=\s*[\"']|>)\s*([^<\"']{1,40})")


def _xmp(pdf: Any) -> tuple[str | None, str | None]:
    """PDF/A part and conformance, and the level that the XMP states."""
    try:
        metadonnees = pdf.Root.get("/Metadata")
        if metadonnees is None:
            return None, None
        brut = lire_flux(metadonnees, 2 * MO)
    except Exception:  # unreadable metadata are no metadata
        return None, None
    part = _XMP_PART.search(brut)
    conformance = _XMP_CONFORMANCE.search(brut)
    niveau = _XMP_NIVEAU.search(brut)
    pdfa = None
    if part:
        pdfa = part[1].decode() + (conformance[1].decode().upper() if conformance else "")
    return pdfa, niveau[1].decode("utf-8", "replace").strip() if niveau else None


def _a_ete_repare(pdf: Any) -> bool:
    return bool(pdf.get_warnings())


def _anomalies(examen: ExamenPdf, pdf: Any, data: bytes) -> list[AnomaliePdf]:
    constats = [
        (not data.startswith(b"%PDF-"), "PDF_ENTETE", "Des octets précèdent l'en-tête du PDF."),
        (examen.repare, "PDF_REPARE", "Le PDF est abîmé : il a fallu le réparer pour le lire."),
        (examen.mot_de_passe_proprietaire, "PDF_CHIFFRE", "Le PDF est chiffré, même s'il s'ouvre sans mot de passe."),
        (examen.javascript, "PDF_JAVASCRIPT", "Le PDF contient du JavaScript."),
        (examen.lancement, "PDF_LANCEMENT", "Le PDF demande à lancer un programme."),
        (
            bool(examen.pieces_executables),
            "PDF_EXECUTABLE",
            "Le PDF contient un fichier exécutable : " + ", ".join(examen.pieces_executables) + ".",
        ),
    ]
    if examen.nom_facturx is not None:
        constats += _constats_facturx(examen, pdf)
    return [AnomaliePdf(code, message) for vrai, code, message in constats if vrai]


def _constats_facturx(examen: ExamenPdf, pdf: Any) -> list[tuple[bool, str, str]]:
    dans_af = False
    try:
        dans_af = len(pdf.Root.get("/AF", ())) > 0
    except Exception:  # a damaged entry is an absent one
        dans_af = False
    relations = ("Data", "Source", "Alternative")
    factures = [n for n in examen.pieces_jointes if n.lower() in NOMS_FACTURE]
    return [
        (examen.pdfa is None or examen.pdfa[0] not in "34", "FX_PDFA", "Le PDF ne se déclare pas PDF/A-3."),
        (not dans_af, "FX_AF", "Le fichier XML n'est pas associé au document (clé AF absente)."),
        (
            examen.relation not in relations,
            "FX_RELATION",
            "La relation du fichier XML n'est pas Data, Source ou Alternative.",
        ),
        (examen.niveau_xmp is None, "FX_XMP", "Les métadonnées XMP ne disent pas le profil Factur-X."),
        (
            len(factures) > 1,
            "FX_PLUSIEURS_XML",
            "Le PDF contient plusieurs fichiers de facture : " + ", ".join(factures) + ".",
        ),
    ]
