"""Bank accounts on screen (comptes-structures.md §4.2; exercices.md, Exercice 2)."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from accounts.profils import Profil
from structures.enums import Role
from structures.models import CoordonneesBancaires
from tests import factories
from tests.conftest import connecter

pytestmark = pytest.mark.django_db
IBAN = "FR76 9999 9000 0100 0000 1010 176"


def texte(reponse):
    return reponse.content.decode().replace("&#x27;", "'")


def url(structure, nom="banque", *suite):
    return reverse(f"structures:{nom}", args=[structure.pk, *suite])


def comptes(structure):
    with structure.cohort.monde():
        return list(CoordonneesBancaires.objects.filter(structure=structure).order_by("pk"))


def ajouter(client, structure, **champs):
    envoi = {"nom": "Courant", "iban": IBAN, "bic": "FICTFRPPXXX"} | champs
    return client.post(url(structure, "banque_ajouter"), envoi)


@pytest.fixture
def courant(gestionnaire, structure):
    rib = SimpleUploadedFile("mon rib.pdf", b"%PDF-1.7 fictif")
    assert ajouter(gestionnaire, structure, rib=rib).status_code == 302
    return comptes(structure)[0]


def test_reserve_a_ceux_qui_gerent(poste, compte, cohort):
    entreprise = factories.structure(cohort)
    factories.rattachement(compte, entreprise, role=Role.UTILISATEUR, profils=[Profil.FACTURES_EMISES])
    client = connecter(poste, compte)
    for nom in ("banque", "banque_ajouter"):
        assert client.get(url(entreprise, nom)).status_code == 403


def test_vide_puis_un_compte_par_defaut(gestionnaire, structure, courant):
    page = texte(gestionnaire.get(url(structure)))
    assert IBAN in page
    assert "Par défaut" in page
    assert "Définir par défaut" not in page
    assert (courant.iban, courant.defaut) == (IBAN.replace(" ", ""), True)


def test_liste_vide(gestionnaire, structure):
    assert "Aucun compte bancaire" in texte(gestionnaire.get(url(structure)))


@pytest.mark.parametrize(
    ("champs", "champ", "message"),
    [
        ({"iban": "FR76 9999 9000 0100 0000 1010 167"}, "iban", "clé IBAN est fausse"),
        ({"iban": "FR14 2004 1010 0505 0001 3M02 606"}, "iban", "Seuls les IBAN fictifs"),
        ({"iban": "a\x00b"}, "iban", ""),
        ({"nom": ""}, "nom", "obligatoire"),
        ({"bic": "X"}, "bic", "8 ou 11"),
        ({"debut": "31/02/2027"}, "debut", "n'existe pas"),
        ({"rib": SimpleUploadedFile("rib.png", b"x")}, "rib", "Types acceptés"),
        ({"rib": SimpleUploadedFile("rib.pdf", b"GIF89a")}, "rib", "n'est pas un PDF"),
    ],
)
def test_refus_au_champ_saisie_gardee(gestionnaire, structure, champs, champ, message):
    reponse = ajouter(gestionnaire, structure, **champs)
    assert reponse.status_code == 422
    assert message in str(reponse.context["form"].errors[champ]).replace("&#x27;", "'")
    assert "FICTFRPPXXX" in texte(reponse) or champ == "bic"
    assert comptes(structure) == []


def test_double_envoi_un_seul_compte(gestionnaire, structure, courant):
    reponse = ajouter(gestionnaire, structure)
    assert reponse.status_code == 422
    assert "déjà enregistré" in texte(reponse)
    assert len(comptes(structure)) == 1


def test_modifier_sans_changer_l_iban(gestionnaire, structure, courant):
    page = url(structure, "banque_modifier", courant.pk)
    assert "mon rib.pdf" in texte(gestionnaire.get(page))
    envoi = {"nom": "Principal", "iban": "FR7699999000010000001010273", "bic": "FICTFRPPXXX", "fin": "31/01/2027"}
    assert gestionnaire.post(page, envoi).status_code == 302
    (lu,) = comptes(structure)
    assert (lu.nom, lu.iban, lu.rib) == ("Principal", courant.iban, courant.rib)
    assert "Rien n'a changé" in texte(gestionnaire.post(page, envoi, follow=True))
    reponse = gestionnaire.post(page, envoi | {"debut": "01/02/2027"})
    assert "précède" in str(reponse.context["form"].errors["fin"])


def test_definir_par_defaut_et_desactiver(gestionnaire, structure, courant):
    ajouter(gestionnaire, structure, nom="Second", iban="FR7699999000010000001010273")
    second = comptes(structure)[1]
    page = texte(gestionnaire.post(url(structure, "banque_defaut", second.pk), follow=True))
    assert "« Second » est le compte par défaut" in page
    confirmation = url(structure, "banque_desactiver", second.pk)
    assert "ne sera plus proposé" in texte(gestionnaire.get(confirmation))
    assert comptes(structure)[1].actif
    for _ in range(2):
        assert gestionnaire.post(confirmation).status_code == 302
    premier, second = comptes(structure)
    assert (premier.defaut, second.actif, second.defaut) == (True, False, False)
    assert "Désactivé" in texte(gestionnaire.get(url(structure)))
    # closed: neither changed nor made the default
    assert gestionnaire.get(url(structure, "banque_modifier", second.pk)).status_code == 404
    refus = texte(gestionnaire.post(url(structure, "banque_defaut", second.pk), follow=True))
    assert "pas utilisable aujourd'hui" in refus
    assert gestionnaire.get(url(structure, "banque_defaut", second.pk)).status_code == 405


def test_lire_le_rib(gestionnaire, structure, courant):
    reponse = gestionnaire.get(url(structure, "banque_rib", courant.pk))
    assert reponse.content == b"%PDF-1.7 fictif"
    assert reponse["Content-Type"] == "application/pdf"
    with structure.cohort.monde():
        CoordonneesBancaires.objects.update(rib="0" * 64)
    assert gestionnaire.get(url(structure, "banque_rib", courant.pk)).status_code == 404
    with structure.cohort.monde():
        CoordonneesBancaires.objects.update(rib="")
    assert gestionnaire.get(url(structure, "banque_rib", courant.pk)).status_code == 404


def test_le_compte_d_une_autre_structure(gestionnaire, structure, cohort, compte, courant):
    autre = factories.structure(cohort, 1, identifiant=factories.siret_du_poste(20))
    factories.rattachement(compte, autre)
    for nom in ("banque_modifier", "banque_desactiver", "banque_rib"):
        assert gestionnaire.get(url(autre, nom, courant.pk)).status_code == 404


def test_la_saisie_n_offre_que_les_comptes_valides(gestionnaire, structure):
    ajouter(gestionnaire, structure, nom="Périmé", fin="06/12/2026")
    ajouter(gestionnaire, structure, nom="Valable", iban="FR7699999000010000001010273")
    page = texte(gestionnaire.get("/portail/facturation/factures-emises/saisir/"))
    assert "Valable –" in page
    assert "Périmé –" not in page
