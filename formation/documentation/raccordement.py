"""docs/genere/raccordement.md: states of a fiche de raccordement, interfaces, families, APIs."""

from formation.documentation.markdown import codes, oui, tableau
from structures.enums import EtatRaccordement
from structures.raccordement import APIS, FAMILLES, INTERFACES, PROTOCOLES, TRANSITIONS

ACTEURS = {"demandeur": "demandeur", "formateur": "formateur (joue l'AIFE)", "temps": "temps simulé"}


def _etats(valeurs: tuple[str, ...]) -> str:
    return ", ".join(str(EtatRaccordement(v).label) for v in valeurs)


def page() -> str:
    return "\n".join(
        [
            "# Raccordement EDI/API",
            "",
            "Ces tables sont celles que lisent les écrans, les services et les essais (`structures/raccordement.py`). "
            "Les états sont une décision du bac à sable : ceux du vrai service ne sont pas publiés.",
            "",
            "## États d'une fiche",
            "",
            tableau(
                ["Action", "Depuis", "Vers", "Qui", "Motif", "Note"],
                (
                    [t.libelle, _etats(t.depuis), _etats((t.vers,)), ACTEURS[t.acteur], oui(t.motif), t.note or "–"]
                    for t in TRANSITIONS.values()
                ),
            ),
            "Chaque changement est un acte de l'historique de la structure et un courriel au demandeur.",
            "",
            "## Interfaces",
            "",
            "Choisir une interface principale abonne aussi à son accusé.",
            "",
            tableau(
                ["Interface", "Libellé", "Famille", "Sens", "Accusé"],
                (
                    [codes([i.code]), i.libelle, i.famille, i.sens.libelle, codes([i.accuse]) if i.accuse else "–"]
                    for i in INTERFACES.values()
                ),
            ),
            "## Familles de flux",
            "",
            tableau(["Famille", "Proposée"], ([f.libelle, oui(f.offerte)] for f in FAMILLES.values())),
            "## Protocoles",
            "",
            tableau(["Protocole", "Fonctionne ici"], ([p.libelle, oui(p.ouvert)] for p in PROTOCOLES.values())),
            "## API de PISTE (simulé)",
            "",
            tableau(["API", "Adresse"], ([a.libelle, codes([f"/cpro/{a.code}/v1"])] for a in APIS.values())),
        ]
    )
