"""Every ``codeRetour`` that an answer may carry, for the documentation (api.md §3.1, factures.md §2.14)."""

from dataclasses import dataclass

from api.erreurs import code_retour
from invoices import rules


@dataclass(frozen=True, slots=True)
class Code:
    """A number, its ``libelle`` or the beginning of it, when it is met. ``officiel``: read in a public source."""

    numero: int
    libelle: str
    sens: str
    officiel: bool = False


OFFICIELS = (
    Code(0, "TRA_MSG_00.000", "Succès de la plupart des opérations.", officiel=True),
    Code(0, "GCU_MSG_01_000", "Succès d'un dépôt, d'un téléchargement, de certaines listes.", officiel=True),
    Code(400, "Requête mal formulée", "Avec le statut HTTP 400 : JSON, type ou valeur d'une liste."),
    Code(20000, "TRA_MSG_00.015", "La recherche ne trouve rien : liste vide, total 0.", officiel=True),
    Code(20000, "GDP_MSG_11.008", "La facture n'existe pas, ou n'est pas à vous.", officiel=True),
    Code(20001, "GDP_MSG_11.005", "Le compte technique n'a pas l'habilitation qu'il faut.", officiel=True),
    Code(20001, "GDP_MSG_11.022", "Le flux dépasse 30 Mo une fois décodé.", officiel=True),
    Code(20001, "POQ_MSG_01.003", "Flux introuvable : numéro inconnu, ou flux d'une autre structure.", officiel=True),
    Code(20002, "GDP_MSG_11.033", "« completer » demande une facture suspendue.", officiel=True),
    Code(20003, "SBX_042", "« ajouter/fichier » : le fichier dépasse 10 Mo.", officiel=True),
    Code(20007, "GFT_MSG_01.075", "La recherche de factures de travaux ne trouve rien.", officiel=True),
)
AUTRES = {
    "SBX_045": "La pièce jointe est inconnue, ou n'est pas à vous.",
    "SBX_050": "La facture n'a pas pu être analysée : le PDF ne se lit pas.",
    "SBX_070": "Recycler n'est plus possible sous le régime de la réforme : rejetez la facture.",
    "SBX_071": "Le statut actuel de la facture ne permet pas cette action.",
    "SBX_072": "Le motif est obligatoire.",
}
"""Refusals that are no rule of a deposit; ``api/erreurs`` numbers them all alike."""


def sbx() -> list[Code]:
    """Our own refusals, by number: what the rules of deposit say of theirs, and the others."""
    sens: dict[str, list[str]] = {code: [phrase] for code, phrase in AUTRES.items()}
    for entree in rules.REGISTRE:
        for code in entree.codes:
            sens.setdefault(code, []).append(entree.resume)
    return [Code(code_retour(code), code, " ".join(sens[code])) for code in sorted(sens)]
