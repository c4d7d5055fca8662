"""What the structures say of an account: what a gestionnaire principal may not do, whose structures it holds."""

from collections import defaultdict
from collections.abc import Iterable

from accounts.gardiens import Geste, register, register_structures
from accounts.models import Compte
from structures.enums import EtatStructure, Role, StatutRattachement
from structures.models import Rattachement


def _gere(compte: Compte) -> list[str]:
    """Active structures of which the account is the gestionnaire principal."""
    return list(
        Rattachement.objects.filter(
            compte=compte,
            role=Role.GESTIONNAIRE_PRINCIPAL,
            statut=StatutRattachement.VALIDEE,
            structure__etat=EtatStructure.ACTIF,
        )
        .order_by("structure__raison_sociale", "structure_id")
        .values_list("structure__raison_sociale", flat=True)
    )


def sans_gestionnaire(compte: Compte) -> str:
    """An active structure never loses its gestionnaire principal (comptes-structures.md §5.4)."""
    gerees = _gere(compte)
    if not gerees:
        return ""
    return (
        f"Vous êtes gestionnaire principal de {', '.join(gerees)} : transférez d'abord ce rôle, "
        "ou désactivez la structure."
    )


def facturation_obligatoire(compte: Compte) -> str:
    """comptes-structures.md §2.4: a gestionnaire principal cannot turn these notifications off."""
    if not _gere(compte):
        return ""
    return "Un gestionnaire principal reçoit toujours les notifications de facturation : elles ne se coupent pas."


def noms_par_compte(comptes: Iterable[int]) -> dict[int, list[str]]:
    """Names of the structures of these accounts: 1 query."""
    noms: dict[int, list[str]] = defaultdict(list)
    liens = (
        Rattachement.objects.filter(compte__in=list(comptes), statut=StatutRattachement.VALIDEE)
        .order_by("structure__raison_sociale", "pk")
        .values_list("compte_id", "structure__raison_sociale")
    )
    for compte, nom in liens:
        noms[compte].append(nom)
    return noms


register(Geste.DESACTIVER, sans_gestionnaire)
register(Geste.COUPER_FACTURATION, facturation_obligatoire)
register_structures(noms_par_compte)
