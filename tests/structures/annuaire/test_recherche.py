"""Index and searches of the directories: what is found, in which order, at what cost, in which world."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from structures import queries
from structures.enums import EtatStructure, Nature, TypeIdentifiant
from structures.models import EntrepriseInsee, MotAnnuaire, Structure
from structures.mots import mots
from structures.queries_annuaire import PLAFOND, Mot, Recherche, chercher, mots_cherches, simple
from structures.services import fiches
from structures.services.annuaire import indexer, mots_de, reindexer
from structures.services.structures import creer
from tests import factories

pytestmark = pytest.mark.django_db


def publique(cohort, rang, **champs):
    return Structure(
        cohort=cohort,
        **(
            {
                "type_identifiant": TypeIdentifiant.SIRET,
                "identifiant": f"0002999{rang:07d}",
                "raison_sociale": f"COMMUNE {rang}",
                "nature": Nature.PUBLIQUE,
                "ville": "SERRANOL",
                "code_postal": "98765",
            }
            | champs
        ),
    )


def ajouter(cohort, structures):
    structures = Structure.objects.bulk_create(structures)
    indexer(structures)
    return structures


def noms(recherche):
    return sorted(chercher(recherche).structures.values_list("raison_sociale", flat=True))


# --- the index


def test_une_session_neuve_est_indexee(monde):
    assert MotAnnuaire.objects.exists()
    for structure in Structure.objects.all():
        lus = dict(MotAnnuaire.objects.filter(structure=structure).values_list("mot", "champs"))
        assert lus == mots_de(structure)
    assert not MotAnnuaire.objects.exclude(place=None).exclude(structure__place__isnull=False).exists()


def test_chaque_mot_dit_ou_il_se_trouve(monde):
    structure = publique(monde, 1, raison_sociale="VILLE DE SERRANOL", libelle="Serranol", nom="Orle", prenom="Jo")
    assert mots_de(structure) == {
        "VILLE": "R",
        "DE": "R",
        "SERRANOL": "RV",
        "ORLE": "N",
        "JO": "P",
        "98765": "C",
    }
    structure.type_identifiant, structure.identifiant = TypeIdentifiant.UE_HORS_FRANCE, "BE0123456789"
    assert mots_de(structure)["BE0123456789"] == "I"


def test_indexer_deux_fois_ne_change_rien(monde):
    avant = set(MotAnnuaire.objects.values_list("structure_id", "mot", "champs"))
    indexer(Structure.objects.all())
    assert set(MotAnnuaire.objects.values_list("structure_id", "mot", "champs")) == avant


def test_creer_et_modifier_tiennent_l_index_a_jour(monde, compte):
    structure = creer(monde, compte=compte, siret=factories.siret_du_poste(1))
    assert noms(simple("menuiserie arbelin")) == [structure.raison_sociale]
    assert set(MotAnnuaire.objects.filter(structure=structure).values_list("place", flat=True)) == {compte.place}
    fiches.modifier(structure, par=compte, libelle="Fenêtres d'à côté")
    assert noms(simple("fenetres")) == [structure.raison_sociale]
    fiches.modifier(structure, par=compte, libelle="")
    assert noms(simple("fenetres")) == []


def test_une_session_d_avant_l_annuaire_se_reconstruit(monde):
    MotAnnuaire.objects.all().delete()
    EntrepriseInsee.objects.update(mots="")
    assert reindexer() == Structure.objects.count()
    assert noms(simple("departement")) == ["DÉPARTEMENT DE L'ORLE"]
    assert queries.rechercher_insee("arbelin")


# --- what is found


@pytest.mark.parametrize(
    ("texte", "attendus"),
    [
        ("departement", ["DÉPARTEMENT DE L'ORLE"]),
        ("DÉPART", ["DÉPARTEMENT DE L'ORLE"]),
        ("orle département", ["DÉPARTEMENT DE L'ORLE"]),
        (
            "l'orle",
            [
                "DÉPARTEMENT DE L'ORLE",
                "LYCÉE DES TROIS-VALLÉES",
                "SERVICES DE L'ÉTAT (FICTIF)",
                "SYNDICAT DES EAUX DE L'ORLE",
            ],
        ),
        ("commune, valmoran, 99010", ["COMMUNE DE VALMORAN"]),
        ("99010 commune", ["COMMUNE DE VALMORAN"]),
        ("99020", ["CENTRE HOSPITALIER DE MONTBRISAC"]),
        ("000 200 030 00013", ["DÉPARTEMENT DE L'ORLE"]),
        ("000200030", ["DÉPARTEMENT DE L'ORLE"]),
        ("partement", []),
        ("99010 departement", []),
        ("000200030000130", []),
        ("valmoran montbrisac", []),
    ],
)
def test_une_seule_boite(monde, texte, attendus):
    assert noms(simple(texte, conditions={"nature": Nature.PUBLIQUE})) == attendus


def test_un_mot_cherche_dans_une_seule_colonne(monde):
    assert "LYCÉE DES TROIS-VALLÉES" in noms(Recherche(mots=mots_cherches("orle", "V")))
    assert "LYCÉE DES TROIS-VALLÉES" not in noms(Recherche(mots=mots_cherches("orle", "R")))


def test_les_criteres_se_cumulent(monde):
    base = {"nature": Nature.PUBLIQUE}
    assert noms(Recherche(code_postal="9900", mots=(Mot("SYNDICAT"),), conditions=base)) == [
        "SYNDICAT DES EAUX DE L'ORLE"
    ]
    assert noms(Recherche(identifiant="000200030", mots=(Mot("ORLE"),), conditions=base)) == ["DÉPARTEMENT DE L'ORLE"]
    assert noms(Recherche(chiffres="99010", mots=(Mot("COMMUNE"),), conditions=base)) == ["COMMUNE DE VALMORAN"]
    assert noms(Recherche(conditions=base | {"moa_uniquement": True})) == ["SYNDICAT D'AMÉNAGEMENT DU HAUT-ORLE"]
    assert noms(Recherche(conditions=base | {"etat": EtatStructure.INACTIF})) == ["SYNDICAT DES EAUX DE L'ORLE"]


def test_un_identifiant_etranger_se_cherche_comme_un_mot(monde):
    ajouter(
        monde,
        [
            publique(
                monde,
                1,
                type_identifiant=TypeIdentifiant.UE_HORS_FRANCE,
                identifiant="BE0123456789",
                raison_sociale="DE SMET NV",
                nature=Nature.PRIVEE,
            )
        ],
    )
    assert noms(simple("be01234")) == ["DE SMET NV"]
    assert noms(Recherche(identifiant="BE0123")) == ["DE SMET NV"]
    assert noms(Recherche(mots=(Mot("SMET"),), assujetties=True)) == []


def test_au_dela_du_plafond(monde):
    ajouter(monde, [publique(monde, rang) for rang in range(PLAFOND)])
    juste = chercher(simple("serranol"))
    assert (len(juste.pks), len(set(juste.pks)), juste.trop) == (PLAFOND, PLAFOND, False)
    ajouter(monde, [publique(monde, PLAFOND)])
    for recherche in (simple("serranol"), simple("98765"), simple("0002999"), Recherche()):
        trouvees = chercher(recherche)
        assert trouvees.trop
        assert len(trouvees.pks) == len(set(trouvees.pks)) == PLAFOND
    # Two frequent words, few structures: nothing is lost by starting from one of them.
    assert noms(simple("commune serranol 7")) == sorted(
        f"COMMUNE {rang}" for rang in range(PLAFOND + 1) if str(rang).startswith("7")
    )


def test_une_structure_qui_a_deux_mots_semblables_ne_compte_qu_une_fois(monde):
    ajouter(monde, [publique(monde, 1, raison_sociale="SERRANOL SERRANE SERRA")])
    assert chercher(simple("serr")).pks == [Structure.objects.get(raison_sociale="SERRANOL SERRANE SERRA").pk]


def test_ses_mots_semblables_ne_cachent_pas_les_autres(monde):
    ajouter(
        monde,
        [
            publique(monde, 1, raison_sociale="SERRA SERRAB SERRAC SERRAD SERRAE"),
            publique(monde, 2, raison_sociale="SERRAZ"),
            publique(monde, 3, raison_sociale="SERREZ"),
        ],
    )
    trouvees = chercher(simple("serra"), 1)
    assert (len(trouvees.pks), trouvees.trop) == (1, True)
    assert queries.rechercher_destinataires("serra", 2)[0].raison_sociale.startswith("SERRA ")
    assert len(queries.rechercher_destinataires("serra", 2)) == 2


def test_un_monde_vide_ne_trouve_rien(autre_cohort):
    with autre_cohort.monde():
        Structure.objects.all().delete()
        assert chercher(simple("commune valmoran")).pks == []
        assert chercher(simple("99010")).pks == []


def test_l_autre_session_n_est_pas_cherchee(monde, autre_cohort):
    with autre_cohort.monde():
        ajouter(autre_cohort, [publique(autre_cohort, 1, raison_sociale="SECRET")])
        la = chercher(simple("valmoran")).pks
    assert chercher(simple("secret")).pks == []
    assert not set(chercher(simple("valmoran")).pks) & set(la)


@pytest.mark.parametrize("taille", [3, 150])
@pytest.mark.parametrize(
    ("texte", "requetes"), [("serranol", 1), ("commune serranol", 3), ("98765", 2), ("00029990000001", 1)]
)
def test_le_nombre_de_requetes_ne_depend_pas_des_lignes(monde, taille, texte, requetes, django_assert_max_num_queries):
    """One, and at most one more a word to find the rarest; two for digits that could be a post code."""
    ajouter(monde, [publique(monde, rang) for rang in range(taille)])
    with django_assert_max_num_queries(requetes):
        chercher(simple(texte))


NOMS = st.lists(
    st.text(alphabet="aeéÈmnoŒ -'12", min_size=1, max_size=14).filter(lambda n: mots(n)), min_size=1, max_size=6
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(NOMS, st.text(alphabet="aeéÈmnoŒ '", min_size=1, max_size=6).filter(lambda t: mots(t)))
def test_trouve_tout_et_rien_que(monde, donnes, texte):
    """The index answers as the plain definition: every word of the text begins a word of the structure."""
    Structure.objects.filter(ville="SERRANOL").delete()
    ajouter(monde, [publique(monde, rang, raison_sociale=nom) for rang, nom in enumerate(donnes)])
    trouvees = chercher(simple(texte)).structures.filter(ville="SERRANOL")
    attendues = {
        s.pk
        for s in Structure.objects.filter(ville="SERRANOL")
        if all(any(mot.startswith(debut) for mot in mots_de(s)) for debut in mots(texte)[:6])
    }
    assert set(trouvees.values_list("pk", flat=True)) == attendues


# --- the searches of other screens


def test_destinataires_actives_seulement_et_par_nom(monde):
    trouves = queries.rechercher_destinataires("orle")
    assert [s.raison_sociale for s in trouves] == sorted(s.raison_sociale for s in trouves)
    assert "SYNDICAT DES EAUX DE L'ORLE" not in {s.raison_sociale for s in trouves}
    assert queries.rechercher_destinataires("?!") == []
    assert len(queries.rechercher_destinataires("orle", 2)) == 2


@pytest.mark.parametrize(("texte", "nombre"), [("atelier mirandol", 3), ("ÂTELIER", 3), ("telier", 0), ("??", 0)])
def test_insee_sans_les_accents(monde, texte, nombre):
    assert len(queries.rechercher_insee(texte)) == nombre
