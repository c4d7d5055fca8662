"""What api.md §4 asks of any answer, written by hand: never from the code that answers."""

import re

JOUR = re.compile(r"\d{4}-\d{2}-\d{2}")
MINUTE = re.compile(r"\d{4}-\d{2}-\d{2} \d{2}:\d{2}")
INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}(?:Z|[+-]\d{2}:\d{2})")

DATES = {
    # day
    **dict.fromkeys(("dateDepot", "dateFacture", "dateEcheancePaiement", "dateTraitement"), JOUR),
    **dict.fromkeys(("dateValidation1", "dateValidation2", "dateFournisseur", "dateNotificationEJ"), JOUR),
    **dict.fromkeys(("dateCreationEntreprise", "dateCreationEtablissement", "dateReactivationEtablissement"), JOUR),
    # minute
    **dict.fromkeys(("histoStatutDatePassage", "histoActionDateHeure", "evenementDateHeure"), MINUTE),
    **dict.fromkeys(("dateCreationFacture", "dateDbtService", "dateFinService"), MINUTE),
    # instant
    **dict.fromkeys(("dateDepotFlux", "dateHeureEtatCourant", "dateHeureEtatCourantFlux"), INSTANT),
    **dict.fromkeys(("dateCreation", "dateModification", "dateDebutValidite", "dateFinValidite"), INSTANT),
    **dict.fromkeys(("dateDebut", "dateFin", "dateDerniereModification"), INSTANT),
    "dateExpirationMotPasseCompteTech": INSTANT,
}
"""Form of each field that is a date (api.md §4; where it is silent, that of the strict client [3])."""
_NOMBRES = re.compile(r"^(montant|taille|total|pages|pageCourante|nbResultats)|(Montant|Quantite|Valeur|Manuel)")
_PAS_DES_NOMBRES = {"motifRemiseGlobaleTTC"}


def fautes(valeur, chemin="réponse"):
    """Nulls, empty texts, dates out of form, amounts as texts: one sentence each."""
    if valeur is None:
        yield f"{chemin} est null"
    elif isinstance(valeur, list):
        for rang, element in enumerate(valeur):
            yield from fautes(element, f"{chemin}[{rang}]")
    elif isinstance(valeur, dict):
        for nom, element in valeur.items():
            ou = f"{chemin}.{nom}"
            yield from fautes(element, ou)
            if nom in DATES and not DATES[nom].fullmatch(str(element)):
                yield f"{ou} = {element!r} : {DATES[nom].pattern} attendu"
            elif nom.startswith("date") and nom not in DATES:
                yield f"{ou} : date dont la forme n'est pas écrite dans tests/api/contrat/formes.py"
            if isinstance(element, str) and _NOMBRES.search(nom) and nom not in _PAS_DES_NOMBRES:
                yield f"{ou} = {element!r} : un nombre est attendu"
            if element == "":
                yield f"{ou} est un texte vide"
