"""Packs: declarative files, a schema, refusals that say where (formation.md PAC-1)."""

import shutil

import pytest

from formation.services import packs
from formation.services.packs import PackInvalide
from sandbox import paths
from structures.identifiants import est_fictif, est_siret
from tests import factories

ENTETE = 'id = "essai"\nversion = "1"\ntitre = "Essai"\nduree = "1 h"\ndescription = "d"\n'
MAIRIE = """
[[publiques]]
siret = "00020001400017"
raison_sociale = "MAIRIE"
adresse = "1 rue"
code_postal = "99010"
ville = "V"
"""
LENT = '[lent]\nlibelle = "Lent"\ngenre = "EPN"\nstyle = "s"\nerreur = 3\netapes = {}\n'


@pytest.fixture
def racine(tmp_path):
    shutil.copy(paths.PACKS_DIR / "schema.json", tmp_path)
    return tmp_path


@pytest.fixture
def pack(racine):
    """Write a pack of these files; read it."""

    def faire(entete=ENTETE, nom="essai", **fichiers):
        (racine / nom).mkdir(exist_ok=True)
        (racine / nom / "pack.toml").write_text(entete, encoding="utf-8")
        for fichier, contenu in fichiers.items():
            (racine / nom / f"{fichier}.toml").write_bytes(contenu if isinstance(contenu, bytes) else contenu.encode())
        return packs.lire(nom, racine)

    return faire


def test_les_packs_livres_se_lisent():
    assert [p.id for p in packs.disponibles()] == ["novices-7h", "libre"]
    for pack in packs.disponibles():
        assert pack.titre
        assert pack.places >= 1
        assert pack.profils
        for nature in ("publiques", "privees", "insee"):
            for entite in pack.entites[nature]:
                assert est_siret(entite["siret"])
                assert est_fictif(entite["siret"]), entite["raison_sociale"]


def test_la_distribution_est_celle_des_exercices():
    """exercices.md §0.2 and the matrix of comptes-structures.md §4.3."""
    publiques = {e["siret"]: e for e in packs.lire("novices-7h").entites["publiques"]}
    assert publiques[factories.VALMORAN]["profil"] == "bon_payeur"
    assert publiques[factories.HOPITAL]["delai_paiement"] == 50
    assert [s["code"] for s in publiques[factories.HOPITAL]["services"]] == ["CHM-TECH", "CHM-PHARMA", "CHM-RESTO"]
    assert publiques[factories.INACTIVE]["active"] is False
    assert publiques[factories.ETAT]["etat_public"]
    assert publiques[factories.LYCEE]["engagement_ou_service"]
    assert publiques[factories.BELLECOMBE]["engagement_obligatoire"]
    assert publiques[factories.MOA]["moa_uniquement"]


def test_un_pack_minimal(pack):
    lu = pack()
    assert (lu.id, lu.public, lu.places, lu.entites, lu.profils) == ("essai", "", 12, {}, {})


def test_inclure_un_autre_pack_ajoute_ses_acteurs_et_ses_profils(pack, racine):
    pack(nom="socle", entete=ENTETE.replace("essai", "socle"), entites=MAIRIE, profils=LENT)
    lu = pack(
        ENTETE + 'inclut = ["socle"]\n',
        entites=MAIRIE.replace("00020001400017", "00020002200010") + 'profil = "lent"\n',
    )
    assert [e["siret"] for e in lu.entites["publiques"]] == ["00020001400017", "00020002200010"]
    assert set(lu.profils) == {"lent"}


@pytest.mark.parametrize(
    ("entete", "fichiers", "message"),
    [
        ("id = ", {}, r"pack\.toml : "),
        (ENTETE, {"entites": b"\xff\xfe"}, r"entites\.toml : "),
        ('id = "essai"\nversion = "1"\n', {}, "pack : il manque « titre », « duree », « description »"),
        (ENTETE + 'couleur = "bleu"\n', {}, "pack : clé inconnue : « couleur »"),
        (ENTETE.replace('"essai"', '"Essai 1"'), {}, r"pack › id : « Essai 1 » ne respecte pas la règle « pattern"),
        (ENTETE + "places = 61\n", {}, "places : « 61 » ne respecte pas la règle « maximum : 60 »"),
        (ENTETE, {"entites": "[[inconnues]]\na = 1\n"}, "entites : clé inconnue : « inconnues »"),
        (ENTETE, {"entites": MAIRIE + "delai_paiement = 45\n"}, "« 45 » n'est pas l'une des valeurs permises : 30, 50"),
        (ENTETE, {"entites": MAIRIE.replace("00020001400017", "11000201100044")}, "publiques › 0 › siret"),
        (ENTETE, {"entites": MAIRIE.replace("00020001400017", "00020001400018")}, "MAIRIE : la clé du SIRET"),
        (ENTETE, {"entites": MAIRIE + 'profil = "fantôme"\n'}, "MAIRIE : le profil « fantôme » n'existe pas"),
        (ENTETE, {"entites": MAIRIE * 2}, "MAIRIE : 00020001400017 sert deux fois"),
        (ENTETE + 'inclut = ["fantome"]\n', {}, "le pack inclus « fantome » n'existe pas"),
    ],
)
def test_un_pack_faux_dit_ou_et_pourquoi(pack, entete, fichiers, message):
    with pytest.raises(PackInvalide, match=message):
        pack(entete, **fichiers)


def test_un_pack_inconnu_nomme_ceux_qui_existent(pack, racine):
    pack()
    with pytest.raises(PackInvalide, match=r"« autre » n'existe pas\. Packs disponibles : essai\."):
        packs.lire("autre", racine)


def test_ajouter_un_acteur_est_ajouter_un_bloc(racine, pack, db):
    """« Adding an entity is editing a file »: it is then in the world, with no code."""
    from formation.services import sessions
    from structures.models import Structure

    pack(entites=MAIRIE + 'services = [{ code = "A", libelle = "Accueil" }]\nengagements = ["E1"]\n')
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(paths, "PACKS_DIR", racine)
        cohort = sessions.creer(pack="essai", places=2, ancrage=factories.ANCRAGE)
        assert sessions.siret_du_poste(packs.lire("essai"), 1) == ""
    with cohort.monde():
        structure = Structure.objects.get(raison_sociale="MAIRIE")
        assert [s.code for s in structure.services.all()] == ["A", "FACTURES_PUBLIQUES"]
        assert [str(e) for e in structure.engagements.all()] == ["E1"]
