"""« Gérer une structure »: change, open, close, bring up to date from INSEE (comptes-structures.md §4.3, §4.4)."""

from dataclasses import dataclass, replace
from typing import Any

from django.db import transaction

from accounts.models import Compte
from sandbox.events.registry import publish
from structures.enums import EtatService, EtatStructure, TypeActe, TypeIdentifiant
from structures.models import EntrepriseInsee, Service, Structure
from structures.rules import SERVICE_FACTURES_PUBLIQUES, incoherences
from structures.services import verrous
from structures.services.actes import noter_acte
from structures.services.annuaire import indexer

COORDONNEES = ("libelle", "numero_rcs", "email", "telephone", "fax", "complement_adresse")
"""What INSEE does not know: always editable."""
EDI = ("emetteur_flux_edi", "recoit_donnees_edi", "recoit_cycles_vie_edi")
ADRESSE = ("adresse", "code_postal", "ville")
DRAPEAUX = (
    *("engagement_obligatoire", "service_obligatoire", "engagement_ou_service"),
    *("mise_en_paiement_non_remontee", "avec_moa", "moa_uniquement"),
)
"""The six switches of a public structure (§4.3), in the order of the dossier."""
PARAMETRES = (*DRAPEAUX, "delai_paiement", "valideur_delegue")
DEPUIS_INSEE = ("raison_sociale", "categorie_juridique", "numero_tva", *ADRESSE)


class StructureRefusee(Exception):
    """What is asked of this structure cannot be done; ``champ`` is the field concerned, the message is French."""

    def __init__(self, message: str, champ: str = "") -> None:
        super().__init__(message)
        self.champ = champ


def modifiables(structure: Structure) -> frozenset[str]:
    """Fields that its managers may change: INSEE holds the name and address of a SIRET."""
    champs = {*COORDONNEES, *EDI}
    if structure.type_identifiant == TypeIdentifiant.PARTICULIER:
        champs |= {"nom", "prenom", *ADRESSE}
    elif structure.type_identifiant == TypeIdentifiant.HORS_UE:
        champs |= set(ADRESSE)  # its identifier is made of its name
    elif structure.type_identifiant != TypeIdentifiant.SIRET:
        champs |= {"raison_sociale", *ADRESSE}
    if structure.est_publique:
        champs |= set(PARAMETRES)
        if structure.etat_public:
            champs -= {"engagement_obligatoire", "service_obligatoire", "engagement_ou_service"}
    else:
        champs.add("numero_pacage")
    return frozenset(champs)


def services_actifs(structure: Structure) -> int:
    """Those that a supplier may choose."""
    return (
        Service.objects.filter(structure=structure, etat=EtatService.ACTIF)
        .exclude(code=SERVICE_FACTURES_PUBLIQUES)
        .count()
    )


@transaction.atomic
def modifier(structure: Structure, *, par: Compte | None, **champs: Any) -> dict[str, Any]:
    """Change these fields; returns the new values of those that differ. Raises ``StructureRefusee``."""
    if interdits := set(champs) - modifiables(structure):
        champ = min(interdits)
        libelle = Structure.libelle_de(champ)
        raise StructureRefusee(f"« {libelle} » ne se modifie pas ici.", champ)
    changes = {cle: valeur for cle, valeur in champs.items() if getattr(structure, cle) != valeur}
    if not changes:
        return {}
    if set(changes) & set(DRAPEAUX):
        nouveaux = replace(structure.parametres, **{cle: changes[cle] for cle in DRAPEAUX if cle in changes})
        for champ, message in incoherences(nouveaux, services_actifs=services_actifs(structure)):
            raise StructureRefusee(message, champ)
    avant = {cle: getattr(structure, cle) for cle in changes}
    if structure.type_identifiant == TypeIdentifiant.PARTICULIER and {"nom", "prenom"} & set(changes):
        nom, prenom = (changes.get(cle, getattr(structure, cle)) for cle in ("nom", "prenom"))
        changes["raison_sociale"] = f"{nom.upper()} {prenom}"[:99]
    for cle, valeur in changes.items():
        setattr(structure, cle, valeur)
    structure.save(update_fields=list(changes))
    indexer([structure])
    noter_acte(structure, TypeActe.STRUCTURE_MODIFIEE, par=par, objet=str(structure), avant=avant, apres=changes)
    publish("structure.modifiee", cohort_id=structure.cohort_id, structure_id=structure.pk, place=structure.place)
    return changes


