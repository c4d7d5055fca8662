"""Domaine « Organisation » and the mandate: list, fiche, creation from the INSEE directory, refusals (§2.7, §4)."""

import pytest
from django.contrib.messages import get_messages
from django.urls import reverse

from accounts.enums import Niveau
from accounts.profils import Profil
from sandbox.cohorts.models import Trace
from structures.enums import EtatStructure, Nature, Role, TypeIdentifiant
from structures.identifiants import AIDES, siret_de_base
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


APPLICATIONS = ("liste", "gerer", "gerer_service", "application_utilisateurs", "creer", "demander_rattachement")


def applications(client):
    return {a.url for a in client.get(ORGANISATION).context["applications"]}


def test_sans_structure_creer_ou_se_rattacher(connecte):
    assert applications(connecte) == {reverse(f"structures:{nom}") for nom in ("creer", "demander_rattachement")}


def test_le_gestionnaire_a_toutes_les_applications(connecte, structure):
    assert applications(connecte) == {reverse(f"structures:{nom}") for nom in APPLICATIONS}


def test_en_consultation_on_ne_gere_pas_les_services(connecte, compte, cohort):
    factories.rattachement(
        compte,
        factories.structure(cohort),
        role=Role.UTILISATEUR,
        profils=[Profil.ORGANISATION],
        niveau=Niveau.CONSULTATION,
    )
    assert reverse("structures:gerer_service") not in applications(connecte)
    assert reverse("structures:application_utilisateurs") in applications(connecte)


def test_premiere_connexion_deux_actions(connecte):
    page = texte(connecte.get(reverse("accounts:accueil")))
    assert f'href="{CREER}"' in page
    assert f'href="{reverse("structures:demander_rattachement")}"' in page


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

    @pytest.mark.parametrize(
        ("criteres", "trouvees"),
        [
            ({"q": "poste 20"}, {20}),
            ({"q": "POSTE 2"}, {20, 21}),
            ({"q": factories.siret_du_poste(21)[:9]}, {21}),
            ({"etat": "INACTIF"}, {21}),
            ({"etat": "n'importe"}, {1, 20, 21}),
            ({"role": "gp"}, {1, 20}),
            ({"role": "utilisateur"}, {21}),
            ({"role": "gp", "etat": "INACTIF"}, set()),
            ({"tri": "-identifiant"}, {1, 20, 21}),
            ({"q": "a\x00b", "tri": "faux"}, set()),
        ],
    )
    def test_filtrer(self, connecte, compte, structure, criteres, trouvees):
        for n, role, etat in ((20, Role.GESTIONNAIRE_PRINCIPAL, "ACTIF"), (21, Role.UTILISATEUR, "INACTIF")):
            neuve = factories.structure(
                compte.cohort, 1, identifiant=factories.siret_du_poste(n), raison_sociale=f"POSTE {n}", etat=etat
            )
            factories.rattachement(compte, neuve, role=role)
        reponse = connecte.get(LISTE, criteres)
        sirets = {factories.siret_du_poste(n) for n in trouvees}
        assert {s.identifiant for s in reponse.context["page"].object_list} == sirets
        assert ("Aucune structure ne répond" in texte(reponse)) == (not trouvees)

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
        assert "1 service</a>, dont 1 actif" in page
        assert "FR76 9999 9000 0100 0000 1010 176" in page
        assert "par défaut" in page
        assert "Sans mandat de facturation" not in page

    def test_une_structure_publique_montre_ses_parametres(self, cohort, connecte, compte):
        hopital = factories.publique(cohort, "00020002200010")
        factories.rattachement(compte, hopital, role=Role.UTILISATEUR, profils=[Profil.FACTURES_RECUES])
        page = texte(connecte.get(fiche(hopital)))
        assert "Code service et numéro d'engagement obligatoires." in page
        assert "50 jours" in page
        assert "4 services</a>, dont 4 actifs" in page
        assert "Utilisateur" in page

    def test_pas_la_mienne(self, cohort, connecte):
        reponse = connecte.get(fiche(factories.structure(cohort, 2)))
        assert reponse.status_code == 403
        assert "pas, ou plus, rattaché" in texte(reponse)

    def test_les_actions_selon_les_droits(self, cohort, connecte, compte, structure):
        gestion = texte(connecte.get(fiche(structure)))
        for action in ("Modifier l'identifiant", "Mettre à jour depuis la base INSEE", "Désactiver"):
            assert action in gestion
        lue = factories.structure(cohort, 1, identifiant=factories.siret_du_poste(20))
        profils = [Profil.ORGANISATION, Profil.FACTURES_EMISES]
        factories.rattachement(compte, lue, role=Role.UTILISATEUR, profils=profils, niveau=Niveau.CONSULTATION)
        consultation = texte(connecte.get(fiche(lue)))
        assert "fiche-actions" not in consultation
        assert "Gérer les coordonnées bancaires" not in consultation
        assert "Souscrire un mandat" not in consultation

    def test_structure_inactive_ne_propose_que_d_activer(self, connecte, structure):
        with structure.cohort.monde():
            Structure.objects.filter(pk=structure.pk).update(etat=EtatStructure.INACTIF)
        page = texte(connecte.get(fiche(structure)))
        assert "type=ACTIVER" in page
        assert "type=MODIFIER" not in page
        assert "Souscrire un mandat" not in page

    def test_aller_a_la_meme_page_d_une_autre_structure(self, cohort, connecte, compte, structure):
        assert "Changer de structure" not in texte(connecte.get(fiche(structure)))
        autre = factories.structure(cohort, 1, identifiant=factories.siret_du_poste(20))
        factories.rattachement(compte, autre, role=Role.UTILISATEUR, profils=[Profil.FACTURES_EMISES])
        url = reverse("structures:services", args=[structure.pk])
        assert reverse("structures:services", args=[autre.pk]) in texte(connecte.get(url))
        # no bank accounts for a plain user: that page does not lead there
        banque = reverse("structures:banque", args=[structure.pk])
        assert reverse("structures:banque", args=[autre.pk]) not in texte(connecte.get(banque))

    def test_adresse_non_diffusible(self, connecte, structure):
        with structure.cohort.monde():
            Structure.objects.filter(pk=structure.pk).update(non_diffusible_insee=True)
        page = texte(connecte.get(fiche(structure)))
        assert "12 rue des Rabots" not in page
        assert "ne pas diffuser son adresse" in page

    def test_autre_session(self, autre_cohort, connecte):
        assert connecte.get(fiche(factories.structure(autre_cohort))).status_code == 404

    def test_autre_methode(self, connecte, structure):
        assert connecte.post(fiche(structure)).status_code == 405


