"""Domaine « Organisation » and the mandate: list, fiche, creation from the INSEE directory, refusals (§2.7, §4)."""

import pytest
from django.contrib.messages import get_messages
from django.urls import reverse

from accounts.enums import Niveau
from accounts.profils import Profil
from structures.enums import Role
from structures.identifiants import siret_de_base
from structures.models import CoordonneesBancaires, Mandat, Rattachement, Structure
from tests import factories
from tests.conftest import client_au_poste, connecter

pytestmark = pytest.mark.django_db
ORGANISATION, LISTE, CREER = (reverse(f"structures:{nom}") for nom in ("accueil", "liste", "creer"))
MANDAT = reverse("invoices:mandat")
SIRET, VALMORAN, FERME = "00010101400017", "00020001400017", "00010309300019"
INCONNU = siret_de_base("00019910")
HOSTILES = ["a\x00b", "é" * 10_000, "🧱🧾", "\u202eنادية", "<script>alert(1)</script>", "'; --", " "]


def texte(reponse):
    return reponse.content.decode().replace("&#x27;", "'")


@pytest.fixture
def connecte(poste, compte):
    """Seat 1, logged in, no structure yet."""
    return connecter(poste, compte)


def fiche(structure):
    return reverse("structures:fiche", args=[structure.pk])


def structures_de(cohort):
    with cohort.monde():
        return list(Structure.objects.filter(place=1, identifiant=SIRET))


@pytest.mark.parametrize("url", [ORGANISATION, LISTE, CREER, MANDAT])
def test_deconnecte_on_passe_par_la_connexion(poste, url):
    reponse = poste.get(url)
    assert reponse.status_code == 302
    assert reponse.url.startswith(reverse("accounts:connexion") + "?suite=")


@pytest.mark.parametrize("url", [ORGANISATION, LISTE])
def test_autre_methode(connecte, url):
    assert connecte.post(url).status_code == 405
    assert connecte.put(CREER).status_code == 405


def test_le_domaine_a_deux_applications(connecte):
    page = texte(connecte.get(ORGANISATION))
    assert LISTE in page
    assert CREER in page


class TestListe:
    def test_vide_propose_de_creer(self, connecte):
        page = texte(connecte.get(LISTE))
        assert "Aucune structure" in page
        assert f'href="{CREER}"' in page

    def test_les_miennes_seulement(self, cohort, connecte, structure):
        autre = factories.structure(cohort, 2)
        page = texte(connecte.get(LISTE))
        assert structure.raison_sociale in page
        assert autre.raison_sociale not in page
        assert "Gestionnaire principal" in page
        assert "Non souscrit" in page

    def test_nombre_de_requetes_constant(self, connecte, compte, structure, django_assert_num_queries):
        with django_assert_num_queries(9):
            connecte.get(LISTE)
        for n in range(20, 30):
            factories.rattachement(
                compte, factories.structure(compte.cohort, 1, identifiant=factories.siret_du_poste(n))
            )
        with django_assert_num_queries(9):
            connecte.get(LISTE)

    def test_vingt_cinq_par_page(self, connecte, compte):
        for n in range(20, 46):
            factories.rattachement(
                compte, factories.structure(compte.cohort, 1, identifiant=factories.siret_du_poste(n))
            )
        assert len(connecte.get(LISTE).context["page"].object_list) == 25
        assert len(connecte.get(LISTE, {"page": "2"}).context["page"].object_list) == 1

    def test_le_nom_sous_le_compte(self, connecte, compte, structure):
        assert connecte.get(LISTE).context["structure_courante"] == structure.raison_sociale
        factories.rattachement(compte, factories.structure(compte.cohort, 1, identifiant=factories.siret_du_poste(20)))
        assert connecte.get(LISTE).context["structure_courante"] == "2 structures"


class TestFiche:
    def test_une_entreprise(self, connecte, structure):
        page = texte(connecte.get(fiche(structure)))
        assert structure.raison_sociale in page
        assert "000 101 014 00017" in page.replace("\u202f", " ").replace("\xa0", " ")
        assert "Souscrire un mandat de facturation" in page
        assert "Aucun compte bancaire" in page
        assert "Paramètres" not in page

    def test_avec_mandat_service_et_banque(self, gestionnaire, structure):
        factories.service(structure, "AGENCE-1")
        with structure.cohort.monde():
            CoordonneesBancaires.objects.create(
                cohort=structure.cohort,
                structure=structure,
                nom="Courant",
                iban="FR7699999000010000001010176",
                defaut=True,
            )
        page = texte(gestionnaire.get(fiche(structure)))
        assert "AGENCE-1" in page
        assert "FR7699999000010000001010176" in page
        assert "par défaut" in page
        assert "Sans mandat de facturation" not in page

    def test_une_structure_publique_montre_ses_parametres(self, cohort, connecte, compte):
        hopital = factories.publique(cohort, "00020002200010")
        factories.rattachement(compte, hopital, role=Role.UTILISATEUR, profils=[Profil.FACTURES_RECUES])
        page = texte(connecte.get(fiche(hopital)))
        assert "Code service et numéro d'engagement obligatoires." in page
        assert "50 jours" in page
        assert "CHM-PHARMA" in page
        assert "Utilisateur" in page

    def test_pas_la_mienne(self, cohort, connecte):
        assert connecte.get(fiche(factories.structure(cohort, 2))).status_code == 404

    def test_autre_session(self, autre_cohort, connecte):
        assert connecte.get(fiche(factories.structure(autre_cohort))).status_code == 404

    def test_autre_methode(self, connecte, structure):
        assert connecte.post(fiche(structure)).status_code == 405


