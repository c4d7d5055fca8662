"""Create a structure, take its management, sign its mandate (comptes-structures.md §4, §5; factures.md §2.2)."""

from typing import Any

from django.db import IntegrityError, transaction

from accounts.enums import EtatCompte
from accounts.models import Compte
from sandbox import clock
from sandbox.cohorts.models import Cohort
from sandbox.events.registry import publish
from structures.enums import Nature, Role, StatutRattachement, TypeActe, TypeIdentifiant
from structures.identifiants import PLAGE_PUBLIQUE, IdentifiantInvalide, est_siret, sur_une_ligne, verifier
from structures.models import EntrepriseInsee, Mandat, Rattachement, Service, Structure
from structures.pays import nom as nom_pays
from structures.rules import SERVICE_FACTURES_PUBLIQUES
from structures.services import habilitations, verrous
from structures.services.actes import noter_acte
from structures.services.annuaire import indexer
from structures.services.promesses import apres_creation


class CreationRefusee(Exception):
    """The structure cannot be created; ``champ`` is the field concerned, the message is French."""

    def __init__(self, message: str, champ: str = "identifiant") -> None:
        super().__init__(message)
        self.champ = champ


class StructureExistante(CreationRefusee):
    """The portal already knows this identifier: the way in is a rattachement."""

    def __init__(self, structure: Structure) -> None:
        super().__init__(
            f"Cette structure existe déjà sur le portail : {structure.raison_sociale}. On n'en crée pas une seconde ; "
            "vérifiez que cet identifiant est bien celui de votre entreprise et non celui de votre client."
        )
        self.structure = structure


class StructurePublique(CreationRefusee):
    """A public body that the portal does not know: users do not create it, the support does (§4.4, §13.7)."""


def chercher_insee(siret: str) -> EntrepriseInsee:
    """Row of the simulated INSEE directory that may become a structure. Raises ``CreationRefusee``."""
    if not est_siret(siret):
        raise CreationRefusee(
            f"Identifiant invalide : la clé de contrôle de « {siret} » est fausse. Recopiez les 14 chiffres du SIRET."
        )
    if existante := Structure.objects.filter(type_identifiant=TypeIdentifiant.SIRET, identifiant=siret).first():
        raise StructureExistante(existante)
    if siret.startswith(PLAGE_PUBLIQUE):
        raise StructurePublique(
            f"Le SIRET {siret} est celui d'une structure publique : elle ne se crée pas ici. Les collectivités "
            "viennent d'Hélios ; pour les autres, sa création se demande au support (non simulé : dites-le à votre "
            "formateur)."
        )
    entreprise = EntrepriseInsee.objects.filter(siret=siret).first()
    if entreprise is None:
        raise CreationRefusee(
            f"Le SIRET {siret} est inconnu de la base INSEE (simulée). Votre carte de stagiaire porte celui de votre "
            "entreprise."
        )
    if not entreprise.active:
        raise CreationRefusee(
            f"L'établissement {siret} ({entreprise.raison_sociale}) est fermé dans la base INSEE (simulée) : "
            "il ne peut pas être créé sur le portail."
        )
    return entreprise


def signaler_siret_client(cohort: Cohort, structure: Structure, *, place: int | None) -> None:
    """Somebody typed his customer's SIRET as his own: the trainer is told (§2.7)."""
    publish("structure.siret_client", cohort_id=cohort.pk, structure_id=structure.pk, place=place)


@transaction.atomic
def creer(
    cohort: Cohort,
    *,
    compte: Compte,
    siret: str,
    email: str = "",
    telephone: str = "",
    complement_adresse: str = "",
) -> Structure:
    """Create a private structure from the INSEE directory; the account becomes its gestionnaire principal at once.

    Raises ``CreationRefusee`` or ``StructureExistante``.
    """
    entreprise = chercher_insee(siret)
    return _creer(
        compte,
        Structure(
            cohort=cohort,
            place=compte.place,
            type_identifiant=TypeIdentifiant.SIRET,
            identifiant=siret,
            raison_sociale=entreprise.raison_sociale,
            nature=Nature.PRIVEE,
            numero_tva=entreprise.numero_tva,
            categorie_juridique=entreprise.categorie_juridique,
            adresse=entreprise.adresse,
            complement_adresse=complement_adresse,
            code_postal=entreprise.code_postal,
            ville=entreprise.ville,
            email=email,
            telephone=telephone,
        ),
    )


