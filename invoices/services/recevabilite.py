"""Can this flow be taken at all? Controls 1 to 7 of flux-edi.md §7: one technical error condemns the whole of it.

Reads files and writes files, never the database: it is called before the transaction of the event, so that no lock is
held while an archive is inflated and its documents are checked.
"""

import logging
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from invoices import syntaxes
from invoices.enums import EtatFlux
from invoices.formats import archives, libelles, limites, xml
from invoices.formats.controle import code_irrecevable
from invoices.formats.erreurs import FichierIllisible
from invoices.formats.lecture import lire
from invoices.formats.modele import FactureLue
from invoices.formats.pdf import ExamenPdf, examine, lire_pieces
from invoices.formats.schemas import ErreurSchema, valider
from invoices.formats.signalements import EICAR
from invoices.formats.xml import DocumentXml
from invoices.models import Flux
from invoices.models.flux import Constat
from invoices.services.constats import INCIDENT, constat
from invoices.syntaxes import SyntaxeFlux
from sandbox.documents import store
from structures.models import FicheRaccordement, Structure

logger = logging.getLogger(__name__)

ERREURS_MAX = 50
DISQUE_PLEIN = (
    "Le serveur n'a plus de place pour enregistrer le fichier. Rien n'a été déposé : prévenez votre formateur, "
    "puis déposez-le à nouveau."
)
FLUX_INCIDENTE = (
    "Le flux n'a pas été traité : incident technique simulé par le formateur. Aucune facture n'a été intégrée, "
    "déposez à nouveau le flux entier."
)
ILLISIBLE = "Le serveur ne retrouve plus ce fichier. Prévenez votre formateur, puis déposez-le à nouveau."


def panne(erreur: Exception) -> str:
    """What to say of a file that the server could not keep, or read back."""
    return DISQUE_PLEIN if isinstance(erreur, OSError) and store.est_plein(erreur) else ILLISIBLE


@dataclass(slots=True)
class Lu:
    """A document read: everything that controls and mapping need, so that it is parsed once."""

    document: DocumentXml
    facture: FactureLue
    examen: ExamenPdf | None
    pieces_pdf: dict[str, bytes]
    erreurs_xsd: tuple[ErreurSchema, ...]
    taille_xml: int


Cle = tuple[str, str, str, bool]
"""Digest, name, syntax, strictness: what the reading of a document depends on."""


class LusEnAttente:
    """Documents of a lot that this process has read and will need again within seconds, when their turn comes.

    Bounded in memory and in time: what finds no room, or was taken by another worker, is read again.
    """

    MEMOIRE = 48 * limites.MO
    FOIS = 12
    """Memory of a document read, for each byte of its XML."""
    DUREE = 60.0

    def __init__(self) -> None:
        self._lus: dict[Cle, tuple[float, int, Lu]] = {}
        self.poids = 0

    def garder(self, cle: Cle, lu: Lu) -> None:
        instant = time.monotonic()
        for ancienne in [c for c, (le, _, _) in self._lus.items() if instant - le > self.DUREE]:
            self.rendre(ancienne)
        poids = self.FOIS * lu.taille_xml + sum(len(contenu) for contenu in lu.pieces_pdf.values())
        if cle not in self._lus and self.poids + poids <= self.MEMOIRE:
            self._lus[cle] = (instant, poids, lu)
            self.poids += poids

    def rendre(self, cle: Cle) -> Lu | None:
        """Once: it is forgotten."""
        if (garde := self._lus.pop(cle, None)) is None:
            return None
        _, poids, lu = garde
        self.poids -= poids
        return lu


lus_en_attente = LusEnAttente()


@dataclass(slots=True)
class Document:
    fichier: str
    empreinte: str
    taille: int


@dataclass(slots=True)
class Recu:
    """What was found in a flow. ``lu`` is kept for a flow of one document: it is read once."""

    numero: str
    erreurs: list[Constat] = field(default_factory=list)
    documents: list[Document] = field(default_factory=list)
    lu: Lu | None = None


class Irrecevable(Exception):
    """Technical errors of one document."""

    def __init__(self, *constats: Constat) -> None:
        super().__init__("; ".join(c["message"] for c in constats))
        self.constats = list(constats)


def examiner(flux: Flux) -> Recu:
    """Look at the whole flow; what cannot be foreseen is a technical error too, and is logged."""
    recu = Recu(flux.numero)
    if flux.incident == EtatFlux.INCIDENTE:
        recu.erreurs.append(constat(INCIDENT, "fichier", FLUX_INCIDENTE))
        return recu
    try:
        recu.erreurs += _nom(flux)
        _documents(flux, recu)
    except OSError as erreur:
        logger.exception("Flux %s : fichier illisible ou disque plein", flux.pk)
        recu.erreurs.append(constat("IRR_EXTRAC", "fichier", panne(erreur)))
    except Exception:
        logger.exception("Flux %s : incident", flux.pk)
        recu.erreurs.append(constat("IRR_EXTRAC", "fichier", "Le flux n'a pas pu être traité : déposez-le à nouveau."))
    return recu


