"""A structured file at the door: refused at once, or a flow number at once (flux-edi.md §3, §5; factures.md §2.5)."""

import re

from django.db import OperationalError, transaction
from lxml import etree

from accounts.models import Compte
from invoices import syntaxes
from invoices.enums import EtatFlux, ModeDepot
from invoices.formats import archives, limites, xml
from invoices.formats.erreurs import FichierIllisible
from invoices.models import Flux
from invoices.services.importation import FichierRefuse
from invoices.services.integration import CLORE, COMMENCER, ELEMENT, INTEGRER, integrer
from invoices.services.recevabilite import DISQUE_PLEIN
from invoices.syntaxes import SyntaxeFlux
from sandbox import clock
from sandbox.cohorts.models import Cohort
from sandbox.documents import store
from sandbox.events.scheduling import Promesse, schedule
from structures.models import FicheRaccordement, Structure

__all__ = ["CLORE", "COMMENCER", "ELEMENT", "INTEGRER", "TAILLE_MAXIMUM", "FluxRefuse", "deposer_flux", "integrer"]

DEBUT = 0.4
"""Part of the delay of the session after which a flow is « En cours de traitement » (api.md A-07)."""
TAILLE_MAXIMUM = 30 * limites.MO
"""Of a deposit by the portal or the API (flux-edi.md §3)."""
TAILLE_MAXIMUM_EDI = limites.FICHIER_MAX
SANS_LECTURE = frozenset({ModeDepot.UPLOAD_API, ModeDepot.EDI})
"""Doors where the syntax is said: what the file is comes in the compte rendu (api.md §10.5)."""
EXTENSIONS = (".pdf", ".xml", ".zip", ".tar.gz")


class FluxRefuse(FichierRefuse):
    """Refused at the door: no flow exists. The message says why and what to do, in French."""


def deposer_flux(
    cohort: Cohort,
    *,
    compte: Compte,
    fournisseur: Structure,
    nom: str,
    contenu: bytes,
    place: int | None,
    mode: ModeDepot = ModeDepot.UPLOAD_PORTAIL,
    syntaxe: str = "",
    nom_flux: str = "",
    incident: str = "",
    raccordement: FicheRaccordement | None = None,
) -> Flux:
    """Receive an XML, a Factur-X, or a lot of either: a flow number at once, the invoices with the integration.

    Without ``syntaxe`` it is read in the file. The same bytes deposited again while they wait are a second click:
    the first flow is returned. ``incident``: what a trainer makes of it (``EtatFlux``, api.md A-08).
    ``raccordement``: fiche of the partner who sent it by SFTP; nothing is refused to him at the door but the weight,
    all the rest is said by the compte rendu. Raises ``FluxRefuse``, nothing written, for what the portal refuses at
    once.
    """
    if raccordement is not None:
        choisie = _de_partenaire(nom, contenu, syntaxe)
    else:
        choisie = _a_la_porte(nom, contenu, mode, syntaxe)
    try:
        with transaction.atomic():
            return _recevoir(
                Flux(
                    cohort=cohort,
                    place=place,
                    nom_fichier=archives.court_de_base(nom),
                    nom_flux=nom_flux[:60],
                    syntaxe=choisie.code,
                    mode=mode,
                    taille=len(contenu),
                    compte=compte,
                    fournisseur=fournisseur,
                    incident=incident,
                    raccordement=raccordement,
                ),
                contenu,
            )
    except OSError as erreur:
        if store.est_plein(erreur):
            raise FluxRefuse(DISQUE_PLEIN) from erreur
        raise
    except OperationalError as erreur:
        if "full" in str(erreur).lower():  # SQLite: « database or disk is full »; PostgreSQL: « disk full »
            raise FluxRefuse(DISQUE_PLEIN) from erreur
        raise


def _recevoir(flux: Flux, contenu: bytes) -> Flux:
    Compte.objects.select_for_update(no_key=True).get(pk=flux.compte_id)  # two clicks come one after the other
    flux.empreinte = store.store(contenu)
    recent = Flux.objects.filter(
        compte=flux.compte,
        empreinte=flux.empreinte,
        syntaxe=flux.syntaxe,
        nom_flux=flux.nom_flux,
        etat__in=[EtatFlux.EN_ATTENTE, EtatFlux.EN_COURS],
    ).first()
    if recent is not None:
        return recent
    flux.numero = f"tmp-{clock.real_now().timestamp()}-{flux.compte_id}"
    flux.save(force_insert=True)
    flux.numero = f"{syntaxes.CODE_APPLICATION}{flux.forme.numero}{flux.pk:015d}"
    flux.save(update_fields=["numero"])
    delai = flux.cohort.delai_flux
    schedule(flux.cohort, _promettre(flux, COMMENCER, DEBUT * delai), _promettre(flux, INTEGRER, delai))
    return flux


def _promettre(flux: Flux, kind: str, delai: float) -> Promesse:
    """A step of its treatment, in real seconds."""
    return Promesse(kind=kind, cle=f"{kind}:{flux.pk}", reel_dans=delai, cible=flux.pk, place=flux.place)


