"""From an invoice of the database to one about to be written: the only mapping of every format (flux-edi.md §9)."""

from decimal import Decimal

from invoices.enums import Cadre, ModePaiement, MotifExoneration, TypeFacture, TypeTva
from invoices.formats import unites
from invoices.formats.a_ecrire import (
    ZERO,
    AjustementAEcrire,
    FactureAEcrire,
    LigneAEcrire,
    PartieAEcrire,
    PieceAEcrire,
    arrondir,
)
from invoices.models import Facture, LignePoste, LigneTva
from structures.enums import TypeIdentifiant
from structures.models import Structure
from structures.pays import PAYS

CADRES = {Cadre.A1: "A1", Cadre.A2: "A2", Cadre.A9: "A9", Cadre.A12: "A12"}
CODES_PAIEMENT = {
    ModePaiement.VIREMENT: "30",
    ModePaiement.CHEQUE: "20",
    ModePaiement.PRELEVEMENT: "49",
    ModePaiement.ESPECE: "10",
    ModePaiement.AUTRE: "ZZZ",
    ModePaiement.REPORT: "97",
}
"""flux-edi.md §10.4."""
VIREMENT_SANS_COMPTE = "42"
"""Codes 30 and 58 demand an account number (BR-61)."""
CODES_EXONERATION = {
    MotifExoneration.EXO1.label: "VATEX-FR-FRANCHISE",
    MotifExoneration.EXO2.label: "VATEX-EU-IC",
    MotifExoneration.EXO3.label: "VATEX-EU-G",
    MotifExoneration.EXO4.label: "VATEX-EU-132",
}
"""api.md A-16 to the code list of BT-121; a reason in free words has none."""
CONDITIONS = "Délai global de paiement"
AUTOLIQUIDATION = "autoliquidation"
TAUX_FRANCHISE = "TVA1"
_CODES_PAYS = {nom.casefold(): code for code, nom in PAYS.items()}


def partie(structure: Structure) -> PartieAEcrire:
    return PartieAEcrire(
        siret=structure.identifiant,
        nom=structure.raison_sociale,
        adresse=structure.adresse,
        complement=structure.complement_adresse,
        code_postal=structure.code_postal,
        ville=structure.ville,
        pays=code_pays(structure.pays),
        tva=structure.numero_tva,
        type_identifiant=str(TypeIdentifiant(structure.type_identifiant)),
    )


def code_pays(nom: str) -> str:
    """« FR » for « France »; a code stays one."""
    return nom if nom in PAYS else _CODES_PAYS.get(nom.casefold(), "FR")


def est_autoliquidee(facture: Facture, lignes: list[LignePoste]) -> bool:
    """No dedicated value of « Type de TVA »: the word, in the comment or in a line (factures.md D-13)."""
    if facture.type_tva != TypeTva.SANS_TVA:
        return False
    textes = (facture.commentaire, *(ligne.denomination for ligne in lignes))
    return any(AUTOLIQUIDATION in texte.casefold() for texte in textes)


def _categorie(facture: Facture, taux: Decimal, code_taux: str, *, autoliquidee: bool) -> str:
    """flux-edi.md §10.5, read backwards."""
    if taux:
        return "S"
    if facture.type_tva == TypeTva.SANS_TVA:
        return "AE" if autoliquidee else "O"
    return "E" if facture.type_tva == TypeTva.EXONERATION or code_taux == TAUX_FRANCHISE else "Z"


def _lignes(facture: Facture, lignes: list[LignePoste], *, autoliquidee: bool) -> list[LigneAEcrire]:
    ecrites = []
    for ligne in lignes:
        code, note = unites.ecrire(ligne.unite)
        ecrites.append(
            LigneAEcrire(
                designation=ligne.denomination,
                quantite=ligne.quantite,
                prix_unitaire=ligne.prix_unitaire,
                taux_tva=ligne.taux,
                categorie_tva=_categorie(facture, ligne.taux, ligne.code_taux, autoliquidee=autoliquidee),
                unite=code,
                reference=ligne.reference,
                remise=ligne.remise,
                montant=ligne.montant_ht,
                commentaire=note,
            )
        )
    return ecrites


