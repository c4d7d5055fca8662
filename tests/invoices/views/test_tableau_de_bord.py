"""« Tableau de bord » : comptes, âges, retards, et la recherche que chaque chiffre résume (factures.md §6.3, §8)."""

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from html import unescape

import pytest

from accounts.profils import Profil
from invoices.enums import Acteur, Action, Statut
from invoices.models import HistoriqueStatut
from invoices.queries_suivi import Retards, retards
from structures.enums import Role
from tests import factories
from tests.conftest import connecter
from tests.invoices.views.conftest import url
from tests.invoices.views.test_recherche import numeros

pytestmark = pytest.mark.django_db
AUJOURD_HUI = date(2026, 12, 7)


def texte(html):
    return " ".join(re.sub(r"<[^>]+>", " ", unescape(html)).split())


def section(html, titre):
    return html[html.index(f'aria-labelledby="{titre}"') :].partition("</section>")[0]


@pytest.fixture
def agee(structure, destinataire):
    """An invoice deposited so many days ago."""

    def _agee(jours, statut=Statut.MISE_A_DISPOSITION, **champs):
        jour = AUJOURD_HUI - timedelta(days=jours)
        return factories.facture(
            structure,
            destinataire,
            **({"numero": f"J{jours}-{statut[:8]}", "statut": statut, "date_facture": jour} | champs),
        )

    return _agee


def test_ages_et_familles(gestionnaire, agee):
    for jours in (0, 7, 8, 15, 16, 30, 31, 60):
        agee(jours)
    agee(3, Statut.SUSPENDUE)
    agee(40, Statut.MISE_EN_PAIEMENT)
    html = section(gestionnaire.get(url("tableau_de_bord")).content.decode(), "t-ages")
    table = html[html.index("<table") :]
    rangees = [texte(r) for r in re.findall(r"<tr>.*?</tr>", table, re.DOTALL)]
    assert rangees == [
        "Statuts 0 à 7 jours 8 à 15 jours 16 à 30 jours Plus de 30 jours Total",
        "En attente d'une réponse 2 2 2 2 8",
        "Renvoyées 1 0 0 0 1",
        "Mises en paiement 0 0 0 1 1",
    ]
    dessin = html[: html.index("<table")]
    assert 'class="ages" aria-hidden="true"' in dessin
    assert dessin.count("<rect") == 6  # one for each number that is not zero
    assert 'x="25.00%" width="25.00%"' in dessin


@pytest.mark.parametrize("periode", [{}, {"du": "20/11/2026", "au": "02/12/2026"}, {"du": "01/01/2025"}])
def test_chaque_chiffre_mene_a_ce_qu_il_compte(gestionnaire, cohort, structure, agee, periode):
    hopital = factories.publique(cohort, factories.HOPITAL)
    for jours in (0, 7, 8, 15, 16, 30, 31, 60):
        agee(jours)
    agee(5, Statut.SUSPENDUE)
    agee(20, Statut.MISE_EN_PAIEMENT)
    agee(500, Statut.MISE_EN_PAIEMENT)
    factories.facture(structure, hopital, numero="HOPITAL", date_facture=date(2026, 11, 25))
    html = gestionnaire.get(url("tableau_de_bord"), periode).content.decode()
    essayes = 0
    for zone in ("t-chiffres", "t-ages", "t-statuts", "t-parties"):
        for lien, dit in re.findall(r'<t[dh][^>]*>\s*<a\s+href="([^"]+)"[^>]*>([^<]+)</a>', section(html, zone)):
            nombre = len(numeros(gestionnaire.get(unescape(lien) + "&lignes=100").content.decode()))
            if dit.strip().isdigit():
                assert nombre == int(dit), lien
            assert nombre, lien
            essayes += 1
    assert essayes >= 5


def test_montants(gestionnaire, agee):
    agee(2, montant_a_payer=Decimal(1000))
    agee(3, Statut.MISE_EN_PAIEMENT, montant_a_payer=Decimal(400))
    agee(4, montant_a_payer=Decimal(100), type_facture="AVOIR")
    agee(5, montant_a_payer=Decimal(7777), devise="USD")
    chiffres = texte(section(gestionnaire.get(url("tableau_de_bord")).content.decode(), "t-chiffres"))
    assert "Factures déposées 4" in chiffres
    assert re.search(r"avoirs déduits 1\s300,00\s€", chiffres)
    assert re.search(r"mis en paiement 400,00\s€", chiffres)