def _de_partenaire(nom: str, contenu: bytes, declaree: str) -> SyntaxeFlux:
    """The syntax that the name announces; that of the file, if any, when the name does not say."""
    if declaree in syntaxes.SYNTAXES:
        return syntaxes.SYNTAXES[declaree]
    try:
        return _syntaxe(contenu, archives.court(nom))
    except FluxRefuse:
        return syntaxes.NON_DETERMINEE


def _a_la_porte(nom: str, contenu: bytes, mode: ModeDepot, declaree: str) -> SyntaxeFlux:
    """Weight, emptiness, type; then the syntax, declared or read."""
    maximum = TAILLE_MAXIMUM_EDI if mode == ModeDepot.EDI else TAILLE_MAXIMUM
    montre = archives.court(nom)
    if not contenu:
        raise FluxRefuse(f"« {montre} » est vide : choisissez un autre fichier.")
    if len(contenu) > maximum:
        raise FluxRefuse(
            f"« {montre} » dépasse {maximum // limites.MO} Mo, le poids d'un flux. Partagez vos factures en lots."
        )
    if mode == ModeDepot.UPLOAD_PORTAIL and not nom.lower().endswith(EXTENSIONS):
        raise FluxRefuse(
            f"« {montre} » n'est pas d'un type accepté : {', '.join(EXTENSIONS)}. Gardez l'extension du fichier."
        )
    if declaree and mode in SANS_LECTURE and declaree in syntaxes.PAR_API:
        return syntaxes.PAR_API[declaree]
    if declaree and declaree not in syntaxes.SYNTAXES:
        raise FluxRefuse("Ce syntaxeFlux n'est pas pris en charge : choisissez-en un dans la liste.")
    lue = _syntaxe(contenu, montre)
    return syntaxes.SYNTAXES[declaree] if declaree else lue


def _syntaxe(contenu: bytes, nom: str) -> SyntaxeFlux:
    if b"%PDF-" in contenu[:1024]:
        return syntaxes.FACTURX
    if archives.est_archive(contenu):
        return _syntaxe_du_lot(contenu, nom)
    if _semble_xml(contenu):
        return _syntaxe_xml(contenu)
    raise FluxRefuse(
        f"« {nom} » n'est ni un XML, ni un PDF, ni une archive zip ou tar.gz : son contenu n'est pas reconnu. "
        "Exportez à nouveau le fichier depuis votre logiciel."
    )


def _syntaxe_du_lot(contenu: bytes, nom: str) -> SyntaxeFlux:
    """That of the first invoice. An archive that is unsafe is a flow all the same: its compte rendu says why."""
    try:
        for membre in archives.parcourir(contenu):
            if b"%PDF-" in membre.donnees[:1024]:
                return syntaxes.FACTURX
            if _semble_xml(membre.donnees):
                return _syntaxe_xml(membre.donnees)
    except FichierIllisible as illisible:
        if illisible.code in ("ARCHIVE_VIDE", "ARCHIVE_ABIMEE"):
            raise FluxRefuse(
                f"{illisible.message_fr} Rien n'a pu être lu dans « {nom} » : refaites l'archive, puis déposez-la."
            ) from illisible
        return syntaxes.NON_DETERMINEE
    raise FluxRefuse(f"« {nom} » ne contient ni XML ni PDF Factur-X : un lot ne porte que l'un ou l'autre.")


_BOMS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")


def _semble_xml(contenu: bytes) -> bool:
    """The first sign that is not blank is « < », whatever the encoding."""
    debut = contenu[:200]
    for bom in _BOMS:
        debut = debut.removeprefix(bom)
    return debut.replace(b"\x00", b"").lstrip()[:1] == b"<"


_GUIDE = re.compile(
    rb"GuidelineSpecifiedDocumentContextParameter>\s*<[^>]*ID[^>]*>([^<]{0,200})<|CustomizationID[^>]*>([^<]{0,200})<"
)


def _syntaxe_xml(contenu: bytes) -> SyntaxeFlux:
    """Root and profile, from the beginning of the file alone: the rest is read at the integration."""
    debut = contenu[:65_536]
    trouve = _GUIDE.search(debut)
    profil = xml.nom_profil((trouve[1] or trouve[2] or b"").decode("utf-8", "replace")) if trouve else ""
    lecteur = etree.XMLPullParser(events=("start",), resolve_entities=False, no_network=True, load_dtd=False)
    try:
        lecteur.feed(debut)
        racine = next((noeud for _, noeud in lecteur.read_events()), None)
    except (etree.XMLSyntaxError, ValueError, LookupError):
        racine = None
    if racine is None:
        return syntaxes.CII
    return syntaxes.devinee(racine.tag, profil)


def prochain_nom(choisie: SyntaxeFlux) -> str:
    """A name that EDI would take, for the one who wants to see how they are made."""
    dernier = Flux.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    return syntaxes.composer_nom(choisie, syntaxes.CODE_APPLICATION, dernier + 1)
