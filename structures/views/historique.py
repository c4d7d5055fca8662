"""« Historique » of a structure: what was done to it, in French (comptes-structures.md §5.3)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Model, QuerySet
from django.http import HttpResponse
from django.views.decorators.http import require_safe

from accounts.requete import Requete
from sandbox.web.csv import write_csv
from sandbox.web.pagination import paginate
from sandbox.web.partials import render_partial
from sandbox.web.telechargements import file_response
from structures import queries_utilisateurs as queries
from structures.acces import structure_requise
from structures.forms.rattachements import FiltreHistorique
from structures.models import ActeGestion, CoordonneesBancaires, FicheRaccordement, Service, Structure
from structures.permissions import Acte
from structures.views.cadre import rubriques

RIEN = "–"
LIBELLES = {
    "habilitations": "Habilitations",
    "services": "Services",
    "motif": "Motif",
    "gestionnaire": "Gestionnaire principal",
    "structure": "Structure",
    "siret": "SIRET",
}
MODELES: tuple[type[Model], ...] = (Structure, Service, CoordonneesBancaires, FicheRaccordement)


@dataclass(frozen=True, slots=True)
class Changement:
    """One thing that changed. For a list, what came and what went; else, its former and new value."""

    libelle: str
    avant: str = ""
    apres: str = ""
    ajoutes: tuple[str, ...] = ()
    retires: tuple[str, ...] = ()

    @property
    def est_liste(self) -> bool:
        return bool(self.ajoutes or self.retires)

    def __str__(self) -> str:
        if self.est_liste:
            morceaux = [f"ajout : {', '.join(self.ajoutes)}"] if self.ajoutes else []
            morceaux += [f"retrait : {', '.join(self.retires)}"] if self.retires else []
            return f"{self.libelle} – {' ; '.join(morceaux)}"
        if self.avant == RIEN:
            return f"{self.libelle} : {self.apres}"
        return f"{self.libelle} : {self.avant} → {self.apres}"


def _libelle(cle: str) -> str:
    """Name of a field as screens write it."""
    if cle in LIBELLES:
        return LIBELLES[cle]
    for modele in MODELES:
        champ = next((c for c in modele._meta.get_fields() if c.name == cle and hasattr(c, "verbose_name")), None)
        if champ is not None:
            nom = str(champ.verbose_name)
            return nom[:1].upper() + nom[1:]
    return cle.replace("_", " ").capitalize()


def _texte(valeur: Any) -> str:
    if valeur is None or valeur in ("", [], {}):
        return RIEN
    if isinstance(valeur, bool):
        return "oui" if valeur else "non"
    if isinstance(valeur, (list, tuple)):
        return ", ".join(_texte(v) for v in valeur)
    if isinstance(valeur, Mapping):
        return ", ".join(f"{_libelle(str(cle))} : {_texte(v)}" for cle, v in valeur.items())
    return str(valeur)


def changements(acte: ActeGestion) -> list[Changement]:
    """What the line changed, in readable French; never raw JSON."""
    lus = []
    # By name: the databases do not keep the order in which the facts were noted.
    for cle in sorted({*acte.avant, *acte.apres}, key=_libelle):
        avant, apres = acte.avant.get(cle), acte.apres.get(cle)
        if isinstance(avant, list) or isinstance(apres, list):
            a, b = [_texte(v) for v in avant or []], [_texte(v) for v in apres or []]
            venus, partis = tuple(v for v in b if v not in a), tuple(v for v in a if v not in b)
            if venus or partis:
                lus.append(Changement(_libelle(cle), ajoutes=venus, retires=partis))
        elif _texte(avant) != _texte(apres):
            lus.append(Changement(_libelle(cle), _texte(avant), _texte(apres)))
    return lus


def _actes(structure: Structure, criteres: dict[str, str]) -> QuerySet[ActeGestion]:
    lignes = queries.actes(structure)
    if genre := criteres.get("type"):
        lignes = lignes.filter(type=genre)
    if acteur := criteres.get("acteur"):
        lignes = lignes.filter(acteur_nom=acteur)
    return lignes


@require_safe
@structure_requise(Acte.CONSULTER_HISTORIQUE)
def liste(request: Requete, structure: Structure) -> HttpResponse:
    filtre = FiltreHistorique(request.GET, acteurs=queries.acteurs(structure))
    criteres = filtre.criteres()
    page = paginate(request, _actes(structure, criteres))
    contexte = rubriques(request, structure, "historique") | {
        "filtre": filtre,
        "actifs": len(criteres),
        "page": page,
        "lignes": [(acte, changements(acte)) for acte in page.object_list],
        "requete": request.GET.urlencode(),
    }
    return render_partial(request, "structures/historique.html", "actes", contexte)


@require_safe
@structure_requise(Acte.CONSULTER_HISTORIQUE)
def exporter(request: Requete, structure: Structure) -> HttpResponse:
    """The history as it is filtered, in CSV."""
    criteres = FiltreHistorique(request.GET, acteurs=queries.acteurs(structure)).criteres()
    lignes = (
        (a.survenu_le, a.acteur_nom, a.get_type_display(), a.objet, " | ".join(str(c) for c in changements(a)))
        for a in _actes(structure, criteres).iterator()
    )
    contenu = write_csv(("Date", "Acteur", "Acte", "Objet", "Détail"), lignes)
    return file_response(contenu, f"historique-{structure.identifiant}.csv")