@transaction.atomic
def creer_sans_siret(
    cohort: Cohort,
    *,
    compte: Compte,
    type_identifiant: str,
    identifiant: str,
    pays: str,
    raison_sociale: str = "",
    nom: str = "",
    prenom: str = "",
    **coordonnees: Any,
) -> Structure:
    """Create a structure that has no SIRET: its shape is checked, its existence cannot be (§3).

    ``pays`` is an ISO code; a « particulier » has ``nom`` and ``prenom``. Raises ``CreationRefusee`` at the field.
    """
    if type_identifiant == TypeIdentifiant.PARTICULIER:
        nom, prenom = sur_une_ligne(nom), sur_une_ligne(prenom)
        raison_sociale = f"{nom.upper()} {prenom}"
    raison_sociale = sur_une_ligne(raison_sociale)
    try:
        verifie = verifier(type_identifiant, identifiant, pays=pays, raison_sociale=raison_sociale)
    except IdentifiantInvalide as faux:
        raise CreationRefusee(str(faux), faux.champ) from faux
    if existante := Structure.objects.filter(type_identifiant=type_identifiant, identifiant=verifie).first():
        raise StructureExistante(existante)
    return _creer(
        compte,
        Structure(
            cohort=cohort,
            place=compte.place,
            type_identifiant=type_identifiant,
            identifiant=verifie,
            raison_sociale=raison_sociale[:99],
            nom=nom,
            prenom=prenom,
            nature=Nature.PRIVEE,
            numero_tva=verifie if type_identifiant == TypeIdentifiant.UE_HORS_FRANCE else "",
            pays=nom_pays(pays),
            **coordonnees,
        ),
    )


def _creer(compte: Compte, structure: Structure) -> Structure:
    """Save it, make the account its gestionnaire principal, tell. Raises ``StructureExistante`` when outrun."""
    verrous.compte(compte)
    if compte.etat != EtatCompte.ACTIF:
        raise CreationRefusee("Votre compte vient d'être désactivé : il ne peut rien créer.")
    try:
        with transaction.atomic():
            structure.save()
    except IntegrityError as existe:
        raise StructureExistante(
            Structure.objects.get(type_identifiant=structure.type_identifiant, identifiant=structure.identifiant)
        ) from existe
    rattachement = Rattachement.objects.create(
        cohort=structure.cohort,
        place=compte.place,
        compte=compte,
        structure=structure,
        role=Role.GESTIONNAIRE_PRINCIPAL,
        statut=StatutRattachement.VALIDEE,
        traite_le=clock.now(),
    )
    habilitations.ecrire(rattachement, habilitations.du_gp(structure))
    noter_acte(structure, TypeActe.STRUCTURE_CREEE, par=compte, objet=str(structure))
    indexer([structure])
    apres_creation(structure)
    publish("structure.creee", cohort_id=structure.cohort_id, structure_id=structure.pk, place=compte.place)
    return structure


def souscrire_mandat(structure: Structure, *, compte: Compte, nom: str) -> Mandat:
    """Sign the mandat de facturation; the one in force, if any, is returned unchanged."""
    mandat, cree = Mandat.objects.get_or_create(
        structure=structure,
        actif=True,
        defaults={
            "cohort": structure.cohort,
            "place": structure.place,
            "nom": nom[:80],
            "signataire": str(compte),
        },
    )
    if cree:
        noter_acte(structure, TypeActe.MANDAT_SOUSCRIT, par=compte, objet=mandat.nom)
        publish("mandat.souscrit", cohort_id=structure.cohort_id, structure_id=structure.pk, place=structure.place)
    return mandat


def service_factures_publiques(structure: Structure) -> Service:
    """The service that exists on every public structure (unsaved)."""
    return Service(
        cohort=structure.cohort,
        place=structure.place,
        structure=structure,
        code=SERVICE_FACTURES_PUBLIQUES,
        libelle="Service des factures publiques",
    )