class TestRecherche:
    @pytest.mark.parametrize("texte_cherche", ["arbelin menuiserie 01", "ARBELIN MENUISERIE 01", "000101014", SIRET])
    def test_par_nom_ou_debut_de_siret(self, connecte, texte_cherche):
        trouvees = connecte.get(CREER, {"q": texte_cherche}).context["trouvees"]
        assert [e.siret for e in trouvees] == [SIRET]

    def test_region_seule_pour_htmx(self, connecte):
        page = texte(connecte.get(CREER, {"q": "arbelin"}, headers={"HX-Request": "true"}))
        assert page.lstrip().startswith('<div id="resultats"')
        assert "ARBELIN MENUISERIE 02" in page

    def test_trop_court(self, connecte):
        assert "il en faut 3" in texte(connecte.get(CREER, {"q": "ar"}))

    def test_rien(self, connecte):
        assert "Rien dans la base INSEE" in texte(connecte.get(CREER, {"q": "introuvable"}))

    @pytest.mark.parametrize("valeur", HOSTILES)
    def test_jamais_500(self, connecte, valeur):
        assert connecte.get(CREER, {"q": valeur}).status_code == 200
        assert connecte.get(CREER, {"siret": valeur}).status_code == 422


class TestCreation:
    def test_apercu_avant_de_creer(self, cohort, connecte):
        page = connecte.get(CREER, {"siret": "000 101 014\u00a000017"})
        assert page.status_code == 200
        assert "Est-ce bien votre entreprise" in texte(page)
        assert "12 rue des Rabots" in texte(page)
        assert structures_de(cohort) == []

    def test_creer_en_donne_la_gestion(self, cohort, connecte, compte):
        reponse = connecte.post(
            CREER, {"siret": SIRET, "email": "Contact@Arbelin.example", "telephone": "01 99 00 00 01"}
        )
        (structure,) = structures_de(cohort)
        assert (reponse.status_code, reponse.url) == (302, fiche(structure))
        assert structure.email == "contact@arbelin.example"
        with cohort.monde():
            lien = Rattachement.objects.get(structure=structure)
        assert (lien.compte_id, lien.role) == (compte.pk, Role.GESTIONNAIRE_PRINCIPAL)
        assert "vous en êtes le gestionnaire principal" in texte(connecte.get(reponse.url))

    def test_deux_envois_une_seule_structure(self, cohort, connecte):
        reponses = [connecte.post(CREER, {"siret": SIRET}) for _ in range(2)]
        assert [r.status_code for r in reponses] == [302, 302]
        assert reponses[0].url == reponses[1].url
        assert "déjà la vôtre" in str([str(m) for m in get_messages(reponses[1].wsgi_request)])
        assert len(structures_de(cohort)) == 1

    @pytest.mark.parametrize(
        ("siret", "message"),
        [
            ("", "obligatoire"),
            ("0001010140001", "14 chiffres ; vous en avez saisi 13"),
            ("00010101400018", "La clé de ce SIRET est fausse"),
            ("FR010101400017", "ne contient que des chiffres"),
            (INCONNU, "inconnu de la base INSEE"),
            (FERME, "est fermé dans la base INSEE"),
            (VALMORAN, "existe déjà sur le portail : COMMUNE DE VALMORAN"),
        ],
    )
    def test_refus_au_champ(self, cohort, connecte, siret, message):
        for reponse in (connecte.get(CREER, {"siret": siret}), connecte.post(CREER, {"siret": siret})):
            assert reponse.status_code == 422
            assert message in texte(reponse)
        assert structures_de(cohort) == []

    def test_structure_existante_dit_ce_que_ferait_le_vrai_portail(self, connecte):
        page = texte(connecte.get(CREER, {"siret": VALMORAN}))
        assert "demande de rattachement" in page
        assert "On n'en crée pas une seconde" in page

    def test_structure_du_voisin(self, cohort, connecte):
        voisine = factories.structure(cohort, 2)
        reponse = connecte.post(CREER, {"siret": voisine.identifiant})
        assert reponse.status_code == 422
        assert "existe déjà" in texte(reponse)

    @pytest.mark.parametrize(
        ("champs", "message"),
        [
            ({"email": "contact@arbelin.fr"}, "se termine par .example"),
            ({"email": "contact"}, "mal écrite"),
            ({"telephone": "appelez"}, "s'écrit avec des chiffres"),
            ({"complement_adresse": "x" * 201}, "200"),
        ],
    )
    def test_complements_refuses_et_gardes(self, cohort, connecte, champs, message):
        reponse = connecte.post(CREER, {"siret": SIRET} | champs)
        assert reponse.status_code == 422
        assert message in texte(reponse)
        assert next(iter(champs.values())) in texte(reponse)
        assert structures_de(cohort) == []

    def test_siret_que_l_on_a_change_en_route(self, connecte):
        reponse = connecte.post(CREER, {"siret": "x", "email": "faux"})
        assert reponse.status_code == 422
        assert "ne contient que des chiffres" in texte(reponse)

    @pytest.mark.parametrize("valeur", HOSTILES)
    @pytest.mark.parametrize("champ", ["siret", "email", "telephone", "complement_adresse"])
    def test_jamais_500(self, connecte, champ, valeur):
        assert connecte.post(CREER, {"siret": SIRET, champ: valeur}).status_code in {302, 422}

    def test_chaque_session_la_sienne(self, autre_cohort, connecte):
        ailleurs = connecter(client_au_poste(autre_cohort), factories.compte(autre_cohort))
        assert [c.post(CREER, {"siret": SIRET}).status_code for c in (connecte, ailleurs)] == [302, 302]


