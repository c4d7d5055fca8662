"""« Factures reçues », « Synthèse »: what the recipient has to treat, what he only reads (factures.md §4.1, §4.2)."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.enums import Niveau
from accounts.profils import Profil
from invoices.enums import Statut, TypeFacture
from invoices.models import DestinatairePrecedent, Facture
from structures.enums import Role
from tests import factories
from tests.conftest import connecter
from tests.invoices.views.conftest import url

pytestmark = pytest.mark.django_db


@pytest.fixture
def hotel_de_ville(cohort, destinataire, au_poste):
    """An agent of COMMUNE DE VALMORAN, « Factures reçues » in modification, in the browser of seat 1."""
    agent = factories.compte(cohort, 1, login_email="agent@valmoran.example", prenom="Aline", nom="Valmoran")
    factories.rattachement(agent, destinataire, role=Role.UTILISATEUR, profils=[Profil.FACTURES_RECUES])
    return connecter(au_poste(1), agent)


@pytest.fixture
def recue(structure, destinataire):
    """Make an invoice at the recipient's."""

    def _recue(numero="F-RECUE", statut=Statut.MISE_A_DISPOSITION, **champs):
        return factories.facture(structure, champs.pop("a", destinataire), numero=numero, statut=statut, **champs)

    return _recue


def page(client, **criteres):
    return client.get(url("recues_synthese"), criteres).content.decode()


def numeros(html):
    """Numbers of the rows that may be ticked, in order."""
    return re.findall(r'aria-label="Cocher la facture ([^"]+)"', html)


def test_seules_attendent_les_mises_a_disposition_et_les_completees(hotel_de_ville, recue, cohort):
    recue("NEUVE")
    recue("COMPLETEE", Statut.COMPLETEE)
    for statut in (Statut.SUSPENDUE, Statut.SERVICE_FAIT, Statut.REJETEE, Statut.EN_COURS_ACHEMINEMENT):
        recue(statut[:12], statut)
    recue("AILLEURS", a=factories.publique(cohort, factories.HOPITAL))
    assert set(numeros(page(hotel_de_ville))) == {"NEUVE", "COMPLETEE"}


def test_une_ligne_dit_tout(hotel_de_ville, recue, cohort, destinataire):
    service = factories.service(destinataire, "FIN", libelle="Finances")
    facture = recue("F-1", service=service, code_service="FIN", type_facture=TypeFacture.AVOIR)
    html = page(hotel_de_ville)
    ligne = re.search(rf'<tr data-bas-cle="{facture.pk}">.*?</tr>', html, re.DOTALL)[0]
    for attendu in ("F-1", "Avoir", "ARBELIN MENUISERIE 01", "Finances", "07/12/2026", "120,00", "Mise à disposition"):
        assert attendu in ligne
    assert url("recues_facture", facture.pk) in ligne
    assert "Échéance" in html


def test_echeance_du_delai_de_paiement(hotel_de_ville, recue):
    """Arrived on 1 November with thirty days: the deadline is past, and said."""
    recue("TARD", date_facture=date(2026, 11, 1))
    recue("SANS", montant_a_payer=Decimal(0))
    html = page(hotel_de_ville)
    assert "01/12/2026" in html
    assert "6 j de retard" in html


def test_la_plus_ancienne_d_abord_et_tri(hotel_de_ville, recue):
    recue("B", montant_a_payer=Decimal(10))
    recue("A", montant_a_payer=Decimal(99), date_facture=date(2026, 12, 1))
    assert numeros(page(hotel_de_ville)) == ["A", "B"]
    assert numeros(page(hotel_de_ville, tri="montant")) == ["B", "A"]
    assert numeros(page(hotel_de_ville, tri="-numero")) == ["B", "A"]


def test_25_par_page_et_requetes_constantes(hotel_de_ville, recue):
    def requetes():
        with CaptureQueriesContext(connection) as vues:
            html = page(hotel_de_ville)
        return len(vues), len(numeros(html))

    recue("SEULE")
    une, _ = requetes()
    for rang in range(30):
        recue(f"F-{rang:02d}")
    assert requetes() == (une, 25)
    assert une <= 16


def test_filtres(hotel_de_ville, recue, destinataire):
    service = factories.service(destinataire, "FIN", libelle="Finances")
    recue("SERVIE", service=service, code_service="FIN")
    recue("AVOIR", type_facture=TypeFacture.AVOIR)
    assert numeros(page(hotel_de_ville, service=service.pk)) == ["SERVIE"]
    assert numeros(page(hotel_de_ville, type_facture="AVOIR")) == ["AVOIR"]
    assert set(numeros(page(hotel_de_ville, type_facture="INCONNU", service="x"))) == {"SERVIE", "AVOIR"}
    assert "Aucune facture ne correspond" in page(hotel_de_ville, type_facture="AVOIR", service=service.pk)


def test_filtrer_par_structure(cohort, destinataire, recue, au_poste):
    hopital = factories.publique(cohort, factories.HOPITAL)
    agent = factories.compte(cohort, 2)
    for ou in (destinataire, hopital):
        factories.rattachement(agent, ou, role=Role.UTILISATEUR, profils=[Profil.FACTURES_RECUES])
    client = connecter(au_poste(2), agent)
    recue("MAIRIE")
    recue("HOPITAL", a=hopital)
    assert set(numeros(page(client))) == {"MAIRIE", "HOPITAL"}
    assert numeros(page(client, structure=hopital.pk)) == ["HOPITAL"]
    assert f"<small>{hopital.raison_sociale}</small>" in page(client)


