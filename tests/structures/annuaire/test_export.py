"""The directory as files: read back, complete, deterministic, bounded in queries (flux-edi.md §16, §17 n° 19)."""

import csv
import io

import pytest
from lxml import etree

from structures.enums import EtatService, Nature, TypeIdentifiant
from structures.models import Service, Structure
from structures.services import annuaire_export
from structures.services.annuaire_export import COLONNES, csv_publiques, xml_publiques
from tests import factories

pytestmark = pytest.mark.django_db
ATTENDUES = [
    "TypeIdentifiant",
    "Identifiant",
    "RaisonSociale",
    "EmetteurEdi",
    "RecepteurEdi",
    "GestionStatutMiseEnPaiement",
    "GestionEngagement",
    "GestionService",
    "GestionServiceEngagement",
    "EstMOA",
    "EstMOAUniquement",
    "StructureActive",
    "Adresse",
    "ComplementAdresse1",
    "ComplementAdresse2",
    "CodePostal",
    "Ville",
    "NumTelephone",
    "Courriel",
    "CodePays",
    "LibellePays",
]


def lire_csv(cohort):
    texte = b"".join(csv_publiques(cohort)).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(texte, newline=""), delimiter=";"))


def lire_xml(cohort):
    return etree.fromstring(b"".join(xml_publiques(cohort)))


def publiques(cohort, nombre, services=0):
    with cohort.monde():
        structures = Structure.objects.bulk_create(
            Structure(
                cohort=cohort,
                type_identifiant=TypeIdentifiant.SIRET,
                identifiant=f"0002999{rang:07d}",
                raison_sociale=f"COMMUNE {rang}",
                nature=Nature.PUBLIQUE,
            )
            for rang in range(nombre)
        )
        Service.objects.bulk_create(
            Service(cohort=cohort, structure=structure, code=f"S{rang}", libelle="Service")
            for structure in structures
            for rang in range(services)
        )


def test_csv_les_colonnes_et_toutes_les_publiques(cohort):
    lignes = lire_csv(cohort)
    assert list(lignes[0]) == list(COLONNES) == ATTENDUES
    with cohort.monde():
        attendus = list(Structure.objects.publiques().order_by("identifiant").values_list("identifiant", flat=True))
    assert [ligne["Identifiant"] for ligne in lignes] == [f"\t{i}" for i in attendus]
    (hopital,) = (ligne for ligne in lignes if ligne["Identifiant"].strip() == factories.HOPITAL)
    assert hopital["GestionEngagement"] == hopital["GestionService"] == "oui"
    assert hopital["GestionServiceEngagement"] == hopital["EstMOA"] == "non"
    assert (hopital["CodePays"], hopital["LibellePays"], hopital["CodePostal"]) == ("FR", "France", "\t99020")


def test_csv_une_formule_reste_un_texte(cohort):
    with cohort.monde():
        Structure.objects.filter(identifiant=factories.VALMORAN).update(
            raison_sociale='=HYPERLINK("x")', ville="+33", adresse="1;2\n3", telephone="+33 1 02"
        )
    (ligne,) = (ligne for ligne in lire_csv(cohort) if ligne["Identifiant"].strip() == factories.VALMORAN)
    assert ligne["RaisonSociale"] == '\'=HYPERLINK("x")'
    assert (ligne["Ville"], ligne["Adresse"], ligne["NumTelephone"]) == ("'+33", "1;2\n3", "'+33 1 02")


def test_xml_structures_et_services(cohort):
    racine = lire_xml(cohort)
    assert racine.tag == "AnnuaireStructuresPubliques"
    with cohort.monde():
        assert len(racine) == Structure.objects.publiques().count()
    (departement,) = racine.xpath("Structure[Identifiant=$i]", i=factories.DEPARTEMENT)
    assert [e.tag for e in departement if e.tag != "Service"] == ATTENDUES
    assert departement.findtext("RaisonSociale") == "DÉPARTEMENT DE L'ORLE"
    assert departement.findtext("GestionService") == "true"
    assert {s.findtext("Code"): s.findtext("GestionEngagement") for s in departement.findall("Service")} == {
        "DOR-COLLEGES": "false",
        "DOR-ROUTES": "true",
        "DOR-SOCIAL": "false",
        "FACTURES_PUBLIQUES": "false",
    }


def test_xml_deterministe_sans_service_supprime_ni_caractere_interdit(cohort):
    with cohort.monde():
        Service.objects.filter(code="DOR-ROUTES").update(etat=EtatService.SUPPRIME)
        Service.objects.filter(code="DOR-SOCIAL").update(etat=EtatService.INACTIF, fin="2026-12-31")
        Structure.objects.filter(identifiant=factories.VALMORAN).update(raison_sociale="A & B <c>\x0b\ufffe")
    assert b"".join(xml_publiques(cohort)) == b"".join(xml_publiques(cohort))
    racine = lire_xml(cohort)
    assert racine.xpath("Structure[Identifiant=$i]/RaisonSociale/text()", i=factories.VALMORAN) == ["A & B <c>"]
    assert racine.xpath("//Service[Code='DOR-ROUTES']") == []
    (social,) = racine.xpath("//Service[Code='DOR-SOCIAL']")
    assert (social.findtext("ServiceActif"), social.findtext("DateFin")) == ("false", "2026-12-31")


@pytest.mark.parametrize("lot", [1, 2, 7, 500])
def test_les_lots_ne_perdent_ni_ne_repetent_rien(cohort, monkeypatch, lot):
    """Also when two types share an identifier."""
    publiques(cohort, 5, services=2)
    with cohort.monde():
        Structure.objects.create(
            cohort=cohort,
            type_identifiant=TypeIdentifiant.RIDET,
            identifiant="00029990000003",
            raison_sociale="JUMELLE",
            nature=Nature.PUBLIQUE,
        )
    attendu = b"".join(xml_publiques(cohort)), b"".join(csv_publiques(cohort))
    monkeypatch.setattr(annuaire_export, "LOT", lot)
    assert (b"".join(xml_publiques(cohort)), b"".join(csv_publiques(cohort))) == attendu
    with cohort.monde():
        assert len(lire_csv(cohort)) == Structure.objects.publiques().count()


@pytest.mark.parametrize("nombre", [3, 300])
def test_les_requetes_ne_dependent_pas_des_lignes(cohort, nombre, django_assert_num_queries):
    publiques(cohort, nombre, services=3)
    with django_assert_num_queries(3):  # a batch, its services, the end
        assert len(lire_xml(cohort)) == nombre + 10
    with django_assert_num_queries(2):
        lire_csv(cohort)


def test_l_autre_session_n_y_est_pas(cohort, autre_cohort):
    publiques(autre_cohort, 1)
    assert b"0002999" not in b"".join(xml_publiques(cohort))
