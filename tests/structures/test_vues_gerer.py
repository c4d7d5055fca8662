"""« Gérer une structure » and « Modifier l'identifiant » on screen (comptes-structures.md §4.3, §4.4)."""

import pytest
from django.urls import reverse

from accounts.enums import Niveau
from accounts.profils import Profil
from structures.enums import EtatStructure, Role, TypeIdentifiant
from structures.identifiants import siret_de_base
from structures.models import EntrepriseInsee, Structure
from tests import factories
from tests.conftest import connecter

pytestmark = pytest.mark.django_db
GERER = reverse("structures:gerer")
NOUVEAU = siret_de_base("00010101", "0002")
TYPES = [
    "Consulter / rechercher une structure",
    "Modifier une structure",
    "Activer une structure",
    "Mettre à jour depuis la base INSEE",
    "Désactiver une structure",
]


def texte(reponse):
    return reponse.content.decode().replace("&#x27;", "'")


def demander(client, type_demande, structure, **champs):
    return client.post(GERER, {"type": type_demande, "identifiant": str(structure.pk), **champs})


def relue(structure):
    with structure.cohort.monde():
        structure.refresh_from_db()
    return structure


@pytest.fixture
def hopital(cohort, compte):
    """A public structure that the account manages without being its gestionnaire principal."""
    publique = factories.publique(cohort, factories.HOPITAL)
    factories.rattachement(compte, publique, role=Role.UTILISATEUR, profils=[Profil.ORGANISATION])
    return publique


def test_sans_structure_on_ne_gere_rien(poste, compte):
    reponse = connecter(poste, compte).get(GERER)
    assert reponse.status_code == 403
    assert "Créez votre structure" in texte(reponse)


def test_les_cinq_types_exacts(gestionnaire):
    assert [t.libelle for t in gestionnaire.get(GERER).context["types"]] == TYPES


def test_en_consultation_un_seul_type(poste, compte, cohort):
    lue = factories.structure(cohort)
    factories.rattachement(
        compte, lue, role=Role.UTILISATEUR, profils=[Profil.ORGANISATION], niveau=Niveau.CONSULTATION
    )
    client = connecter(poste, compte)
    assert [t.libelle for t in client.get(GERER).context["types"]] == TYPES[:1]
    assert demander(client, "DESACTIVER", lue).status_code == 422
    assert relue(lue).est_active


def test_consulter_ouvre_la_fiche(gestionnaire, structure):
    assert demander(gestionnaire, "CONSULTER", structure).url == reverse("structures:fiche", args=[structure.pk])


@pytest.mark.parametrize("type_demande", ["CONSULTER", "MODIFIER", "ACTIVER", "INSEE", "DESACTIVER"])
def test_la_structure_d_un_autre_n_est_pas_offerte(gestionnaire, cohort, type_demande):
    voisine = factories.structure(cohort, 2)
    assert voisine.raison_sociale not in texte(gestionnaire.get(GERER, {"type": type_demande}))
    reponse = demander(gestionnaire, type_demande, voisine, libelle="pris")
    assert reponse.status_code == 422
    assert relue(voisine).libelle == ""
    assert voisine.est_active


