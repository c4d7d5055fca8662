"""What a session holds, for scripts and for keeping."""

from typing import Any

from accounts.models import Compte
from formation.services import packs, sessions
from sandbox.cohorts.models import Cohort, Participant
from sandbox.snapshots import services as snapshots
from sandbox.snapshots import tables
from structures.enums import StatutRattachement
from structures.models import Rattachement


def montrer(cohort: Cohort) -> dict[str, Any]:
    """Seats with their PIN, training address and SIRET, portal accounts with their structures."""
    pack = packs.lire(cohort.pack)
    with cohort.monde():
        structures: dict[int, list[dict[str, str]]] = {}
        for lien in Rattachement.objects.filter(statut=StatutRattachement.VALIDEE).select_related("structure"):
            structures.setdefault(lien.compte_id, []).append(
                {"siret": lien.structure.identifiant, "nom": lien.structure.raison_sociale, "role": lien.role}
            )
        comptes: dict[int | None, list[dict[str, Any]]] = {}
        for compte in Compte.objects.order_by("pk"):
            comptes.setdefault(compte.place, []).append(
                {
                    "login": compte.login_email,
                    "nom": str(compte),
                    "etat": compte.etat,
                    "structures": structures.get(compte.pk, []),
                }
            )
        postes = [
            {
                "numero": p.numero,
                "pin": p.pin,
                "prenom": p.prenom,
                "occupe": p.pris,
                "courriel": sessions.courriel_du_poste(p.numero),
                "siret": sessions.siret_du_poste(pack, p.numero),
                "comptes": comptes.get(p.numero, []),
            }
            for p in Participant.objects.order_by("numero")
        ]
    return sessions.resume(cohort) | {"postes": postes, "comptes_communs": comptes.get(None, [])}


def exporter(cohort: Cohort) -> dict[str, Any]:
    """Every row of the world, table by table, with its facts and its hash."""
    return {
        "session": montrer(cohort),
        "etat": snapshots.state_hash(cohort),
        "tables": {
            table.nom: [dict(zip(table.colonnes, ligne, strict=True)) for ligne in tables.lire(table, cohort.pk)]
            for table in tables.tables()
        },
    }
