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
        ('id = "essai"\nversion = "1"\n', {}, r"pack\.toml : il manque « titre », « duree », « description »"),
        (ENTETE + 'couleur = "bleu"\n', {}, r"pack\.toml : clé inconnue : « couleur »"),
        (
            ENTETE.replace('"essai"', '"Essai 1"'),
            {},
            r"pack\.toml › id : « Essai 1 » ne respecte pas la règle « pattern",
        ),
        (ENTETE + "places = 61\n", {}, "places : « 61 » ne respecte pas la règle « maximum : 60 »"),
        (ENTETE, {"entites": "[[inconnues]]\na = 1\n"}, r"entites\.toml : clé inconnue : « inconnues »"),
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


GESTIONNAIRE = """[gestionnaire]
prenom = "P"
nom = "N"
courriel = "{siren}@essai.example"
motif = "Non."
"""
POSTE = """
[[par_poste]]
base = "000101{ii}"
raison_sociale = "CABINET {ii}"
adresse = "1 rue"
code_postal = "99010"
ville = "V"
"""
COLLEGUE = """
[[collegues]]
base = "000101{ii}"
prenom = "C"
nom = "L"
courriel = "c{ii}@essai.example"
"""
PORTAIL = "sur_le_portail = true\n"
JEU = """
[[entites]]
cle = "fournisseur"
libelle = "Fournisseur"
nature = "privee"
base = "000110{ii}"
comptes = ["GP"]
mandat = true
[[entites]]
cle = "mairie"
libelle = "Mairie"
nature = "publique"
base = "000210{ii}"
"""
FACTURE = """
[[factures]]
destinataire = "mairie"
statut = "MISE_A_DISPOSITION"
objet = "o"
ht = "10.00"
jours = 1
"""


def test_le_gestionnaire_par_defaut_vaut_pour_tous_et_chacun_le_complete(pack, racine):
    pack(nom="socle", entete=ENTETE.replace("essai", "socle"), entites=GESTIONNAIRE + MAIRIE)
    propre = '[publiques.gestionnaire]\nmotif = "Vous n\'êtes pas agent."\n'
    lu = pack(
        ENTETE + 'inclut = ["socle"]\n',
        entites=MAIRIE.replace("00020001400017", "00020002200010") + propre + POSTE,
    )
    premiere, seconde = (e["gestionnaire"] for e in lu.entites["publiques"])
    assert (premiere["nom"], premiere["motif"]) == ("N", "Non.")
    assert (seconde["nom"], seconde["motif"]) == ("N", "Vous n'êtes pas agent.")
    assert "gestionnaire" not in lu.entites["par_poste"][0], "pas encore sur le portail"


@pytest.mark.parametrize(
    ("entites", "message"),
    [
        (
            MAIRIE + '[publiques.gestionnaire]\nmotif = "Non."\n',
            "MAIRIE › gestionnaire : il manque « prenom », « nom »",
        ),
        (GESTIONNAIRE + "age = 3\n" + MAIRIE, r"entites\.toml › gestionnaire : clé inconnue : « age »"),
        (GESTIONNAIRE + 'accepte = "parfois"\n' + MAIRIE, "permises : personne, poste, tous"),
        (GESTIONNAIRE.replace(".example", ".fr") + MAIRIE, r"gestionnaire › courriel : « \{siren\}@essai\.fr »"),
        (GESTIONNAIRE + 'profils = ["ROI"]\n' + MAIRIE, "profils › 0 : « ROI » n'est pas l'une"),
        (
            GESTIONNAIRE + 'profils = ["MEMOIRES"]\n' + MAIRIE,
            "MAIRIE › gestionnaire › profils : le profil « MEMOIRES » n'existe pas sur une structure publique",
        ),
        (
            GESTIONNAIRE.replace("{siren}", "seul") + POSTE + PORTAIL,
            "CABINET {ii} › gestionnaire › courriel : « seul@essai.example » servirait à tous les postes",
        ),
        (
            GESTIONNAIRE.replace("{siren}", "seul") + MAIRIE + MAIRIE.replace("00020001400017", "00020002200010"),
            "l'adresse seul@essai.example sert deux fois",
        ),
        (COLLEGUE, "C L › base : 000101{ii} n'est celle d'aucune entité"),
        (POSTE + PORTAIL + COLLEGUE, "C L › base : cette structure est déjà sur le portail"),
        (POSTE + COLLEGUE.replace("c{ii}", "c"), "C L › courriel : « c@essai.example » servirait"),
        (
            POSTE + COLLEGUE + '[collegues.maladresse]\nprofil = "FACTURES_RECUES"\njours = 2\nservice = "A"\n',
            "maladresse › profil : le profil « FACTURES_RECUES » n'existe pas sur une structure privée",
        ),
        (POSTE + COLLEGUE + "[collegues.refus]\nobjet = 'o'\n", "collegues › 0 › refus : il manque « corps »"),
        (POSTE + COLLEGUE * 2, r"l'adresse c\{ii\}@essai\.example sert deux fois"),
    ],
)
def test_un_personnage_faux_dit_ou_et_pourquoi(pack, entites, message):
    with pytest.raises(PackInvalide, match=message):
        pack(entites=entites)