class TestRecherche:
    @pytest.mark.parametrize("texte_cherche", ["arbelin menuiserie 01", "ARBELIN MENUISERIE 01", "000101014", SIRET])
    def test_par_nom_ou_debut_de_siret(self, connecte, texte_cherche):
        trouvees = connecte.get(CREER, {"q": texte_cherche}).context["trouvees"]
        assert [e.siret for e in trouvees][:1] == [SIRET]
        assert {e.siret[:9] for e in trouvees} == {SIRET[:9]}

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

    def test_structure_existante_propose_un_rattachement(self, cohort, connecte):
        page = texte(connecte.get(CREER, {"siret": VALMORAN}))
        assert "demande de rattachement" in page
        assert "On n'en crée pas une seconde" in page
        with cohort.monde():
            valmoran = Structure.objects.get(identifiant=VALMORAN)
        assert f"{reverse('structures:demander_rattachement')}?structure={valmoran.pk}" in page

    @pytest.mark.django_db(transaction=True)
    def test_le_siret_d_un_client_avertit_le_formateur_une_fois(self, cohort, connecte):
        for _ in range(2):
            assert connecte.get(CREER, {"siret": VALMORAN}).status_code == 422
        with cohort.monde():
            traces = Trace.objects.filter(verbe="saisit le SIRET d'un client comme sien")
            assert [(t.place, t.objet) for t in traces] == [(1, "COMMUNE DE VALMORAN")]

    def test_celui_d_un_voisin_n_avertit_personne(self, cohort, connecte, django_capture_on_commit_callbacks):
        voisine = factories.structure(cohort, 2)
        with django_capture_on_commit_callbacks(execute=True):
            connecte.get(CREER, {"siret": voisine.identifiant})
        with cohort.monde():
            assert not Trace.objects.filter(verbe__startswith="saisit").exists()

    def test_structure_publique_inconnue_la_voie_du_ticket(self, connecte):
        reponse = connecte.get(CREER, {"siret": siret_de_base("00029999")})
        assert reponse.status_code == 422
        assert "celui d'une structure publique" in texte(reponse)
        assert "<details open>" in texte(reponse)
        assert "Demande de création de structure publique" in texte(reponse)

    def test_deja_rattache_on_va_a_sa_fiche(self, cohort, connecte, compte):
        voisine = factories.structure(cohort, 2)
        factories.rattachement(compte, voisine, role=Role.UTILISATEUR)
        reponse = connecte.get(CREER, {"siret": voisine.identifiant})
        assert (reponse.status_code, reponse.url) == (302, fiche(voisine))

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


