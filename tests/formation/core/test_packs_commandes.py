"""Orders of a pack: what the schema and the cross-checks refuse, what a session receives (SIM-2)."""

import shutil

import pytest

from formation.services import packs
from formation.services.packs import PackInvalide
from invoices.models import Commande
from sandbox import paths
from structures.models import Mandat
from tests import factories

ENTETE = 'id = "essai"\nversion = "1"\ntitre = "Essai"\nduree = "1 h"\ndescription = "d"\n'
ADRESSE = 'adresse = "1 rue"\ncode_postal = "99010"\nville = "V"\n'
ENTITES = f"""
[[publiques]]
siret = "00020001400017"
raison_sociale = "MAIRIE"
{ADRESSE}services = [{{ code = "S1", libelle = "Un" }}]
[[publiques]]
siret = "00020004800015"
raison_sociale = "ÉTAT"
{ADRESSE}etat_public = true
engagements = ["1512345678"]
[[privees]]
siret = "00010306900019"
raison_sociale = "TITULAIRE"
{ADRESSE}
[[par_poste]]
base = "000101{{ii}}"
raison_sociale = "POSTE {{ii}}"
{ADRESSE}
"""
COMMANDE = """
[[commandes]]
cle = "c1"
base = "000101{ii}"
client = "00020001400017"
service = "S1"
cadre = "A1_FACTURE_FOURNISSEUR"
engagements = ["E-{ii}"]
ht = "20.00"
tva = "4.00"
lignes = [{ denomination = "Vis", quantite = "2", prix = "10.00", taux = "20" }]
"""
DU_PACK = COMMANDE.replace('base = "000101{ii}"', 'fournisseur = "00010306900019"')
DEPOTS = 'depots = [{ cle = "D-1", numero = "D-{ii}", apres_refus = "D-2" }, { cle = "D-2", numero = "E-{ii}" }]\n'


@pytest.fixture
def pack(tmp_path):
    """Read a pack of these orders."""
    shutil.copy(paths.PACKS_DIR / "schema.json", tmp_path)

    def faire(commandes, entete=ENTETE, **fichiers):
        (tmp_path / "essai").mkdir(exist_ok=True)
        contenus = {"pack": entete, "entites": ENTITES, "commandes": commandes} | fichiers
        for nom, contenu in contenus.items():
            (tmp_path / "essai" / f"{nom}.toml").write_text(contenu, encoding="utf-8")
        return packs.lire("essai", tmp_path)

    return faire


def test_une_commande_se_lit(pack):
    (commande,) = pack(COMMANDE).commandes
    assert (commande["cle"], commande["engagements"]) == ("c1", ["E-{ii}"])
    assert "controle_banque" not in commande


def test_un_pack_peut_surveiller_les_comptes_bancaires(pack):
    assert [c["controle_banque"] for c in pack("controle_banque = true\n" + COMMANDE).commandes] == [True]
    assert all(c["controle_banque"] for c in packs.lire("libre").commandes)
    assert not any("controle_banque" in c for c in packs.lire("novices-7h").commandes)


def test_les_depots_d_un_fournisseur_du_pack(pack):
    assert len(pack(DU_PACK + DEPOTS).commandes[0]["depots"]) == 2


A9 = COMMANDE.replace("A1_FACTURE_FOURNISSEUR", "A9_FACTURE_SOUSTRAITANT")
TEXTES = "[commandes.textes]\n"


@pytest.mark.parametrize(
    ("commandes", "message"),
    [
        (COMMANDE.replace('cle = "c1"\n', ""), r"commandes\.toml › commandes › 0 : il manque « cle »"),
        (COMMANDE + 'couleur = "bleu"\n', "clé inconnue : « couleur »"),
        (COMMANDE * 2, r"commandes\.toml, c1 : la clé sert deux fois"),
        (COMMANDE.replace('base = "000101{ii}"\n', ""), "il faut « base » ou « fournisseur »"),
        (COMMANDE + 'fournisseur = "00010306900019"\n', "il faut « base » ou « fournisseur »"),
        (COMMANDE.replace("000101{ii}", "000105{ii}"), "n'est celle d'aucune entité « par_poste »"),
        (DU_PACK.replace("00010306900019", "00010302800015"), "fournisseur : 00010302800015 n'est pas une entreprise"),
        (COMMANDE.replace("00020001400017", "00020002200010"), "client : 00020002200010 n'est pas un destinataire"),
        (COMMANDE.replace('"S1"', '"S9"'), "MAIRIE n'a pas de service « S9 »"),
        (COMMANDE + 'services = { "S8" = "Non." }\n', "MAIRIE n'a pas de service « S8 »"),
        (
            COMMANDE.replace("00020001400017", "00020004800015").replace('service = "S1"\n', ""),
            r"engagements : l'État ne connaît pas E-\{ii\}",
        ),
        (A9, "valideur : il en faut un pour les cadres A9 et A12"),
        (COMMANDE + 'valideur = "00010306900019"\n', "il en faut un pour les cadres A9 et A12, et pour eux seulement"),
        (A9 + 'valideur = "00010302800015"\n', "valideur : 00010302800015 n'est pas une entreprise"),
        (COMMANDE.replace('ht = "20.00"', 'ht = "21.00"'), r"ht : 21\.00 écrit, les lignes font 20\.00"),
        (COMMANDE.replace('tva = "4.00"', 'tva = "4.10"'), r"tva : 4\.10 écrit, les lignes font 4\.00"),
        (COMMANDE + TEXTES + 'humeur = "Non."\n', "« humeur » n'est le nom d'aucune erreur"),
        (COMMANDE + TEXTES + 'total = "{zut}"\n', r"« \{zut\} » n'est pas remplacé"),
        (COMMANDE + DEPOTS, "seule une entreprise du pack dépose d'elle-même"),
        (DU_PACK + DEPOTS.replace('cle = "D-2"', 'cle = "D-3"'), "« D-2 » n'est la clé d'aucun dépôt"),
    ],
)
def test_une_commande_fausse_dit_ou(pack, commandes, message):
    with pytest.raises(PackInvalide, match=message):
        pack(commandes)


def test_chaque_poste_recoit_ses_commandes(cohort, autre_cohort):
    """Three seats, the same orders each, their own numbers in them; nothing from the other session."""
    with cohort.monde():
        decrites = {c["cle"] for c in packs.lire("novices-7h").commandes}
        for place in (1, 2, 3):
            cles = set(Commande.objects.filter(place=place).values_list("cle", flat=True))
            assert cles == {f"{cle}-{place:02d}" for cle in decrites}
        assert not Commande.objects.filter(place=None).exists()
        ex3 = Commande.objects.get(cle="ex3-02")
        assert ex3.fournisseur == factories.siret_du_poste(2)[:9]
        assert not {"base", "ht", "tva", "cle"} & set(ex3.contenu)
        voltaigne = Commande.objects.get(cle="ex8-voltaigne-02")
        assert (voltaigne.fournisseur, str(voltaigne)) == ("000103028", "ex8-voltaigne-02")
        assert voltaigne.contenu["valideur"] == factories.siret_du_poste(2)
        assert voltaigne.contenu["depots"][0]["numero"] == "VOL-2026-077-02"


def test_les_fournisseurs_qui_deposent_ont_un_mandat(cohort):
    with cohort.monde():
        signataires = dict(Mandat.objects.values_list("structure__raison_sociale", "signataire"))
    assert signataires == {
        "VOLTAIGNE ÉLECTRICITÉ EURL": "Amandine Voltaigne",
        "PLÂTRERIE OSTREVAL SARL": "Bruno Ostreval",
    }