class TestModifier:
    def test_les_champs_d_insee_sont_grises(self, gestionnaire, structure):
        form = gestionnaire.get(GERER, {"type": "MODIFIER", "identifiant": structure.pk}).context["form"]
        grises = {nom for nom, champ in form.fields.items() if champ.disabled}
        assert {"raison_sociale", "adresse", "ville", "numero_tva", "identifiant_affiche"} <= grises
        assert not {"libelle", "email", "complement_adresse", "numero_pacage"} & grises
        assert "avec_moa" not in form.fields

    def test_modifier_et_confirmer(self, gestionnaire, structure):
        envoi = {"libelle": "ARB", "email": "A@B.example", "raison_sociale": "PIRATE", "emetteur_flux_edi": "on"}
        reponse = demander(gestionnaire, "MODIFIER", structure, **envoi)
        assert reponse.status_code == 302
        page = texte(gestionnaire.get(reponse.url))
        assert "La structure est modifiée" in page
        assert "a@b.example" in page
        assert "oui" in page
        lu = relue(structure)
        assert (lu.libelle, lu.email, lu.emetteur_flux_edi) == ("ARB", "a@b.example", True)
        assert lu.raison_sociale == "ARBELIN MENUISERIE 01"

    def test_rien_n_a_change(self, gestionnaire, structure):
        assert "Rien n'a changé" in texte(gestionnaire.get(demander(gestionnaire, "MODIFIER", structure).url))

    @pytest.mark.parametrize(
        ("champs", "champ"),
        [({"email": "a@b.fr"}, "email"), ({"fax": "appelez"}, "fax"), ({"numero_pacage": "12"}, "numero_pacage")],
    )
    def test_refus_au_champ(self, gestionnaire, structure, champs, champ):
        reponse = demander(gestionnaire, "MODIFIER", structure, **champs)
        assert reponse.status_code == 422
        assert champ in reponse.context["form"].errors

    def test_particulier(self, gestionnaire, structure):
        with structure.cohort.monde():
            Structure.objects.filter(pk=structure.pk).update(
                type_identifiant=TypeIdentifiant.PARTICULIER, nom="Durand", prenom="Léa"
            )
        champs = {"nom": "Durand", "prenom": "Zoé", "adresse": "1 rue", "ville": "VALMORAN", "pays": "France"}
        assert demander(gestionnaire, "MODIFIER", structure, **champs).status_code == 302
        assert relue(structure).raison_sociale == "DURAND Zoé"
        assert demander(gestionnaire, "MODIFIER", structure, **(champs | {"nom": ""})).status_code == 422

    def test_parametres_publics(self, gestionnaire, hopital):
        page = texte(gestionnaire.get(GERER, {"type": "MODIFIER", "identifiant": hopital.pk}))
        assert "Code service et numéro d'engagement obligatoires." in page
        reponse = demander(gestionnaire, "MODIFIER", hopital, engagement_ou_service="on", delai_paiement="60")
        page = texte(gestionnaire.get(reponse.url))
        assert "Code service ou numéro d'engagement obligatoire." in page
        lu = relue(hopital)
        assert (lu.engagement_ou_service, lu.service_obligatoire, lu.delai_paiement) == (True, False, 60)

    @pytest.mark.parametrize(
        ("champs", "champ"),
        [
            ({"engagement_ou_service": "on", "service_obligatoire": "on"}, "engagement_ou_service"),
            ({"moa_uniquement": "on"}, "moa_uniquement"),
            ({"delai_paiement": "45"}, "delai_paiement"),
        ],
    )
    def test_incoherences_refusees(self, gestionnaire, hopital, champs, champ):
        reponse = demander(gestionnaire, "MODIFIER", hopital, **({"delai_paiement": "50"} | champs))
        assert reponse.status_code == 422
        assert set(reponse.context["form"].errors) == {champ}
        assert relue(hopital).exigence_phrase == "Code service et numéro d'engagement obligatoires."

    def test_les_cases_de_l_etat_sont_grisees(self, gestionnaire, cohort, compte):
        etat = factories.publique(cohort, factories.ETAT)
        factories.rattachement(compte, etat, role=Role.UTILISATEUR, profils=[Profil.ORGANISATION])
        assert demander(gestionnaire, "MODIFIER", etat, delai_paiement="30").status_code == 302
        assert relue(etat).service_obligatoire


class TestInsee:
    def test_montre_avant_d_appliquer(self, gestionnaire, structure):
        with structure.cohort.monde():
            EntrepriseInsee.objects.filter(siret=structure.identifiant).update(adresse="3 rue Neuve")
        page = texte(gestionnaire.get(GERER, {"type": "INSEE", "identifiant": structure.pk}))
        assert "12 rue des Rabots" in page
        assert "3 rue Neuve" in page
        assert relue(structure).adresse == "12 rue des Rabots"
        confirmee = texte(gestionnaire.get(demander(gestionnaire, "INSEE", structure).url))
        assert "mise à jour depuis la base INSEE" in confirmee
        assert relue(structure).adresse == "3 rue Neuve"

    def test_rien_a_mettre_a_jour(self, gestionnaire, structure):
        with structure.cohort.monde():
            EntrepriseInsee.objects.filter(siret=structure.identifiant).update(categorie_juridique="")
        assert "il n'y a rien" in texte(gestionnaire.get(GERER, {"type": "INSEE", "identifiant": structure.pk}))
        assert "est à jour" in texte(gestionnaire.get(demander(gestionnaire, "INSEE", structure).url))

    def test_etablissement_ferme(self, gestionnaire, structure):
        with structure.cohort.monde():
            EntrepriseInsee.objects.filter(siret=structure.identifiant).update(active=False)
        assert "est fermé" in texte(gestionnaire.get(GERER, {"type": "INSEE", "identifiant": structure.pk}))
        reponse = demander(gestionnaire, "INSEE", structure)
        assert reponse.status_code == 422
        assert "est fermé" in str(reponse.context["form"].errors["identifiant"])


