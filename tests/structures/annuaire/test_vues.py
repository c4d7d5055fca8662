"""Screens of the domaine « Annuaire facturation »: open without account, useful when nothing or too much is found."""

import pytest
from django.urls import reverse

from structures.enums import EtatService, Nature, TypeIdentifiant
from structures.models import Service, Structure
from structures.queries_annuaire import PLAFOND
from structures.services import subdivisions
from structures.services.annuaire import indexer
from tests import factories

pytestmark = pytest.mark.django_db
DOMAINE, PUBLIQUES, FACTURATION, CSV, XML = (
    reverse(f"structures:annuaire{nom}") for nom in ("", "_publiques", "_facturation", "_csv", "_xml")
)
HOSTILES = ["a\x00b", "é" * 10_000, "🧱🧾", "\u202eنادية", "<script>alert(1)</script>", "'; --", " ", "%", "_", "½"]


def texte(reponse):
    return " ".join(reponse.content.decode().replace("&#x27;", "'").split())


def fiche(structure):
    return reverse("structures:annuaire_fiche", args=[structure.pk])


def entite(structure):
    return reverse("structures:annuaire_entite", args=[structure.pk])


def nombreuses(cohort, nombre):
    with cohort.monde():
        indexer(
            Structure.objects.bulk_create(
                Structure(
                    cohort=cohort,
                    type_identifiant=TypeIdentifiant.SIRET,
                    identifiant=f"0002999{rang:07d}",
                    raison_sociale=f"RÉGIE {rang:03d}",
                    nature=Nature.PUBLIQUE,
                    ville="SERRANOL",
                )
                for rang in range(nombre)
            )
        )


# --- access


@pytest.mark.parametrize("url", [DOMAINE, PUBLIQUES, FACTURATION, CSV, XML])
def test_ouvert_sans_compte_mais_pas_sans_place(poste, gestionnaire, client, url):
    assert poste.get(url).status_code == 200
    assert gestionnaire.get(url).status_code == 200
    assert client.get(url).url == reverse("formation:rejoindre")
    assert poste.post(url).status_code == 405


def test_le_domaine_est_sur_l_accueil_et_a_deux_applications(gestionnaire, poste):
    assert DOMAINE in texte(gestionnaire.get(reverse("accounts:accueil")))
    page = texte(poste.get(DOMAINE))
    assert PUBLIQUES in page
    assert FACTURATION in page
    assert "captcha" in page


@pytest.mark.parametrize("nom", ["annuaire_fiche", "annuaire_entite"])
def test_la_structure_de_l_autre_session_n_existe_pas(gestionnaire, autre_cohort, nom):
    autre = factories.publique(autre_cohort)
    assert gestionnaire.get(reverse(f"structures:{nom}", args=[autre.pk])).status_code == 404


# --- annuaire des structures publiques


def test_sans_critere_les_publiques_seulement(poste):
    page = texte(poste.get(PUBLIQUES))
    assert "<strong>10</strong> structures" in page
    assert "CORVAN" not in page


def test_departement_trouve_departement(poste):
    page = texte(poste.get(PUBLIQUES, {"q": "departement"}))
    assert "DÉPARTEMENT DE L'ORLE" in page
    assert "<strong>1</strong> structure<" in page


