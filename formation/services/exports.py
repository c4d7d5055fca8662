"""What a session holds, for scripts and for keeping."""

from collections import defaultdict
from typing import Any

from django.conf import settings

from accounts.enums import EtatCompte
from accounts.models import Compte
from edi.models import AccesSftp
from edi.services import presence
from formation.services import packs, sessions
from sandbox.cohorts.models import Cohort, Participant
from sandbox.snapshots import services as snapshots
from sandbox.snapshots import tables
from structures.enums import StatutRattachement
from structures.models import ApplicationPiste, CompteTechnique, Personnage, Rattachement, Structure
from structures.services import comptes_techniques, piste

Lignes = list[dict[str, Any]]


def _comptes() -> dict[int | None, Lignes]:
    """People's accounts by seat, with the structures they are attached to."""
    structures: dict[int, list[dict[str, str]]] = defaultdict(list)
    liens = Rattachement.objects.filter(statut=StatutRattachement.VALIDEE, compte__personnage__isnull=True)
    for lien in liens.select_related("structure").order_by("pk"):
        structures[lien.compte_id].append(
            {"siret": lien.structure.identifiant, "nom": lien.structure.raison_sociale, "role": lien.role}
        )
    comptes: dict[int | None, Lignes] = defaultdict(list)
    personnes = Compte.objects.filter(personnage__isnull=True).exclude(etat=EtatCompte.TECHNIQUE)
    for compte in personnes.order_by("pk"):
        comptes[compte.place].append(
            {
                "login": compte.login_email,
                "nom": str(compte),
                "etat": compte.etat,
                "structures": structures[compte.pk],
            }
        )
    return comptes


def _personnages() -> Lignes:
    return [
        {
            "login": joue.compte.login_email,
            "nom": str(joue.compte),
            "role": joue.role,
            "place": joue.place,
            "script": joue.script,
        }
        for joue in Personnage.objects.select_related("compte").order_by("pk")
    ]


def _structures() -> Lignes:
    """Every structure of the portal, with who is attached to it."""
    comptes: dict[int, Lignes] = defaultdict(list)
    for lien in Rattachement.objects.select_related("compte").order_by("pk"):
        comptes[lien.structure_id].append({"login": lien.compte.login_email, "role": lien.role, "statut": lien.statut})
    return [
        {
            "siret": structure.identifiant,
            "idStructureCPP": structure.pk,
            "nom": structure.raison_sociale,
            "nature": structure.nature,
            "etat": structure.etat,
            "place": structure.place,
            "comptes": comptes[structure.pk],
        }
        for structure in Structure.objects.order_by("pk")
    ]


def _secret(technique: CompteTechnique) -> dict[str, str]:
    """Password, and the header that a caller sends (api.md §1)."""
    if not technique.pret:
        return {}
    mot_de_passe = comptes_techniques.mot_de_passe_fourni(technique)
    return {"mot_de_passe": mot_de_passe, "cpro_account": comptes_techniques.entete(technique, mot_de_passe)}


def _raccordements() -> dict[str, Lignes]:
    """Technical accounts, PISTE applications, SFTP accesses.

    The password is that of the accounts that came with the session: the others are hashed, shown once at their making.
    """
    techniques = CompteTechnique.objects.select_related("compte", "structure").order_by("pk")
    port = presence.port_ouvert() or settings.SFTP_PORT
    return {
        "comptes_techniques": [
            {
                "login": technique.compte.login_email,
                "siret": technique.structure.identifiant,
                "structure": technique.structure.raison_sociale,
                "idStructureCPP": technique.structure_id,
                "nature": technique.structure.nature,
                "place": technique.place,
                **_secret(technique),
                "expire_le": technique.expire_le.isoformat(),
            }
            for technique in techniques
        ],
        "applications_piste": [
            {
                "nom": application.nom,
                "compte": application.compte.login_email,
                "environnement": application.environnement,
                "client_id": str(application.client_id),
                "client_secret": piste.secret(application),
                "apis": application.apis,
                "place": application.place,
                "active": application.active,
            }
            for application in ApplicationPiste.objects.select_related("compte").order_by("pk")
        ],
        "acces_sftp": [
            {
                "identifiant": acces.identifiant,
                "fiche": acces.fiche_id,
                "etat": acces.fiche.etat,
                "code_partenaire": acces.fiche.code_partenaire,
                "siret": acces.fiche.structure.identifiant,
                "structure": acces.fiche.structure.raison_sociale,
                "place": acces.place,
                "port": port,
            }
            for acces in AccesSftp.objects.select_related("fiche__structure").order_by("pk")
        ],
    }


def montrer(cohort: Cohort) -> dict[str, Any]:
    """Seats with their PIN, training address and SIRET, portal accounts, structures, simulated persons, API access."""
    pack = packs.lire(cohort.pack)
    with cohort.monde():
        comptes = _comptes()
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
        faits = {"structures": _structures(), "personnages": _personnages(), **_raccordements()}
    return sessions.resume(cohort) | {"postes": postes, "comptes_communs": comptes.get(None, []), **faits}


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
