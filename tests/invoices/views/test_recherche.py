"""« Rechercher » : critères de chaque application, puces, archives, cloisonnement (factures.md §6.2)."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.enums import Niveau
from accounts.profils import Profil
from invoices.enums import VISIBLES, Cadre, Espace, ModeDepot, Statut
from invoices.forms.recherche import FILTRES
from invoices.models import Facture
from sandbox.cohorts.enums import Regime
from structures.enums import Role
from structures.models import CoordonneesBancaires, Structure
from tests import factories
from tests.conftest import connecter
from tests.invoices.views.conftest import url

pytestmark = pytest.mark.django_db


def page(client, adresse, **criteres):
    return client.get(adresse, criteres).content.decode()


def numeros(html):
    """Numbers of the rows, in their order."""
    return re.findall(r'<th scope="row"[^>]*>\s*<span><a[^>]*>([^<]+)</a>', html)


@pytest.fixture
def mairie(cohort, au_poste, destinataire):
    """Agent of Valmoran: « Factures reçues » of the whole town."""
    qui = factories.compte(cohort, None, login_email="agent@valmoran.example")
    factories.rattachement(qui, destinataire, profils=[Profil.FACTURES_RECUES], role=Role.UTILISATEUR)
    return connecter(au_poste(2), qui)


@pytest.fixture
def titulaire(cohort, au_poste):
    """Company of seat 3 and its browser: « Factures à valider »."""
    qui = factories.compte(cohort, 3)
    entreprise = factories.structure(cohort, 3)
    factories.rattachement(qui, entreprise, profils=[Profil.FACTURES_A_VALIDER], role=Role.UTILISATEUR)
    client = connecter(au_poste(3), qui)
    client.entreprise = entreprise
    return client


COMMUNS = {
    *("type_demande", "destinataire", "code_service", "fournisseur", "service_fournisseur", "numero", "depot_du"),
    *("depot_au", "facture_du", "facture_au", "type_facture", "cadre", "statut", "ht_min", "ht_max", "ttc_min"),
    *("ttc_max", "payer_min", "payer_max", "numero_marche", "numero_engagement", "valideur", "archive"),
}
FOURNISSEUR_SEUL = {"origine", "banque", "createur", "mode_depot", "flux", "rejet_traite"}


@pytest.mark.parametrize(
    ("espace", "attendus"),
    [
        (Espace.EMISES, COMMUNS | FOURNISSEUR_SEUL | {"etat_du", "etat_au"}),
        (Espace.RECUES, COMMUNS | {"etat_du", "etat_au", "telechargee"}),
        (Espace.A_VALIDER, COMMUNS),
    ],
)
def test_chaque_application_a_les_criteres_de_sa_colonne(espace, attendus):
    """The table of factures.md §6.2, columns F, D and V."""
    filtre = FILTRES[espace]
    assert set(filtre.base_filters) == attendus
    offerts = {valeur for valeur, _ in filtre.base_filters["statut"].extra["choices"]}
    assert offerts == set(VISIBLES[espace]) - {"BROUILLON", "INTERPRETEE_OCR", "SUPPRIMEE"}


def test_les_criteres_du_fournisseur(gestionnaire, cohort, structure, destinataire, compte):
    with cohort.monde():
        iban = CoordonneesBancaires.objects.create(
            cohort=cohort, place=1, structure=structure, nom="Compte courant", iban="FR7699999000010000001010176"
        )
    valideur = factories.structure(cohort, 2)
    factories.facture(structure, destinataire, numero="TEMOIN")
    factories.facture(
        structure,
        destinataire,
        numero="CIBLE",
        compte=compte,
        coordonnees_bancaires=iban,
        valideur=valideur,
        cadre=Cadre.A12,
        statut=Statut.A_VALIDER_1,
        mode_depot=ModeDepot.EDI,
        numero_facture_origine="ORIGINE-7",
        service_fournisseur=factories.service(structure, "ATELIER"),
        libelle_service="Travaux neufs",
    )
    for critere, valeur in {
        "banque": "fr76 9999 9000",
        "createur": "nadia poste01",
        "valideur": valideur.identifiant,
        "mode_depot": "EDI",
        "origine": "origine-7",
        "service_fournisseur": "atel",
        "code_service": "travaux",
        "cadre": Cadre.A12.value,
        "statut": "A_VALIDER_1",
    }.items():
        assert numeros(page(gestionnaire, url("rechercher"), **{critere: valeur})) == ["CIBLE"], critere
    assert numeros(page(gestionnaire, url("rechercher"), type_demande="MEMOIRE_JUSTICE")) == []
    assert len(numeros(page(gestionnaire, url("rechercher"), type_demande="FACTURE"))) == 2


def test_le_valideur_2_est_un_valideur(gestionnaire, cohort, structure, destinataire):
    second = factories.structure(cohort, 2)
    factories.facture(structure, destinataire, numero="DEUX", valideur_2=second)
    assert numeros(page(gestionnaire, url("rechercher"), valideur=second.identifiant)) == ["DEUX"]


@pytest.mark.parametrize(
    ("texte", "attendues"),
    [
        ("00020001400017", {"VALMORAN"}),
        ("000 200 014", {"VALMORAN"}),
        ("00020001400017, 00020002200010", {"VALMORAN", "HOPITAL"}),
        ("montbrisac ; 00020001400017", {"VALMORAN", "HOPITAL"}),
        ("centre hospitalier", {"HOPITAL"}),
        ("CÉNTRE hospîtalier", {"HOPITAL"}),
        ("commune hospitalier", set()),
        ("??", set()),
        (",", set()),
    ],
)
def test_une_partie_par_siret_siren_plusieurs_ou_sans_accent(
    gestionnaire, cohort, structure, destinataire, texte, attendues
):
    factories.facture(structure, destinataire, numero="VALMORAN")
    factories.facture(structure, factories.publique(cohort, factories.HOPITAL), numero="HOPITAL")
    assert set(numeros(page(gestionnaire, url("rechercher"), destinataire=texte))) == attendues


def test_le_destinataire_ne_cherche_que_ce_qui_lui_est_adresse(mairie, cohort, structure, destinataire):
    hopital = factories.publique(cohort, factories.HOPITAL)
    factories.facture(structure, hopital, numero="AILLEURS", statut=Statut.MISE_A_DISPOSITION)
    factories.facture(structure, destinataire, numero="EN-ROUTE")
    recue = factories.facture(structure, destinataire, numero="RECUE", statut=Statut.MISE_A_DISPOSITION)
    factories.facture(structure, destinataire, numero="LUE", statut=Statut.SUSPENDUE, telechargee=True)
    adresse = url("recues_rechercher")
    html = page(mairie, adresse)
    assert sorted(numeros(html)) == ["LUE", "RECUE"]
    assert "non téléchargée" in html
    assert f'href="{url("recues_facture", recue.pk)}"' in html
    assert numeros(page(mairie, adresse, telechargee="oui")) == ["LUE"]
    assert numeros(page(mairie, adresse, telechargee="non")) == ["RECUE"]
    assert sorted(numeros(page(mairie, adresse, fournisseur=structure.identifiant))) == ["LUE", "RECUE"]
    # A criterion that is the supplier's only is not one here: it narrows nothing.
    assert sorted(numeros(page(mairie, adresse, createur="personne"))) == ["LUE", "RECUE"]


def test_le_destinataire_choisit_parmi_ses_structures(mairie, cohort, structure, destinataire):
    hopital = factories.publique(cohort, factories.HOPITAL)
    with cohort.monde():
        from accounts.models import Compte

        agent = Compte.objects.get(login_email="agent@valmoran.example")
    assert 'name="destinataire"' not in page(mairie, url("recues_rechercher"))
    factories.rattachement(agent, hopital, profils=[Profil.FACTURES_RECUES], role=Role.UTILISATEUR)
    factories.facture(structure, hopital, numero="H-1", statut=Statut.MISE_A_DISPOSITION)
    factories.facture(structure, destinataire, numero="V-1", statut=Statut.MISE_A_DISPOSITION)
    assert numeros(page(mairie, url("recues_rechercher"), destinataire=hopital.pk)) == ["H-1"]
    html = page(mairie, url("recues_rechercher"), destinataire="999999")
    assert sorted(numeros(html)) == ["H-1", "V-1"]
    assert "champ-faux" in html


def test_le_valideur_cherche_ce_qui_lui_est_soumis(titulaire, structure, destinataire):
    factories.facture(structure, destinataire, numero="SANS")
    factories.facture(
        structure, destinataire, numero="PREMIER", valideur=titulaire.entreprise, statut=Statut.A_VALIDER_1
    )
    factories.facture(
        structure, destinataire, numero="SECOND", valideur_2=titulaire.entreprise, statut=Statut.VALIDEE_2
    )
    factories.facture(structure, destinataire, numero="EN-ROUTE", valideur=titulaire.entreprise, statut=Statut.DEPOSEE)
    adresse = url("a_valider_rechercher")
    assert sorted(numeros(page(titulaire, adresse))) == ["PREMIER", "SECOND"]
    assert numeros(page(titulaire, adresse, statut="A_VALIDER_1")) == ["PREMIER"]
    assert len(numeros(page(titulaire, adresse, valideur=titulaire.entreprise.pk))) == 2
    assert 'name="etat_du"' not in page(titulaire, adresse)


def test_archives(gestionnaire, structure, destinataire):
    """D-26: final and deposited more than a year ago."""
    vieille = {"date_facture": date(2025, 11, 1)}
    factories.facture(structure, destinataire, numero="PAYEE-2025", statut=Statut.MISE_EN_PAIEMENT, **vieille)
    factories.facture(structure, destinataire, numero="OUVERTE-2025", statut=Statut.MISE_A_DISPOSITION, **vieille)
    factories.facture(structure, destinataire, numero="PAYEE-2026", statut=Statut.MISE_EN_PAIEMENT)
    adresse = url("rechercher")
    courantes = {"OUVERTE-2025", "PAYEE-2026"}
    assert set(numeros(page(gestionnaire, adresse))) == courantes
    assert set(numeros(page(gestionnaire, adresse, numero="2025"))) == {"OUVERTE-2025"}
    assert numeros(page(gestionnaire, adresse, archive="archives")) == ["PAYEE-2025"]
    assert set(numeros(page(gestionnaire, adresse, archive="toutes"))) == courantes | {"PAYEE-2025"}


@pytest.mark.parametrize(
    ("regime", "archivees"),
    [(Regime.HISTORIQUE, {"A9", "A12"}), (Regime.REFORME_2026, {"A12"})],
)
def test_un_refus_transmis_n_est_pas_archive(gestionnaire, cohort, structure, destinataire, regime, archivees):
    cohort.regime = regime
    cohort.save()
    for cadre in (Cadre.A9, Cadre.A12):
        nom = cadre.value.partition("_")[0]
        factories.facture(
            structure,
            destinataire,
            numero=nom,
            cadre=cadre,
            statut=Statut.REFUSEE_1,
            date_facture=date(2025, 6, 1),
        )
    assert set(numeros(page(gestionnaire, url("rechercher"), archive="archives"))) == archivees
    assert set(numeros(page(gestionnaire, url("rechercher"), archive="toutes", rejet_traite="non"))) == archivees


def test_les_bornes_comptent_le_jour_entier(gestionnaire, structure, destinataire):
    soir = datetime(2026, 12, 1, 22, 30, tzinfo=UTC)  # 23 h 30 in Paris
    factories.facture(structure, destinataire, numero="SOIR", date_depot=soir, depuis=soir)
    adresse = url("rechercher")
    assert numeros(page(gestionnaire, adresse, depot_du="01/12/2026", depot_au="01/12/2026")) == ["SOIR"]
    assert numeros(page(gestionnaire, adresse, etat_du="01/12/2026", etat_au="01/12/2026")) == ["SOIR"]
    assert numeros(page(gestionnaire, adresse, depot_du="02/12/2026")) == []
    assert numeros(page(gestionnaire, adresse, depot_au="30/11/2026")) == []
    assert numeros(page(gestionnaire, adresse, depot_du="01/01/0001", depot_au="31/12/9999")) == ["SOIR"]


@pytest.mark.parametrize(
    ("criteres", "dit"),
    [
        ({"ttc_min": "mille"}, "« mille » n&#x27;est pas un montant"),
        ({"statut": "INCONNU"}, "INCONNU"),
        ({"cadre": "A99"}, "« Cadre de facturation »"),
        ({"depot_du": "05/12/2026", "depot_au": "01/12/2026"}, "avant le début de la période, 05/12/2026"),
        ({"payer_min": "50", "payer_max": "10"}, "moins que le minimum, 50,00"),
    ],
)
def test_une_valeur_fausse_est_dite_gardee_et_n_empeche_pas_les_autres(
    gestionnaire, structure, destinataire, criteres, dit
):
    factories.facture(structure, destinataire, numero="F-ALPHA")
    factories.facture(structure, destinataire, numero="F-BETA")
    html = page(gestionnaire, url("rechercher"), numero="alpha", **criteres)
    assert dit in html
    assert numeros(html) == ["F-ALPHA"]
    assert "champ-faux" in html
    for nom, valeur in criteres.items():
        assert nom in ("statut", "cadre") or f'name="{nom}" value="{valeur}"' in html


def test_les_puces_retirent_un_critere_a_la_fois(gestionnaire, structure, destinataire):
    factories.facture(structure, destinataire, numero="F-ALPHA", statut=Statut.SUSPENDUE)
    html = page(
        gestionnaire,
        url("rechercher"),
        numero="alpha",
        statut=["SUSPENDUE", "REJETEE"],
        payer_min="12",
        code_service="",
        page="2",
        tri="numero",
    )
    zone = html[html.index('class="criteres-actifs"') : html.index('class="tete-liste"')]
    liens = re.findall(r'href="([^"]+)"', zone)
    assert [" ".join(re.sub("<[^>]+>", " ", li).split()) for li in re.findall(r"<li>.*?</li>", zone, re.DOTALL)] == [
        "Retirer le critère N° de facture : alpha",
        "Retirer le critère Statut courant : Suspendue",
        "Retirer le critère Statut courant : Rejetée",
        "Retirer le critère Montant à payer, de : 12,00 €",
    ]
    assert liens[0] == "?statut=SUSPENDUE&amp;statut=REJETEE&amp;payer_min=12&amp;tri=numero"
    assert liens[1] == "?numero=alpha&amp;statut=REJETEE&amp;payer_min=12&amp;tri=numero"
    assert "criteres-actifs" not in page(gestionnaire, url("rechercher"))


def test_le_total_deduit_les_avoirs_et_ignore_les_autres_monnaies(gestionnaire, structure, destinataire):
    for numero, montant, champs in (
        ("F", "1000", {}),
        ("A", "300", {"type_facture": "AVOIR"}),
        ("B", "-100", {"type_facture": "AVOIR"}),
        ("D", "5000", {"devise": "USD"}),
    ):
        factories.facture(structure, destinataire, numero=numero, montant_a_payer=Decimal(montant), **champs)
    assert "600,00\u202f€ à payer en tout" in " ".join(page(gestionnaire, url("rechercher")).split(" "))


@pytest.mark.parametrize("tri", ["fournisseur", "destinataire", "ht", "ttc", "montant", "depot", "date", "depuis"])
def test_chaque_colonne_se_trie(gestionnaire, cohort, structure, destinataire, tri):
    hopital = factories.publique(cohort, factories.HOPITAL)
    un, deux = date(2026, 12, 1), date(2026, 12, 3)
    petits = {"montant_ht": 1, "montant_ttc": 1, "montant_a_payer": 1}
    factories.facture(structure, hopital, numero="A", date_facture=un, **petits)
    factories.facture(structure, destinataire, numero="B", date_facture=deux)
    croissant = numeros(page(gestionnaire, url("rechercher"), tri=tri))
    assert sorted(croissant) == ["A", "B"]
    if tri != "fournisseur":
        assert croissant != numeros(page(gestionnaire, url("rechercher"), tri=f"-{tri}"))


def test_le_plus_recent_d_abord_par_defaut(gestionnaire, structure, destinataire):
    for jour in (3, 5, 1):
        factories.facture(structure, destinataire, numero=f"J{jour}", date_facture=date(2026, 12, jour))
    assert numeros(page(gestionnaire, url("rechercher"))) == ["J5", "J3", "J1"]


@pytest.fixture
def beaucoup(cohort, structure, destinataire, titulaire):
    """So many invoices more, received by the town and validated by seat 3, in one statement."""

    def _beaucoup(nombre):
        modele = factories.facture(
            structure,
            destinataire,
            numero=f"M-{nombre}",
            statut=Statut.MISE_A_DISPOSITION,
            valideur=titulaire.entreprise,
        )
        with cohort.monde():
            copies = []
            for rang in range(nombre - 1):
                copie = Facture.objects.get(pk=modele.pk)
                copie.pk, copie.numero = None, f"C-{nombre}-{rang}"
                copies.append(copie)
            Facture.objects.bulk_create(copies)

    return _beaucoup


@pytest.mark.parametrize("nom", ["rechercher", "tableau_de_bord"])
def test_autant_de_requetes_pour_3_ou_300_factures(gestionnaire, mairie, titulaire, beaucoup, nom):
    clients = {"": gestionnaire, "recues_": mairie, "a_valider_": titulaire}

    def requetes(prefixe, client):
        with CaptureQueriesContext(connection) as vues:
            assert "M-3" in client.get(url(prefixe + nom), {"lignes": 100, "tri": "-numero"}).content.decode() or (
                nom == "tableau_de_bord"
            )
        return len(vues)

    beaucoup(3)
    avant = {prefixe: requetes(prefixe, client) for prefixe, client in clients.items()}
    beaucoup(300)
    assert {prefixe: requetes(prefixe, client) for prefixe, client in clients.items()} == avant
    assert max(avant.values()) <= 12


def test_l_autre_session_ne_se_trouve_pas(gestionnaire, autre_client, autre_cohort, structure, destinataire):
    factories.facture(structure, destinataire, numero="ICI")
    with autre_cohort.monde():
        la = Structure.objects.get(identifiant=factories.siret_du_poste(1))
    factories.facture(la, factories.publique(autre_cohort), numero="SECRETE")
    assert numeros(page(gestionnaire, url("rechercher"))) == ["ICI"]
    assert numeros(page(gestionnaire, url("rechercher"), fournisseur=la.pk)) == ["ICI"]  # no such choice here
    assert numeros(page(autre_client, url("rechercher"))) == ["SECRETE"]


def test_un_droit_limite_a_un_service_ne_montre_que_lui(cohort, au_poste, structure, destinataire):
    from structures.models import Habilitation

    technique = factories.service(destinataire, "TECH")
    qui = factories.compte(cohort, None, login_email="tech@valmoran.example")
    lien = factories.rattachement(qui, destinataire, profils=[], role=Role.UTILISATEUR)
    with cohort.monde():
        Habilitation.objects.create(
            cohort=cohort,
            rattachement=lien,
            profil=Profil.FACTURES_RECUES,
            niveau=Niveau.MODIFICATION,
            service=technique,
        )
    client = connecter(au_poste(2), qui)
    recue = {"statut": Statut.MISE_A_DISPOSITION}
    factories.facture(structure, destinataire, numero="TECH", service=technique, code_service="TECH", **recue)
    factories.facture(structure, destinataire, numero="AUTRE", **recue)
    assert numeros(page(client, url("recues_rechercher"))) == ["TECH"]
    assert "AUTRE" not in client.get(url("recues_exporter")).getvalue().decode()


@pytest.mark.parametrize("nom", ["rechercher", "tableau_de_bord", "exporter"])
@pytest.mark.parametrize("prefixe", ["recues_", "a_valider_"])
def test_sans_l_habilitation_l_application_est_fermee(au_poste, cohort, structure, prefixe, nom):
    seul = factories.compte(cohort, 2)
    factories.rattachement(seul, structure, profils=[Profil.FACTURES_EMISES], role=Role.UTILISATEUR)
    assert connecter(au_poste(2), seul).get(url(prefixe + nom)).status_code == 403
