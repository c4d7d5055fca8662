"""« Synthèse », « Rechercher », « Tableau de bord », page d'une facture."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from invoices.delais import calculer
from invoices.enums import Acteur, Action, Statut
from invoices.models import ActionUtilisateur, HistoriqueStatut
from tests import factories
from tests.invoices.views.conftest import url

pytestmark = pytest.mark.django_db


@pytest.fixture
def emises(structure, mandat, destinataire, compte):
    def _emises(nombre, **champs):
        return [
            factories.facture(structure, destinataire, compte=compte, **({"numero": f"F-{rang:03d}"} | champs))
            for rang in range(nombre)
        ]

    return _emises


def page(client, adresse, **criteres):
    return client.get(adresse, criteres).content.decode()


def test_domaine(gestionnaire):
    html = page(gestionnaire, url("domaine"))
    for application in ("Factures émises", "Suivi des flux", "Souscrire un mandat de facturation"):
        assert application in html


def test_synthese_separe_ce_qui_attend_de_ce_qui_avance(gestionnaire, structure, destinataire, emises, brouillon):
    emises(1, numero="EN-COURS")
    for statut in (Statut.SUSPENDUE, Statut.REJETEE, Statut.MISE_EN_PAIEMENT):
        factories.facture(structure, destinataire, numero=statut[:12], statut=statut)
    factories.facture(structure, destinataire, numero="TRAITEE", statut=Statut.REJETEE, rejet_traite=True)
    traiter, _, en_cours = page(gestionnaire, url("synthese")).partition('<details class="repli')
    assert "F-2026-001" in traiter
    assert "SUSPENDUE" in traiter
    assert "REJETEE" in traiter
    assert "EN-COURS" in en_cours
    assert "TRAITEE" not in traiter + en_cours
    assert "MISE_EN_PAIE" not in traiter + en_cours


def test_listes_vides(gestionnaire):
    assert "Rien à traiter" in page(gestionnaire, url("synthese"))
    assert "Aucune facture envoyée" in page(gestionnaire, url("rechercher"))
    assert "Aucune facture ne correspond" in page(gestionnaire, url("rechercher"), numero="zzz")
    assert "Aucune facture sur cette période" in page(gestionnaire, url("tableau_de_bord"))
    assert "Aucun flux déposé" in page(gestionnaire, url("flux"))


@pytest.mark.parametrize(
    ("criteres", "attendues"),
    [
        ({}, {"F-ALPHA", "F-BETA"}),
        ({"numero": "alph"}, {"F-ALPHA"}),
        ({"destinataire": "montbrisac"}, {"F-BETA"}),
        ({"destinataire": "000 200 022"}, {"F-BETA"}),
        ({"statut": ["SUSPENDUE"]}, {"F-BETA"}),
        ({"statut": ["SUSPENDUE", "DEPOSEE"]}, {"F-ALPHA", "F-BETA"}),
        ({"payer_min": "500,00"}, {"F-BETA"}),
        ({"payer_max": "500"}, {"F-ALPHA"}),
        ({"facture_du": "02/12/2026"}, {"F-ALPHA"}),
        ({"depot_au": "01/12/2026"}, {"F-BETA"}),
        ({"code_service": "chm"}, {"F-BETA"}),
        ({"rejet_traite": "non"}, set()),
        ({"facture_du": "demain"}, {"F-ALPHA", "F-BETA"}),
        ({"statut": ["INCONNU"]}, {"F-ALPHA", "F-BETA"}),
        ({"page": "999", "tri": "bidon"}, {"F-ALPHA", "F-BETA"}),
    ],
)
def test_criteres_de_recherche(gestionnaire, structure, destinataire, cohort, criteres, attendues):
    hopital = factories.publique(cohort, factories.HOPITAL)
    factories.facture(structure, destinataire, numero="F-ALPHA")
    factories.facture(
        structure,
        hopital,
        numero="F-BETA",
        statut=Statut.SUSPENDUE,
        code_service="CHM-TECH",
        date_facture=date(2026, 12, 1),
        montant_a_payer=Decimal(1000),
    )
    html = page(gestionnaire, url("rechercher"), **criteres)
    assert {n for n in ("F-ALPHA", "F-BETA") if f">{n}<" in html} == attendues


def test_un_critere_illisible_est_dit(gestionnaire):
    assert "n&#x27;est pas une date" in page(gestionnaire, url("rechercher"), facture_du="demain")


def test_25_par_page_et_tri(gestionnaire, emises):
    emises(30)
    html = page(gestionnaire, url("rechercher"), tri="numero")
    assert html.count('scope="row"') == 25
    assert html.index("F-000") < html.index("F-024")
    assert "F-029" in page(gestionnaire, url("rechercher"), tri="numero", page=2)


@pytest.mark.parametrize("nom", ["synthese", "rechercher", "tableau_de_bord", "flux"])
def test_nombre_de_requetes_constant(gestionnaire, emises, nom):
    def requetes():
        with CaptureQueriesContext(
            connection,
        ) as vues:
            assert gestionnaire.get(url(nom)).status_code == 200
        return len(vues)

    emises(1, numero="SEULE", statut=Statut.SUSPENDUE)
    une = requetes()
    emises(29, statut=Statut.SUSPENDUE)
    assert requetes() == une
    assert une <= 12


def test_tableau_de_bord(gestionnaire, emises, structure, destinataire):
    emises(3)
    factories.facture(structure, destinataire, numero="PAYEE", statut=Statut.MISE_EN_PAIEMENT)
    html = page(gestionnaire, url("tableau_de_bord"))
    assert "480,00\u202f€" in html
    assert "<svg" in html
    assert "statut=DEPOSEE" in html
    assert gestionnaire.get(url("tableau_de_bord"), {"du": "x", "au": ""}).status_code == 422
    assert "Aucune facture" in page(gestionnaire, url("tableau_de_bord"), du="01/01/2025", au="31/01/2025")


def test_page_d_une_facture(gestionnaire, cohort, structure, destinataire, compte):
    facture = factories.facture(
        structure, destinataire, numero="F-041", statut=Statut.MISE_A_DISPOSITION, compte=compte
    )
    with cohort.monde():
        HistoriqueStatut.objects.create(
            cohort=cohort,
            place=1,
            facture=facture,
            action=Action.SUSPENDRE,
            statut_avant=facture.statut,
            statut=Statut.SUSPENDUE,
            survenu_le=datetime(2026, 12, 7, 15, tzinfo=UTC),
            acteur=Acteur.DESTINATAIRE,
            auteur="Mairie",
            motif="JUSTIF_ABS",
            commentaire="Bon de livraison signé absent.",
        )
        facture.statut = Statut.SUSPENDUE
        facture.save()
    html = page(gestionnaire, url("facture", facture.pk))
    assert "Aide DGP" in html
    assert "délai suspendu" in html
    assert "Bon de livraison signé absent." in html
    assert "monde-change" in html
    historique = page(gestionnaire, url("facture", facture.pk), volet="historique")
    assert "Justificatif absent ou insuffisant" in historique
    assert "Pièces jointes" in page(gestionnaire, url("facture", facture.pk), volet="pieces")
    partiel = gestionnaire.get(url("facture", facture.pk), headers={"HX-Request": "true"})
    assert b"<html" not in partiel.content


def test_exemple_du_delai_de_paiement():
    """factures.md §8.3."""
    jour = lambda m, j: date(2026, m, j)  # noqa: E731
    etapes = [(Statut.MISE_A_DISPOSITION, jour(9, 1)), (Statut.SUSPENDUE, jour(9, 11))]
    suspendu = calculer(jour(9, 1), 30, etapes, jour(9, 15))
    assert (suspendu.suspendu, suspendu.ecoule, suspendu.retard) == (True, 10, 0)
    etapes += [(Statut.COMPLETEE, jour(9, 18)), (Statut.MISE_EN_PAIEMENT, jour(11, 5))]
    paye = calculer(jour(9, 1), 30, etapes, jour(12, 1))
    assert (paye.echeance, paye.retard, paye.alerte) == (jour(10, 18), 18, "refus")
    deux = calculer(jour(9, 1), 30, [*etapes[:3], (Statut.SUSPENDUE, jour(9, 20))], jour(9, 25))
    assert deux.deuxieme_suspension
    assert not deux.suspendu
    assert calculer(jour(9, 1), 30, [], jour(9, 27)).alerte == "attente"
    assert calculer(jour(9, 1), 30, [], jour(9, 2)).alerte == ""


def test_telechargements_traces(gestionnaire, cohort, facture_deposee):
    assert gestionnaire.get(url("certificat", facture_deposee.pk)).headers["Content-Type"] == "application/pdf"
    assert gestionnaire.get(url("pdf", facture_deposee.pk)).content.startswith(b"%PDF")
    with cohort.monde():
        assert sorted(ActionUtilisateur.objects.values_list("code", flat=True)) == [
            "TELECHARGEMENT_CERTIFICAT",
            "TELECHARGEMENT_FACTURE",
        ]


@pytest.mark.parametrize("criteres", ["au=01/01/0001", "au=31/03/0001", "du=31/12/9999", "du=01/01/0001&au=31/12/9999"])
def test_tableau_de_bord_aux_bornes_du_calendrier(gestionnaire, criteres):
    assert gestionnaire.get(f"{url('tableau_de_bord')}?{criteres}").status_code == 200


@pytest.mark.parametrize("nom", ["synthese", "saisir", "deposer", "rechercher", "tableau_de_bord", "flux"])
def test_head_repond_comme_get(gestionnaire, mandat, nom):
    assert gestionnaire.head(url(nom)).status_code == 200
