"""Access of a partner: created and renewed on the portal, checked at each connection (comptes-structures.md §9.4)."""

import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import TYPE_CHECKING

from django.contrib.auth.hashers import check_password, make_password
from django.db import IntegrityError, transaction
from django.db.models import F

from accounts.models import Compte
from edi import rules
from edi.models import AccesSftp
from sandbox import clock
from sandbox.cohorts import verrou
from sandbox.cohorts.models import Cohort
from structures import queries
from structures.enums import TypeActe
from structures.models import FicheRaccordement
from structures.services.actes import noter_acte
from structures.services.comptes_techniques import DUREE_BLOCAGE, ECHECS_MAXIMUM, generer_mot_de_passe
from structures.services.raccordement import nom_de

if TYPE_CHECKING:
    import asyncssh

CONNEXION_NOTEE = timedelta(seconds=30)
"""Real time: a client that connects again and again writes its hour at most this often."""
_LIGNE = re.compile(r"(?P<type>[a-z0-9@.-]+) +(?P<corps>[A-Za-z0-9+/]+={0,3})(?: +(?P<commentaire>.*))?")


class AccesRefuse(Exception):
    """What is asked of the access cannot be done; the message is French. ``champ`` is the field concerned."""

    def __init__(self, message: str, champ: str = "") -> None:
        super().__init__(message)
        self.champ = champ


class AccesFerme(Exception):
    """The access is gone (a reset), or its raccordement no longer allows exchanges."""


# --- on the portal


@transaction.atomic
def ouvrir(fiche: FicheRaccordement, *, par: Compte, version: int) -> tuple[AccesSftp, str]:
    """Create the access, or draw a new password; the password is given this once, and empty when nothing was done.

    ``version``: that of the password on the page (0: none yet), so that a double click changes it once.
    Raises ``AccesRefuse``.
    """
    actuelle = FicheRaccordement.objects.select_for_update().get(pk=fiche.pk)
    if not rules.ouvrable(actuelle.mode, actuelle.etat):
        raise AccesRefuse("L'accès SFTP s'ouvre quand la fiche de raccordement EDI est validée.")
    acces = AccesSftp.objects.filter(fiche=fiche).first()
    if acces is None and version:
        raise AccesRefuse("Cet accès n'existe plus : la session a été remise à zéro. Relisez la page.")
    if acces is not None and acces.version != version:
        return acces, ""
    login = acces.identifiant if acces else ""
    mot_de_passe = generer_mot_de_passe(login)
    condense = make_password(mot_de_passe)
    if acces is None:
        acces = _creer(fiche, par, condense)
    else:
        acces.mot_de_passe, acces.version = condense, acces.version + 1
        acces.echecs, acces.bloque_jusqua = 0, None
        acces.save(update_fields=["mot_de_passe", "version", "echecs", "bloque_jusqua"])
    fait = "Accès SFTP créé" if acces.version == 1 else "Mot de passe SFTP renouvelé"
    noter_acte(fiche.structure, TypeActe.RACCORDEMENT, par=par, objet=nom_de(fiche), avant={}, apres={"etat": fait})
    return acces, mot_de_passe


def _creer(fiche: FicheRaccordement, par: Compte, condense: str) -> AccesSftp:
    """The first login free on the installation; at the same instant, the constraint tells who had it."""
    rang = 1
    while True:
        identifiant = rules.identifiant(fiche.cohort.code, fiche.code_partenaire, rang)
        with suppress(IntegrityError), transaction.atomic():
            return AccesSftp.objects.create(
                cohort=fiche.cohort,
                place=fiche.place,
                fiche=fiche,
                identifiant=identifiant,
                mot_de_passe=condense,
                cree_par=par,
            )
        rang += 1


@transaction.atomic
def ajouter_cle(acces: AccesSftp, texte: str) -> bool:
    """Accept a public key in OpenSSH form; False when it was there. Raises ``AccesRefuse``."""
    ligne, cle = _lire_cle(texte)
    empreinte = cle.get_fingerprint()
    actuel = AccesSftp.objects.select_for_update().get(pk=acces.pk)
    acces.cles = actuel.cles
    if any(c["empreinte"] == empreinte for c in actuel.cles):
        return False
    if len(actuel.cles) >= rules.CLES_MAXIMUM:
        raise AccesRefuse(f"{rules.CLES_MAXIMUM} clés au plus : retirez-en une d'abord.", "cle")
    nouvelle = {
        "cle": f"{ligne['type']} {ligne['corps']}",
        "empreinte": empreinte,
        "commentaire": (ligne["commentaire"] or "").strip()[:80],
    }
    acces.cles = [*actuel.cles, nouvelle]
    acces.save(update_fields=["cles"])
    return True


