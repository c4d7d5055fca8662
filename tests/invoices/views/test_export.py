"""Export de « Rechercher » : tout ce qui est trouvé, toutes les colonnes, rien qui se calcule (factures.md §6.2)."""

import csv
import io
import tracemalloc
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from openpyxl import load_workbook

from accounts.profils import Profil
from invoices import queries_export as export
from invoices.enums import Acteur, Action, Cadre, DecisionValidation, Espace, Statut
from invoices.models import Facture, HistoriqueStatut, PieceJointe, Validation
from sandbox.web.csv import Identifiant, stream_csv
from sandbox.web.xlsx import Feuille
from sandbox.web.xlsx_flux import stream_xlsx
from structures.enums import Role
from structures.models import CoordonneesBancaires
from tests import factories
from tests.conftest import connecter
from tests.invoices.views.conftest import url

pytestmark = pytest.mark.django_db


def lire_csv(reponse):
    octets = reponse.getvalue()
    assert octets.startswith(b"\xef\xbb\xbf")
    entetes, *lignes = csv.reader(io.StringIO(octets.decode("utf-8-sig")), delimiter=";")
    return [dict(zip(entetes, ligne, strict=True)) for ligne in lignes]


def lire_xlsx(octets):
    page = load_workbook(io.BytesIO(octets)).active
    entetes, *lignes = page.iter_rows()
    return [dict(zip([c.value for c in entetes], ligne, strict=True)) for ligne in lignes]


@pytest.fixture
def complete(cohort, structure, destinataire, compte):
    """An invoice that fills every column."""
    valideur = factories.structure(cohort, 2)
    with cohort.monde():
        iban = CoordonneesBancaires.objects.create(
            cohort=cohort,
            place=1,
            structure=structure,
            nom="Courant",
            iban="FR7699999000010000001010176",
            affactureur="FACTOR FICTIF",
        )
    facture = factories.facture(
        structure,
        destinataire,
        compte=compte,
        numero="0042",
        statut=Statut.SUSPENDUE,
        cadre=Cadre.A12,
        date_facture=date(2026, 12, 1),
        code_service="007",
        libelle_service="=HYPERLINK(1)",
        valideur=valideur,
        coordonnees_bancaires=iban,
        numero_engagement="1300006519",
        numero_marche="2026-M1",
        numero_facture_origine="ORIG-1",
        montant_a_payer=Decimal("4168.80"),
    )
    commun = {"cohort": cohort, "place": 1, "facture": facture}
    with cohort.monde():
        HistoriqueStatut.objects.create(
            **commun,
            action=Action.SUSPENDRE,
            statut=Statut.SUSPENDUE,
            acteur=Acteur.DESTINATAIRE,
            auteur="Mairie",
            motif="JUSTIF_ABS",
            commentaire="+33 à rappeler ; « urgent »",
            survenu_le=cohort.simulated_now() + timedelta(hours=9),
        )
        quand = datetime(2026, 12, 3, 9, tzinfo=UTC)
        refus = {"decision": DecisionValidation.ERREUR, "decidee_le": datetime(2026, 12, 2, tzinfo=UTC)}
        Validation.objects.create(**commun, rang=1, structure=valideur, **refus)
        Validation.objects.create(
            **commun, rang=1, structure=valideur, decision=DecisionValidation.VALIDEE, decidee_le=quand
        )
        for nom, taille in (("f.pdf", 1000), ("bl.pdf", 234)):
            PieceJointe.objects.create(**commun, nom=nom, empreinte=nom, taille=taille)
    return facture


