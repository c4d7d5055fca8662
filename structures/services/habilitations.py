"""Which profiles an attached account holds, on a structure or service by service (comptes-structures.md §5.2)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db import transaction

from accounts.enums import Niveau
from accounts.models import Compte
from accounts.profils import CATALOGUE, Profil, du_gestionnaire, offerts
from sandbox.events.registry import publish
from structures.enums import Role, StatutRattachement, TypeActe
from structures.models import Habilitation, Rattachement, Service, Structure
from structures.services import verrous
from structures.services.actes import noter_acte
from structures.services.courriers import ecrire_a_l_utilisateur
from structures.services.promesses import apres_habilitation

LIBELLES = {ligne.profil.value: ligne.libelle for ligne in CATALOGUE}


class HabilitationRefusee(Exception):
    """These rights cannot be given; the message is French."""


@dataclass(frozen=True, slots=True, order=True)
class Choix:
    """A profile to be held, on the whole structure when ``service_id`` is None."""

    profil: str
    niveau: str
    service_id: int | None = None


def par_defaut(structure: Structure, services: Iterable[int] = ()) -> list[Choix]:
    """Boxes ticked when a manager accepts a newcomer, on the whole structure or on each of these services."""
    perimetres: list[int | None] = list(services) or [None]
    return [
        Choix(ligne.profil, Niveau.MODIFICATION, service)
        for ligne in offerts(publique=structure.est_publique)
        if ligne.par_defaut
        for service in perimetres
    ]


def du_gp(structure: Structure) -> list[Choix]:
    """Every profile of the column, in modification."""
    return [Choix(profil, Niveau.MODIFICATION) for profil in du_gestionnaire(publique=structure.est_publique)]


def detenues(rattachement: Rattachement) -> list[Choix]:
    """Rights held now, in a stable order."""
    return [
        Choix(*ligne)
        for ligne in Habilitation.objects.filter(rattachement=rattachement)
        .order_by("pk")
        .values_list("profil", "niveau", "service_id")
    ]


def libelle(choix: Choix, codes: Mapping[int, str] | None = None) -> str:
    """« Factures émises modification », followed by the service it is restricted to."""
    service = f" ({(codes or {}).get(choix.service_id, 'service')})" if choix.service_id else ""
    return f"{LIBELLES.get(choix.profil, choix.profil)} {Niveau(choix.niveau).label}{service}"


def _verifier(structure: Structure, choix: list[Choix]) -> dict[int, str]:
    """Codes of the services concerned. Raises when a profile or a service does not exist on this structure."""
    connus = {ligne.profil.value for ligne in offerts(publique=structure.est_publique)}
    for un in choix:
        if un.profil not in connus or un.niveau not in Niveau.values:
            raise HabilitationRefusee(
                f"Le profil « {LIBELLES.get(un.profil, un.profil)} » n'existe pas sur une structure "
                f"{structure.get_nature_display().lower()}."
            )
    ids = {un.service_id for un in choix if un.service_id}
    codes = dict(Service.objects.filter(structure=structure, pk__in=ids).values_list("pk", "code")) if ids else {}
    if ids - set(codes):
        raise HabilitationRefusee(f"Ce service n'appartient pas à {structure.raison_sociale}.")
    return codes


def _textes(choix: Iterable[Choix], codes: Mapping[int, str]) -> list[str]:
    return sorted(libelle(un, codes) for un in choix)


def ecrire(rattachement: Rattachement, choix: Iterable[Choix]) -> None:
    """Replace the rights held. No check, no message: the services below do both."""
    Habilitation.objects.filter(rattachement=rattachement).delete()
    Habilitation.objects.bulk_create(
        Habilitation(
            cohort=rattachement.cohort,
            place=rattachement.place,
            rattachement=rattachement,
            profil=un.profil,
            niveau=un.niveau,
            service_id=un.service_id,
        )
        for un in dict.fromkeys(choix)
    )


def verifier(structure: Structure, choix: Iterable[Choix]) -> list[Choix]:
    """The rights asked for, without doubles, one level a profile and a service. Raises ``HabilitationRefusee``."""
    uniques = {(un.profil, un.service_id): un for un in choix}
    _verifier(structure, list(uniques.values()))
    return list(uniques.values())


@transaction.atomic
def poser(
    rattachement: Rattachement,
    choix: Iterable[Choix],
    *,
    par: Compte | None,
    acte: TypeActe = TypeActe.HABILITATIONS,
    nom: str = "",
) -> bool:
    """Give exactly these rights to an attached account; False when it held them already.

    Raises ``HabilitationRefusee``: the gestionnaire principal holds everything, nobody changes his own rights.
    """
    structure = rattachement.structure
    if not verrous.lien(rattachement) or rattachement.statut != StatutRattachement.VALIDEE:
        raise HabilitationRefusee(f"{rattachement.compte} n'est pas, ou plus, rattaché à {structure.raison_sociale}.")
    if rattachement.role == Role.GESTIONNAIRE_PRINCIPAL:
        raise HabilitationRefusee(
            "Le gestionnaire principal détient tous les profils : transférez d'abord ce rôle pour lui en retirer."
        )
    if rattachement.role == Role.TECHNIQUE:
        raise HabilitationRefusee("Un compte technique se gère dans le domaine « Raccordements ».")
    if par is not None and par.pk == rattachement.compte_id:
        raise HabilitationRefusee("On ne modifie pas ses propres droits : demandez-le au gestionnaire principal.")
    voulues = {(un.profil, un.service_id): un for un in choix}
    avant = detenues(rattachement)
    if set(avant) == set(voulues.values()):
        return False
    codes = _verifier(structure, [*voulues.values(), *(un for un in avant if un.service_id)])
    ecrire(rattachement, voulues.values())
    apres = list(voulues.values())
    noter_acte(
        structure,
        acte,
        par=par,
        nom=nom,
        objet=str(rattachement.compte),
        avant={"habilitations": _textes(avant, codes)},
        apres={"habilitations": _textes(apres, codes)},
    )
    ecrire_a_l_utilisateur(
        rattachement,
        "Vos habilitations ont changé",
        f"Vos habilitations sur {structure.raison_sociale} sont désormais :\n"
        + ("\n".join(f"– {texte}" for texte in _textes(apres, codes)) or "– aucune"),
    )
    apres_habilitation(rattachement, {un.profil for un in apres if un.niveau == Niveau.MODIFICATION})
    publish(
        "habilitations.modifiees",
        cohort_id=rattachement.cohort_id,
        rattachement_id=rattachement.pk,
        place=structure.place,
    )
    return True


def profils_seuls(profils: Iterable[str]) -> list[Choix]:
    """These profiles in modification, on the whole structure (a pack's own words)."""
    return [Choix(Profil(profil), Niveau.MODIFICATION) for profil in profils]
