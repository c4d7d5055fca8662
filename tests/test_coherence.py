"""What no single test would notice: templates nobody uses, time taken from the machine, promises without handler."""

import ast
import importlib
import pkgutil
import re

import pytest
from django import forms
from django.apps import apps
from django.db.migrations.loader import MigrationLoader
from django.template import TemplateDoesNotExist, engines
from django.template.loader_tags import ExtendsNode, IncludeNode
from django.utils import translation

from sandbox.events import registry
from sandbox.paths import ROOT, STATIC_DIR, TEMPLATES_DIR

PAQUETS = ["accounts", "structures", "invoices", "travaux", "support", "api", "edi", "formation"]
GABARITS = sorted(f.relative_to(TEMPLATES_DIR).as_posix() for f in TEMPLATES_DIR.rglob("*.html"))
# Django, or a library set in the settings, asks for them by name.
PAR_CONVENTION = {"400.html", "403.html", "403_csrf.html", "404.html", "500.html"}
STATIQUES = [f for f in STATIC_DIR.rglob("*.*") if "vendor" not in f.parts and f.suffix in {".css", ".js", ".svg"}]
HEURES = {
    *("datetime.now", "datetime.today", "datetime.utcnow", "date.today"),
    *("timezone.now", "timezone.localdate", "time.time"),
}


def _texte(nom):
    return (TEMPLATES_DIR / nom).read_text(encoding="utf-8")


def _avec_inclusions(texte):
    """A form may take its token, its buttons, from an included template."""
    return re.sub(r"\{% include \"([\w/.-]+)\"[^%]*%\}", lambda m: m[0] + _texte(m[1]), texte)


def _sans_commentaires(texte):
    texte = re.sub(r"\{% comment %\}.*?\{% endcomment %\}", "", texte, flags=re.DOTALL)
    return re.sub(r"\{#.*?#\}|<!--.*?-->", "", texte, flags=re.DOTALL)


def _python(*dossiers):
    for dossier in dossiers:
        for fichier in sorted((ROOT / dossier).rglob("*.py")):
            if "migrations" not in fichier.parts:
                yield fichier


# --- templates


class TestGabarits:
    @pytest.mark.parametrize("nom", GABARITS)
    def test_se_charge_avec_ce_qu_il_inclut(self, nom):
        """Compiling it resolves its ``{% load %}``; each constant name that it includes or extends exists."""
        moteur = engines["django"].engine
        gabarit = moteur.get_template(nom)
        for noeud in gabarit.nodelist.get_nodes_by_type((IncludeNode, ExtendsNode)):
            expression = noeud.template if isinstance(noeud, IncludeNode) else noeud.parent_name
            vise = expression.var
            if isinstance(vise, str):
                try:
                    moteur.get_template(vise)
                except TemplateDoesNotExist as absent:
                    pytest.fail(f"{nom} : {absent} n'existe pas")

    def test_aucun_n_est_oublie(self):
        """Its name is written somewhere in the code or in another template."""
        sources = [f.read_text(encoding="utf-8") for f in _python("sandbox", *PAQUETS)]
        sources += [_texte(nom) for nom in GABARITS]
        tout = "\n".join(sources)
        attendus = [nom for nom in GABARITS if nom not in PAR_CONVENTION and not nom.startswith("django/")]
        orphelins = [nom for nom in attendus if f'"{nom}' not in tout]
        assert orphelins == []

    def test_tout_nom_ecrit_dans_le_code_existe(self):
        manquants = []
        for fichier in _python("sandbox", *PAQUETS):
            for nom in re.findall(r"\"([\w-]+(?:/[\w-]+)+\.html)(?:#\w+)?\"", fichier.read_text(encoding="utf-8")):
                if nom not in GABARITS:
                    manquants.append(f"{fichier.relative_to(ROOT)} : {nom}")
        assert manquants == []

    @pytest.mark.parametrize("nom", GABARITS)
    def test_respecte_la_politique_de_contenu(self, nom):
        """No inline style, script or handler: the browser would refuse them (PDF files are not sent to it)."""
        if "/documents/" in nom and "{% extends" not in _texte(nom):
            return
        texte = _sans_commentaires(_texte(nom))
        assert re.findall(r"<style\b", texte) == []
        assert [s for s in re.findall(r"<script\b[^>]*>", texte) if " src=" not in s] == []
        assert re.findall(r"\sstyle\s*=\s*[\"']", texte) == []
        assert re.findall(r"<[^>]*\s(on[a-z]+)\s*=", texte) == []
        assert re.findall(r"hx-on\b", texte) == []
        assert re.findall(r"javascript:|hx-vals=['\"]js:|hx-trigger=['\"][^'\"]*\[", texte) == []

    @pytest.mark.parametrize("nom", GABARITS)
    def test_ne_va_rien_chercher_dehors(self, nom):
        attributs = r"(?:src|href|action|data|poster|hx-[a-z]+)"
        externes = re.findall(attributs + r"\s*=\s*[\"']((?:https?:)?//[^\"']+)", _texte(nom))
        assert externes == []

    @pytest.mark.parametrize("nom", GABARITS)
    def test_ne_connait_aucun_statut(self, nom):
        """Colours, icons and permitted actions come from the tables."""
        assert re.findall(r"\{%\s*(?:el)?if [^%]*\bstatut\b[^%]*[=!]=[^%]*%\}", _texte(nom)) == []

    @pytest.mark.parametrize("nom", GABARITS)
    def test_parle_posement(self, nom):
        """No exclamation mark, no « tu »."""
        lu = re.sub(r"\{%.*?%\}|\{\{.*?\}\}|<[^>]+>", " ", _sans_commentaires(_texte(nom)), flags=re.DOTALL)
        assert re.findall(r"[^\n]{0,40}!(?!=)", lu) == []
        assert re.findall(r"\b(?:Tu|tu|Clique|clique|ton|tes)\b\s\w+", lu) == []

    @pytest.mark.parametrize("nom", GABARITS)
    def test_chaque_formulaire_a_son_jeton(self, nom):
        for formulaire in re.findall(r"<form\b.*?</form>", _sans_commentaires(_texte(nom)), re.DOTALL):
            if re.match(r"<form\b[^>]*method=[\"']?post", formulaire, re.IGNORECASE):
                assert "{% csrf_token %}" in _avec_inclusions(formulaire)


