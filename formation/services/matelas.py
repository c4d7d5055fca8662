"""« Matelas de données »: structures, accounts, invoices made for one seat from the pack (comptes-structures.md §10).

Nothing is written in code: ``matelas.toml`` says what the set holds. The password is drawn from the installation's key,
the session and the seat, so that the page shows it again without the database ever holding it in clear.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction
from django.utils.crypto import salted_hmac

from accounts.models import Compte
from accounts.profils import offerts
from formation.queries import DOMAINE_DU_JEU, NUMEROS_DU_JEU
from formation.services import matelas_factures, packs
from formation.services.distribution import Distribution, du_poste, remplir
from invoices.enums import Cadre, Statut
from invoices.models import Facture
from sandbox.cohorts.journal import noter
from sandbox.cohorts.models import Cohort, Participant
from sandbox.web.csv import Identifiant, write_csv
from structures.enums import Nature, Role
from structures.models import Mandat, Structure

CONSONNES = "bcdfghjkmnpqrstvwxz"
ROLES = {"GP": "Compte gestionnaire principal", "US": "Compte utilisateur"}
ADRESSE = {"adresse": "1 rue du Jeu-de-Données", "code_postal": "99000", "ville": "ORLE-LA-VILLE"}


class JeuIndisponible(Exception):
    """The pack of this session describes no data set, or cannot be read any more."""


@dataclass(frozen=True, slots=True)
class Ligne:
    """A row of the table (entity ; label ; value)."""

    entite: str
    libelle: str
    valeur: str
    identifiant: bool = False


@dataclass(frozen=True, slots=True)
class LigneFacture:
    """A ready-made invoice, as it stands now."""

    numero: str
    cadre: str
    statut: Statut
    destinataire: str


@dataclass(frozen=True, slots=True)
class Groupe:
    """The rows of one entity, for the screen."""

    entite: str
    lignes: list[Ligne]


@dataclass(frozen=True, slots=True)
class Jeu:
    """What the page shows of a data set already made."""

    nom: str
    mot_de_passe: str
    groupes: list[Groupe]
    factures: list[LigneFacture]

    @property
    def lignes(self) -> Iterator[Ligne]:
        return (ligne for groupe in self.groupes for ligne in groupe.lignes)


def description(cohort: Cohort) -> Mapping[str, Any]:
    """What the pack says of the set. Raises ``JeuIndisponible``."""
    try:
        lu = packs.lire(cohort.pack).matelas
    except packs.PackInvalide as invalide:
        raise JeuIndisponible(f"Le pack de cette session ne se lit plus : {invalide}") from invalide
    if not lu:
        raise JeuIndisponible("Le pack de cette session ne prévoit pas de jeu de données.")
    return lu


def prevu(cohort: Cohort) -> bool:
    """Does the pack of this session describe a set?"""
    try:
        return bool(description(cohort))
    except JeuIndisponible:
        return False


def mot_de_passe(cohort: Cohort, place: int) -> str:
    """The same for every account of the set: meets the portal's rules, and is worth nothing elsewhere."""
    tirage = salted_hmac("formation.matelas", f"{cohort.code}/{place}", algorithm="sha256").digest()
    lettres = "".join(CONSONNES[octet % len(CONSONNES)] for octet in tirage[:8])
    return f"Jeu-{lettres[:4]}-{int.from_bytes(tirage[8:12], 'big') % 10_000:04d}-{lettres[4:]}"


def courriel(cle: str, role: str, place: int) -> str:
    """« fournisseur.gp01@jeu.example »."""
    return f"{cle}.{role.lower()}{place:02d}@{DOMAINE_DU_JEU}"


def _entite(description_entite: Mapping[str, Any], place: int) -> dict[str, Any]:
    """An entity of the set as the cast writes it."""
    nom = {"raison_sociale": f"JEU {{ii}} {description_entite['libelle'].upper()}"[:99]}
    return du_poste(ADRESSE | nom | dict(description_entite), place)


def _fournisseur(lu: Mapping[str, Any], place: int) -> str:
    """SIRET by which the set of a seat is known to exist: that of its first structure."""
    premiere = next(e for e in lu["entites"] if "base" in e)
    return str(_entite(premiere, place)["siret"])


def existe(lu: Mapping[str, Any], place: int) -> bool:
    return Structure.objects.filter(identifiant=_fournisseur(lu, place)).exists()


def _nom_du_compte(entite: Mapping[str, Any], role: str, place: int) -> tuple[str, str]:
    return role, f"{entite['libelle']} {place:02d}"[:60]


