"""docs/genere/droits.md: profiles by kind of structure, and what each screen asks of the one who opens it."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

from django.contrib.auth.decorators import login_required
from django.urls import URLPattern, URLResolver, get_resolver

from accounts.enums import Niveau
from accounts.profils import CATALOGUE, Profil
from formation.documentation.markdown import oui, tableau
from structures.permissions import ACTES, Acte, permet
from structures.queries import Droit, Droits

NOMS = {ligne.profil: ligne.libelle for ligne in CATALOGUE}
NOTRES = ("accounts", "structures", "invoices", "travaux", "support", "formation", "api", "edi")
RIEN, PLACE, COMPTE, FORMATEUR = "rien", "place dans une session", "compte du portail", "formateur"
IDENTIFIANTS = "identifiants de l'API"
"""Of a page that takes no cookie: a token, a technical account (api.md §1, §2)."""
CELLE_CI, UNE = "sur celle de l'adresse", "sur une au moins"


_LA = 1
"""Id of the structure of the matrix; its holder holds the right there and nowhere else."""


def _porteur(*profils: tuple[Profil, Niveau], gestionnaire: bool = False) -> Droits:
    droits = tuple(Droit(_LA, profil, niveau) for profil, niveau in profils)
    return Droits(droits, frozenset({_LA}) if gestionnaire else frozenset(), frozenset({_LA}))


ROLES: dict[str, Droits] = {
    "Sans rattachement validé": Droits((), frozenset()),
    "Utilisateur, « Factures émises consultation »": _porteur((Profil.FACTURES_EMISES, Niveau.CONSULTATION)),
    "Utilisateur, « Factures émises modification »": _porteur((Profil.FACTURES_EMISES, Niveau.MODIFICATION)),
    "Utilisateur, « Organisation consultation »": _porteur((Profil.ORGANISATION, Niveau.CONSULTATION)),
    "Utilisateur, « Organisation modification »": _porteur((Profil.ORGANISATION, Niveau.MODIFICATION)),
    "Utilisateur, « Raccordement EDI/API consultation »": _porteur((Profil.RACCORDEMENT, Niveau.CONSULTATION)),
    "Utilisateur, « Raccordement EDI/API modification »": _porteur((Profil.RACCORDEMENT, Niveau.MODIFICATION)),
    "Gestionnaire principal": _porteur(*((p.profil, Niveau.MODIFICATION) for p in CATALOGUE), gestionnaire=True),
}
"""Columns of the matrix. A « rattachement » requested, refused, desactivated or deleted gives what no one has."""


REPONSES = (
    ("Sans place dans une session", "redirection vers « Rejoindre une session »"),
    ("Sans compte connecté", "redirection vers la connexion, puis retour à la page"),
    ("Objet d'une autre session, ou d'une structure que le compte ne voit pas", "404"),
    ("Structure de la session, sans le droit demandé", "403, avec le droit qui manque"),
    ("Méthode que la page n'accepte pas", "405"),
    ("Console sans formateur connecté", "redirection vers la connexion du formateur"),
    ("Console d'une session d'un autre formateur", "404"),
)


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


def _exigences(vue: object) -> Iterator[tuple[int, str]]:
    """What each decorator around the view asks, with its weight: the heaviest says it all."""
    for origine, donne in _enveloppes(vue, set()):
        acte, profil = donne.get("acte"), donne.get("profil")
        if isinstance(acte, Acte):
            ou = UNE if origine.startswith("acte_requis.") else CELLE_CI
            yield 4, f"compte du portail, {ACTES[acte].exigence}, {ou}"
        elif origine.startswith("portail_requis.") and isinstance(profil, Profil):
            niveau = " (modification)" if donne.get("modification") else ""
            yield 3, f"compte du portail, profil « {NOMS[profil]} »{niveau}"
        elif origine.startswith(("portail_requis.", "compte_requis.")):
            yield 2, COMPTE
        elif _connexion_exigee(origine, donne):
            yield 5, FORMATEUR
        elif origine.startswith("place_requise."):
            yield 1, PLACE


def _acces(vue: object) -> str:
    """The most demanding decorator found around the view."""
    sans_rien = IDENTIFIANTS if getattr(vue, "csrf_exempt", False) else RIEN
    return max(_exigences(vue), default=(0, sans_rien))[1]


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
        "## Ce que chacun peut faire sur une structure",
        "",
        "Une demande en attente, un rattachement refusé, désactivé ou supprimé valent « sans rattachement validé ». "
        "Être gestionnaire d'une autre structure ne donne rien sur celle-ci.",
        "",
        tableau(
            ["Acte", "Code", "Il faut", *ROLES],
            (
                [ligne.libelle, f"`{acte}`", str(ligne.exigence), *(oui(permet(r, acte, _LA)) for r in ROLES.values())]
                for acte, ligne in ACTES.items()
            ),
        ),
        "## Ce que répond une page",
        "",
        tableau(["À qui", "Réponse"], REPONSES),
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