@pytest.mark.parametrize("fichier", STATIQUES, ids=lambda f: f.name)
def test_les_fichiers_statiques_n_appellent_rien_dehors(fichier):
    texte = re.sub(r"http://www\.w3\.org/[\w./#]+", "", fichier.read_text(encoding="utf-8"))
    assert re.findall(r"(?:https?:)?//[a-z0-9-]+\.[a-z]{2,}[^\s\"')]*", re.sub(r"(?m)^\s*//.*$", "", texte)) == []


def test_les_fichiers_statiques_cites_existent():
    cites = {nom for g in GABARITS for nom in re.findall(r"\{% static ['\"]([^'\"]+)['\"]", _texte(g))}
    assert cites
    assert [nom for nom in sorted(cites) if not (STATIC_DIR / nom).is_file()] == []


# --- code


def _appel(noeud):
    return ".".join(ast.unparse(noeud.func).split(".")[-2:])


@pytest.mark.parametrize("paquet", PAQUETS)
def test_l_heure_de_la_machine_n_est_pas_demandee(paquet):
    fautes = []
    for fichier in _python(paquet):
        texte = fichier.read_text(encoding="utf-8")
        lignes = texte.splitlines()
        for noeud in ast.walk(ast.parse(texte)):
            if not isinstance(noeud, ast.Call) or _appel(noeud) not in HEURES or "TID251" in lignes[noeud.lineno - 1]:
                continue
            if _appel(noeud) != "timezone.localdate" or not noeud.args:  # the day of a given instant is no question
                fautes.append(f"{fichier.relative_to(ROOT)}:{noeud.lineno}")
    assert fautes == []


def test_les_migrations_sont_en_ligne_droite():
    graphe = MigrationLoader(None).graph
    for config in [c for c in apps.get_app_configs() if c.name.split(".")[0] in {"sandbox", *PAQUETS}]:
        etapes = [cle for cle in graphe.nodes if cle[0] == config.label]
        feuilles = [cle for cle in graphe.leaf_nodes() if cle[0] == config.label]
        assert len(feuilles) == (1 if etapes else 0), f"{config.label} : {feuilles}"
        for cle in etapes:
            parents = [p.key for p in graphe.node_map[cle].parents if p.key[0] == config.label]
            assert len(parents) <= 1, f"{cle} vient de {parents}"