def _comptes(
    distribution: Distribution, entite: Mapping[str, Any], structure: Structure, place: int, empreinte: str
) -> dict[str, Compte]:
    """The accounts of an entity, attached to its structure."""
    faits: dict[str, Compte] = {}
    for role in entite.get("comptes", []):
        prenom, nom = _nom_du_compte(entite, role, place)
        compte = distribution.compte(
            courriel(entite["cle"], role, place), prenom=prenom, nom=nom, place=place, mot_de_passe=empreinte
        )
        if role == "GP":
            distribution.gestionnaire(compte, structure)
        else:
            publique = structure.nature == Nature.PUBLIQUE
            defaut = [ligne.profil for ligne in offerts(publique=publique) if ligne.par_defaut]
            distribution.rattacher(compte, structure, Role.UTILISATEUR, entite.get("profils", defaut))
        faits[role] = compte
    return faits


def _peupler(cohort: Cohort, lu: Mapping[str, Any], place: int) -> matelas_factures.Acteurs:
    distribution = Distribution(cohort)
    empreinte = make_password(
        mot_de_passe(cohort, place)
    )  # one hashing for the whole set: it costs a tenth of a second
    structures: dict[str, Structure] = {}
    gestionnaires: dict[str, Compte] = {}
    for entite in lu["entites"]:
        if "base" in entite:
            nature = Nature.PUBLIQUE if entite["nature"] == "publique" else Nature.PRIVEE
            structures[entite["cle"]] = distribution.structure(_entite(entite, place), nature, place)
    for entite in lu["entites"]:
        structure = structures[entite.get("rattache_a", entite["cle"])]
        comptes = _comptes(distribution, entite, structure, place, empreinte)
        if "GP" in comptes:
            gestionnaires[entite["cle"]] = comptes["GP"]
        if entite.get("mandat"):
            distribution.mandats.append(
                Mandat(
                    cohort=cohort,
                    place=place,
                    structure=structure,
                    nom="Mandat de facturation",
                    signataire=" ".join(_nom_du_compte(entite, "GP", place)),
                )
            )
    distribution.ecrire()
    return matelas_factures.Acteurs(structures, gestionnaires)


def generer(participant: Participant) -> bool:
    """Make the data set of a seat, once; False when it is there already. Inside the world.

    Raises ``JeuIndisponible``.
    """
    cohort, place = participant.cohort, participant.numero
    lu = description(cohort)
    try:
        with transaction.atomic():
            Participant.objects.select_for_update().get(pk=participant.pk)
            if existe(lu, place):
                return False
            acteurs = _peupler(cohort, lu, place)
            matelas_factures.deposer(cohort, place, lu.get("factures", []), acteurs)
            noter(cohort, "génère son jeu de données", participant=participant)
    except IntegrityError:  # the other of two clicks, on a database that let both in
        if existe(lu, place):
            return False
        raise
    return True


def _lignes(entite: Mapping[str, Any], place: int) -> Iterator[Ligne]:
    nom = entite["libelle"]
    for role in entite.get("comptes", []):
        yield Ligne(nom, ROLES[role], courriel(entite["cle"], role, place))
    if "base" not in entite:
        return
    lue = _entite(entite, place)
    yield Ligne(nom, "Raison sociale", remplir(lue["raison_sociale"], place=place))
    yield Ligne(nom, "SIRET", lue["siret"], identifiant=True)
    for service in entite.get("services", []):
        yield Ligne(nom, f"Service – {service['libelle']}", service["code"], identifiant=True)
    for numero in entite.get("engagements", []):
        yield Ligne(nom, "Engagement connu", numero, identifiant=True)


def nom_du_jeu(cohort: Cohort, place: int) -> str:
    return f"jeu-de-donnees-{cohort.code}-poste-{place:02d}"


def lire(participant: Participant) -> Jeu | None:
    """The data set of a seat, None when it is not made yet. Inside the world. Raises ``JeuIndisponible``."""
    cohort, place = participant.cohort, participant.numero
    lu = description(cohort)
    if not existe(lu, place):
        return None
    factures = Facture.objects.filter(place=place, numero__startswith=NUMEROS_DU_JEU).select_related("destinataire")
    return Jeu(
        nom=nom_du_jeu(cohort, place),
        mot_de_passe=mot_de_passe(cohort, place),
        groupes=[Groupe(entite["libelle"], list(_lignes(entite, place))) for entite in lu["entites"]],
        factures=[
            LigneFacture(f.numero, Cadre(f.cadre).name, Statut(f.statut), str(f.destinataire))
            for f in factures.order_by("numero", "pk")
        ],
    )


def csv(jeu: Jeu) -> bytes:
    """The table as a file: entity ; label ; value, identifiers kept as text."""
    lignes: list[tuple[str, str, str]] = [("Tous les comptes", "Mot de passe", jeu.mot_de_passe)]
    lignes += [
        (ligne.entite, ligne.libelle, Identifiant(ligne.valeur) if ligne.identifiant else ligne.valeur)
        for ligne in jeu.lignes
    ]
    lignes += [
        ("Factures", f"{f.numero} (cadre {f.cadre}, {f.destinataire})", str(f.statut.label)) for f in jeu.factures
    ]
    return write_csv(["Entité", "Libellé", "Valeur"], lignes)
