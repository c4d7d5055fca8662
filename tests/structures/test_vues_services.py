"""Services of a structure and « Gérer un service » on screen (comptes-structures.md §4.5)."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.enums import Niveau
from accounts.profils import Profil
from structures.enums import EtatService, Role
from structures.models import Habilitation, Rattachement, Service
from tests import factories
from tests.conftest import connecter

pytestmark = pytest.mark.django_db
GERER = reverse("structures:gerer_service")


def texte(reponse):
    return reponse.content.decode().replace("&#x27;", "'")


def liste(structure):
    return reverse("structures:services", args=[structure.pk])


def remplir(structure, nombre):
    with structure.cohort.monde():
        Service.objects.bulk_create(
            Service(cohort=structure.cohort, place=1, structure=structure, code=f"S-{n:03d}", libelle=f"Service {n}")
            for n in range(nombre)
        )


def codes(reponse):
    return [s.code for s in reponse.context["page"].object_list]


class TestListe:
    def test_vide_propose_de_creer(self, gestionnaire, structure):
        page = texte(gestionnaire.get(liste(structure)))
        assert "Aucun service" in page
        assert f'href="{GERER}?type=CREER"' in page

    def test_en_consultation_pas_d_action(self, poste, compte, cohort):
        hopital = factories.publique(cohort, factories.HOPITAL)
        factories.rattachement(compte, hopital, role=Role.UTILISATEUR, profils=[Profil.FACTURES_RECUES])
        page = texte(connecter(poste, compte).get(liste(hopital)))
        assert "CHM-PHARMA" in page
        assert "Engagement obligatoire" in page
        assert "Réservé aux factures entre entités publiques" in page
        assert "type=MODIFIER" not in page
        assert "Créer un service" not in page

    def test_chercher_trier_filtrer(self, gestionnaire, structure):
        remplir(structure, 3)
        factories.service(structure, "FERME", libelle="Élagage", etat=EtatService.INACTIF)
        factories.service(structure, "ANCIEN", etat=EtatService.SUPPRIME)
        url = liste(structure)
        assert codes(gestionnaire.get(url)) == ["FERME", "S-000", "S-001", "S-002"]
        assert codes(gestionnaire.get(url, {"tri": "-code"}))[0] == "S-002"
        assert codes(gestionnaire.get(url, {"q": "s-001"})) == ["S-001"]
        assert codes(gestionnaire.get(url, {"q": "Élag"})) == ["FERME"]
        assert codes(gestionnaire.get(url, {"etat": "INACTIF"})) == ["FERME"]
        assert "Aucun service ne répond" in texte(gestionnaire.get(url, {"q": "a\x00b"}))
        assert len(codes(gestionnaire.get(url, {"etat": "SUPPRIME", "tri": "n'importe"}))) == 4

    def test_requetes_constantes_pour_3_et_300_services(self, gestionnaire, structure, django_assert_num_queries):
        remplir(structure, 3)
        url = liste(structure)
        with CaptureQueriesContext(connection) as avant:
            gestionnaire.get(url)
        with structure.cohort.monde():
            Service.objects.all().delete()
        remplir(structure, 300)
        with django_assert_num_queries(len(avant)):
            reponse = gestionnaire.get(url)
        assert len(codes(reponse)) == 25
        for adresse in (GERER, reverse("structures:fiche", args=[structure.pk])):
            with CaptureQueriesContext(connection) as requetes:
                gestionnaire.get(adresse, {"type": "MODIFIER"})
            assert len(requetes) < 30

    def test_region_seule_pour_htmx(self, gestionnaire, structure):
        page = texte(gestionnaire.get(liste(structure), headers={"HX-Request": "true"}))
        assert page.lstrip().startswith('<div id="services"')


def demander(client, type_demande, **champs):
    return client.post(GERER, {"type": type_demande, **champs})


class TestGerer:
    def test_les_quatre_types(self, gestionnaire):
        types = gestionnaire.get(GERER).context["types"]
        assert [t.libelle for t in types] == ["Créer", "Modifier", "Activer", "Désactiver"]

    def test_sans_droit(self, poste, compte, cohort):
        factories.rattachement(compte, factories.structure(cohort), role=Role.UTILISATEUR, profils=[])
        assert connecter(poste, compte).get(GERER).status_code == 403

    def test_creer(self, gestionnaire, structure):
        reponse = demander(
            gestionnaire, "CREER", structure=structure.pk, code="CHANTIERS", libelle="Chantiers", debut="07/12/2026"
        )
        page = texte(gestionnaire.get(reponse.url))
        assert "Le service est créé" in page
        assert liste(structure) in page
        with structure.cohort.monde():
            assert Service.objects.get(structure=structure).code == "CHANTIERS"

    def test_creer_deux_fois_un_seul_service(self, gestionnaire, structure):
        envoi = {"structure": structure.pk, "code": "CHANTIERS", "libelle": "Chantiers", "cle": "x"}
        assert [demander(gestionnaire, "CREER", **envoi).status_code for _ in range(2)] == [302, 302]
        reponse = demander(gestionnaire, "CREER", **(envoi | {"cle": "y"}))
        assert reponse.status_code == 422
        assert "existe déjà" in str(reponse.context["form"].errors["code"])

    def test_les_parametres_n_existent_que_du_cote_public(self, gestionnaire, structure, cohort, compte):
        hopital = factories.publique(cohort, factories.HOPITAL)
        factories.rattachement(compte, hopital, role=Role.UTILISATEUR, profils=[Profil.ORGANISATION])
        vus = {
            s: "engagement_obligatoire"
            in gestionnaire.get(GERER, {"type": "CREER", "structure": s.pk}).context["form"].fields
            for s in (structure, hopital)
        }
        assert vus == {structure: False, hopital: True}

    def test_sans_structure(self, gestionnaire, cohort, compte):
        factories.rattachement(compte, factories.structure(cohort, 2))
        assert demander(gestionnaire, "CREER").status_code == 422
        assert demander(gestionnaire, "MODIFIER").status_code == 422

    def test_modifier_preremplit_puis_ecrit(self, gestionnaire, structure):
        service = factories.service(structure, "AGENCE", libelle="Agence", etat=EtatService.INACTIF)
        lien = {"type": "MODIFIER", "structure": structure.pk, "service": service.pk}
        form = gestionnaire.get(GERER, lien).context["form"]
        assert (form["libelle"].value(), form.fields["code"].disabled) == ("Agence", True)
        champs = {"structure": structure.pk, "service": service.pk, "libelle": "Agence nord", "code": "PIRATE"}
        assert "modifié" in texte(gestionnaire.get(demander(gestionnaire, "MODIFIER", **champs).url))
        with structure.cohort.monde():
            service.refresh_from_db()
        assert (service.code, service.libelle) == ("AGENCE", "Agence nord")
        assert "Rien n'a changé" in texte(gestionnaire.get(demander(gestionnaire, "MODIFIER", **champs).url))
        reponse = demander(gestionnaire, "MODIFIER", **champs, debut="02/01/2027", fin="01/01/2027")
        assert "précède" in str(reponse.context["form"].errors["fin"])

    def test_activer_desactiver(self, gestionnaire, structure):
        service = factories.service(structure, "AGENCE")
        champs = {"structure": structure.pk, "service": service.pk}
        assert "désactivé" in texte(gestionnaire.get(demander(gestionnaire, "DESACTIVER", **champs).url))
        with structure.cohort.monde():
            service.refresh_from_db()
        assert not service.est_actif
        assert demander(gestionnaire, "DESACTIVER", **champs).status_code == 422
        assert "actif" in texte(gestionnaire.get(demander(gestionnaire, "ACTIVER", **champs).url))

    def test_le_service_d_une_autre_structure_est_refuse(self, gestionnaire, structure, cohort):
        ailleurs = factories.service(factories.structure(cohort, 2), "AILLEURS")
        reponse = demander(gestionnaire, "DESACTIVER", structure=structure.pk, service=ailleurs.pk)
        assert reponse.status_code == 422
        with cohort.monde():
            ailleurs.refresh_from_db()
        assert ailleurs.est_actif

    def test_droits_limites_a_un_service(self, poste, compte, cohort):
        entreprise = factories.structure(cohort)
        sien, autre = factories.service(entreprise, "SIEN"), factories.service(entreprise, "AUTRE")
        lien = factories.rattachement(compte, entreprise, role=Role.UTILISATEUR, profils=[])
        with cohort.monde():
            Habilitation.objects.create(
                cohort=cohort,
                rattachement=Rattachement.objects.get(pk=lien.pk),
                service=sien,
                profil=Profil.ORGANISATION,
                niveau=Niveau.MODIFICATION,
            )
        client = connecter(poste, compte)
        page = texte(client.get(GERER, {"type": "DESACTIVER"}))
        assert "SIEN" in page
        assert "AUTRE –" not in page
        assert demander(client, "DESACTIVER", structure=entreprise.pk, service=autre.pk).status_code == 422

    @pytest.mark.parametrize("valeur", ["a\x00b", "é" * 5000, "-1", "9" * 40])
    @pytest.mark.parametrize("champ", ["structure", "service", "code", "libelle", "debut"])
    def test_jamais_500(self, gestionnaire, structure, champ, valeur):
        envoi = {"structure": structure.pk, "code": "A", "libelle": "L", champ: valeur}
        assert demander(gestionnaire, "CREER", **envoi).status_code in {302, 422}
        assert gestionnaire.get(GERER, {"type": "MODIFIER", champ: valeur}).status_code == 200
