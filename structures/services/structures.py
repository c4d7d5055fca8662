"""Create a structure, take its management, sign its mandate (comptes-structures.md §4, §5; factures.md §2.2)."""

from django.db import IntegrityError, transaction

from accounts.enums import Niveau
from accounts.models import Compte
from accounts.profils import du_gestionnaire
from sandbox import clock
from sandbox.cohorts.models import Cohort
from sandbox.events.registry import publish
from structures.enums import Nature, Role, StatutRattachement, TypeIdentifiant
from structures.identifiants import est_siret
from structures.models import EntrepriseInsee, Habilitation, Mandat, Rattachement, Service, Structure
from structures.rules import SERVICE_FACTURES_PUBLIQUES


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
            "vérifiez que ce SIRET est bien celui de votre entreprise et non celui de votre client."
        )
        self.structure = structure


def chercher_insee(siret: str) -> EntrepriseInsee:
    """Row of the simulated INSEE directory that may become a structure. Raises ``CreationRefusee``."""
    if not est_siret(siret):
        raise CreationRefusee(
            f"Identifiant invalide : la clé de contrôle de « {siret} » est fausse. Recopiez les 14 chiffres du SIRET."
        )
    if existante := Structure.objects.filter(type_identifiant=TypeIdentifiant.SIRET, identifiant=siret).first():
        raise StructureExistante(existante)
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


def poser_droits_du_gestionnaire(rattachement: Rattachement) -> None:
    """Every profile of the column, in modification."""
    Habilitation.objects.bulk_create(
        Habilitation(
            cohort=rattachement.cohort,
            place=rattachement.place,
            rattachement=rattachement,
            profil=profil.value,
            niveau=Niveau.MODIFICATION,
        )
        for profil in du_gestionnaire(publique=rattachement.structure.est_publique)
    )


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
    try:
        with transaction.atomic():
            structure = Structure.objects.create(
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
            )
    except IntegrityError as existe:
        raise StructureExistante(
            Structure.objects.get(type_identifiant=TypeIdentifiant.SIRET, identifiant=siret)
        ) from existe
    rattachement = Rattachement.objects.create(
        cohort=cohort,
        place=compte.place,
        compte=compte,
        structure=structure,
        role=Role.GESTIONNAIRE_PRINCIPAL,
        statut=StatutRattachement.VALIDEE,
        traite_le=clock.now(),
    )
    poser_droits_du_gestionnaire(rattachement)
    publish("structure.creee", cohort_id=cohort.pk, structure_id=structure.pk, place=compte.place)
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