def test_rien_a_traiter(hotel_de_ville):
    html = page(hotel_de_ville)
    assert "Rien à traiter" in html
    assert "Recyclées vers" not in html


def test_region_rechargee_seule(hotel_de_ville, recue):
    recue()
    partiel = hotel_de_ville.get(url("recues_synthese"), headers={"HX-Request": "true"}).content.decode()
    assert "monde-change" in partiel
    assert "<html" not in partiel


def test_la_consultation_telecharge_sans_traiter(cohort, destinataire, recue, au_poste):
    agent = factories.compte(cohort, 2)
    factories.rattachement(
        agent, destinataire, role=Role.UTILISATEUR, profils=[Profil.FACTURES_RECUES], niveau=Niveau.CONSULTATION
    )
    recue("LUE")
    html = page(connecter(au_poste(2), agent))
    assert numeros(html) == ["LUE"]
    assert "> Traiter" not in html
    assert "Télécharger" in html


def test_un_droit_limite_a_un_service(cohort, destinataire, recue, au_poste):
    sien, autre = factories.service(destinataire, "FIN"), factories.service(destinataire, "CULT")
    client, _ = agent_du_service(cohort, destinataire, sien, au_poste)
    recue("SIENNE", service=sien, code_service="FIN")
    recue("AUTRE", service=autre, code_service="CULT")
    recue("SANS-SERVICE")
    html = page(client)
    assert numeros(html) == ["SIENNE"]
    assert "CULT" not in html


def agent_du_service(cohort, structure, service, au_poste, **champs):
    """An account that holds « Factures reçues modification » on one service only."""
    agent = factories.compte(cohort, 2, **champs)
    lien = factories.rattachement(agent, structure, role=Role.UTILISATEUR, profils=[Profil.FACTURES_RECUES])
    with cohort.monde():
        lien.habilitations.update(service=service)
    return connecter(au_poste(2), agent), agent


def test_le_fournisseur_n_y_entre_pas(gestionnaire, recue):
    recue()
    assert gestionnaire.get(url("recues_synthese")).status_code == 403


def test_recyclees_vers_un_autre_destinataire(hotel_de_ville, recue, cohort, destinataire):
    ailleurs = factories.publique(cohort, factories.HOPITAL)
    partie, revenue = recue("PARTIE", a=ailleurs), recue("REVENUE")
    recue("JAMAIS-VENUE", a=ailleurs)
    with cohort.monde():
        for facture in (partie, revenue):
            DestinatairePrecedent.objects.create(
                cohort=cohort,
                place=1,
                facture=facture,
                structure=destinataire,
                jusqu_au=datetime(2026, 12, 9, 9, tzinfo=UTC),
            )
        DestinatairePrecedent.objects.create(
            cohort=cohort,
            place=1,
            facture=partie,
            structure=ailleurs,
            jusqu_au=datetime(2027, 1, 9, 9, tzinfo=UTC),
        )
    html = page(hotel_de_ville)
    _, _, bloc = html.partition("Recyclées vers un autre destinataire")
    assert "PARTIE" in bloc
    assert "09/12/2026" in bloc
    assert "09/01/2027" not in bloc
    assert "REVENUE" not in bloc
    assert "JAMAIS-VENUE" not in html
    assert numeros(html) == ["REVENUE"]


def test_une_autre_session_ne_se_voit_pas(hotel_de_ville, autre_cohort, recue):
    voisin = factories.facture(
        factories.structure(autre_cohort),
        factories.publique(autre_cohort),
        numero="SECRETE",
        statut=Statut.MISE_A_DISPOSITION,
    )
    recue("ICI")
    html = page(hotel_de_ville)
    assert numeros(html) == ["ICI"]
    assert f"/{voisin.pk}/" not in html


def test_a_faire_de_l_accueil(hotel_de_ville, recue):
    from django.urls import reverse

    recue("UNE")
    recue("DEUX", Statut.COMPLETEE)
    recue("FAITE", Statut.SERVICE_FAIT)
    html = hotel_de_ville.get(reverse("accounts:accueil")).content.decode()
    assert re.search(r"<strong>2</strong>\s*factures reçues à traiter", html)
    assert "Traiter les factures que votre organisme reçoit." in html
    domaine = hotel_de_ville.get(url("domaine")).content.decode()
    assert "Factures reçues" in domaine
    assert url("recues_synthese") in domaine
    fermees = domaine.partition("n'ouvrent pas")[2]
    assert "Factures émises" in fermees
    assert "Factures à valider" not in fermees


def test_a_faire_du_valideur(gestionnaire, cohort, structure, recue):
    from django.urls import reverse

    from invoices.models import Validation

    sous_traitant = factories.structure(cohort, 2)
    attendue = factories.facture(
        sous_traitant,
        factories.publique(cohort),
        numero="A-VALIDER",
        statut=Statut.A_VALIDER_1,
        cadre="A9_FACTURE_SOUSTRAITANT",
        valideur=structure,
    )
    with cohort.monde():
        Validation.objects.create(
            cohort=cohort,
            place=1,
            facture=attendue,
            rang=1,
            structure=structure,
            echeance=datetime(2026, 12, 22, 23, tzinfo=UTC),
        )
    html = gestionnaire.get(reverse("accounts:accueil")).content.decode()
    assert re.search(r"<strong>1</strong>\s*facture à valider, avant la fin du 22/12/2026", html)
    with cohort.monde():
        Facture.objects.filter(pk=attendue.pk).update(statut=Statut.VALIDEE_1)
    assert "facture à valider" not in gestionnaire.get(reverse("accounts:accueil")).content.decode()
