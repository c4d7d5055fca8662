"""Path of each data in the two syntaxes, as a compte rendu writes it (flux-edi.md §6, §9)."""

from __future__ import annotations

_E = "FichierXml.ExchangedDocument."
_A = "FichierXml.SupplyChainTradeTransaction.ApplicableHeaderTradeAgreement."
_R = "FichierXml.SupplyChainTradeTransaction.ApplicableHeaderTradeSettlement."
_S = _R + "SpecifiedTradeSettlementHeaderMonetarySummation."
_L = "FichierXml.SupplyChainTradeTransaction.IncludedSupplyChainTradeLineItem."

BALISES: dict[str, tuple[str, str]] = {
    "BT-1": (_E + "ID", "ID"),
    "BT-2": (_E + "IssueDateTime.DateTimeString", "IssueDate"),
    "BT-3": (_E + "TypeCode", "InvoiceTypeCode"),
    "BT-5": (_R + "InvoiceCurrencyCode", "DocumentCurrencyCode"),
    "BT-10": (_A + "BuyerReference", "BuyerReference"),
    "BT-12": (_A + "ContractReferencedDocument.IssuerAssignedID", "ContractDocumentReference.ID"),
    "BT-13": (_A + "BuyerOrderReferencedDocument.IssuerAssignedID", "OrderReference.ID"),
    "BT-23": (
        "FichierXml.ExchangedDocumentContext.BusinessProcessSpecifiedDocumentContextParameter.ID",
        "ProfileID",
    ),
    "BT-24": ("FichierXml.ExchangedDocumentContext.GuidelineSpecifiedDocumentContextParameter.ID", "CustomizationID"),
    "BT-25": (_R + "InvoiceReferencedDocument.IssuerAssignedID", "BillingReference.InvoiceDocumentReference.ID"),
    "BT-27": (_A + "SellerTradeParty.Name", "AccountingSupplierParty.Party.PartyName.Name"),
    "BT-30": (
        _A + "SellerTradeParty.SpecifiedLegalOrganization.ID",
        "AccountingSupplierParty.Party.PartyIdentification.ID",
    ),
    "BT-44": (_A + "BuyerTradeParty.Name", "AccountingCustomerParty.Party.PartyName.Name"),
    "BT-47": (
        _A + "BuyerTradeParty.SpecifiedLegalOrganization.ID",
        "AccountingCustomerParty.Party.PartyIdentification.ID",
    ),
    "BT-81": (_R + "SpecifiedTradeSettlementPaymentMeans.TypeCode", "PaymentMeans.PaymentMeansCode"),
    "BT-84": (
        _R + "SpecifiedTradeSettlementPaymentMeans.PayeePartyCreditorFinancialAccount.IBANID",
        "PaymentMeans.PayeeFinancialAccount.ID",
    ),
    "BT-109": (_S + "TaxBasisTotalAmount", "LegalMonetaryTotal.TaxExclusiveAmount"),
    "BT-110": (_S + "TaxTotalAmount", "TaxTotal.TaxAmount"),
    "BT-112": (_S + "GrandTotalAmount", "LegalMonetaryTotal.TaxInclusiveAmount"),
    "BT-115": (_S + "DuePayableAmount", "LegalMonetaryTotal.PayableAmount"),
    "BT-116": (_R + "ApplicableTradeTax.BasisAmount", "TaxTotal.TaxSubtotal.TaxableAmount"),
    "BT-118": (_R + "ApplicableTradeTax.CategoryCode", "TaxTotal.TaxSubtotal.TaxCategory.ID"),
    "BT-119": (_R + "ApplicableTradeTax.RateApplicablePercent", "TaxTotal.TaxSubtotal.TaxCategory.Percent"),
    "BT-120": (_R + "ApplicableTradeTax.ExemptionReason", "TaxTotal.TaxSubtotal.TaxCategory.TaxExemptionReason"),
    "BT-125": (
        _A + "AdditionalReferencedDocument.AttachmentBinaryObject",
        "AdditionalDocumentReference.Attachment.EmbeddedDocumentBinaryObject",
    ),
    "BT-126": (_L + "AssociatedDocumentLineDocument.LineID", "InvoiceLine.ID"),
    "BT-152": (
        _L + "SpecifiedLineTradeSettlement.ApplicableTradeTax.RateApplicablePercent",
        "InvoiceLine.Item.ClassifiedTaxCategory.Percent",
    ),
    "BT-157": (_L + "SpecifiedTradeProduct.GlobalID", "InvoiceLine.Item.StandardItemIdentification.ID"),
    "BG-X-36": (
        _R + "InvoiceeTradeParty.SpecifiedLegalOrganization.ID",
        "UBLExtensions.UBLExtension.ExtensionContent.FactureExtension.InvoiceeParty.PartyIdentification.ID",
    ),
}

NOMS: dict[str, str] = {
    "BT-1": "identifiant de la facture",
    "BT-2": "date d'emission de la facture",
    "BT-3": "type de facture",
    "BT-5": "devise de la facture",
    "BT-10": "code service",
    "BT-12": "numero de marche",
    "BT-13": "numero d'engagement",
    "BT-23": "cadre de facturation",
    "BT-24": "profil",
    "BT-25": "identifiant de la facture d'origine",
    "BT-27": "nom du fournisseur",
    "BT-30": "identifiant fournisseur de la demande de paiement",
    "BT-44": "nom du destinataire",
    "BT-47": "identifiant destinataire de la demande de paiement",
    "BT-81": "mode de paiement",
    "BT-84": "reference bancaire",
    "BT-109": "montant HT",
    "BT-110": "montant TVA",
    "BT-112": "montant TTC",
    "BT-115": "montant net a payer",
    "BT-118": "code categorie de TVA",
    "BT-119": "taux de TVA",
    "BT-120": "motif d'exoneration",
    "BT-125": "piece jointe",
    "BT-126": "ligne de facture",
    "BT-152": "taux de TVA de la ligne",
    "BT-157": "reference de l'article",
    "BG-X-36": "identifiant du valideur",
}


def balise(champ: str, *, ubl: bool) -> str:
    """« FichierXml.ExchangedDocument.ID.value », « ID.value » in UBL; empty for what is no single element."""
    chemins = BALISES.get(champ)
    return "" if chemins is None else f"{chemins[1] if ubl else chemins[0]}.value"