@pytest.mark.parametrize(
    ("criteres", "attendues"),
    [
        ({"type_identifiant": "SIRET", "identifiant": "000 200 030 00013"}, {"DÉPARTEMENT DE L'ORLE"}),
        ({"type_identifiant": "RIDET", "identifiant": "000200030"}, set()),
        ({"raison_sociale": "departement"}, {"DÉPARTEMENT DE L'ORLE"}),
        ({"code_postal": "99 020"}, {"CENTRE HOSPITALIER DE MONTBRISAC"}),
        ({"ville": "montbrisac"}, {"CENTRE HOSPITALIER DE MONTBRISAC"}),
        ({"ville": "montbrisac", "pays": "Belgique"}, set()),
        ({"ville": "montbrisac", "pays": "France"}, {"CENTRE HOSPITALIER DE MONTBRISAC"}),
        ({"q": "corvan"}, set()),
        ({"q": "corvan", "nature": "PRIVEE"}, {"CORVAN BÂTIMENT SAS"}),
        ({"q": "corvan", "nature": "TOUTES"}, {"CORVAN BÂTIMENT SAS"}),
        ({"etat": "INACTIF"}, {"SYNDICAT DES EAUX DE L'ORLE"}),
        ({"moa_uniquement": "oui"}, {"SYNDICAT D'AMÉNAGEMENT DU HAUT-ORLE"}),
        ({"moa": "oui", "moa_uniquement": "non", "ville": "valmoran"}, {"COMMUNE DE VALMORAN"}),
        ({"nom": "loriot", "nature": "TOUTES"}, set()),
    ],
)
def test_chaque_critere(poste, criteres, attendues):
    reponse = poste.get(PUBLIQUES, criteres)
    assert {s.raison_sociale for s in reponse.context["page"]} == attendues
    if not attendues:
        assert "Aucun résultat" in texte(reponse)


def test_un_particulier_se_cherche_par_son_nom(poste, cohort):
    particulier = factories.structure(
        cohort,
        identifiant="000012345",
        type_identifiant=TypeIdentifiant.PARTICULIER,
        numero_tva="",
        nom="Lorïot",
        prenom="Camille",
        raison_sociale="LORÏOT Camille",
    )
    with cohort.monde():
        indexer([particulier])
    for criteres in ({"nom": "loriot"}, {"prenom": "camille"}, {"nom": "loriot", "prenom": "cam"}):
        page = poste.get(PUBLIQUES, criteres | {"nature": "PRIVEE"}).context["page"]
        assert [s.pk for s in page] == [particulier.pk]
    assert not poste.get(PUBLIQUES, {"nom": "camille", "nature": "PRIVEE"}).context["page"].paginator.count
    assert "Structure privée" in texte(poste.get(fiche(particulier)))
    assert poste.get(entite(particulier)).status_code == 404


@pytest.mark.parametrize("tri", ["designation", "identifiant", "type", "statut"])
def test_les_tris(poste, tri):
    croissant, decroissant = (
        [s.pk for s in poste.get(PUBLIQUES, {"tri": sens + tri}).context["page"]] for sens in ("", "-")
    )
    assert croissant == decroissant[::-1]
    assert len(croissant) == 10


@pytest.mark.parametrize("url", [PUBLIQUES, FACTURATION])
@pytest.mark.parametrize("champ", ["q", "raison_sociale", "ville", "siren", "siret", "code_postal", "nature", "tri"])
@pytest.mark.parametrize("valeur", HOSTILES)
def test_rien_ne_casse(poste, url, champ, valeur):
    reponse = poste.get(url, {champ: valeur, "page": valeur})
    assert reponse.status_code == 200
    assert "<script>alert" not in reponse.content.decode()


def test_un_critere_illisible_le_dit(poste):
    page = texte(poste.get(PUBLIQUES, {"raison_sociale": "???"}))
    assert "« ??? » ne contient ni lettre ni chiffre" in page
    page = texte(poste.get(FACTURATION, {"siren": "12A"}))
    assert "« 12A » n'est pas le début d'un SIREN" in page


@pytest.mark.parametrize("url", [PUBLIQUES, FACTURATION])
def test_trop_de_resultats(poste, cohort, url):
    nombreuses(cohort, PLAFOND + 1)
    assert "Trop de résultats" in texte(poste.get(url, {"q": "regie"}))
    page = texte(poste.get(url))
    assert "Trop de résultats" not in page
    assert "cherchez-vous ?" in page
    assert "RÉGIE 007" in texte(poste.get(url, {"q": "regie 007"}))


@pytest.mark.parametrize("url", [PUBLIQUES, FACTURATION])
@pytest.mark.parametrize("nombre", [3, 190])
def test_la_liste_coute_autant_pour_3_et_190(poste, cohort, url, nombre, django_assert_max_num_queries):
    nombreuses(cohort, nombre)
    with django_assert_max_num_queries(9):
        assert len(poste.get(url, {"q": "regie serranol", "lignes": 100}).context["page"]) == min(nombre, 100)


