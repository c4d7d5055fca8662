"""Amounts: totals, VAT, signs (factures.md §2.9, §2.10, §2.14)."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

from invoices import calculs
from invoices.depot import ZERO, Depot, Ligne
from invoices.enums import SAISIES, Cadre, ModeDepot, TypeFacture, TypeTva
from invoices.rules.registre import Contexte, Manquement, regle

TOTAUX = (
    ("montant_ht", "Montant HT total"),
    ("montant_tva", "Montant TVA"),
    ("montant_ttc", "Montant TTC total"),
    ("montant_a_payer", "Montant à payer"),
)
MAXIMUM = Decimal("9999999999999.99")
DECIMALES = 2
FORMULAIRES = frozenset({ModeDepot.SAISIE_PORTAIL, ModeDepot.DEPOT_PDF_PORTAIL, ModeDepot.DEPOT_PDF_SIGNE_PORTAIL})
"""Doors whose totals are typed or shown in a form: two decimals (factures.md §2.7)."""
DECIMALES_API = 6
"""Elsewhere: AIFE's own sample has three (factures.md §2.7)."""


def euros(montant: Decimal) -> str:
    """« 4 168,80 » for messages: French separators, two decimals."""
    return f"{montant:,.2f}".replace(",", "\u202f").replace(".", ",")


@regle("SBX_013", resume="Les quatre montants totaux sont présents.")
def presence(depot: Depot, contexte: Contexte) -> Iterator[Manquement]:
    for champ, libelle in TOTAUX:
        montant = getattr(depot, champ)
        if montant is None:
            yield Manquement("SBX_013", champ, f"Le champ « {libelle} » est obligatoire.")
        elif abs(montant) > MAXIMUM:
            yield Manquement("SBX_013", champ, f"Le champ « {libelle} » dépasse 13 chiffres.")


def decimales(nombre: Decimal) -> int:
    """Significant digits after the comma: « 10,00 » has none."""
    exposant = nombre.normalize().as_tuple().exponent
    return max(0, -exposant) if isinstance(exposant, int) else 0


def nombre(valeur: Decimal) -> str:
    """« 120,005 » for messages: as it was typed, with a comma."""
    return f"{valeur.normalize():f}".replace(".", ",")


@regle("SBX_013", resume="Les totaux d'un formulaire ont deux décimales au plus.")
def decimales_des_totaux(depot: Depot, contexte: Contexte) -> Iterator[Manquement]:
    if depot.mode not in FORMULAIRES:
        return
    for champ, libelle in (*TOTAUX, ("remise_globale", "Remise globale TTC"), ("acompte", "Acompte déjà versé")):
        montant = getattr(depot, champ)
        if montant is not None and decimales(montant) > DECIMALES:
            yield Manquement(
                "SBX_013",
                champ,
                f"Le champ « {libelle} » a trop de décimales : {nombre(montant)} saisi, {DECIMALES} au plus.",
            )


@dataclass(frozen=True, slots=True)
class Colonne:
    """Column of the lines: its length when it is a text, its decimals when it is a number."""

    champ: str
    libelle: str
    longueur: int = 0
    decimales: int = 0
    obligatoire: bool = False


COLONNES = (
    Colonne("denomination", "Dénomination", longueur=1024, obligatoire=True),
    Colonne("reference", "Référence", longueur=50),
    Colonne("quantite", "Quantité", decimales=4),
    Colonne("unite", "Unité", longueur=50, obligatoire=True),
    Colonne("prix_unitaire", "Montant unitaire HT", decimales=6),
    Colonne("remise", "Remise HT", decimales=DECIMALES),
)
"""factures.md §2.3, block 5; §2.7."""
COLONNES_API = tuple(replace(c, decimales=DECIMALES_API) if c.champ == "remise" else c for c in COLONNES)


