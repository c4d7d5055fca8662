"""The written pages say what the code does: generated tables, settings, links, licences, nothing of our machines."""

import ast
import importlib.metadata
import re
import subprocess
import tomllib
import unicodedata

import pytest
from django.core.management import CommandError, call_command
from jsonschema import Draft202012Validator

from formation import documentation
from formation.documentation import cycle, droits
from formation.services import packs
from invoices.lifecycle import CYCLE
from sandbox.paths import PACKS_DIR, ROOT
from structures.identifiants import est_siret

DOCS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
EXPLOITATION = (ROOT / "docs/exploitation.md").read_text(encoding="utf-8")
LECTEURS = {"envstr", "envbool", "envint", "envlist", "envsecret"}
# Copied as they are published.
TIERS = ("tests/data/", "static/vendor/", "tests/e2e/vendor/", "invoices/formats/data/", "LICENSE")
PERMISES = {
    *("MIT", "BSD", "BSD-3-Clause", "BSD-2-Clause", "Apache-2.0", "PSF-2.0", "MIT-CMU", "MIT-0", "domaine public"),
    *("MPL-2.0", "MPL-1.1", "LGPL-2.1+", "LGPL-3.0-only", "EPL-2.0"),
}


def _table(texte, titre):
    """First column of the first table under a heading."""
    section = texte.split(f"\n## {titre}\n", 1)[1].split("\n## ", 1)[0]
    lignes = [ligne for ligne in section.splitlines() if ligne.startswith("|")]
    return [ligne.split("|")[1].strip() for ligne in lignes[2:]]


class TestCaptures:
    IMAGES = sorted((ROOT / "docs/captures").glob("*"))

    def test_sont_celles_que_montre_le_readme(self):
        montrees = re.findall(r"\(docs/captures/([\w-]+\.png)\)", (ROOT / "README.md").read_text(encoding="utf-8"))
        assert sorted(set(montrees)) == [image.name for image in self.IMAGES]

    def test_restent_legeres(self):
        assert [image.name for image in self.IMAGES if image.stat().st_size > 200_000] == []


class TestPagesEcritesParLeCode:
    @pytest.mark.parametrize("nom", documentation.PAGES)
    def test_sont_a_jour(self, nom):
        ecrite = (ROOT / "docs/genere" / nom).read_text(encoding="utf-8")
        assert ecrite == documentation.ecrire(nom), "lancez « make docs »"

    def test_sont_les_seules_du_dossier(self):
        assert {f.name for f in (ROOT / "docs/genere").iterdir()} == set(documentation.PAGES)

    def test_la_commande_ecrit_puis_se_tait(self, tmp_path, capsys):
        call_command("documenter", dossier=tmp_path / "genere")
        assert capsys.readouterr().out == f"Pages écrites : {', '.join(documentation.PAGES)}\n"
        assert {f.name for f in (tmp_path / "genere").iterdir()} == set(documentation.PAGES)
        call_command("documenter", "--verifier", dossier=tmp_path / "genere")
        assert capsys.readouterr().out == "Toutes les pages sont à jour.\n"

    def test_la_commande_ne_cree_pas_un_dossier_egare(self, tmp_path):
        with pytest.raises(CommandError, match="n'existe pas"):
            call_command("documenter", dossier=tmp_path / "absent" / "genere")

    def test_la_verification_refuse_une_page_perimee_sans_l_ecrire(self, tmp_path, capsys):
        call_command("documenter", dossier=tmp_path)
        (tmp_path / "regles.md").write_text("vieux")
        with pytest.raises(CommandError, match=r"Pages périmées : regles\.md"):
            call_command("documenter", "--verifier", dossier=tmp_path)
        assert (tmp_path / "regles.md").read_text() == "vieux"


