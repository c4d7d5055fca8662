"""A company of seat 1 managed from a browser, Camille who wants in, and a browser of hers."""

import pytest

from accounts.profils import Profil
from structures.enums import Role
from structures.models import Rattachement
from structures.services import rattachements
from tests import factories
from tests.conftest import client_au_poste, connecter


@pytest.fixture
def camille(cohort):
    return factories.compte(cohort, 2, prenom="Camille", nom="Loriot")


@pytest.fixture
def chez_camille(cohort, camille):
    """Browser of seat 2, logged in."""
    return connecter(client_au_poste(cohort, 2), camille)


@pytest.fixture
def demande(cohort, camille, structure):
    with cohort.monde():
        return rattachements.demander(camille, structure, commentaire="Je dépose les factures")


@pytest.fixture
def lien(camille, structure):
    """Camille, plain user."""
    return factories.rattachement(camille, structure, role=Role.UTILISATEUR, profils=[Profil.FACTURES_EMISES])


@pytest.fixture
def relire(cohort):
    """Fresh row of an attachment."""

    def lire(lien):
        with cohort.monde():
            return Rattachement.objects.select_related("traite_par").get(pk=lien.pk)

    return lire


@pytest.fixture
def droits_de(cohort):
    """Rights of an attachment, as sorted (profile, level, service) triplets."""

    def lire(lien):
        with cohort.monde():
            return sorted(
                Rattachement.objects.get(pk=lien.pk).habilitations.values_list("profil", "niveau", "service_id"),
                key=str,
            )

    return lire


def texte(reponse):
    return reponse.content.decode().replace("&#x27;", "'")


def peupler(cohort, structure, nombre, **champs):
    """Many users of a structure, written at once."""
    from accounts.models import Compte
    from structures.enums import StatutRattachement
    from structures.models import Habilitation

    statut = champs.pop("statut", StatutRattachement.VALIDEE)
    prefixe = champs.pop("prefixe", "u")
    with cohort.monde():
        comptes = Compte.objects.bulk_create(
            Compte(
                cohort=cohort,
                place=2,
                login_email=f"{prefixe}{n}@session.example",
                contact_email=f"{prefixe}{n}@session.example",
                prenom="Ali",
                nom=f"Nom{n:03}",
                etat="ACTIF",
            )
            for n in range(nombre)
        )
        liens = Rattachement.objects.bulk_create(
            Rattachement(
                cohort=cohort, place=2, compte=c, structure=structure, role=Role.UTILISATEUR, statut=statut, **champs
            )
            for c in comptes
        )
        if statut == StatutRattachement.VALIDEE:
            Habilitation.objects.bulk_create(
                Habilitation(cohort=cohort, place=2, rattachement=r, profil=p, niveau="MODIFICATION")
                for r in liens
                for p in (Profil.FACTURES_EMISES, Profil.SOLLICITATIONS_EMISES)
            )
    return liens
