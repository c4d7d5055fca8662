"""docs/genere/regles.md: every registered rule of the deposit."""

from formation.documentation.markdown import codes, tableau
from invoices.rules import REGISTRE
from invoices.rules.registre import Entree


def _lieu(entree: Entree) -> str:
    return f"`{entree.regle.__module__.rpartition('.')[2]}.{entree.regle.__name__}`"


def page() -> str:
    par_code: dict[str, list[Entree]] = {}
    for entree in REGISTRE:
        for code in entree.codes:
            par_code.setdefault(code, []).append(entree)
    return "\n".join(
        [
            "# Règles du dépôt d'une facture",
            "",
            "Chaque règle est écrite une fois, dans `invoices/rules/`, et sert à toutes les portes : saisie, dépôt "
            "d'un PDF, dépôt d'un fichier structuré. Une règle non respectée donne un code, le champ concerné et une "
            "phrase qui dit ce qui a été trouvé, ce qui est attendu et quoi faire.",
            "",
            "## Dans l'ordre du formulaire",
            "",
            tableau(
                ["Règle", "Codes", "Écrite dans"],
                ([entree.resume, codes(entree.codes), _lieu(entree)] for entree in REGISTRE),
            ),
            "## Par code",
            "",
            tableau(
                ["Code", "Règles"],
                ([f"`{code}`", " ".join(e.resume for e in par_code[code])] for code in sorted(par_code)),
            ),
        ]
    )