def _valeurs(noeud, module, appels):
    """Text that an expression of a module stands for: a constant, a name, a table's entry, or a parameter."""
    if isinstance(noeud, ast.Constant):
        return {noeud.value}
    if isinstance(noeud, ast.Subscript):  # one of a table: all that it may give
        return set(getattr(module, ast.unparse(noeud.value)).values())
    nom = noeud.id if isinstance(noeud, ast.Name) else noeud.attr
    valeur = getattr(module, nom, None)
    if isinstance(valeur, str):
        return {valeur}
    lus = {getattr(module, ast.unparse(argument), None) for appel in appels for argument in appel.args}
    return {lu for lu in lus if isinstance(lu, str)}


def _promesses():
    """(module, kind) of every promise that the code may make."""
    for fichier in _python(*PAQUETS):
        texte = fichier.read_text(encoding="utf-8")
        if "Promesse(" not in texte:
            continue
        module = importlib.import_module(".".join(fichier.relative_to(ROOT).with_suffix("").parts))
        arbre = ast.parse(texte)
        for fonction in [n for n in ast.walk(arbre) if isinstance(n, ast.FunctionDef)]:
            appels = [n for n in ast.walk(arbre) if isinstance(n, ast.Call) and ast.unparse(n.func) == fonction.name]
            for noeud in ast.walk(fonction):
                if isinstance(noeud, ast.Call) and ast.unparse(noeud.func) == "Promesse":
                    kind = next(k.value for k in noeud.keywords if k.arg == "kind")
                    valeurs = _valeurs(kind, module, appels)
                    assert valeurs, f"{fichier.name}:{noeud.lineno} promet une nature que l'essai ne sait pas lire"
                    yield from ((module.__name__, v) for v in valeurs)


def test_tout_evenement_promis_a_son_gestionnaire():
    promis = {kind for _, kind in _promesses()}
    assert promis == set(registry.kinds())


def test_tout_evenement_ecoute_est_annonce():
    annonces, ecoutes = set(), set()
    for fichier in _python("sandbox", *PAQUETS):
        for noeud in ast.walk(ast.parse(fichier.read_text(encoding="utf-8"))):
            if isinstance(noeud, ast.Call) and noeud.args and isinstance(noeud.args[0], ast.Constant):
                if ast.unparse(noeud.func).split(".")[-1] == "publish":
                    annonces.add(noeud.args[0].value)
                elif ast.unparse(noeud.func).split(".")[-1] == "subscribe":
                    ecoutes.add(noeud.args[0].value)
    assert ecoutes
    assert ecoutes <= annonces


# --- words


def _formulaires():
    for paquet in PAQUETS:
        try:
            racine = importlib.import_module(f"{paquet}.forms")
        except ModuleNotFoundError:
            continue
        noms = [f"{paquet}.forms"]
        noms += [m.name for m in pkgutil.walk_packages(getattr(racine, "__path__", []), f"{paquet}.forms.")]
        for nom in noms:
            for valeur in vars(importlib.import_module(nom)).values():
                if isinstance(valeur, type) and issubclass(valeur, forms.BaseForm) and valeur.__module__ == nom:
                    yield valeur


ANGLAIS = re.compile(r"\b(?:This|Enter|Select|Ensure|required|must|please|Please|is not|the|your)\b")


def test_les_formulaires_parlent_francais():
    fautes = []
    with translation.override("fr"):
        for formulaire in _formulaires():
            # Django names the fields of its own forms later; a form without any label only reads what a page posts.
            ici = formulaire.__base__.__module__.startswith("django.forms")
            affiche = ici and any(champ.label for champ in formulaire.base_fields.values())
            for nom, champ in formulaire.base_fields.items():
                dits = [champ.label, champ.help_text, *champ.error_messages.values()]
                fautes += [f"{formulaire.__name__}.{nom} : {d}" for d in map(str, dits) if ANGLAIS.search(d)]
                if affiche and not champ.widget.is_hidden and not champ.label:
                    fautes.append(f"{formulaire.__name__}.{nom} : champ visible sans libellé")
    assert fautes == []


def test_les_noms_des_modeles_sont_en_francais_et_en_minuscules():
    """« facture », not « Facture » nor Django's « Facture object »; initials keep their capitals."""
    for paquet in ("accounts", "structures", "invoices", "cohorts", "events", "mail", "snapshots"):
        for modele in apps.get_app_config(paquet).get_models():
            nom = str(modele._meta.verbose_name)
            assert nom == nom[0].lower() + nom[1:], modele
            for champ in modele._meta.concrete_fields:
                mot = str(champ.verbose_name).split(" ")[0]
                assert mot == mot.lower() or mot.isupper() or not mot.isalpha(), f"{modele.__name__}.{champ.name}"
