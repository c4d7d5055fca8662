"""What a file is told without being refused: rates, signs, payment, profile, PDF/A-3 (factures.md §2.10, D-07)."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from invoices.formats.chorus import ConstatChorus
from invoices.formats.modele import FactureLue

TAUX_CONNUS = frozenset(map(Decimal, ("0", "0.9", "1.05", "1.75", "2.1", "5.5", "7", "8.5", "9.2", "9.6"))) | frozenset(
    map(Decimal, ("10", "13", "19.6", "20", "20.6"))
)
"""G1.24."""
PAIEMENTS_REMARQUES = {"58": "30", "59": "49"}


def avertir(facture: FactureLue, *, mixte: bool = False) -> tuple[ConstatChorus, ...]:
    """Findings that never refuse. `mixte`: an E2 flow in XML, which should carry the PDF of the invoice."""
    return (*_taux(facture), *_avoir(facture), *_paiement(facture), *_profil(facture), *_pdf(facture, mixte))


def _taux(facture: FactureLue) -> Iterator[ConstatChorus]:
    lus = [("BT-119", t.taux) for t in facture.lignes_tva] + [("BT-152", x.taux_tva) for x in facture.lignes]
    for champ, taux in dict.fromkeys(lus):
        if taux is not None and 0 <= taux < 100 and taux not in TAUX_CONNUS:
            ecrit = str(taux.normalize()) if taux != taux.to_integral_value() else str(int(taux))
            message = f"Le taux de TVA {ecrit.replace('.', ',')} % n'est pas dans la liste des taux connus (G1.24)."
            yield ConstatChorus("G1.24", champ, message)


def _avoir(facture: FactureLue) -> Iterator[ConstatChorus]:
    if facture.type_facture != "AVOIR":
        return
    totaux = [("BT-109", facture.montant_ht), ("BT-112", facture.montant_ttc), ("BT-115", facture.montant_a_payer)]
    negatifs = [champ for champ, montant in totaux if montant is not None and montant < 0]
    if negatifs:
        message = "Les montants d'un avoir sont positifs : c'est le type du document qui porte le signe."
        yield ConstatChorus("SBX_022", negatifs[0], message)
    if not facture.factures_origine:
        yield ConstatChorus("G1.31", "BT-25", "Un avoir nomme de préférence la facture d'origine.")


def _paiement(facture: FactureLue) -> Iterator[ConstatChorus]:
    voulu = PAIEMENTS_REMARQUES.get(facture.code_paiement)
    if voulu:
        message = f"Le mode de paiement {facture.code_paiement} est accepté ; Chorus Pro recommande {voulu}."
        yield ConstatChorus("S2.05", "BT-81", message)


def _profil(facture: FactureLue) -> Iterator[ConstatChorus]:
    if facture.profil == "MINIMUM":
        message = "Le profil MINIMUM ne porte ni lignes, ni récapitulatif de TVA, ni mode de paiement."
        yield ConstatChorus("profile", "BT-24", message)


def _pdf(facture: FactureLue, mixte: bool) -> Iterator[ConstatChorus]:
    if mixte and not any(p.nom.lower().endswith((".pdf", ".zip")) for p in facture.pieces_jointes):
        yield ConstatChorus("E2", "BT-125", "Un flux mixte (E2) porte aussi la facture en PDF : aucune n'est jointe.")