def _histoire(cohort, facture, *etapes):
    with cohort.monde():
        for statut, instant in etapes:
            HistoriqueStatut.objects.create(
                cohort=cohort,
                place=1,
                facture=facture,
                action=Action.SUSPENDRE,
                statut=statut,
                acteur=Acteur.DESTINATAIRE,
                auteur="Mairie",
                survenu_le=instant,
            )


def le(mois, jour):
    return datetime(2026, mois, jour, 12, tzinfo=UTC)


def test_retards_suspensions_comprises(cohort, agee, django_assert_num_queries):
    """Town: 30 days. The example of factures.md §8.3 is paid 18 days late."""
    S = Statut
    agee(31, numero="EN-RETARD")
    agee(30, numero="DERNIER-JOUR")
    agee(60, numero="AVOIR", type_facture="AVOIR")
    agee(60, numero="DEVISE", devise="USD")
    agee(60, S.REJETEE, numero="REJETEE")
    agee(60, S.DEPOSEE, numero="EN-ROUTE")
    arrivee = {"date_mise_a_disposition": le(9, 1)}
    exemple = agee(97, S.MISE_EN_PAIEMENT, numero="EXEMPLE", depuis=le(11, 5), **arrivee)
    _histoire(cohort, exemple, (S.SUSPENDUE, le(9, 11)), (S.COMPLETEE, le(9, 18)), (S.MISE_EN_PAIEMENT, le(11, 5)))
    a_l_heure = agee(97, S.MISE_EN_PAIEMENT, numero="A-L-HEURE", depuis=le(10, 18), **arrivee)
    _histoire(cohort, a_l_heure, (S.SUSPENDUE, le(9, 11)), (S.COMPLETEE, le(9, 18)), (S.MISE_EN_PAIEMENT, le(10, 18)))
    suspendue = agee(97, S.SUSPENDUE, numero="SUSPENDUE", depuis=le(9, 11), **arrivee)
    _histoire(cohort, suspendue, (S.SUSPENDUE, le(9, 11)))
    with cohort.monde():
        from invoices.models import Facture

        with django_assert_num_queries(2):
            assert retards(Facture.objects.envoyees()) == Retards(attendues=1, payees=1)


def test_les_retards_sont_dits(gestionnaire, agee):
    agee(45)
    assert "1 en retard" in texte(section(gestionnaire.get(url("tableau_de_bord")).content.decode(), "t-chiffres"))


def test_une_periode_a_l_envers_est_dite(gestionnaire):
    reponse = gestionnaire.get(url("tableau_de_bord"), {"du": "05/12/2026", "au": "01/12/2026"})
    assert reponse.status_code == 422
    assert "avant le début de la période, le 05/12/2026" in reponse.content.decode()
    assert 'value="01/12/2026"' in reponse.content.decode()


def test_le_destinataire_voit_ses_fournisseurs(cohort, au_poste, structure, destinataire, agee):
    qui = factories.compte(cohort, None, login_email="agent@valmoran.example")
    factories.rattachement(qui, destinataire, profils=[Profil.FACTURES_RECUES], role=Role.UTILISATEUR)
    client = connecter(au_poste(2), qui)
    agee(2)
    agee(2, Statut.DEPOSEE)
    factories.facture(
        structure, factories.publique(cohort, factories.HOPITAL), numero="AILLEURS", statut=Statut.MISE_A_DISPOSITION
    )
    html = client.get(url("recues_tableau_de_bord")).content.decode()
    assert "Factures déposées 1" in texte(section(html, "t-chiffres"))
    assert structure.raison_sociale in section(html, "t-parties")
    assert "Par fournisseur" in html
    assert f"fournisseur={structure.identifiant}" in html
    assert url("recues_rechercher") in html


def test_seulement_les_dix_premiers(gestionnaire, cohort, structure):
    with cohort.monde():
        from structures.models import Structure

        modele = Structure.objects.get(identifiant=factories.VALMORAN)
        autres = []
        for rang in range(11):
            modele.pk, modele.identifiant = None, f"000290{rang:02d}000010"
            modele.save(force_insert=True)
            autres.append(Structure.objects.get(pk=modele.pk))
    for rang, publique in enumerate(autres):
        publique.cohort = cohort
        factories.facture(structure, publique, numero=f"P-{rang}")
    zone = section(gestionnaire.get(url("tableau_de_bord")).content.decode(), "t-parties")
    assert zone.count('scope="row"') == 10
    assert "Les 10 premiers" in zone