def test_htmx_ne_recoit_que_les_resultats(poste):
    page = texte(poste.get(PUBLIQUES, headers={"HX-Request": "true"}))
    assert 'id="resultats"' in page
    assert "<form" not in page


# --- card


def test_la_fiche_repond_a_l_exercice_2(poste, cohort):
    page = texte(poste.get(fiche(factories.publique(cohort))))
    assert "Ni code service ni numéro d'engagement obligatoires." in page
    page = texte(poste.get(fiche(factories.publique(cohort, factories.HOPITAL))))
    assert "Code service et numéro d'engagement obligatoires." in page
    assert "obligatoire aussi pour" not in page
    reponse = poste.get(fiche(factories.publique(cohort, factories.DEPARTEMENT)))
    page = texte(reponse)
    assert "Code service obligatoire." in page
    assert "Numéro d'engagement obligatoire aussi pour <strong>DOR-ROUTES</strong> :" in page
    assert {x.service.code: x.exigences.engagement for x in reponse.context["services"]} == {
        "DOR-COLLEGES": False,
        "DOR-ROUTES": True,
        "DOR-SOCIAL": False,
        "FACTURES_PUBLIQUES": False,
    }


def test_la_fiche_dit_ce_qui_empeche_de_facturer(poste, cohort):
    assert "n'est pas active" in texte(poste.get(fiche(factories.publique(cohort, factories.INACTIVE))))
    assert "que des factures de travaux" in texte(poste.get(fiche(factories.publique(cohort, factories.MOA))))


def test_la_fiche_ne_montre_que_les_services_utilisables(poste, cohort):
    departement = factories.publique(cohort, factories.DEPARTEMENT)
    factories.service(departement, "FERME", etat=EtatService.INACTIF, engagement_obligatoire=True)
    factories.service(departement, "PASSE", fin=factories.ANCRAGE.replace(day=1))
    factories.service(departement, "FUTUR", debut=factories.ANCRAGE.replace(day=31))
    factories.service(departement, "BORNE", debut=factories.ANCRAGE, fin=factories.ANCRAGE.replace(day=31))
    reponse = poste.get(fiche(departement))
    codes = {x.service.code for x in reponse.context["services"]}
    assert codes == {"BORNE", "DOR-COLLEGES", "DOR-ROUTES", "DOR-SOCIAL", "FACTURES_PUBLIQUES"}
    assert "du 07/12/2026 au 31/12/2026" in texte(reponse)


def test_beaucoup_de_services_exigent_l_engagement(poste, cohort):
    valmoran = factories.publique(cohort)
    for rang in range(5):
        factories.service(valmoran, f"V{rang}", engagement_obligatoire=True)
    page = texte(poste.get(fiche(valmoran)))
    assert "<strong>V0</strong>, <strong>V1</strong>, <strong>V2</strong> et d'autres services" in page


@pytest.mark.parametrize("nombre", [3, 300])
@pytest.mark.parametrize("adresse", [fiche, entite])
def test_la_fiche_coute_autant_pour_3_et_300_services(poste, cohort, nombre, adresse, django_assert_max_num_queries):
    valmoran = factories.publique(cohort)
    with cohort.monde():
        Service.objects.bulk_create(
            Service(cohort=cohort, structure=valmoran, code=f"S{rang:03d}", libelle="Service") for rang in range(nombre)
        )
    with django_assert_max_num_queries(8):
        assert poste.get(adresse(valmoran)).context["page"].paginator.count == nombre + (1 if adresse is fiche else 2)


# --- downloads


@pytest.mark.parametrize(
    ("url", "nom", "genre"), [(CSV, "annuaire-structures-publiques.csv", "text/csv"), (XML, ".xml", "application/xml")]
)
def test_telecharger(poste, url, nom, genre):
    reponse = poste.get(url)
    contenu = b"".join(reponse.streaming_content)
    assert "DÉPARTEMENT DE L'ORLE".encode() in contenu
    assert nom in reponse.headers["Content-Disposition"]
    assert reponse.headers["Content-Type"].startswith(genre)
    assert reponse.headers["Cache-Control"] == "private, no-store"
    assert poste.head(url).status_code == 200