SANS_SIRET = {
    "adresse": "1 quai du Lac",
    "ville": "GENÈVE",
    "email": "contact@lac.example",
    "raison_sociale": "Menuiserie du Lac",
    "pays": "CH",
    "identifiant": "CHMENUISERIE DU LAC"[:18],
    "type_identifiant": TypeIdentifiant.HORS_UE.value,
}


class TestAutresIdentifiants:
    @pytest.mark.parametrize("valeur", TypeIdentifiant.values)
    def test_l_aide_suit_le_type(self, connecte, valeur):
        page = texte(connecte.get(CREER, {"type_identifiant": valeur}))
        assert AIDES[valeur].split(",")[0] in page
        assert f'value="{valeur}" selected' in page

    def test_region_seule_au_changement_de_type(self, connecte):
        page = texte(connecte.get(CREER, {"type_identifiant": "RIDET"}, headers={"HX-Request": "true"}))
        assert page.lstrip().startswith('<div id="identite"')

    def test_type_inconnu_revient_au_siret(self, connecte):
        assert connecte.get(CREER, {"type_identifiant": "PASSEPORT"}).context["type_choisi"] == "SIRET"

    def test_creer(self, cohort, connecte, compte):
        reponse = connecte.post(CREER, SANS_SIRET)
        with cohort.monde():
            neuve = Structure.objects.get(type_identifiant=TypeIdentifiant.HORS_UE)
            lien = Rattachement.objects.get(structure=neuve)
        assert (reponse.status_code, reponse.url) == (302, fiche(neuve))
        assert (neuve.identifiant, neuve.pays) == ("CHMENUISERIE DU LA", "Suisse")
        assert (lien.compte_id, lien.role) == (compte.pk, Role.GESTIONNAIRE_PRINCIPAL)
        assert connecte.post(CREER, SANS_SIRET).url == fiche(neuve)

    @pytest.mark.parametrize(
        ("champs", "champ", "message"),
        [
            ({"identifiant": "CHAUTRE"}, "identifiant", "Attendu : « CHMENUISERIE DU LA »"),
            ({"identifiant": ""}, "identifiant", "obligatoire"),
            ({"pays": "FR"}, "pays", "FR"),
            ({"raison_sociale": ""}, "raison_sociale", "obligatoire"),
            ({"email": "a@b.ch"}, "email", ".example"),
        ],
    )
    def test_refus_au_champ(self, connecte, champs, champ, message):
        reponse = connecte.post(CREER, SANS_SIRET | champs)
        assert reponse.status_code == 422
        assert message in str(reponse.context["sans_siret"].errors[champ])
        assert "1 quai du Lac" in texte(reponse)

    def test_le_nom_du_voisin_mene_a_un_rattachement(self, cohort, connecte):
        with cohort.monde():
            Structure.objects.create(
                cohort=cohort,
                place=2,
                type_identifiant=TypeIdentifiant.HORS_UE,
                identifiant="CHMENUISERIE DU LA",
                raison_sociale="MENUISERIE DU LAC",
                nature=Nature.PRIVEE,
            )
        reponse = connecte.post(CREER, SANS_SIRET)
        assert reponse.status_code == 422
        assert "Demander un rattachement à cette structure" in texte(reponse)

    @pytest.mark.parametrize("valeur", HOSTILES)
    @pytest.mark.parametrize("champ", ["identifiant", "raison_sociale", "pays", "ville", "type_identifiant"])
    def test_jamais_500(self, connecte, champ, valeur):
        assert connecte.post(CREER, SANS_SIRET | {champ: valeur}).status_code in {302, 422}


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