@dataclass(frozen=True, slots=True)
class Difference:
    """A field that INSEE writes otherwise."""

    champ: str
    libelle: str
    avant: str
    apres: str


def _insee(structure: Structure) -> EntrepriseInsee:
    if structure.type_identifiant != TypeIdentifiant.SIRET:
        raise StructureRefusee("La base INSEE ne connaît que les structures identifiées par un SIRET.", "identifiant")
    ligne = EntrepriseInsee.objects.filter(siret=structure.identifiant).first()
    if ligne is None:
        raise StructureRefusee(
            f"Le SIRET {structure.identifiant} est inconnu de la base INSEE (simulée) : rien à mettre à jour.",
            "identifiant",
        )
    if not ligne.active:
        raise StructureRefusee(
            f"L'établissement {structure.identifiant} est fermé dans la base INSEE (simulée) : désactivez la "
            "structure, ou modifiez son identifiant si elle a déménagé.",
            "identifiant",
        )
    return ligne


def differences(structure: Structure) -> list[Difference]:
    """What « Mettre à jour depuis la base INSEE » would change. Raises ``StructureRefusee``."""
    ligne = _insee(structure)
    return [
        Difference(champ, Structure.libelle_de(champ), getattr(structure, champ), nouveau)
        for champ in DEPUIS_INSEE
        if (nouveau := getattr(ligne, champ)) and nouveau != getattr(structure, champ)
    ]


@transaction.atomic
def mettre_a_jour_insee(structure: Structure, *, par: Compte | None) -> list[Difference]:
    """Apply the differences and return them; an empty list writes nothing. Raises ``StructureRefusee``."""
    trouvees = differences(structure)
    if trouvees:
        for difference in trouvees:
            setattr(structure, difference.champ, difference.apres)
        structure.save(update_fields=[d.champ for d in trouvees])
        indexer([structure])
        noter_acte(
            structure,
            TypeActe.INSEE,
            par=par,
            objet=str(structure),
            avant={d.champ: d.avant for d in trouvees},
            apres={d.champ: d.apres for d in trouvees},
        )
        publish("structure.modifiee", cohort_id=structure.cohort_id, structure_id=structure.pk, place=structure.place)
    return trouvees


def _changer_etat(structure: Structure, vers: EtatStructure, acte: TypeActe, par: Compte | None) -> bool:
    """Compare-and-set; False when it was so already."""
    with transaction.atomic():
        if not Structure.objects.filter(pk=structure.pk).exclude(etat=vers).update(etat=vers):
            return False
        structure.etat = vers
        noter_acte(structure, acte, par=par, objet=str(structure))
        publish("structure.etat", cohort_id=structure.cohort_id, structure_id=structure.pk, place=structure.place)
    return True


def desactiver(structure: Structure, *, par: Compte | None) -> bool:
    """It can neither send nor receive any more; False when it could not."""
    return _changer_etat(structure, EtatStructure.INACTIF, TypeActe.STRUCTURE_DESACTIVEE, par)


@transaction.atomic
def activer(structure: Structure, *, par: Compte | None) -> bool:
    """It sends and receives again; False when it did. Raises ``StructureRefusee`` when another took its place."""
    verrous.structures(structure)
    remplacante = structure.suivantes.order_by("pk").first()
    if remplacante is not None:
        raise StructureRefusee(
            f"Cette structure a été remplacée par {remplacante.raison_sociale} ({remplacante.identifiant}) : "
            "agissez au nom de celle-ci.",
            "identifiant",
        )
    return _changer_etat(structure, EtatStructure.ACTIF, TypeActe.STRUCTURE_ACTIVEE, par)