# What a visitor of the portal may open with a seat and no account: getting one, getting in, directories, search.
PORTAIL_SANS_COMPTE = {
    "accounts:accueil",
    "accounts:creer",
    "accounts:captcha",
    "accounts:cree",
    "accounts:activer",
    "accounts:renvoyer",
    "accounts:connexion",
    "accounts:deconnexion",
    "accounts:mot_de_passe_oublie",
    "accounts:reinitialiser",
    "support:recherche",
    "support:commande",
    "support:marche",
    "support:nous_contacter",
    "accounts:code",
    "accounts:reactiver",
    "accounts:confirmer_adresse",
    "accounts:mes_comptes",
    "accounts:passer",
    "accounts:pigp",
    "structures:annuaire",
    "structures:annuaire_publiques",
    "structures:annuaire_csv",
    "structures:annuaire_xml",
    "structures:annuaire_fiche",
    "structures:annuaire_facturation",
    "structures:annuaire_entite",
}
CONSOLE_SANS_FORMATEUR = {"formation:connexion", "formation:deconnexion"}


def test_le_cycle_de_vie_explique_tous_ses_messages():
    d_un_jour_d_une_semaine_d_un_flux = {"N7", "N8", "N9"}
    du_cycle = {mail for row in CYCLE.rows for mail in row.mails}
    assert du_cycle | d_un_jour_d_une_semaine_d_un_flux == set(cycle.MESSAGES)


class TestPacks:
    EXEMPLES = re.findall(r"```toml\n(.*?)```", (ROOT / "docs/packs.md").read_text(encoding="utf-8"), re.DOTALL)
    ENTETE = {"id": "essai", "version": "1", "titre": "Essai", "duree": "1 h", "description": "Un exemple."}

    @pytest.mark.parametrize("exemple", EXEMPLES, ids=lambda exemple: exemple.split("\n")[0])
    def test_les_exemples_sont_acceptes(self, exemple):
        contenu = tomllib.loads(exemple)
        fichiers = packs.schema(PACKS_DIR)["properties"]
        noms = ("entites", "matelas", "commandes", "exercices")
        de = next((f for f in noms if contenu.keys() <= fichiers[f]["properties"].keys()), "profils")
        document = {"pack": self.ENTETE, de: contenu}
        assert [e.message for e in Draft202012Validator(packs.schema(PACKS_DIR)).iter_errors(document)] == []
        assert all(est_siret(entite["siret"]) for entite in contenu.get("publiques", []))

    def test_tout_interrupteur_d_un_destinataire_est_explique(self):
        champs = packs.schema(PACKS_DIR)["$defs"]["publique"]["properties"]
        ecrit = (ROOT / "docs/packs.md").read_text(encoding="utf-8")
        assert [nom for nom, champ in champs.items() if champ.get("type") == "boolean" and nom not in ecrit] == []


class TestDroits:
    def test_tout_ecran_du_portail_demande_une_place(self):
        assert [e.nom for e in droits.ecrans() if e.chemin.startswith("/portail/") and e.acces == droits.RIEN] == []

    def test_tout_ecran_du_portail_demande_un_compte_sauf_pour_en_avoir_un(self):
        portail = [e for e in droits.ecrans() if e.chemin.startswith("/portail/")]
        assert {e.nom for e in portail if not e.acces.startswith("compte")} == PORTAIL_SANS_COMPTE

    def test_toute_la_console_demande_un_formateur(self):
        console = [e for e in droits.ecrans() if e.chemin.startswith("/formateur/")]
        assert {e.nom for e in console if e.acces != "formateur"} == CONSOLE_SANS_FORMATEUR


def _variables(chemin):
    """Names of the environment variables that a module reads or sets."""
    for noeud in ast.walk(ast.parse(chemin.read_text(encoding="utf-8"))):
        if isinstance(noeud, ast.Call) and noeud.args and isinstance(noeud.args[0], ast.Constant):
            appele = ast.unparse(noeud.func)
            if appele in LECTEURS or appele.startswith(("os.environ.", "environ.", "os.getenv")):
                yield noeud.args[0].value
        elif isinstance(noeud, ast.Subscript) and ast.unparse(noeud.value).endswith("environ"):
            yield ast.literal_eval(noeud.slice)