def _colonne(ligne: Ligne, colonne: Colonne) -> str:
    """What is wrong with this column of this line; empty when nothing is."""
    valeur = getattr(ligne, colonne.champ)
    if colonne.longueur:
        if colonne.obligatoire and not valeur.strip():
            return f"le champ « {colonne.libelle} » est obligatoire."
        trop = len(valeur) > colonne.longueur
        return f"le champ « {colonne.libelle} » dépasse {colonne.longueur} caractères ({len(valeur)})." if trop else ""
    if decimales(valeur) > colonne.decimales:
        trouve = f"{nombre(valeur)} saisi, {colonne.decimales} au plus"
        return f"le champ « {colonne.libelle} » a trop de décimales ({trouve})."
    return ""


@regle("SBX_013", resume="Chaque ligne de poste : champs présents, longueurs, décimales, taux de 0 à 99,99.")
def colonnes(depot: Depot, contexte: Contexte) -> Iterator[Manquement]:
    if depot.mode not in SAISIES:
        return
    attendues = COLONNES if depot.mode in FORMULAIRES else COLONNES_API
    for ligne in depot.lignes:
        fautes = [faute for colonne in attendues if (faute := _colonne(ligne, colonne))]
        if not ZERO <= ligne.taux < 100 or decimales(ligne.taux) > DECIMALES:
            fautes.append(f"un taux de TVA va de 0 à 99,99 ({nombre(ligne.taux)} saisi).")
        for faute in fautes:
            yield Manquement("SBX_013", "lignes", f"Ligne {ligne.numero} : {faute}")


@regle("SBX_013", resume="Récapitulatif TVA : taux de 0 à 99,99.")
def taux_du_recapitulatif(depot: Depot, contexte: Contexte) -> Iterator[Manquement]:
    for ligne in depot.lignes_tva:
        if not ZERO <= ligne.taux < 100 or decimales(ligne.taux) > DECIMALES:
            message = f"Récapitulatif : un taux de TVA va de 0 à 99,99 ({nombre(ligne.taux)} saisi)."
            yield Manquement("SBX_013", "lignes_tva", message)


@regle("SBX_023", resume="Une saisie, sur le portail ou par API, porte au moins une ligne de poste.")
def lignes(depot: Depot, contexte: Contexte) -> Iterator[Manquement]:
    if depot.mode in SAISIES and not depot.lignes:
        yield Manquement("SBX_023", "lignes", "Au moins une ligne de poste est obligatoire.")


def _ecart(champ: str, libelle: str, trouve: Decimal, attendu: Decimal) -> Manquement:
    return Manquement(
        "SBX_020",
        champ,
        "Les montants de l'en-tête ne correspondent pas aux totaux (écart supérieur à 0,01) : "
        f"{libelle} {euros(trouve)}, {euros(attendu)} attendu.",
    )


@regle("SBX_020", resume="Totaux, récapitulatif TVA et lignes concordent à 0,01 près.")
def totaux(depot: Depot, contexte: Contexte) -> Iterator[Manquement]:
    ht, tva, ttc = depot.montant_ht, depot.montant_tva, depot.montant_ttc
    if ht is not None and tva is not None and ttc is not None:
        attendu = ht + tva - depot.remise_globale
        if not calculs.proches(ttc, attendu):
            yield _ecart("montant_ttc", "montant TTC", ttc, attendu)
    if depot.lignes_tva:
        bases = sum((ligne.base for ligne in depot.lignes_tva), ZERO)
        taxes = sum((ligne.montant for ligne in depot.lignes_tva), ZERO)
        if ht is not None and not calculs.proches(ht, bases):
            yield _ecart("montant_ht", "montant HT", ht, bases)
        if tva is not None and not calculs.proches(tva, taxes):
            yield _ecart("montant_tva", "montant TVA", tva, taxes)
        for ligne in depot.lignes_tva:
            attendu = calculs.tva(ligne.base, ligne.taux)
            if not calculs.proches(ligne.montant, attendu):
                yield _ecart("lignes_tva", f"TVA à {ligne.taux.normalize():f} %", ligne.montant, attendu)
    if depot.lignes and depot.mode in SAISIES:
        somme = sum((calculs.ht(ligne) for ligne in depot.lignes), ZERO)
        if ht is not None and not calculs.proches(ht, somme):
            yield _ecart("montant_ht", "montant HT", ht, somme)


