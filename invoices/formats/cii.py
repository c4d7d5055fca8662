"""Write an invoice as CII XML: Factur-X profile EN 16931, with the data where Chorus Pro reads them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

from lxml import etree

from invoices.formats.xml import RAM, RSM, UDT, Element

GUIDE_EN16931 = "urn:cen.eu:en16931:2017"
QDT = "urn:un:unece:uncefact:data:standard:QualifiedDataType:100"
CENT = Decimal("0.01")
TVA_SUR_ENCAISSEMENT = "72"
MOTIFS_PAR_DEFAUT = {
    "E": ("VATEX-FR-FRANCHISE", "TVA non applicable, article 293 B du code général des impôts"),
    "AE": ("VATEX-EU-AE", "Autoliquidation"),
}


@dataclass(frozen=True)
class PartieAEcrire:
    siret: str
    nom: str
    adresse: str = "1 rue de l'Exercice"
    code_postal: str = "69001"
    ville: str = "Lyon"
    pays: str = "FR"
    tva: str = ""
    """Computed from the SIRET when empty."""

    @property
    def numero_tva(self) -> str:
        if self.tva:
            return self.tva
        siren = self.siret[:9]
        return f"FR{(12 + 3 * (int(siren) % 97)) % 97:02d}{siren}"


@dataclass(frozen=True)
class LigneAEcrire:
    designation: str
    quantite: Decimal
    prix_unitaire: Decimal
    taux_tva: Decimal = Decimal(20)
    categorie_tva: str = "S"
    unite: str = "C62"
    reference: str = ""

    @property
    def montant_ht(self) -> Decimal:
        return arrondir(self.quantite * self.prix_unitaire)


@dataclass(frozen=True)
class TvaAEcrire:
    categorie: str
    taux: Decimal
    base: Decimal
    montant: Decimal


@dataclass(frozen=True)
class FactureAEcrire:
    numero: str
    date_facture: date
    fournisseur: PartieAEcrire
    destinataire: PartieAEcrire
    lignes: tuple[LigneAEcrire, ...]
    type_document: str = "380"
    cadre: str = "A1"
    devise: str = "EUR"
    code_service: str = ""
    numero_engagement: str = ""
    numero_marche: str = ""
    facture_origine: str = ""
    code_paiement: str = "30"
    iban: str = "FR7630004008230001234567819"
    bic: str = ""
    date_echeance: date | None = None
    """Thirty days after the invoice when not given."""
    acompte: Decimal = Decimal(0)
    commentaire: str = ""
    sur_encaissement: bool = False

    @property
    def echeance(self) -> date:
        return self.date_echeance or self.date_facture + timedelta(days=30)

    @property
    def lignes_tva(self) -> tuple[TvaAEcrire, ...]:
        bases: dict[tuple[str, Decimal], Decimal] = {}
        for ligne in self.lignes:
            cle = (ligne.categorie_tva, ligne.taux_tva)
            bases[cle] = bases.get(cle, Decimal(0)) + ligne.montant_ht
        return tuple(
            TvaAEcrire(categorie, taux, base, arrondir(base * taux / 100)) for (categorie, taux), base in bases.items()
        )

    @property
    def montant_ht(self) -> Decimal:
        return sum((ligne.montant_ht for ligne in self.lignes), Decimal(0)).quantize(CENT)

    @property
    def montant_tva(self) -> Decimal:
        return sum((ligne.montant for ligne in self.lignes_tva), Decimal(0)).quantize(CENT)

    @property
    def montant_ttc(self) -> Decimal:
        return self.montant_ht + self.montant_tva

    @property
    def montant_a_payer(self) -> Decimal:
        """Nothing for A2, which is an invoice already paid."""
        return Decimal("0.00") if self.cadre == "A2" else self.montant_ttc - self.acompte.quantize(CENT)


def arrondir(montant: Decimal) -> Decimal:
    return montant.quantize(CENT, ROUND_HALF_UP)


def ecrire_cii(facture: FactureAEcrire) -> bytes:
    racine = etree.Element(f"{{{RSM}}}CrossIndustryInvoice", nsmap={"rsm": RSM, "ram": RAM, "udt": UDT, "qdt": QDT})
    _contexte(etree.SubElement(racine, f"{{{RSM}}}ExchangedDocumentContext"), facture)
    _entete(etree.SubElement(racine, f"{{{RSM}}}ExchangedDocument"), facture)
    echange = etree.SubElement(racine, f"{{{RSM}}}SupplyChainTradeTransaction")
    for numero, ligne in enumerate(facture.lignes, start=1):
        _ligne(_noeud(echange, "IncludedSupplyChainTradeLineItem"), numero, ligne)
    _accord(_noeud(echange, "ApplicableHeaderTradeAgreement"), facture)
    livraison = _noeud(echange, "ApplicableHeaderTradeDelivery/ActualDeliverySupplyChainEvent/OccurrenceDateTime")
    _jour(livraison, facture.date_facture)
    _reglement(_noeud(echange, "ApplicableHeaderTradeSettlement"), facture)
    xml: bytes = etree.tostring(racine, xml_declaration=True, encoding="UTF-8", pretty_print=True)
    return xml


def _contexte(noeud: Element, facture: FactureAEcrire) -> None:
    _noeud(noeud, "BusinessProcessSpecifiedDocumentContextParameter/ID", facture.cadre)
    _noeud(noeud, "GuidelineSpecifiedDocumentContextParameter/ID", GUIDE_EN16931)


def _entete(noeud: Element, facture: FactureAEcrire) -> None:
    _noeud(noeud, "ID", facture.numero)
    _noeud(noeud, "TypeCode", facture.type_document)
    _jour(_noeud(noeud, "IssueDateTime"), facture.date_facture)
    if facture.commentaire:
        _noeud(noeud, "IncludedNote/Content", facture.commentaire)


def _ligne(noeud: Element, numero: int, ligne: LigneAEcrire) -> None:
    _noeud(noeud, "AssociatedDocumentLineDocument/LineID", str(numero))
    produit = _noeud(noeud, "SpecifiedTradeProduct")
    if ligne.reference:
        _noeud(produit, "SellerAssignedID", ligne.reference)
    _noeud(produit, "Name", ligne.designation)
    _noeud(noeud, "SpecifiedLineTradeAgreement/NetPriceProductTradePrice/ChargeAmount", _texte(ligne.prix_unitaire))
    quantite = _noeud(noeud, "SpecifiedLineTradeDelivery/BilledQuantity", _texte(ligne.quantite))
    quantite.set("unitCode", ligne.unite)
    reglement = _noeud(noeud, "SpecifiedLineTradeSettlement")
    taxe = _noeud(reglement, "ApplicableTradeTax")
    _noeud(taxe, "TypeCode", "VAT")
    _noeud(taxe, "CategoryCode", ligne.categorie_tva)
    _noeud(taxe, "RateApplicablePercent", _texte(ligne.taux_tva))
    _noeud(reglement, "SpecifiedTradeSettlementLineMonetarySummation/LineTotalAmount", str(ligne.montant_ht))


def _accord(noeud: Element, facture: FactureAEcrire) -> None:
    if facture.code_service:
        _noeud(noeud, "BuyerReference", facture.code_service)
    _partie(_noeud(noeud, "SellerTradeParty"), facture.fournisseur, avec_tva=True)
    _partie(_noeud(noeud, "BuyerTradeParty"), facture.destinataire, avec_tva=False)
    if facture.numero_engagement:
        _noeud(noeud, "BuyerOrderReferencedDocument/IssuerAssignedID", facture.numero_engagement)
    if facture.numero_marche:
        _noeud(noeud, "ContractReferencedDocument/IssuerAssignedID", facture.numero_marche)


def _partie(noeud: Element, partie: PartieAEcrire, *, avec_tva: bool) -> None:
    _noeud(noeud, "GlobalID", partie.siret).set("schemeID", "0009")
    _noeud(noeud, "Name", partie.nom)
    _noeud(noeud, "SpecifiedLegalOrganization/ID", partie.siret).set("schemeID", "0002")
    adresse = _noeud(noeud, "PostalTradeAddress")
    _noeud(adresse, "PostcodeCode", partie.code_postal)
    _noeud(adresse, "LineOne", partie.adresse)
    _noeud(adresse, "CityName", partie.ville)
    _noeud(adresse, "CountryID", partie.pays)
    if avec_tva:
        _noeud(noeud, "SpecifiedTaxRegistration/ID", partie.numero_tva).set("schemeID", "VA")


def _reglement(noeud: Element, facture: FactureAEcrire) -> None:
    _noeud(noeud, "InvoiceCurrencyCode", facture.devise)
    moyen = _noeud(noeud, "SpecifiedTradeSettlementPaymentMeans")
    _noeud(moyen, "TypeCode", facture.code_paiement)
    if facture.iban:
        _noeud(moyen, "PayeePartyCreditorFinancialAccount/IBANID", facture.iban)
    if facture.bic:
        _noeud(moyen, "PayeeSpecifiedCreditorFinancialInstitution/BICID", facture.bic)
    for tva in facture.lignes_tva:
        _tva(_noeud(noeud, "ApplicableTradeTax"), tva, facture.sur_encaissement)
    _jour(_noeud(noeud, "SpecifiedTradePaymentTerms/DueDateDateTime"), facture.echeance)
    _sommes(_noeud(noeud, "SpecifiedTradeSettlementHeaderMonetarySummation"), facture)
    if facture.facture_origine:
        _noeud(noeud, "InvoiceReferencedDocument/IssuerAssignedID", facture.facture_origine)


def _tva(noeud: Element, tva: TvaAEcrire, sur_encaissement: bool) -> None:
    code, motif = MOTIFS_PAR_DEFAUT.get(tva.categorie, ("", ""))
    _noeud(noeud, "CalculatedAmount", str(tva.montant))
    _noeud(noeud, "TypeCode", "VAT")
    if motif:
        _noeud(noeud, "ExemptionReason", motif)
    _noeud(noeud, "BasisAmount", str(tva.base))
    _noeud(noeud, "CategoryCode", tva.categorie)
    if code:
        _noeud(noeud, "ExemptionReasonCode", code)
    if sur_encaissement:
        _noeud(noeud, "DueDateTypeCode", TVA_SUR_ENCAISSEMENT)
    _noeud(noeud, "RateApplicablePercent", _texte(tva.taux))


def _sommes(noeud: Element, facture: FactureAEcrire) -> None:
    _noeud(noeud, "LineTotalAmount", str(facture.montant_ht))
    _noeud(noeud, "TaxBasisTotalAmount", str(facture.montant_ht))
    _noeud(noeud, "TaxTotalAmount", str(facture.montant_tva)).set("currencyID", facture.devise)
    _noeud(noeud, "GrandTotalAmount", str(facture.montant_ttc))
    deja_paye = facture.montant_ttc - facture.montant_a_payer
    if deja_paye:
        _noeud(noeud, "TotalPrepaidAmount", str(deja_paye))
    _noeud(noeud, "DuePayableAmount", str(facture.montant_a_payer))


def _noeud(parent: Element, chemin: str, texte: str | None = None) -> Element:
    for nom in chemin.split("/"):
        parent = etree.SubElement(parent, f"{{{RAM}}}{nom}")
    parent.text = texte
    return parent


def _jour(parent: Element, jour: date) -> None:
    noeud = etree.SubElement(parent, f"{{{UDT}}}DateTimeString", format="102")
    noeud.text = f"{jour:%Y%m%d}"


def _texte(valeur: Decimal) -> str:
    return format(valeur.normalize(), "f") if valeur else "0"
