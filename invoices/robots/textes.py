"""The words of the counterparts: each style has its own way to begin, every message names the mistake (Table B)."""

import re
from collections.abc import Mapping
from decimal import Decimal

from invoices.rules.montants import euros

MAXIMUM = 255
_JETON = re.compile(r"\{(\w+)\}")

TEXTES = {
    "siret": "Nous n'avons passé aucune commande à votre entreprise. Vérifiez le destinataire de votre bon de commande "
    "({ht} € HT facturés).",
    "service": "Facture reçue par un service qui n'a pas passé la commande. Merci de la rediriger vers {attendu} avec "
    "l'engagement figurant sur votre bon de commande.",
    "engagement": "Engagement inconnu de notre comptabilité. Reçu : « {trouve} ».",
    "bon_commande": "Engagement inconnu de notre comptabilité. « {trouve} » est un numéro de bon de commande.",
    "autre_service": "L'engagement « {trouve} » appartient à un autre service. Recopiez celui de votre commande.",
    "doublon": "Doublon de {autre}.",
    "cadre": "Cadre de facturation inadapté : {trouve} reçu, {attendu} attendu. Merci d'émettre une nouvelle facture.",
    "marche": "Marché inconnu de nos services : « {trouve} » reçu, {attendu} attendu.",
    "date": "Facture datée du {trouve}, avant le début du contrat ({attendu}).",
    "tva": "Taux de TVA {ligne} erroné ({attendu}). Facturé : {trouve}.",
    "tva_montant": "TVA facturée : {trouve} € ; TVA attendue : {attendu} €.",
    "tva_absente": "TVA absente. Attendue : {attendu} € sur {ht} € HT.",
    "autoliquidation": "Autoliquidation : merci de facturer hors taxes. TVA facturée à tort : {trouve} €.",
    "quantite": "Quantité facturée : {trouve} ; quantité livrée : {attendu} ({ligne}). Merci d'émettre une nouvelle "
    "facture.",
    "prix": "Prix unitaire facturé : {trouve} € ; prix commandé : {attendu} € ({ligne}). Merci d'émettre une nouvelle "
    "facture.",
    "ligne": "« {ligne} » ne figure pas sur la commande. Merci d'émettre une nouvelle facture.",
    "total": "Montant HT facturé : {trouve} € ; commandé et livré : {attendu} €. Merci d'émettre une nouvelle facture.",
    "piece": "{manque}. Le délai de paiement est interrompu jusqu'à réception.",
    "relance": "{manque}. Sans réception de notre part, votre facture sera rejetée le {limite}.",
    "sans_piece": "{manque}, malgré notre relance. Merci d'émettre une nouvelle facture.",
    "banque": "Coordonnées bancaires différentes de celles de vos factures précédentes ({trouve}). Confirmez le "
    "changement et joignez un RIB.",
    "avoir_inconnu": "Facture d'origine inconnue de nos services : « {trouve} ».",
    "avoir_client": "La facture d'origine {trouve} a été adressée à un autre client.",
    "avoir_superieur": "Avoir supérieur à la facture {origine} : {trouve} € pour {attendu} €.",
    "refus": "Demande refusée par le valideur : {trouve}",
    "valideur": "Nous ne sommes pas le valideur de ce marché : vérifiez votre contrat.",
    "cadre_sous_traitant": "Vous êtes sous-traitant, pas cotraitant.",
    "cadre_cotraitant": "Vous êtes cotraitant, pas sous-traitant.",
    "cadre_direct": "Cette commande vous a été passée directement : facturez-la sans valideur (cadre A1).",
    "plafond": "Plafond de l'acte spécial dépassé. {trouve} € HT cumulés pour {attendu} € acceptés.",
    "conforme": "Prestations conformes à notre contrat.",
    "annuaire": "Deuxième renvoi : consultez l'annuaire avant de recycler.",
}
"""Texts by default (exercices.md §0.5); a pack may replace each of them for an order."""
JETONS = frozenset({"trouve", "attendu", "ligne", "ht", "autre", "manque", "limite", "origine"})
"""What the code fills in."""

STYLES: dict[str, tuple[str, str]] = {
    "courtois": ("Bonjour. ", " Merci de votre compréhension."),
    "codifié": ("{motif} – ", ""),
    "formel": ("Madame, Monsieur, ", ""),
    "détaillé": ("Contrôle de la facture {numero} : ", ""),
    "laconique": ("", ""),
    "désolé": ("Désolés de ce retour. ", ""),
}
"""Before, after (Table A, column « Style »); another style says nothing more."""


def jetons(texte: str) -> set[str]:
    """Names that a text wants filled in."""
    return set(_JETON.findall(texte))


def remplir(texte: str, **valeurs: str) -> str:
    """Put these values into a text; an unknown name stays as written."""
    return _JETON.sub(lambda jeton: valeurs.get(jeton[1], jeton[0]), texte)


def dire(nom: str, textes: Mapping[str, str], **valeurs: str) -> str:
    """The text of this mistake: that of the order, else the default one."""
    return remplir(textes.get(nom, TEXTES[nom]), **valeurs)


def habiller(texte: str, style: str, *, motif: str, numero: str) -> str:
    """The message in the style of the counterpart; what does not fit in 255 characters is the politeness first."""
    avant, apres = (remplir(partie, motif=motif, numero=numero) for partie in STYLES.get(style, ("", "")))
    for essai in (avant + texte + apres, avant + texte, texte):
        if len(essai) <= MAXIMUM:
            return essai
    return texte[: MAXIMUM - 1].rstrip() + "…"


def nombre(valeur: Decimal) -> str:
    """« 12 », « 5,5 »: no useless zero, a decimal comma."""
    return f"{valeur.normalize():f}".replace(".", ",")


def taux(valeur: Decimal) -> str:
    return f"{nombre(valeur)} %"


def enumerer(libelles: list[str]) -> str:
    """« Bon de livraison signé et attestation de fin d'intervention »: commas, then « et »."""
    suite = [libelles[0], *(libelle[0].lower() + libelle[1:] for libelle in libelles[1:])]
    return suite[0] if len(suite) == 1 else f"{', '.join(suite[:-1])} et {suite[-1]}"


__all__ = ["JETONS", "STYLES", "TEXTES", "dire", "enumerer", "euros", "habiller", "jetons", "nombre", "remplir", "taux"]