def _nom(flux: Flux) -> list[Constat]:
    """Control 1: only of a name that was given (flux-edi.md §17 n° 3)."""
    if not flux.nom_flux:
        return []
    lu = syntaxes.lire_nom(flux.nom_flux)
    if lu is None:
        return [constat("IRR_FORM", "nom", f"Le nom de flux « {flux.nom_flux} » n'a pas la forme attendue.")]
    if flux.raccordement is not None and syntaxes.sans_extension(flux.nom_flux) != flux.nom_flux:
        message = f"Le nom de flux « {flux.nom_flux} » garde une extension : retirez-la avant l'envoi."
        return [constat("IRR_FORM", "nom", message)]
    trouves = []
    if {lu.interface, lu.interface_repetee} != {flux.forme.numero}:
        message = f"Le nom annonce l'interface FSO{lu.interface}A, le syntaxeFlux est celui de {flux.forme.interface}."
        trouves.append(constat("IRR_CODE_INTER", "nom", message))
    elif flux.raccordement is not None and flux.forme.interface not in flux.raccordement.interfaces:
        message = f"La fiche de raccordement n'est pas abonnée à l'interface {flux.forme.interface}."
        trouves.append(constat("IRR_CODE_INTER", "nom", message))
    connus = {flux.raccordement.code_partenaire} if flux.raccordement else codes_application(flux.fournisseur)
    if lu.application != lu.application_repetee or lu.application not in connus:
        message = f"Le code application {lu.application} n'est pas le vôtre ({', '.join(sorted(connus))})."
        trouves.append(constat("IRR_CODE_APP", "nom", message))
    if Flux.objects.filter(nom_flux=flux.nom_flux, pk__lt=flux.pk).exists():
        trouves.append(constat("IRR_UNICITE", "nom", f"Le nom de flux {flux.nom_flux} a déjà servi."))
    return trouves


def codes_application(structure: Structure | None) -> set[str]:
    """The portal's own, and those of the fiches de raccordement of the structure."""
    codes = FicheRaccordement.objects.filter(structure=structure).exclude(code_partenaire="")
    return {syntaxes.CODE_APPLICATION, *codes.values_list("code_partenaire", flat=True)}


def _documents(flux: Flux, recu: Recu) -> None:
    contenu = store.open_bytes(flux.empreinte)
    lot = archives.est_archive(contenu)
    try:
        for membre in _membres(flux, contenu, lot=lot):
            try:
                strict = flux.cohort.controle_strict
                lu = lire_document(membre.donnees, membre.nom, flux.forme, strict=strict, membre=lot)
            except Irrecevable as irrecevable:
                recu.erreurs += irrecevable.constats
                if len(recu.erreurs) >= ERREURS_MAX:
                    recu.erreurs = recu.erreurs[:ERREURS_MAX]
                    return
                continue
            if recu.erreurs:
                continue  # nothing will be integrated: the other documents are only checked
            empreinte = store.store(membre.donnees) if lot else flux.empreinte
            recu.documents.append(Document(membre.nom, empreinte, len(membre.donnees)))
            if lot:
                lus_en_attente.garder((empreinte, membre.nom, flux.syntaxe, strict), lu)
            else:
                recu.lu = lu
    except FichierIllisible as illisible:
        recu.erreurs.append(_illisible(illisible, flux.nom_fichier))


def reprendre(empreinte: str, fichier: str, forme: SyntaxeFlux, *, strict: bool) -> Lu:
    """A stored document of a lot, as just read, else read again. Raises ``Irrecevable``, and what ``store`` does."""
    lu = lus_en_attente.rendre((empreinte, fichier, forme.code, strict))
    return lu or lire_document(store.open_bytes(empreinte), fichier, forme, strict=strict, membre=True)


def _membres(flux: Flux, contenu: bytes, *, lot: bool) -> Iterable[archives.Membre]:
    return archives.parcourir(contenu) if lot else [archives.Membre(flux.nom_fichier, contenu)]


def _illisible(illisible: FichierIllisible, fichier: str) -> Constat:
    code = code_irrecevable(illisible.code)
    message = illisible.message_fr
    return constat(code, "fichier", message, libelle=f"{fichier} : {libelles.sans_accent(message)}", fichier=fichier)