@regle("SBX_021", resume="Une facture déjà payée (A2) a un montant à payer nul.")
def deja_payee(depot: Depot, contexte: Contexte) -> Iterator[Manquement]:
    if depot.cadre == Cadre.A2 and depot.montant_a_payer:
        yield Manquement(
            "SBX_021",
            "montant_a_payer",
            "Une facture déjà payée doit avoir un montant à payer nul "
            f"({euros(depot.montant_a_payer)} saisi, 0,00 attendu).",
        )


@regle("SBX_022", "SBX_025", resume="Signes : avoir positif, facture de total négatif refusée.")
def signes(depot: Depot, contexte: Contexte) -> Iterator[Manquement]:
    if depot.type_facture == TypeFacture.AVOIR:
        negatifs = [nom for nom, _ in TOTAUX if (montant := getattr(depot, nom)) is not None and montant < 0]
        if negatifs:
            yield Manquement("SBX_022", negatifs[0], "Les montants d'un avoir doivent être positifs.")
    elif depot.montant_ttc is not None and depot.montant_ttc < 0:
        yield Manquement(
            "SBX_025", "montant_ttc", "Un montant négatif se facture par un avoir : choisissez le type « Avoir »."
        )


@regle("SBX_026", resume="Le montant à payer ne dépasse pas le montant TTC.")
def a_payer(depot: Depot, contexte: Contexte) -> Iterator[Manquement]:
    if depot.montant_a_payer is None or depot.montant_ttc is None:
        return
    if depot.montant_a_payer > depot.montant_ttc:
        yield Manquement(
            "SBX_026",
            "montant_a_payer",
            f"Le montant à payer dépasse le montant TTC ({euros(depot.montant_a_payer)} pour "
            f"{euros(depot.montant_ttc)} TTC). Vérifiez qu'aucun chiffre n'est inversé.",
        )


@regle("SBX_013", resume="La remise globale est positive ou nulle.")
def remise(depot: Depot, contexte: Contexte) -> Iterator[Manquement]:
    if depot.remise_globale < 0:
        yield Manquement("SBX_013", "remise_globale", "La remise globale se saisit en positif.")


@regle("SBX_013", resume="L'acompte déjà versé est positif ou nul, et ne dépasse pas le montant TTC.")
def acompte(depot: Depot, contexte: Contexte) -> Iterator[Manquement]:
    if depot.acompte < 0:
        yield Manquement("SBX_013", "acompte", "L'acompte déjà versé se saisit en positif.")
    elif depot.acompte and depot.montant_ttc is not None and depot.acompte > depot.montant_ttc:
        yield Manquement(
            "SBX_013",
            "acompte",
            f"L'acompte déjà versé dépasse le montant TTC ({euros(depot.acompte)} pour "
            f"{euros(depot.montant_ttc)} TTC).",
        )


@regle("SBX_024", resume="Exonération ou absence de TVA : taux et TVA nuls.")
def type_tva(depot: Depot, contexte: Contexte) -> Iterator[Manquement]:
    if depot.type_tva not in (TypeTva.EXONERATION, TypeTva.SANS_TVA):
        return
    taux = [ligne.taux for ligne in depot.lignes] + [ligne.taux for ligne in depot.lignes_tva]
    if any(taux) or depot.montant_tva:
        yield Manquement(
            "SBX_024",
            "type_tva",
            "Le type de TVA et les taux ne concordent pas : en exonération ou sans TVA, tous les taux sont à 0 % "
            "et le montant de TVA est nul.",
        )