# --- annuaire de la facturation électronique


def test_publiques_et_privees_assujetties(poste, cohort):
    factories.structure(cohort, 2, numero_tva="", raison_sociale="ASSOCIATION SANS TVA")
    with cohort.monde():
        indexer(Structure.objects.filter(place=2))
    entites = {x.structure.raison_sociale: x.joignable for x in poste.get(FACTURATION).context["entites"]}
    assert entites["COMMUNE DE VALMORAN"]
    assert entites["CORVAN BÂTIMENT SAS"]
    assert not entites["SYNDICAT DES EAUX DE L'ORLE"]
    assert not entites["SYNDICAT D'AMÉNAGEMENT DU HAUT-ORLE"]
    assert "ASSOCIATION SANS TVA" not in entites
    assert "Aucun résultat" in texte(poste.get(FACTURATION, {"q": "association"}))


@pytest.mark.parametrize(
    ("criteres", "attendues"),
    [
        ({"q": "000 200 030"}, {"DÉPARTEMENT DE L'ORLE"}),
        ({"q": "99010"}, set()),
        ({"q": "departement"}, {"DÉPARTEMENT DE L'ORLE"}),
        ({"siren": "000 200 030"}, {"DÉPARTEMENT DE L'ORLE"}),
        ({"siret": "00020003000013"}, {"DÉPARTEMENT DE L'ORLE"}),
        ({"siret": "00020003000013", "siren": "000200014"}, set()),
        ({"raison_sociale": "corvan"}, {"CORVAN BÂTIMENT SAS"}),
        ({"raison_sociale": "corvan", "nature": "PUBLIQUE"}, set()),
        ({"ville": "montbrisac", "nature": "PUBLIQUE"}, {"CENTRE HOSPITALIER DE MONTBRISAC"}),
    ],
)
def test_recherche_de_la_facturation(poste, criteres, attendues):
    assert {x.structure.raison_sociale for x in poste.get(FACTURATION, criteres).context["entites"]} == attendues


def test_une_entite_publique(poste, cohort):
    hopital = factories.publique(cohort, factories.HOPITAL)
    reponse = poste.get(entite(hopital))
    page = texte(reponse)
    assert f"000200022_{factories.HOPITAL}_CHM-PHARMA" in page
    assert reponse.context["choisie"].adresse == f"000200022_{factories.HOPITAL}"
    assert "Chorus Pro" in page


@pytest.mark.parametrize("siret", [factories.MOA, factories.INACTIVE])
def test_aucune_adresse_active(poste, cohort, siret):
    reponse = poste.get(entite(factories.publique(cohort, siret)))
    assert reponse.context["choisie"] is None
    assert "Aucune adresse active" in texte(reponse)


def test_un_service_cree_puis_ferme_ouvre_et_finit_sa_ligne(poste, cohort):
    valmoran = factories.publique(cohort)

    def ligne():
        page = poste.get(entite(valmoran)).context["page"]
        return next((x, active) for x, active in page if x.code_routage == "VOIRIE")

    with cohort.monde():
        service = subdivisions.creer(valmoran, par=None, code="VOIRIE", libelle="Voirie")
    ouverte, active = ligne()
    assert active
    assert (ouverte.debut, ouverte.fin_effective) == (factories.ANCRAGE, None)
    with cohort.monde():
        subdivisions.desactiver(service, par=None)
    finie, active = ligne()
    assert not active
    assert (finie.etat, finie.fin_effective) == ("F", factories.ANCRAGE)


def test_les_etablissements_d_un_siren_prive(poste, cohort):
    siege = factories.structure(cohort, 1)
    second = factories.structure(cohort, 1, identifiant=f"{siege.siren}00025")
    reponse = poste.get(entite(second))
    assert [e.pk for e in reponse.context["etablissements"]] == [siege.pk, second.pk]
    ((ligne, active),) = reponse.context["page"]
    assert (ligne.adresse, active) == (siege.siren, True)
    assert "Plateforme agréée fictive" in texte(reponse)
