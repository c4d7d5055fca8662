"""« Suivi des flux »: its four tabs, the page of a flow, its files."""

import html
import io
import json
import re
import zipfile
from dataclasses import replace
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from invoices.enums import EtatFlux, ModeDepot
from invoices.formats.cii import ecrire_cii
from invoices.models import Flux
from invoices.services import flux as services
from sandbox.cohorts.models import Cohort, Trace
from sandbox.documents import store
from structures.enums import Role
from tests import factories
from tests.invoices.core.conftest import FACTURE
from tests.invoices.views.conftest import erreurs, url

pytestmark = pytest.mark.django_db


def cii(**champs):
    return ecrire_cii(replace(FACTURE, **champs))


def lot(**membres):
    sortie = io.BytesIO()
    with zipfile.ZipFile(sortie, "w") as archive:
        for nom, contenu in membres.items():
            archive.writestr(nom, contenu)
    return sortie.getvalue()


@pytest.fixture
def depose(cohort, compte, structure):
    """A flow deposited, and integrated unless told otherwise."""

    def faire(contenu=None, nom="lot.zip", *, integrer=True, **champs):
        contenu = contenu or lot(**{"1.xml": cii(numero="LOT-1"), "2.xml": cii(numero="LOT-2", code_service="X")})
        with cohort.monde():
            flux = services.deposer_flux(
                cohort, compte=compte, fournisseur=structure, nom=nom, contenu=contenu, place=1, **champs
            )
            if integrer:
                services.integrer(flux.pk)
                flux.refresh_from_db()
        return flux

    return faire


def page(client, adresse, **criteres):
    return " ".join(client.get(adresse, criteres).content.decode().split())


def test_l_accueil_dit_ce_que_c_est_et_montre_les_derniers(gestionnaire, depose):
    html = page(gestionnaire, url("flux_accueil"))
    assert "Aucun flux déposé" in html
    assert "« Importé correctement » veut dire reçu, pas accepté" in html
    flux = [depose(cii(numero=f"A-{n}"), f"f{n}.xml") for n in range(6)]
    html = page(gestionnaire, url("flux_accueil"))
    assert [f.numero in html for f in flux] == [False, *[True] * 5]
    assert url("flux_deposer") in html
    assert "every 2s" not in html
    depose(cii(numero="B-1"), "b.xml", integrer=False)
    assert "every 2s" in page(gestionnaire, url("flux_accueil"))


def test_les_quatre_onglets(gestionnaire):
    html = page(gestionnaire, url("flux"))
    for nom, label in (
        ("flux_accueil", "Accueil"),
        ("flux", "Recherche"),
        ("flux_tableau", "Tableau de bord"),
        ("flux_deposer", "Déposer Flux"),
    ):
        assert re.search(rf'href="{url(nom)}"[^>]*>\s*{label}', html), nom


def test_rechercher_un_flux(gestionnaire, depose, cohort, structure):
    partiel = depose()
    integre = depose(cii(numero="U-1"), "seule.xml")
    collegue = factories.compte(cohort, 2, prenom="Hugo")
    factories.rattachement(collegue, structure, role=Role.UTILISATEUR)
    with cohort.monde():
        autre = services.deposer_flux(
            cohort, compte=collegue, fournisseur=structure, nom="x.xml", contenu=cii(numero="H-1"), place=2
        )
        Flux.objects.filter(pk=integre.pk).update(depose_le=cohort.sim_reference - timedelta(days=10))

    def trouves(**criteres):
        html = page(gestionnaire, url("flux"), **criteres)
        return {f for f in (partiel, integre, autre) if f.numero in html}

    assert trouves() == {partiel, integre, autre}
    assert trouves(etat=EtatFlux.INTEGRE_PARTIEL) == {partiel}
    assert trouves(numero=integre.numero[-6:]) == {integre}
    assert trouves(du="07/12/2026") == {partiel, autre}
    assert trouves(au="01/12/2026") == {integre}
    assert trouves(deposant=collegue.pk) == {autre}
    assert trouves(syntaxe="IN_DP_E2_CII_FACTURX") == set()
    assert trouves(du="hier") == {partiel, integre, autre}
    assert "n&#x27;est pas une date" in page(gestionnaire, url("flux"), du="hier")
    assert "Aucun flux ne correspond" in page(gestionnaire, url("flux"), numero="zzz")
    assert page(gestionnaire, url("flux"), tri="numero").index(partiel.numero) < page(
        gestionnaire, url("flux"), tri="numero"
    ).index(autre.numero)


