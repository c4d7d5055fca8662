"""« Modifier l'identifiant »: a company moves, its SIRET changes, its SIREN does not (comptes-structures.md §4.4)."""

from typing import Any

from django.db import IntegrityError, models, transaction

from accounts.models import Compte
from sandbox.events.registry import publish
from structures.enums import EtatService, EtatStructure, Role, StatutRattachement, TypeActe, TypeIdentifiant
from structures.models import (
    CoordonneesBancaires,
    EntrepriseInsee,
    Habilitation,
    Rattachement,
    RattachementService,
    Service,
    Structure,
)
from structures.services import verrous
from structures.services.actes import noter_acte
from structures.services.annuaire import indexer
from structures.services.fiches import EDI, StructureRefusee
from structures.services.structures import CreationRefusee, chercher_insee

NON_COPIES = ("le mandat de facturation", "le compte technique", "les raccordements", "le n° PACAGE")
COPIES = (
    *("les données de la fiche", "les services", "les utilisateurs et leurs habilitations"),
    *("les demandes de rattachement en attente", "les coordonnées bancaires"),
)


def verifier_possible(structure: Structure) -> None:
    """May its identifier change? Raises ``StructureRefusee``."""
    if structure.est_publique:
        raise StructureRefusee(
            "L'identifiant d'une structure publique ne se modifie pas ici : les collectivités suivent Hélios."
        )
    if structure.type_identifiant != TypeIdentifiant.SIRET:
        raise StructureRefusee("Seul un SIRET se modifie : il change quand l'entreprise déménage.")
    if not structure.est_active:
        raise StructureRefusee("Cette structure n'est pas active : activez-la avant de modifier son identifiant.")


def _etablissement(structure: Structure, siret: str) -> EntrepriseInsee:
    """Row of INSEE for the new SIRET. Raises ``StructureRefusee``."""
    if siret == structure.identifiant:
        raise StructureRefusee("C'est déjà l'identifiant de cette structure : saisissez le nouveau SIRET.", "siret")
    if siret[:9] != structure.siren:
        raise StructureRefusee(
            f"Le SIREN n'est pas le même : ce SIRET doit commencer par {structure.siren}. Une autre entreprise se crée "
            "par « Créer une structure ».",
            "siret",
        )
    try:
        return chercher_insee(siret)
    except CreationRefusee as refus:
        raise StructureRefusee(str(refus), "siret") from refus


def _copie(objet: models.Model, **changements: Any) -> Any:
    """Unsaved copy of a row, with these columns changed."""
    valeurs = {
        champ.attname: getattr(objet, champ.attname) for champ in objet._meta.concrete_fields if not champ.primary_key
    }
    for nom, valeur in changements.items():
        valeurs.pop(f"{nom}_id", None)
        valeurs[nom] = valeur
    return type(objet)(**valeurs)


def _nouvelle(structure: Structure, ligne: EntrepriseInsee) -> Structure:
    copie: Structure = _copie(
        structure,
        identifiant=ligne.siret,
        raison_sociale=ligne.raison_sociale,
        adresse=ligne.adresse,
        complement_adresse="",
        code_postal=ligne.code_postal,
        ville=ligne.ville,
        etat=EtatStructure.ACTIF,
        numero_pacage="",
        origine=structure,
        **dict.fromkeys(EDI, False),
    )
    copie.cree_le = Structure._meta.get_field("cree_le").get_default()
    try:
        with transaction.atomic():
            copie.save()
    except IntegrityError as existe:
        raise StructureRefusee("Cette structure vient d'être créée par quelqu'un d'autre.", "siret") from existe
    indexer([copie])
    return copie


def _copier_services(de: Structure, vers: Structure) -> dict[int, Service]:
    """New service by the id of the former one."""
    paires = {
        service.pk: _copie(service, structure=vers)
        for service in Service.objects.filter(structure=de).exclude(etat=EtatService.SUPPRIME)
    }
    Service.objects.bulk_create(paires.values())
    return paires


def _copier_utilisateurs(de: Structure, vers: Structure, services: dict[int, Service]) -> None:
    """Whoever is attached, with the same rights; requests that wait follow the company."""
    liens = {
        lien.pk: _copie(lien, structure=vers)
        for lien in Rattachement.objects.filter(structure=de, statut=StatutRattachement.VALIDEE).exclude(
            role=Role.TECHNIQUE
        )
    }
    Rattachement.objects.bulk_create(liens.values())
    RattachementService.objects.bulk_create(
        _copie(part, rattachement=liens[part.rattachement_id], service=services[part.service_id])
        for part in RattachementService.objects.filter(rattachement__in=liens)
        if part.service_id in services
    )
    Habilitation.objects.bulk_create(
        _copie(
            droit,
            rattachement=liens[droit.rattachement_id],
            service=services[droit.service_id] if droit.service_id else None,
        )
        for droit in Habilitation.objects.filter(rattachement__in=liens)
        if not droit.service_id or droit.service_id in services
    )
    attente = Rattachement.objects.filter(structure=de, statut=StatutRattachement.EN_COURS_DE_VALIDATION)
    for part in RattachementService.objects.filter(rattachement__in=attente):
        if part.service_id in services:
            part.service = services[part.service_id]
            part.save(update_fields=["service"])
    attente.update(structure=vers)


@transaction.atomic
def changer_identifiant(structure: Structure, siret: str, *, par: Compte | None) -> Structure:
    """Copy the structure under its new SIRET and deactivate the former one. Raises ``StructureRefusee``."""
    verrous.structures(structure)
    verifier_possible(structure)
    ligne = _etablissement(structure, siret)
    Structure.objects.filter(pk=structure.pk).update(etat=EtatStructure.INACTIF)
    nouvelle = _nouvelle(structure, ligne)
    structure.etat = EtatStructure.INACTIF
    services = _copier_services(structure, nouvelle)
    _copier_utilisateurs(structure, nouvelle, services)
    CoordonneesBancaires.objects.bulk_create(
        _copie(compte, structure=nouvelle)
        for compte in CoordonneesBancaires.objects.filter(structure=structure, actif=True)
    )
    trace = {"avant": {"identifiant": structure.identifiant}, "apres": {"identifiant": siret}}
    noter_acte(structure, TypeActe.IDENTIFIANT_CHANGE, par=par, objet=str(nouvelle), **trace)
    noter_acte(structure, TypeActe.STRUCTURE_DESACTIVEE, par=par, objet=str(structure))
    noter_acte(nouvelle, TypeActe.IDENTIFIANT_CHANGE, par=par, objet=str(structure), **trace)
    publish(
        "structure.identifiant_change",
        cohort_id=structure.cohort_id,
        structure_id=nouvelle.pk,
        place=nouvelle.place,
    )
    return nouvelle