def test_csv(gestionnaire, complete):
    reponse = gestionnaire.get(url("exporter"))
    assert reponse.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert 'filename="factures-emises-2026-12-07-non-officiel.csv"' in reponse.headers["Content-Disposition"]
    assert reponse.headers["Cache-Control"] == "private, no-store"
    (ligne,) = lire_csv(reponse)
    assert ligne == {
        "Type": "Facture",
        "N° de facture": "\t0042",
        "Date de facture": "01/12/2026",
        "Date de dépôt": "01/12/2026 10:00",
        "Destinataire (code)": "\t00020001400017",
        "Destinataire": "COMMUNE DE VALMORAN",
        "Service (code)": "\t007",
        "Service": "'=HYPERLINK(1)",
        "Fournisseur (code)": "\t00010101400017",
        "Fournisseur": "ARBELIN MENUISERIE 01",
        "Service du fournisseur": "",
        "Cadre de facturation": "A12",
        "Montant HT": "100,00",
        "Montant TTC": "120,00",
        "Montant à payer": "4168,80",
        "Devise": "EUR",
        "Statut": "Suspendue",
        "Date de l'état courant": "01/12/2026 10:00",
        "Motif de l'état courant": "Justificatif absent ou insuffisant",
        "Commentaire de l'état courant": "'+33 à rappeler ; « urgent »",
        "N° de marché": "2026-M1",
        "N° de bon de commande (engagement)": "\t1300006519",
        "N° de flux": "",
        "Valideur 1 (code)": f"\t{factories.siret_du_poste(2)}",
        "Valideur 1": "ARBELIN MENUISERIE 02",
        "Date de validation 1": "03/12/2026 10:00",
        "Valideur 2 (code)": "",
        "Valideur 2": "",
        "Date de validation 2": "",
        "Facture d'origine": "ORIG-1",
        "Mode de dépôt": "Saisie sur le portail",
        "Coordonnées bancaires": "FR7699999000010000001010176",
        "Affactureur": "FACTOR FICTIF",
        "Utilisateur créateur": "Nadia Poste01",
        "Taille des fichiers (octets)": "1234",
        "Rejet traité": "non",
    }


def test_xlsx(gestionnaire, complete):
    reponse = gestionnaire.get(url("exporter"), {"format": "xlsx"})
    assert reponse.headers["Content-Disposition"].endswith('non-officiel.xlsx"')
    (ligne,) = lire_xlsx(reponse.getvalue())
    assert ligne["N° de facture"].value == "0042"
    assert ligne["Fournisseur (code)"].value == "00010101400017"
    assert ligne["Fournisseur (code)"].data_type == "s"
    assert ligne["Montant à payer"].value == 4168.8
    assert ligne["Montant à payer"].number_format == "#,##0.00"
    assert ligne["Date de facture"].value == datetime(2026, 12, 1)  # noqa: DTZ001
    assert ligne["Date de validation 1"].value == datetime(2026, 12, 3, 10)  # noqa: DTZ001
    assert ligne["Service"].value == "'=HYPERLINK(1)"
    assert ligne["Service"].data_type == "s"
    assert ligne["Valideur 2"].value is None


def test_seulement_ce_que_trouvent_les_criteres_dans_leur_ordre(gestionnaire, structure, destinataire):
    for rang in range(30):
        factories.facture(structure, destinataire, numero=f"F-{rang:03d}")
    factories.facture(structure, destinataire, numero="AUTRE", statut=Statut.REJETEE)
    factories.brouillon(structure, destinataire, numero="F-BROUILLON")
    lignes = lire_csv(gestionnaire.get(url("exporter"), {"numero": "f-", "tri": "-numero", "page": "2"}))
    assert [ligne["N° de facture"] for ligne in lignes] == [f"F-{rang:03d}" for rang in reversed(range(30))]
    html = gestionnaire.get(url("rechercher"), {"numero": "f-", "statut": "", "tri": "-numero"}).content.decode()
    assert f'href="{url("exporter")}?format=xlsx&amp;numero=f-&amp;tri=-numero"' in html
    assert "non officiel" in html


def test_un_resultat_vide_a_ses_entetes(gestionnaire):
    assert lire_csv(gestionnaire.get(url("exporter"), {"format": "pdf"})) == []


