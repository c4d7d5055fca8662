"""Check one file outside any session: can it be read, is it valid, what would Chorus Pro say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from invoices.formats import archives, xml
from invoices.formats.chorus import ConstatChorus, controler_chorus
from invoices.formats.erreurs import FichierIllisible
from invoices.formats.lecture import lire
from invoices.formats.pdf import examine, lire_pieces
from invoices.formats.saxon import Constat, valider_en16931
from invoices.formats.schemas import ErreurSchema, valider
from invoices.formats.signalements import EICAR
from invoices.formats.xml import DocumentXml, Syntaxe


@dataclass(frozen=True)
class Controle:
    """The first four verdicts use the words of the public corpus; None where a verdict does not apply."""

    readable: bool
    xsd_valid: bool | None = None
    en16931_valid: bool | None = None
    failing_rules: tuple[str, ...] = ()
    chorus: tuple[ConstatChorus, ...] = ()
    nature: str = ""
    """PDF, Factur-X, CII, UBL Invoice, UBL CreditNote, ZUGFeRD 1, Order-X, archive."""
    profil: str = ""
    erreur: str = ""
    """Why the file is not readable."""
    erreurs_xsd: tuple[ErreurSchema, ...] = ()
    erreurs_en16931: tuple[Constat, ...] = ()
    avertissements: tuple[Constat, ...] = ()
    remarques: tuple[str, ...] = ()
    """What deserves attention without being refused."""
    membres: tuple[str, ...] = ()

    def en_dict(self) -> dict[str, Any]:
        """Plain data for JSON."""
        return asdict(self)


@dataclass
class _Constats:
    chorus: list[ConstatChorus] = field(default_factory=list)
    remarques: list[str] = field(default_factory=list)


def controler(source: str | Path | bytes, nom: str = "", *, aujourd_hui: date | None = None) -> Controle:
    """`source` is a path or the bytes themselves; the content decides what it is, the name only when it is damaged."""
    if isinstance(source, bytes):
        donnees = source
    else:
        nom = nom or str(source)
        donnees = Path(source).read_bytes()
    jour = aujourd_hui or date.today()  # noqa: DTZ011, TID251 - outside any session no clock is simulated
    nature = reconnaitre(donnees, nom)
    if nature == "archive":
        return _controler_archive(donnees)
    if nature == "PDF":
        return _controler_pdf(donnees, jour)
    return _controler_xml(donnees, jour)


def reconnaitre(donnees: bytes, nom: str = "") -> str:
    """« PDF », « archive » or « XML »."""
    if archives.est_archive(donnees):
        return "archive"
    if b"%PDF-" in donnees[:1024]:
        return "PDF"
    bas = nom.lower()
    if bas.endswith((".zip", ".tar.gz", ".tgz")):
        return "archive"
    return "PDF" if bas.endswith(".pdf") else "XML"


def _controler_xml(donnees: bytes, jour: date) -> Controle:
    try:
        document = xml.ouvrir(donnees)
    except FichierIllisible as erreur:
        return _illisible("XML", erreur, donnees)
    constats = _Constats(chorus=_antivirus(donnees))
    return _verdicts(document, jour, constats, str(document.syntaxe), en_pdf=False)


def _controler_pdf(donnees: bytes, jour: date) -> Controle:
    examen = examine(donnees)
    if examen.erreur is not None:
        return _illisible("PDF", examen.erreur, donnees)
    pieces = lire_pieces(donnees) if examen.pieces_jointes else {}
    constats = _Constats(chorus=_antivirus(donnees, *pieces.values()), remarques=[a.message for a in examen.anomalies])
    if examen.erreur_xml is not None:
        return _illisible("Factur-X", examen.erreur_xml, donnees)
    if examen.xml is None:
        return Controle(True, nature="PDF", chorus=tuple(constats.chorus), remarques=tuple(constats.remarques))
    try:
        document = xml.ouvrir(examen.xml)
    except FichierIllisible as erreur:
        return _illisible("Factur-X", erreur, donnees)
    return _verdicts(document, jour, constats, "Factur-X", en_pdf=True)


def _verdicts(document: DocumentXml, jour: date, constats: _Constats, nature: str, *, en_pdf: bool) -> Controle:
    erreurs_xsd = valider(document)
    rapport = valider_en16931(document)
    if document.syntaxe is Syntaxe.ORDERX:
        constats.chorus.append(ConstatChorus("profile", "BT-24", "Le fichier est une commande Order-X."))
    else:
        facture = lire(document)
        constats.chorus += _antivirus(*(piece.contenu or b"" for piece in facture.pieces_jointes))
        constats.chorus += controler_chorus(facture, aujourd_hui=jour, en_pdf=en_pdf)
    return Controle(
        readable=True,
        xsd_valid=None if erreurs_xsd is None else not erreurs_xsd,
        en16931_valid=None if rapport is None else rapport.valide,
        failing_rules=() if rapport is None else rapport.regles,
        chorus=tuple(constats.chorus),
        nature=nature,
        profil=document.profil,
        erreurs_xsd=erreurs_xsd or (),
        erreurs_en16931=() if rapport is None else rapport.erreurs,
        avertissements=() if rapport is None else rapport.avertissements,
        remarques=tuple(constats.remarques),
    )


def _controler_archive(donnees: bytes) -> Controle:
    try:
        membres = archives.ouvrir_archive(donnees)
    except FichierIllisible as erreur:
        return _illisible("archive", erreur, donnees)
    chorus = [constat for membre in membres for constat in _antivirus(membre.donnees)]
    chorus += _types_de_membres(membres)
    return Controle(True, nature="archive", chorus=tuple(chorus), membres=tuple(m.nom for m in membres))


def _types_de_membres(membres: Sequence[archives.Membre]) -> list[ConstatChorus]:
    """One flow has one syntax, made of XML or of Factur-X only."""
    constats = []
    natures = set()
    for membre in membres:
        if not membre.nom.lower().endswith((".xml", ".pdf")):
            message = f"Type de fichier refusé dans un lot : {membre.nom[:60]}."
            constats.append(ConstatChorus("IRR_TYPE_F", "archive", message))
            continue
        try:
            if reconnaitre(membre.donnees, membre.nom) == "PDF":
                natures.add("Factur-X" if examine(membre.donnees).exiger().xml is not None else "PDF")
            else:
                syntaxe = xml.ouvrir(membre.donnees).syntaxe
                natures.add("UBL" if syntaxe.est_ubl else str(syntaxe))
        except FichierIllisible as erreur:
            constats.append(ConstatChorus("IRR_SYNTAX", "archive", f"{membre.nom[:60]} : {erreur.message_fr}"))
    if "PDF" in natures:
        constats.append(ConstatChorus("IRR_TYPE_F", "archive", "Un lot ne peut pas contenir de PDF sans facture XML."))
    if len(natures) > 1:
        message = "Un lot ne contient qu'une syntaxe ; celui-ci mélange " + ", ".join(sorted(natures)) + "."
        constats.append(ConstatChorus("IRR_TYPE", "archive", message))
    return constats


def _antivirus(*contenus: bytes) -> list[ConstatChorus]:
    if not any(EICAR in contenu for contenu in contenus):
        return []
    return [ConstatChorus("IRR_ANTIVIRUS", "fichier", "Le contrôle antivirus refuse ce fichier.")]


def _illisible(nature: str, erreur: FichierIllisible, donnees: bytes) -> Controle:
    chorus = [*_antivirus(donnees), ConstatChorus(code_irrecevable(erreur.code), "fichier", erreur.message_fr)]
    return Controle(False, nature=nature, erreur=erreur.message_fr, chorus=tuple(chorus))


def code_irrecevable(code: str) -> str:
    """Official irrecevabilité code for our own."""
    if code.endswith("_VIDE"):
        return "IRR_VIDE_F"
    if code.startswith("ARCHIVE"):
        return "IRR_NOM_F" if code in ("ARCHIVE_CHEMIN", "ARCHIVE_NOM") else "IRR_EXTRAC"
    if code.endswith(("TROP_GROS", "BOMBE")):
        return "IRR_TAILLE_F"
    return "IRR_SYNTAX" if code.startswith("XML") else "IRR_TYPE_F"