def test_les_flux_d_une_autre_structure_ne_se_voient_pas(gestionnaire, depose, cohort):
    depose()
    intrus = factories.compte(cohort, 2)
    factories.rattachement(intrus, factories.structure(cohort, 2))
    with cohort.monde():
        autre = services.deposer_flux(
            cohort,
            compte=intrus,
            fournisseur=factories.structure(cohort, 3),
            nom="secret.xml",
            contenu=cii(numero="S-1"),
            place=2,
        )
    for nom in ("flux", "flux_accueil"):
        assert autre.numero not in page(gestionnaire, url(nom))
    assert "2 flux" not in page(gestionnaire, url("flux_tableau"))
    for nom in ("flux_detail", "flux_fichier", "flux_compte_rendu", "flux_compte_rendu_pdf"):
        assert gestionnaire.get(url(nom, autre.numero)).status_code == 404


def test_le_tableau_de_bord_compte_par_etat_et_mene_a_la_recherche(gestionnaire, depose):
    assert "Aucun flux déposé" in page(gestionnaire, url("flux_tableau"))
    depose()
    depose(cii(numero="U-1"), "seule.xml")
    depose(cii(numero="U-2"), "autre.xml")
    html = page(gestionnaire, url("flux_tableau"))
    assert "3 flux" in html
    lignes = re.findall(r'<th scope="row">(.*?)</th> <td class="num">(\d+)</td> <td class="num">(\d+) %</td>', html)
    assert [(re.sub("<[^>]+>", "", nom).strip(), int(n), int(part)) for nom, n, part in lignes] == [
        ("En attente de traitement", 0, 0),
        ("En cours de traitement", 0, 0),
        ("Incidenté", 0, 0),
        ("Rejeté", 0, 0),
        ("Intégré partiellement", 1, 33),
        ("Intégré", 2, 67),
    ]
    assert f"{url('flux')}?etat=IN_INTEGRE" in html
    assert 'role="img"' in html


def test_la_page_d_un_flux_dit_tout(gestionnaire, depose):
    flux = depose()
    html = page(gestionnaire, url("flux_detail", flux.numero))
    assert "1 facture intégrée, 1 rejetée" in html
    assert "Facture rejetée : LOT-2" in html
    assert "SBX_005" in html
    assert "Reprenez un code service actif de l&#x27;annuaire." in html
    assert "Les factures correctes sont intégrées" in html
    with flux.cohort.monde():
        facture = flux.factures.get()
    assert url("facture", facture.pk) in html
    assert "every 1s" not in html
    for nom in ("flux_fichier", "flux_compte_rendu", "flux_compte_rendu_pdf"):
        assert url(nom, flux.numero) in html


def test_la_page_d_un_flux_qui_attend(gestionnaire, depose):
    flux = depose(integrer=False)
    html = page(gestionnaire, url("flux_detail", flux.numero))
    assert "every 1s" in html
    assert "Le portail contrôle le fichier" in html
    assert gestionnaire.get(url("flux_compte_rendu", flux.numero)).status_code == 404
    region = gestionnaire.get(url("flux_detail", flux.numero), headers={"HX-Request": "true"}).content.decode()
    assert region.strip().startswith("<div")
    assert "<html" not in region


def test_la_page_d_un_flux_irrecevable(gestionnaire, depose):
    flux = depose(lot(**{"1.xml": b"<a>"}))
    html = page(gestionnaire, url("flux_detail", flux.numero))
    assert "Erreur du flux : 1" in html
    assert "IRR_SYNTAX" in html
    assert "Déposer le fichier corrigé" in html


