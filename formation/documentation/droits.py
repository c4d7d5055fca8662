"""docs/genere/droits.md: profiles by kind of structure, and what each screen asks of the one who opens it."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

from django.contrib.auth.decorators import login_required
from django.urls import URLPattern, URLResolver, get_resolver

from accounts.profils import CATALOGUE, Profil
from formation.documentation.markdown import oui, tableau

NOMS = {ligne.profil: ligne.libelle for ligne in CATALOGUE}
NOTRES = ("accounts", "structures", "invoices", "travaux", "support", "formation", "api")
RIEN = "rien"


@dataclass(frozen=True, slots=True)
class Ecran:
    """A route, its name, its package, what opening it takes."""

    chemin: str
    nom: str
    paquet: str
    acces: str


def _enveloppes(vue: object, vues: set[int]) -> Iterator[tuple[str, dict[str, object]]]:
    """Each function around a view, outermost first: where it was written, what it was given."""
    code = getattr(vue, "__code__", None)
    if code is None or id(vue) in vues:
        return
    vues.add(id(vue))
    donne = {}
    for nom, cellule in zip(code.co_freevars, getattr(vue, "__closure__", None) or (), strict=True):
        with suppress(ValueError):  # not yet bound
            donne[nom] = cellule.cell_contents
    yield code.co_qualname, donne
    de_classe = getattr(getattr(vue, "view_class", None), "dispatch", None)
    for interieur in (*donne.values(), getattr(vue, "__wrapped__", None), de_classe):
        yield from _enveloppes(interieur, vues)


def _connexion_exigee(origine: str, donne: dict[str, object]) -> bool:
    """``@login_required`` on a function, or by ``method_decorator`` on a class."""
    decorateurs = donne.get("decorators")
    return origine.startswith("user_passes_test.") or (isinstance(decorateurs, list) and login_required in decorateurs)


def _acces(vue: object) -> str:
    """The most demanding decorator found around the view."""
    exigence = RIEN
    for origine, donne in _enveloppes(vue, set()):
        if origine.startswith("portail_requis."):
            profil = donne.get("profil")
            if not isinstance(profil, Profil):
                return "compte du portail"
            niveau = " (modification)" if donne.get("modification") else ""
            return f"compte du portail, profil « {NOMS[profil]} »{niveau}"
        if _connexion_exigee(origine, donne):
            return "formateur"
        if origine.startswith("place_requise."):
            exigence = "place dans une session"
    return exigence


def ecrans(resolveur: URLResolver | None = None, avant: str = "/", espace: str = "") -> Iterator[Ecran]:
    """Every route of ours, in the order of the URLconf."""
    for motif in (resolveur or get_resolver()).url_patterns:
        chemin = avant + str(motif.pattern)
        if isinstance(motif, URLResolver):
            yield from ecrans(motif, chemin, motif.namespace or espace)
        elif isinstance(motif, URLPattern) and motif.callback.__module__.split(".")[0] in NOTRES:
            nom = f"{espace}:{motif.name}" if espace else str(motif.name)
            yield Ecran(chemin, nom, motif.callback.__module__.split(".")[0], _acces(motif.callback))


def page() -> str:
    sections = [
        "# Droits",
        "",
        "## Profils d'habilitation",
        "",
        "Un profil se détient sur une structure, en consultation ou en modification. Le gestionnaire principal détient "
        "tous ceux de sa colonne, en modification.",
        "",
        tableau(
            ["Profil", "Code", "Structure privée", "Structure publique", "Coché à l'acceptation d'un rattachement"],
            ([p.libelle, f"`{p.profil}`", oui(p.prive), oui(p.public), oui(p.par_defaut)] for p in CATALOGUE),
        ),
        "## Écrans",
        "",
        "Ce que la page exige avant d'être ouverte. Les objets qu'elle montre sont en plus limités à la session et aux "
        "structures du compte : ce qui n'est pas visible répond 404, ce qui est visible mais interdit 403.",
        "",
    ]
    par_paquet: dict[str, list[Ecran]] = {}
    for ecran in ecrans():
        par_paquet.setdefault(ecran.paquet, []).append(ecran)
    for paquet in sorted(par_paquet, key=NOTRES.index):
        sections += [f"### {paquet}", ""]
        sections.append(
            tableau(
                ["Adresse", "Nom", "Il faut"], ([f"`{e.chemin}`", f"`{e.nom}`", e.acces] for e in par_paquet[paquet])
            )
        )
    return "\n".join(sections)