def test_le_destinataire_a_ses_colonnes_et_rien_d_autrui(cohort, au_poste, complete, structure, destinataire):
    qui = factories.compte(cohort, None, login_email="agent@valmoran.example")
    factories.rattachement(qui, destinataire, profils=[Profil.FACTURES_RECUES], role=Role.UTILISATEUR)
    client = connecter(au_poste(2), qui)
    factories.facture(
        structure, factories.publique(cohort, factories.HOPITAL), numero="AILLEURS", statut=Statut.MISE_A_DISPOSITION
    )
    factories.facture(structure, destinataire, numero="EN-ROUTE")
    (ligne,) = lire_csv(client.get(url("recues_exporter")))
    assert ligne["Téléchargée par le destinataire"] == "non"
    assert ligne["Coordonnées bancaires"] == "FR7699999000010000001010176"
    assert not {"Utilisateur créateur", "Rejet traité", "N° de flux", "Mode de dépôt"} & ligne.keys()


def test_l_autre_session_n_y_est_pas(autre_client, complete):
    assert lire_csv(autre_client.get(url("exporter"))) == []


@pytest.mark.parametrize("methode", ["post", "put", "delete"])
def test_on_ne_fait_que_lire(gestionnaire, methode):
    assert getattr(gestionnaire, methode)(url("exporter")).status_code == 405


class Puits(io.RawIOBase):
    """Where bytes go without being kept, so that what is measured is not what is written."""

    position = 0

    def writable(self):
        return True

    def write(self, octets):
        self.position += len(octets)
        return len(octets)

    def tell(self):
        return self.position


def test_une_requete_et_peu_de_memoire_pour_des_milliers_de_lignes(cohort, complete, django_assert_num_queries):
    """Four times as many rows need no more memory (10,000 of them: ``bench/search.py``)."""
    colonnes = [champ for champ in Facture._meta.concrete_fields if not champ.primary_key]

    def pics(nombre):
        with cohort.monde():
            modele = Facture.objects.get(pk=complete.pk)
            commun = {champ.attname: getattr(modele, champ.attname) for champ in colonnes}
            Facture.objects.bulk_create(Facture(**commun | {"numero": f"C-{nombre}-{rang}"}) for rang in range(nombre))
            factures = Facture.objects.order_by("-date_depot", "-pk")
            mesures = []
            for genre in ("csv", "xlsx"):
                tracemalloc.start()
                with django_assert_num_queries(1):
                    entetes, lignes = export.entetes(Espace.EMISES), export.lignes(factures, Espace.EMISES)
                    if genre == "csv":
                        stream_csv(Puits(), entetes, lignes)
                    else:
                        stream_xlsx(Puits(), Feuille("Export", entetes, lignes))
                mesures.append(tracemalloc.get_traced_memory()[1])
                tracemalloc.stop()
        return mesures

    petits, grands = pics(800), pics(3200)
    assert max(grands) < 8_000_000
    assert all(grand < 1.5 * petit for petit, grand in zip(petits, grands, strict=True))


def test_un_classeur_ecrit_au_fil_de_l_eau_dit_tout_comme_l_autre():
    lignes = [
        [Identifiant("00012"), Decimal("1.5"), 3, True, None, "a<b & \x00c", date(2026, 1, 2), date(1850, 1, 2)],
        ["=1+1", Decimal("-2"), 0, False, "", "é" * 40_000, datetime(2026, 1, 2, 23, 59, 59, tzinfo=UTC), "fin"],
    ]
    sortie = io.BytesIO()
    stream_xlsx(sortie, Feuille("Un [titre] : long" * 3, [f"c{n}" for n in range(8)], lignes))
    classeur = load_workbook(io.BytesIO(sortie.getvalue()))
    page = classeur.active
    assert page.title == "Un  titre    longUn  titre    l"
    assert page.freeze_panes == "A2"
    assert page.auto_filter.ref == "A1:H3"
    valeurs = [[c.value for c in ligne] for ligne in page.iter_rows(min_row=2)]
    assert valeurs[0] == ["00012", 1.5, 3, "oui", None, "a<b & c", datetime(2026, 1, 2), "02/01/1850"]  # noqa: DTZ001
    assert valeurs[1][:5] == ["'=1+1", -2, 0, "non", None]
    assert len(valeurs[1][5]) == 32_767
    assert valeurs[1][6] == datetime(2026, 1, 3, 0, 59, 59)  # noqa: DTZ001