def _irrecevable(code: str, message: str, fichier: str) -> Irrecevable:
    return Irrecevable(
        constat(code, "fichier", message, libelle=f"{fichier} : {libelles.sans_accent(message)}", fichier=fichier)
    )


def lire_document(contenu: bytes, fichier: str, forme: SyntaxeFlux, *, strict: bool, membre: bool = False) -> Lu:
    """Controls 3, 5 and 6 on one document. Raises ``Irrecevable``.

    A ``membre`` of a lot is told by its extension too; a file sent alone has the name that its caller likes.
    """
    nom = archives.court(fichier)
    etranger = membre and not fichier.lower().endswith((".xml", ".pdf"))
    try:
        return _lire(contenu, nom, forme, strict=strict, etranger=etranger)
    except FichierIllisible as illisible:
        raise Irrecevable(_illisible(illisible, nom)) from illisible


def _lire(contenu: bytes, fichier: str, forme: SyntaxeFlux, *, strict: bool, etranger: bool) -> Lu:
    if not contenu:
        raise _irrecevable("IRR_VIDE_F", f"Le fichier {fichier} est vide.", fichier)
    if not forme.code:
        raise _irrecevable("IRR_TYPE", "Le lot ne contient ni XML ni Factur-X.", fichier)
    if forme.code not in syntaxes.SYNTAXES:
        raise _irrecevable("IRR_TYPE", "Syntaxe non prise en charge par le bac à sable.", fichier)
    en_pdf = b"%PDF-" in contenu[:1024]
    if etranger or en_pdf != forme.en_pdf:
        raise _irrecevable(
            "IRR_TYPE_F",
            f"Le fichier {fichier} n'est pas du type attendu ({forme.label} : {forme.extension}).",
            fichier,
        )
    examen, pieces = None, dict[str, bytes]()
    brut = contenu
    if en_pdf:
        examen = examine(contenu).exiger()
        if examen.xml is None:
            message = "Le PDF ne contient pas de fichier de facture (factur-x.xml)."
            raise _irrecevable("IRR_TYPE_F", message, fichier)
        brut = examen.xml
        if len(examen.pieces_jointes) > 1:
            pieces = lire_pieces(contenu)
    document = xml.ouvrir(brut)
    if not forme.convient(document):
        message = f"Le fichier {fichier} est un {document.syntaxe}, le flux est déclaré {forme.label}."
        raise _irrecevable("IRR_TYPE", message, fichier)
    facture = lire(document)
    if any(EICAR in c for c in (contenu, *pieces.values(), *(p.contenu or b"" for p in facture.pieces_jointes))):
        raise _irrecevable("IRR_ANTIVIRUS", f"Le contrôle antivirus refuse le fichier {fichier}.", fichier)
    erreurs = valider(document) or ()
    refus = list(_schema(facture, brut, erreurs if forme.structuree or strict else (), fichier))
    if refus:
        raise Irrecevable(*refus)
    return Lu(document, facture, examen, pieces, erreurs, len(brut))


def _schema(facture: FactureLue, brut: bytes, erreurs: tuple[ErreurSchema, ...], fichier: str) -> Iterator[Constat]:
    """ERR_XSD_001: of an E1 flow, of a strict session, and everywhere of a date or number that cannot be read."""
    for erreur in erreurs:
        yield schema(erreur, fichier)
    if erreurs:
        return
    for anomalie in facture.anomalies:
        sorte = "date" if anomalie.attendu.startswith("une date") else "decimal"
        message = (
            f"La valeur « {anomalie.valeur} » de {anomalie.balise} ne peut pas être lue : {anomalie.attendu} "
            "était attendu."
        )
        position = _position(brut, anomalie.ligne, anomalie.valeur)
        libelle = libelles.valeur_illisible(anomalie.valeur, sorte, anomalie.ligne, position)
        yield constat("ERR_XSD_001", anomalie.champ, message, libelle=libelle, fichier=fichier)


def schema(erreur: ErreurSchema, fichier: str = "") -> Constat:
    """A deviation from the schema of the syntax; the validator's own words are kept aside."""
    message = f"Ligne {erreur.ligne} : {libelles.en_francais(erreur)}"
    libelle = libelles.xsd(erreur)
    return constat("ERR_XSD_001", "fichier", message, libelle=libelle, fichier=fichier, detail=erreur.message)


def _position(brut: bytes, ligne: int, valeur: str) -> int:
    """Column where the value ends, as Xerces counts; 1 when it is not on that line."""
    lignes = brut.split(b"\n", ligne)
    texte = lignes[ligne - 1] if 0 < ligne <= len(lignes) else b""
    trouve = texte.find(valeur.encode())
    return trouve + len(valeur.encode()) + 1 if trouve >= 0 else 1
