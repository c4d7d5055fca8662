"""What was tried against the structures, and must not work (comptes-structures.md §5.2, §9.2)."""

import pytest
from django.urls import reverse

from accounts.enums import EtatCompte, Niveau
from accounts.models import Compte
from accounts.profils import Profil
from structures.enums import EtatStructure, Role, StatutRattachement
from structures.models import Habilitation, Rattachement, Service, Structure
from structures.services import comptes_techniques, habilitations, raccordement, rattachements, structures
from tests import factories
from tests.conftest import connecter


@pytest.fixture
def responsable(cohort, structure):
    """Attachment of seat 2's account, « Organisation modification »."""
    qui = factories.compte(cohort, 2)
    return factories.rattachement(qui, structure, role=Role.UTILISATEUR, profils=[Profil.ORGANISATION])


def test_les_droits_d_un_compte_technique_ne_se_changent_pas(au_poste, responsable, structure, compte, cohort):
    with cohort.monde():
        structure.cohort = compte.cohort = cohort
        technique, _ = comptes_techniques.creer(structure, par=compte)
        lien = Rattachement.objects.get(compte=technique.compte_id)
        avant = set(habilitations.detenues(lien))
    url = reverse("structures:utilisateur", args=[structure.pk, lien.pk])
    reponse = connecter(au_poste(2), responsable.compte).post(url, {"c_tout_ORGANISATION": "on"})
    assert reponse.status_code == 422
    assert "se gère dans le domaine « Raccordements »" in reponse.content.decode()
    with cohort.monde():
        assert set(habilitations.detenues(lien)) == avant


def test_un_droit_limite_a_un_service_n_en_cree_pas_d_autre(au_poste, responsable, structure, cohort):
    service = factories.service(structure)
    with cohort.monde():
        Habilitation.objects.filter(rattachement=responsable).update(service=service)
    client = connecter(au_poste(2), responsable.compte)
    champs = {"type": "CREER", "structure": structure.pk, "code": "PIRATE", "libelle": "Pirate"}
    assert client.post(reverse("structures:gerer_service"), champs).status_code == 422
    with cohort.monde():
        assert [s.code for s in Service.objects.filter(structure=structure)] == [service.code]
        Habilitation.objects.filter(rattachement=responsable).update(service=None, niveau=Niveau.MODIFICATION)
    assert client.post(reverse("structures:gerer_service"), champs).status_code == 302


def test_une_demande_qui_a_suivi_son_entreprise_se_dit(cohort, structure, compte):
    """The page was open on the former structure when its SIRET changed."""
    demande = factories.rattachement(
        factories.compte(cohort, 2),
        structure,
        role=Role.UTILISATEUR,
        profils=[],
        statut=StatutRattachement.EN_COURS_DE_VALIDATION,
    )
    ailleurs = factories.structure(cohort, 2)
    with cohort.monde():
        Rattachement.objects.filter(pk=demande.pk).update(structure=ailleurs)
        with pytest.raises(rattachements.DejaTraite, match="vient de changer d'identifiant"):
            rattachements.valider(demande, [], par=compte)
        with pytest.raises(habilitations.HabilitationRefusee, match="n'est pas, ou plus, rattaché"):
            habilitations.poser(demande, [], par=compte)


def test_un_compte_ferme_entre_temps_ne_cree_pas_de_structure(monde, compte):
    Compte.objects.filter(pk=compte.pk).update(etat=EtatCompte.DESACTIVE)
    with pytest.raises(structures.CreationRefusee, match="vient d'être désactivé"):
        structures.creer(monde, compte=compte, siret=factories.siret_du_poste(1))
    assert not Structure.objects.filter(identifiant=factories.siret_du_poste(1)).exists()


def test_une_fiche_sur_une_structure_fermee_entre_temps(gestionnaire, structure, cohort, monkeypatch):
    ouvrir = raccordement.ouvrir

    def fermer_puis_ouvrir(*args, **faits):
        Structure.objects.filter(pk=structure.pk).update(etat=EtatStructure.INACTIF)
        return ouvrir(*args, **faits)

    monkeypatch.setattr(raccordement, "ouvrir", fermer_puis_ouvrir)
    champs = {"structure": structure.pk, "mode": "API", "environnement": "QUALIFICATION"}
    reponse = gestionnaire.post(reverse("structures:ouvrir_fiche"), champs)
    assert reponse.status_code == 422
    assert (
        "n'est pas active sur le portail" in reponse.content.decode()
        or "n&#x27;est pas active" in reponse.content.decode()
    )