class TestMandat:
    def test_blocs_remplis_et_non_modifiables(self, connecte, compte, structure):
        page = connecte.get(MANDAT)
        corps = texte(page)
        assert structure.raison_sociale in corps
        assert str(compte) in corps
        assert list(page.context["form"].fields) == ["structure", "nom"]
        assert "Soumettre" in corps

    def test_souscrire(self, connecte, structure):
        reponse = connecte.post(MANDAT, {"structure": structure.pk, "nom": "Mandat 2026"})
        assert (reponse.status_code, reponse.url) == (302, fiche(structure))
        with structure.cohort.monde():
            assert Mandat.objects.get(structure=structure).nom == "Mandat 2026"
        assert "Toutes vos structures ont leur mandat" in texte(connecte.get(MANDAT))

    def test_deux_envois_un_seul_mandat(self, connecte, structure):
        envoi = {"structure": structure.pk, "nom": "Mandat 2026"}
        assert [connecte.post(MANDAT, envoi).status_code for _ in range(2)] == [302, 302]
        with structure.cohort.monde():
            assert Mandat.objects.filter(structure=structure).count() == 1

    def test_retour_a_la_page_qui_l_a_demande(self, connecte, structure):
        suite = "/portail/facturation/factures-emises/saisir/"
        assert suite in texte(connecte.get(MANDAT, {"suite": suite}))
        envoi = {"structure": structure.pk, "nom": "Mandat 2026"}
        assert connecte.post(MANDAT, envoi | {"suite": suite}).url == suite
        assert connecte.post(MANDAT, envoi | {"suite": "https://ailleurs.example/"}).url == fiche(structure)

    def test_choisir_une_autre_structure_change_les_blocs(self, connecte, compte, structure):
        seconde = factories.structure(
            compte.cohort, 1, identifiant=factories.siret_du_poste(20), raison_sociale="SECONDE", ville="AILLEURS"
        )
        factories.rattachement(compte, seconde)
        page = texte(connecte.get(MANDAT, {"structure": seconde.pk}, headers={"HX-Request": "true"}))
        assert page.lstrip().startswith('<div id="blocs"')
        assert "AILLEURS" in page

    @pytest.mark.parametrize(
        ("champs", "message"),
        [({"nom": ""}, "obligatoire"), ({"nom": "x" * 81}, "80"), ({"structure": "0"}, "Structure")],
    )
    def test_saisies_refusees(self, connecte, structure, champs, message):
        reponse = connecte.post(MANDAT, {"structure": structure.pk, "nom": "Mandat"} | champs)
        assert reponse.status_code == 422
        assert message in texte(reponse)

    @pytest.mark.parametrize("valeur", HOSTILES)
    @pytest.mark.parametrize("champ", ["structure", "nom", "suite"])
    def test_jamais_500(self, connecte, structure, champ, valeur):
        envoi = {"structure": structure.pk, "nom": "Mandat"} | {champ: valeur}
        assert connecte.get(MANDAT, {champ: valeur}).status_code == 200
        assert connecte.post(MANDAT, envoi).status_code in {302, 422}

    def test_structure_d_un_autre(self, cohort, connecte, structure):
        autre = factories.structure(cohort, 2)
        assert connecte.post(MANDAT, {"structure": autre.pk, "nom": "Mandat"}).status_code == 422

    def test_sans_habilitation(self, connecte):
        assert connecte.get(MANDAT).status_code == 403

    def test_en_consultation_seulement(self, connecte, compte):
        structure = factories.structure(compte.cohort)
        factories.rattachement(
            compte, structure, role=Role.UTILISATEUR, profils=[Profil.FACTURES_EMISES], niveau=Niveau.CONSULTATION
        )
        assert connecte.get(MANDAT).status_code == 403
        assert connecte.get(fiche(structure)).status_code == 200

    def test_autre_methode(self, connecte, structure):
        assert connecte.delete(MANDAT).status_code == 405