class TestEtat:
    def test_desactiver_dit_ce_que_cela_entraine_puis_activer(self, gestionnaire, structure):
        page = texte(gestionnaire.get(GERER, {"type": "DESACTIVER", "identifiant": structure.pk}))
        assert "envoyer de facture" in page
        confirmee = gestionnaire.get(demander(gestionnaire, "DESACTIVER", structure).url)
        assert "La structure est désactivée" in texte(confirmee)
        assert relue(structure).etat == EtatStructure.INACTIF
        assert "Aucune structure ne convient" in texte(gestionnaire.get(GERER, {"type": "DESACTIVER"}))
        assert demander(gestionnaire, "ACTIVER", structure).status_code == 302
        assert relue(structure).est_active

    def test_remplacee_ne_se_reactive_pas(self, gestionnaire, cohort, structure):
        factories.structure(cohort, 1, identifiant=NOUVEAU, origine=structure)
        with cohort.monde():
            Structure.objects.filter(pk=structure.pk).update(etat=EtatStructure.INACTIF)
        reponse = demander(gestionnaire, "ACTIVER", structure)
        assert reponse.status_code == 422
        assert "a été remplacée" in texte(reponse)


class TestIdentifiant:
    @pytest.fixture
    def url(self, structure):
        return reverse("structures:changer_identifiant", args=[structure.pk])

    def test_avertir_confirmer_saisir_continuer(self, gestionnaire, cohort, structure, url):
        page = texte(gestionnaire.get(url))
        assert 'id="confirmation"' in page
        assert "n° PACAGE" in page
        suite = gestionnaire.post(url, {"confirme": "1"})
        assert (suite.status_code, suite.url) == (302, f"{url}?confirme=1")
        assert "Continuer" in texte(gestionnaire.get(suite.url))
        fait = gestionnaire.post(url, {"siret": "000 101 014\u00a000025".replace("00025", NOUVEAU[9:])})
        with cohort.monde():
            nouvelle = Structure.objects.get(identifiant=NOUVEAU)
        fiche = reverse("structures:fiche", args=[nouvelle.pk])
        assert (fait.status_code, fait.url) == (302, fiche)
        page = texte(gestionnaire.get(fiche))
        assert "Remplace" in page
        assert "Non souscrit" in page
        assert "Remplacée par" in texte(gestionnaire.get(reverse("structures:fiche", args=[structure.pk])))
        # sent again, or reloaded
        assert gestionnaire.post(url, {"siret": NOUVEAU}).url == fiche
        assert gestionnaire.get(url).url == fiche

    @pytest.mark.parametrize(
        ("siret", "message"),
        [
            ("", "obligatoire"),
            ("00010101400018", "La clé de ce SIRET est fausse"),
            (factories.siret_du_poste(2), "Le SIREN n'est pas le même"),
            (factories.siret_du_poste(1), "déjà l'identifiant"),
            ("a\x00b", "ne contient que des chiffres"),
        ],
    )
    def test_refus_au_champ(self, gestionnaire, structure, url, siret, message):
        reponse = gestionnaire.post(url, {"siret": siret})
        assert reponse.status_code == 422
        assert message in str(reponse.context["form"].errors["siret"]) or message in texte(reponse)
        assert relue(structure).est_active

    def test_pas_aux_structures_publiques(self, gestionnaire, hopital):
        reponse = gestionnaire.get(reverse("structures:changer_identifiant", args=[hopital.pk]))
        assert reponse.status_code == 403
        assert "Hélios" in texte(reponse)
        assert "Modifier l'identifiant" not in texte(gestionnaire.get(reverse("structures:fiche", args=[hopital.pk])))

    def test_pas_sans_le_droit(self, gestionnaire, cohort):
        voisine = factories.structure(cohort, 2)
        assert gestionnaire.post(reverse("structures:changer_identifiant", args=[voisine.pk])).status_code == 403