def _sans_lignes(facture: Facture, recapitulatif: list[LigneTva], *, autoliquidee: bool) -> list[LigneAEcrire]:
    """A deposited PDF has no lines: one for each rate of its récapitulatif, or one for the whole."""
    if recapitulatif:
        return [
            LigneAEcrire(
                designation=f"Total des lignes au taux de {tva.taux.normalize():f} %".replace(".", ","),
                quantite=Decimal(1),
                prix_unitaire=tva.base,
                taux_tva=tva.taux,
                categorie_tva=_categorie(facture, tva.taux, tva.code_taux, autoliquidee=autoliquidee),
            )
            for tva in recapitulatif
        ]
    ht, tva_totale = facture.montant_ht or ZERO, facture.montant_tva or ZERO
    taux = (100 * tva_totale / ht).quantize(Decimal("0.01")) if ht else ZERO
    exact = next((t for t in (Decimal("20"), Decimal("10"), Decimal("5.5"), Decimal("2.1")) if abs(t - taux) < 1), taux)
    if abs(arrondir(ht * exact / 100) - tva_totale) <= Decimal("0.01"):
        taux = exact
    categorie = _categorie(facture, taux, "", autoliquidee=autoliquidee)
    return [LigneAEcrire("Total de la facture", Decimal(1), ht, taux, categorie)]


def _ajustements(recapitulatif: list[LigneTva], lignes: list[LigneAEcrire]) -> list[AjustementAEcrire]:
    """Discounts and charges of the original that the portal does not keep: what parts the bases from the lines."""
    ecarts = []
    for tva in recapitulatif:
        siennes = [ligne for ligne in lignes if ligne.taux_tva == tva.taux]
        ecart = arrondir(tva.base - sum((ligne.montant_ht for ligne in siennes), ZERO))
        if ecart and siennes:
            motif = "Remises et charges de la facture d'origine"
            categorie = siennes[0].categorie_tva
            ecarts.append(AjustementAEcrire(categorie, tva.taux, abs(ecart), motif, charge=ecart > 0))
    return ecarts


def a_ecrire(facture: Facture, pieces: tuple[PieceAEcrire, ...] = ()) -> FactureAEcrire:
    """What the formats write of a sent invoice; its parties, lines, bank account and valideur are read."""
    assert facture.fournisseur and facture.destinataire and facture.date_facture  # noqa: S101, PT018
    lues, recapitulatif = list(facture.lignes.all()), list(facture.lignes_tva.all())
    autoliquidee = est_autoliquidee(facture, lues)
    lignes = _lignes(facture, lues, autoliquidee=autoliquidee)
    if not lignes:
        lignes = _sans_lignes(facture, recapitulatif, autoliquidee=autoliquidee)
    compte = facture.coordonnees_bancaires
    mode = ModePaiement(facture.mode_paiement)
    sans_compte = mode == ModePaiement.VIREMENT and compte is None
    exoneree = facture.type_tva == TypeTva.EXONERATION
    return FactureAEcrire(
        numero=facture.numero,
        date_facture=facture.date_facture,
        fournisseur=partie(facture.fournisseur),
        destinataire=partie(facture.destinataire),
        lignes=tuple(lignes),
        type_document="381" if facture.type_facture == TypeFacture.AVOIR else "380",
        cadre=CADRES.get(Cadre(facture.cadre), "A1"),
        devise=facture.devise,
        code_service=facture.code_service,
        nom_service=facture.libelle_service,
        numero_engagement=facture.numero_engagement,
        numero_marche=facture.numero_marche,
        facture_origine=facture.numero_facture_origine,
        code_paiement=VIREMENT_SANS_COMPTE if sans_compte else CODES_PAIEMENT[mode],
        iban="".join(compte.iban.split()) if compte else "",
        bic=compte.bic if compte else "",
        date_echeance=facture.date_echeance,
        conditions="" if facture.date_echeance else CONDITIONS,
        commentaire=facture.commentaire,
        sur_encaissement=facture.type_tva == TypeTva.TVA_SUR_ENCAISSEMENT,
        service_emetteur=facture.service_fournisseur.code if facture.service_fournisseur else "",
        valideur=partie(facture.valideur) if facture.valideur else None,
        remise_globale=facture.remise_globale,
        motif_remise=facture.motif_remise,
        motif_exoneration=facture.motif_exoneration if exoneree else "",
        code_exoneration=CODES_EXONERATION.get(facture.motif_exoneration, "") if exoneree else "",
        ajustements_declares=tuple(_ajustements(recapitulatif, lignes)),
        montants_tva=tuple((tva.taux, tva.montant) for tva in recapitulatif),
        a_payer=facture.montant_a_payer,
        pieces=pieces,
    )