class TestExploitation:
    def test_la_table_des_variables_est_celle_du_code(self):
        lues = set()
        for chemin in (ROOT / "sandbox").rglob("*.py"):
            if chemin.name not in {"env.py", "settings_test.py"}:
                lues.update(_variables(chemin))
        assert {"SECRET_KEY", "DATABASE_URL", "WEB_THREADS", "SANDBOX_DATA_DIR"} <= lues
        ecrites = [nom.strip("`") for nom in _table(EXPLOITATION, "Variables d'environnement")]
        assert sorted(ecrites) == sorted(lues)

    def test_les_variables_de_compose_sont_expliquees(self):
        compose = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
        for nom in set(re.findall(r"\$\{([A-Z_]+)", compose)):
            assert f"`{nom}`" in EXPLOITATION

    def test_le_dossier_des_donnees_est_decrit(self):
        sources = "".join(
            (ROOT / f"sandbox/{nom}").read_text(encoding="utf-8")
            for nom in ("settings.py", "launcher/main.py", "launcher/preparation.py", "launcher/temoin.py")
        )
        crees = set(re.findall(r"(?:DATA_DIR|data|choices\.data) / \"([\w.-]+)\"", sources))
        assert {"fichiers", "cle-secrete", "file-attente"} <= crees
        decrits = " ".join(_table(EXPLOITATION, "Le dossier des données"))
        # Written and removed within a second of the start.
        assert [nom for nom in sorted(crees - {"demonstration.json"}) if f"`{nom}" not in decrits] == []

    def test_les_commandes_d_administration_sont_citees(self):
        commandes = {f.stem for f in ROOT.glob("*/management/commands/*.py")} - {"__init__"}
        assert [nom for nom in sorted(commandes) if f"manage {nom}" not in EXPLOITATION] == []


def _ancre(titre):
    """Anchor that forges give to a heading."""
    texte = re.sub(r"[`*]", "", titre).strip().lower()
    return re.sub(r"[^\w\- ]", "", unicodedata.normalize("NFC", texte)).replace(" ", "-")


def _liens(texte):
    sans_code = re.sub(r"```.*?```|`[^`\n]*`", "", texte, flags=re.DOTALL)
    return re.findall(r"!?\[[^\]]*\]\(([^)\s]+)\)", sans_code)


@pytest.mark.parametrize("ecrit", DOCS, ids=lambda ecrit: str(ecrit.relative_to(ROOT)))
def test_les_liens_menent_quelque_part(ecrit):
    for lien in _liens(ecrit.read_text(encoding="utf-8")):
        if lien.startswith(("https://", "mailto:")):
            continue
        chemin, _, ancre = lien.partition("#")
        cible = (ecrit.parent / chemin).resolve() if chemin else ecrit
        assert cible.exists(), lien
        if ancre:
            titres = re.findall(r"^#+ (.+)$", cible.read_text(encoding="utf-8"), re.MULTILINE)
            assert ancre in {_ancre(t) for t in titres}, lien


def test_chaque_page_est_a_un_lien_de_l_index_ou_du_readme():
    cites = set()
    for depart in (ROOT / "docs/index.md", ROOT / "README.md"):
        for lien in _liens(depart.read_text(encoding="utf-8")):
            if not lien.startswith("https://"):
                cites.add((depart.parent / lien.partition("#")[0]).resolve())
    assert [str(p.relative_to(ROOT)) for p in DOCS if p not in cites and p.name not in {"README.md", "index.md"}] == []


def test_les_chemins_cites_par_le_code_existent():
    for fichier in [f for f in _suivis() if f.suffix in {".py", ".in", ".yml", ".toml", ""}]:
        for cite in re.findall(r"docs/[\w./-]+\.md", fichier.read_text(encoding="utf-8", errors="ignore")):
            assert (ROOT / cite).is_file(), f"{fichier.name} cite {cite}"


def test_le_readme_tient_en_peu_de_lignes_et_commence_par_les_deux_commandes():
    lignes = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    assert len(lignes) <= 150
    debut = "\n".join(lignes[:15])
    assert "./scripts/run" in debut
    assert "./scripts/test" in debut


def test_le_glossaire_a_de_quoi_servir():
    texte = (ROOT / "docs/glossaire.md").read_text(encoding="utf-8")
    entrees = [ligne for ligne in texte.splitlines() if ligne.startswith("| ") and "Nom dans le code" not in ligne]
    assert len(entrees) >= 60