def _lire_cle(texte: str) -> tuple[re.Match[str], "asyncssh.SSHKey"]:
    import asyncssh  # noqa: PLC0415 -- slow import, for one form

    attendue = "Collez la ligne de votre fichier .pub : « ssh-ed25519 AAAA… commentaire »."
    texte = texte.strip()
    if "PRIVATE KEY" in texte:
        raise AccesRefuse("C'est votre clé privée : ne la donnez à personne. " + attendue, "cle")
    ligne = _LIGNE.fullmatch(texte) if len(texte) <= rules.CLE_LONGUEUR else None
    if ligne is None:
        raise AccesRefuse("Ce n'est pas une clé publique OpenSSH sur une ligne. " + attendue, "cle")
    if ligne["type"] not in rules.CLES_ADMISES:
        raise AccesRefuse(f"Type de clé {ligne['type'][:40]} non admis : {', '.join(rules.CLES_ADMISES)}.", "cle")
    try:
        cle = asyncssh.import_public_key(f"{ligne['type']} {ligne['corps']}")
    except (asyncssh.KeyImportError, ValueError) as illisible:
        raise AccesRefuse("Cette clé publique est abîmée : recopiez-la entière. " + attendue, "cle") from illisible
    if ligne["type"] == "ssh-rsa" and getattr(cle.pyca_key, "key_size", 0) < rules.RSA_MINIMUM:
        raise AccesRefuse(f"Une clé RSA compte au moins {rules.RSA_MINIMUM} bits.", "cle")
    return ligne, cle


@transaction.atomic
def retirer_cle(acces: AccesSftp, empreinte: str) -> bool:
    """False when it was not there."""
    actuel = AccesSftp.objects.select_for_update().get(pk=acces.pk)
    acces.cles = [c for c in actuel.cles if c["empreinte"] != empreinte]
    acces.save(update_fields=["cles"])
    return len(acces.cles) != len(actuel.cles)


# --- at the door of the server: no world is open yet


def _du_monde(cohort_id: int, **criteres: object) -> AccesSftp | None:
    """Read again once the world is held: a reset may have taken the access away. Closed raccordements give None."""
    acces = (
        AccesSftp._base_manager.select_related("cohort", "fiche__structure")
        .filter(cohort_id=cohort_id, **criteres)
        .first()
    )
    if acces is None or not rules.echange(acces.fiche.mode, acces.fiche.etat):
        return None
    acces.fiche.cohort = acces.fiche.structure.cohort = acces.cohort
    return acces


@contextmanager
def monde(acces_id: int) -> Iterator[AccesSftp]:
    """The access, its world open and held for writing. Raises ``AccesFerme``."""
    trouve = AccesSftp._base_manager.filter(pk=acces_id).values_list("cohort_id", flat=True).first()
    if trouve is None:
        raise AccesFerme
    with verrou.ecriture(trouve), Cohort.objects.get(pk=trouve).monde():
        acces = _du_monde(trouve, pk=acces_id)
        if acces is None:
            raise AccesFerme
        yield acces


def par_mot_de_passe(identifiant: str, mot_de_passe: str) -> int | None:
    """Id of the access that these open, None otherwise: unknown, closed, locked or wrong say nothing more.

    Five wrong passwords in a row lock it for fifteen minutes (api.md A-19).
    """
    cohort_id = _cohort_de(identifiant)
    if cohort_id is None:
        make_password(mot_de_passe)  # as long as a real check: the time taken says nothing
        return None
    with verrou.ecriture(cohort_id):
        acces = _du_monde(cohort_id, identifiant=identifiant)
        if acces is None or acces.est_bloque():
            make_password(mot_de_passe)
            return None
        if not check_password(mot_de_passe, acces.mot_de_passe):
            _compter_echec(acces)
            return None
        _noter_connexion(acces)
        return acces.pk


def par_cle(identifiant: str, empreinte: str) -> int | None:
    """Id of the access that this public key opens. A client offers all its keys: none counts as a failure."""
    cohort_id = _cohort_de(identifiant)
    if cohort_id is None:
        return None
    with verrou.ecriture(cohort_id):
        acces = _du_monde(cohort_id, identifiant=identifiant)
        if acces is None or all(c["empreinte"] != empreinte for c in acces.cles):
            return None
        _noter_connexion(acces)
        return acces.pk


def _cohort_de(identifiant: str) -> int | None:
    if "\x00" in identifiant:
        return None
    trouve = AccesSftp._base_manager.filter(identifiant=identifiant).values_list("cohort_id", flat=True).first()
    return trouve


def _compter_echec(acces: AccesSftp) -> None:
    """In the database: several connections try at once."""
    lignes = AccesSftp._base_manager.filter(pk=acces.pk)
    lignes.update(echecs=F("echecs") + 1)
    bloque = clock.real_now() + DUREE_BLOCAGE
    lignes.filter(echecs__gte=ECHECS_MAXIMUM).update(bloque_jusqua=bloque, echecs=0)


def _noter_connexion(acces: AccesSftp) -> None:
    reel = clock.real_now()
    recente = acces.connecte_le is not None and reel - acces.connecte_le < CONNEXION_NOTEE
    if acces.echecs or not recente:
        AccesSftp._base_manager.filter(pk=acces.pk).update(echecs=0, connecte_le=reel)


def deposant(acces: AccesSftp) -> Compte | None:
    """Account that signs what the partner sends: the gestionnaire principal, else whoever made the access."""
    gestion = queries.gestionnaire_principal(acces.fiche.structure)
    compte = gestion.compte if gestion else acces.cree_par
    if compte is not None:
        compte.cohort = acces.cohort
    return compte