def test_les_avertissements_sont_a_part(gestionnaire, depose):
    flux = depose(cii(type_document="381"), "avoir.xml")
    html = page(gestionnaire, url("flux_detail", flux.numero))
    assert "avertissement" in html
    assert "sans effet sur l'intégration" in html
    assert "G1.31" in html
    assert "Facture rejetée" not in html


def test_les_fichiers_d_un_flux(gestionnaire, depose):
    contenu = lot(**{"1.xml": cii(numero="LOT-1"), "2.xml": cii(numero="LOT-2", code_service="X")})
    flux = depose(contenu)
    reponse = gestionnaire.get(url("flux_fichier", flux.numero))
    assert reponse.content == contenu
    assert "lot.zip" in reponse.headers["Content-Disposition"]
    detail = json.loads(gestionnaire.get(url("flux_compte_rendu", flux.numero)).content)
    assert detail["etatCourantDepotFlux"] == "IN_INTEGRE_PARTIEL"
    assert [e["numeroDP"] for e in detail["listeErreurDP"]] == ["LOT-2"]
    premier, second = (gestionnaire.get(url("flux_compte_rendu_pdf", flux.numero)) for _ in range(2))
    assert premier.content.startswith(b"%PDF-")
    assert premier.content == second.content
    assert f"CSO1106A_CPP001_{flux.numero}.pdf" in premier.headers["Content-Disposition"]
    store.delete([flux.empreinte])
    assert gestionnaire.get(url("flux_fichier", flux.numero)).status_code == 404


def formulaire(structure, contenu, nom="lot.zip", **champs):
    return {
        "fichier": SimpleUploadedFile(nom, contenu),
        "syntaxe": "IN_DP_E1_CII_16B",
        "fournisseur": str(structure.pk),
        "nom_flux": "",
    } | champs


def test_deposer_un_flux_comme_en_edi(gestionnaire, structure, cohort):
    html = page(gestionnaire, url("flux_deposer"))
    assert "FSO1117A_CPP001_CPP0011117000000000000001" in html
    reponse = gestionnaire.post(url("flux_deposer"), formulaire(structure, cii(), "facture.xml"))
    with cohort.monde():
        flux = Flux.objects.get()
    assert reponse.url == url("flux_detail", flux.numero)
    assert (flux.mode, flux.syntaxe, flux.fournisseur_id) == (ModeDepot.EDI, "IN_DP_E1_CII_16B", structure.pk)
    assert f"importé correctement sous le n° {flux.numero}" in page(gestionnaire, reponse.url)
    with cohort.monde():
        services.integrer(flux.pk)
    assert url("flux_deposer") in page(gestionnaire, reponse.url)


@pytest.mark.parametrize(
    ("champs", "dit"),
    [
        ({"fichier": SimpleUploadedFile("a.exe", b"MZ")}, "n'est pas d'un type accepté"),
        ({"fichier": ""}, "Choisissez un fichier"),
        ({"syntaxe": "X"}, "n'est pas reconnue"),
        ({"fournisseur": "0"}, "n'est pas reconnue"),
    ],
)
def test_deposer_un_flux_refuse(gestionnaire, structure, cohort, champs, dit):
    reponse = gestionnaire.post(url("flux_deposer"), formulaire(structure, cii(), "f.xml", **champs))
    assert reponse.status_code == 422
    assert any(dit in ligne.replace("&#x27;", "'") for ligne in erreurs(reponse))
    with cohort.monde():
        assert not Flux.objects.exists()


def test_deposer_flux_prend_une_archive_abimee_puis_la_rejette(gestionnaire, structure, cohort):
    """As EDI does: what cannot be opened is said by the compte rendu (flux-edi.md §7, control 4)."""
    abimee = SimpleUploadedFile("a.zip", b"PK\x03\x04")
    reponse = gestionnaire.post(url("flux_deposer"), formulaire(structure, cii(), "f.xml", fichier=abimee))
    assert reponse.status_code == 302
    with cohort.monde():
        flux = Flux.objects.get()
        services.integrer(flux.pk)
        flux.refresh_from_db()
    assert (flux.etat, [c["code"] for c in flux.compte_rendu]) == (EtatFlux.REJETE, ["IRR_EXTRAC"])