@pytest.mark.parametrize(
    ("matelas", "message"),
    [
        (JEU.replace('"mairie"', '"fournisseur"', 1), r"entites › 0 \(fournisseur\) › cle : .* sert deux fois"),
        (JEU.replace("000210", "000110"), r"entites › 1 \(mairie\) › base : 0001 pour une entité privée"),
        (
            JEU + "[[entites]]\ncle = 'autre'\nlibelle = 'A'\nnature = 'privee'\nbase = '000110{ii}'\n",
            r"entites › 2 \(autre\) › base : 000110 est déjà le début",
        ),
        (JEU.replace("mandat = true", "") + FACTURE, "« fournisseur » pour les émettre"),
        (JEU.replace("000110", "000101"), "base : 000101 est déjà le début d'un identifiant de la distribution"),
        (JEU.replace('nature = "privee"\n', ""), "il faut « nature » et « base », ou « rattache_a »"),
        (
            JEU + "[[entites]]\ncle = 'us'\nlibelle = 'U'\nrattache_a = 'absent'\n",
            "aucune entité n'a la clé « absent »",
        ),
        (JEU.replace('"privee"', '"privee"\nprofils = ["FACTURES_RECUES"]'), "profils : le profil « FACTURES_RECUES »"),
        (JEU + FACTURE.replace("mairie", "fournisseur"), "factures › 0 › destinataire : « fournisseur » n'est pas"),
        (JEU.replace("fournisseur", "vendeur") + FACTURE, "« fournisseur » pour les émettre"),
        (JEU + FACTURE.replace("MISE_A_DISPOSITION", "REFUSEE_1"), "« REFUSEE_1 » n'existe que pour les cadres A9"),
        (JEU + FACTURE + 'cadre = "A9_FACTURE_SOUSTRAITANT"\n', "valideur : ce cadre en demande un"),
        (JEU + FACTURE.replace("MISE_A_DISPOSITION", "SUSPENDUE"), "motif : le statut « SUSPENDUE » en demande un"),
        (JEU + FACTURE.replace("MISE_A_DISPOSITION", "COMPLETEE"), "motif : le statut « COMPLETEE » en demande un"),
        (JEU + FACTURE + 'motif = "BOF"\n', "motif : « BOF » est inconnu"),
        (JEU + FACTURE.replace("10.00", "10"), "factures › 0 › ht : « 10 » ne respecte pas"),
    ],
)
def test_un_jeu_de_donnees_faux_dit_ou_et_pourquoi(pack, matelas, message):
    with pytest.raises(PackInvalide, match=message):
        pack(entites=POSTE, matelas=matelas)


def test_un_jeu_de_donnees_juste(pack):
    lu = pack(entites=POSTE, matelas=JEU + FACTURE)
    assert [e["cle"] for e in lu.matelas["entites"]] == ["fournisseur", "mairie"]


def test_un_fichier_modifie_est_relu(pack, racine):
    assert pack(entites=MAIRIE).entites["publiques"][0]["raison_sociale"] == "MAIRIE"
    (racine / "essai" / "entites.toml").write_text(MAIRIE.replace("MAIRIE", "VILLE DE V"), encoding="utf-8")
    assert packs.lire("essai", racine).entites["publiques"][0]["raison_sociale"] == "VILLE DE V"
    assert packs.lire("essai", racine) is packs.lire("essai", racine)


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