def test_le_glossaire_nomme_ce_qui_existe():
    """`Facture.numero`, `EtatFlux`: classes and their attributes are still called that."""
    sources = "\n".join(
        f.read_text(encoding="utf-8") for f in _suivis() if f.suffix == ".py" and "tests" not in f.parts
    )
    texte = (ROOT / "docs/glossaire.md").read_text(encoding="utf-8")
    for ligne in [li for li in texte.splitlines() if li.startswith("| ") and li.count("|") == 5]:
        for nom in re.findall(r"`([\w.]+)`", ligne.split("|")[3]):
            dernier = nom.split(".")[-1]
            assert re.search(rf"\b(class|def)?\s*{dernier}\b", sources), nom


def test_le_journal_des_versions_commence_par_la_notre():
    from sandbox import __version__

    texte = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.findall(r"^## \[([\d.]+)\]", texte, re.MULTILINE)[0] == __version__


class TestLicences:
    ECRITES = dict(
        re.findall(
            r"^\| ([a-z0-9-]+) \| ([^|]+) \|$",
            (ROOT / "docs/adr/0002-dependances.md").read_text(encoding="utf-8").split("## Licences")[1],
            re.MULTILINE,
        )
    )

    def test_toute_dependance_a_la_sienne(self):
        fige = (ROOT / "requirements/base.txt").read_text(encoding="utf-8")
        noms = {n.lower().replace("_", "-") for n in re.findall(r"^([A-Za-z][\w.-]*)[^=\n]*==", fige, re.MULTILINE)}
        assert set(self.ECRITES) == noms

    @pytest.mark.parametrize("nom", ECRITES)
    def test_est_compatible(self, nom):
        """Of several licences at choice, one is enough; of several together, all."""
        texte = re.sub(r" \(.*\)", "", self.ECRITES[nom])
        choix = texte.split(" ou ")
        assert any(set(c.split(" et ")) <= PERMISES for c in choix), texte

    @pytest.mark.parametrize("nom", ECRITES)
    def test_est_celle_que_le_paquet_declare(self, nom):
        try:
            faits = importlib.metadata.metadata(nom)
        except importlib.metadata.PackageNotFoundError:
            pytest.skip("pas installé avec cette version de Python")
        dits = [faits.get("License-Expression"), *(faits.get("License") or "").splitlines()[:1]]
        dits += [c for c in faits.get_all("Classifier") or [] if c.startswith("License")]
        declare = " ".join(filter(None, dits))
        for interdite in ("AGPL", "Affero", "SSPL", "Business Source"):
            assert interdite not in declare
        if declare.strip():
            famille = re.split(r"[-+ (]", self.ECRITES[nom])[0]
            synonymes = {"PSF": "PSF|Python Software", "domaine": "Public Domain", "MPL": "MPL|Mozilla"}
            assert re.search(synonymes.get(famille, famille), declare), declare


def _suivis():
    """Text files that are, or are about to be, in the repository."""
    sortie = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    if sortie.returncode != 0:
        pytest.skip("pas de dépôt git ici")
    noms = [n for n in sortie.stdout.decode().split("\0") if n and not n.startswith(TIERS)]
    binaires = {".png", ".pdf", ".ico", ".zip", ".gz", ".woff2", ".jpg"}
    return [f for n in noms if (f := ROOT / n).is_file() and f.suffix not in binaires]


# In two pieces, so that this file is not its own culprit.
INTERDITS = re.compile(
    "|".join(
        [
            r"(?<![\w.~-])/(?:work|root|Users)/" + r"[\w.]",
            r"/home/" + r"\w",
            r"bash_" + r"jobs",
            r"files\." + r"pythonhosted",
            r"\bpypi\." + r"(?:org|io)",
            r"registry\." + r"npmjs",
            r"--(?:extra-)?index-url",
        ]
    )
)


def test_aucun_fichier_ne_nomme_une_machine_ni_un_depot_de_paquets():
    trouves = []
    for fichier in _suivis():
        if fichier.name in {"test_documentation.py", "test_coherence_outillage.py"}:
            continue
        for numero, ligne in enumerate(fichier.read_text(encoding="utf-8", errors="ignore").splitlines(), 1):
            if trouve := INTERDITS.search(ligne):
                trouves.append(f"{fichier.relative_to(ROOT)}:{numero} {trouve[0]}")
    assert trouves == []