def test_un_lecteur_suit_sans_deposer(lecteur, depose):
    flux = depose()
    html = page(lecteur, url("flux_detail", flux.numero))
    assert "LOT-2" in html
    assert "Déposer le fichier corrigé" not in html
    assert lecteur.get(url("flux_deposer")).status_code == 403


def test_le_formateur_regle_le_controle_strict(cohort, formateur_client):
    from django.urls import reverse

    adresse = reverse("formation:controle_strict", args=[cohort.code])
    fiche = reverse("formation:session", args=[cohort.code])
    assert "Contrôle strict des fichiers : <strong>coupé</strong>" in page(formateur_client, fiche)
    for _ in range(2):
        assert formateur_client.post(adresse, {"actif": "1", "cle": "c1"}).url == fiche
    html = page(formateur_client, fiche)
    assert "Contrôle strict des fichiers : <strong>actif</strong>" in html
    assert "Un écart à la norme EN 16931 rejette la facture." in html
    formateur_client.post(adresse, {"actif": "1", "cle": "c2"})
    formateur_client.post(adresse, {"actif": "0", "cle": "c3"})
    assert not Cohort.objects.get(pk=cohort.pk).controle_strict
    with cohort.monde():
        verbes = list(Trace.objects.filter(verbe__contains="contrôle strict").order_by("pk").values_list("verbe"))
    assert verbes == [("active le contrôle strict",), ("coupe le contrôle strict",)]


def test_le_nombre_de_requetes_d_une_liste_ne_depend_pas_de_sa_longueur(gestionnaire, depose):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def requetes():
        with CaptureQueriesContext(connection) as vues:
            gestionnaire.get(url("flux"))
        return len(vues)

    depose(cii(numero="A-0"), "f0.xml")
    requetes()
    une = requetes()
    for n in range(1, 4):
        depose(cii(numero=f"A-{n}"), f"f{n}.xml")
    assert requetes() == une


def test_un_flux_incidente_se_montre_et_se_retrouve(gestionnaire, depose):
    """A08: a trainer's incident; the whole flow is to be sent again."""
    incidente = depose(incident=EtatFlux.INCIDENTE)
    autre = depose(cii(numero="FX-9"), "facture.xml")
    fiche = page(gestionnaire, url("flux_detail", incidente.numero))
    assert "Incidenté" in fiche
    assert "déposez à nouveau le flux entier, sans rien y changer" in fiche
    assert "Déposer à nouveau le flux" in fiche
    assert "Déposer le fichier corrigé" not in fiche
    liste = page(gestionnaire, url("flux"), etat="IN_INCIDENTE")
    assert incidente.numero in liste
    assert autre.numero not in liste
    assert "Incidenté" in page(gestionnaire, url("flux_tableau"))
    assert "Incidenté" in page(gestionnaire, url("flux_accueil"))
    assert gestionnaire.get(url("flux_compte_rendu_pdf", incidente.numero)).status_code == 200


def test_les_flux_se_distinguent_par_leur_porte(gestionnaire, depose):
    portes = {
        mode: depose(cii(numero=f"FX-{rang}"), "facture.xml", mode=mode, syntaxe="IN_DP_E1_CII_16B")
        for rang, mode in enumerate((ModeDepot.UPLOAD_PORTAIL, ModeDepot.UPLOAD_API, ModeDepot.EDI))
    }
    tous = page(gestionnaire, url("flux"), tri="mode")
    for mode, flux in portes.items():
        assert mode.label in html.unescape(tous)
        seuls = page(gestionnaire, url("flux"), mode=mode.value)
        assert [f.numero in seuls for f in portes.values()] == [f == flux for f in portes.values()]
    assert "n&#x27;est pas reconnue" in page(gestionnaire, url("flux"), mode="PIGEON")
