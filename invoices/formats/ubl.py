"""Write an invoice as UBL 2.1: Invoice, or CreditNote for an avoir, with the data where Chorus Pro reads them."""

from __future__ import annotations

import base64
from decimal import Decimal

from lxml import etree

from invoices.formats.a_ecrire import (
    FactureAEcrire,
    LigneAEcrire,
    PartieAEcrire,
    PieceAEcrire,
    arrondir,
    propre,
    texte,
)
from invoices.formats.cii import GUIDE_EN16931, SCHEMA_PARTICULIER, SCHEMAS
from invoices.formats.xml import AIFE, CAC, CBC, EXT, UBL_CREDIT_NOTE, UBL_INVOICE, Element

TVA_SUR_ENCAISSEMENT = "432"


def ecrire_ubl(facture: FactureAEcrire) -> bytes:
    """The valideur of an A9 or A12 goes with the cadre in the extension of Chorus Pro: a place of ours (flux-edi.md §9
    names none)."""
    return _Redacteur(facture).ecrire()


class _Redacteur:
    def __init__(self, facture: FactureAEcrire) -> None:
        self.facture = facture
        espace, nom = (UBL_CREDIT_NOTE, "CreditNote") if facture.est_avoir else (UBL_INVOICE, "Invoice")
        self.racine = etree.Element(f"{{{espace}}}{nom}", nsmap={None: espace, "cac": CAC, "cbc": CBC})

    def ecrire(self) -> bytes:
        if self.facture.valideur is not None:
            self._extension(self.facture.valideur)
        self._entete()
        self._references()
        hors_champ = any(tva.categorie == "O" for tva in self.facture.lignes_tva)
        emetteur = self.facture.service_emetteur
        self._partie("AccountingSupplierParty", self.facture.fournisseur, avec_tva=not hors_champ, emetteur=emetteur)
        self._partie("AccountingCustomerParty", self.facture.destinataire, service=self.facture.nom_service)
        _cbc(_cac(self.racine, "Delivery"), "ActualDeliveryDate", self.facture.date_facture.isoformat())
        self._paiement()
        for a in self.facture.ajustements:
            noeud = self._remise(self.racine, a.montant, a.motif, charge=a.charge)
            self._categorie(noeud, "TaxCategory", a.categorie, a.taux)
        self._tva()
        self._totaux()
        for numero, ligne in enumerate(self.facture.lignes, start=1):
            self._ligne(numero, ligne)
        xml: bytes = etree.tostring(self.racine, xml_declaration=True, encoding="UTF-8", pretty_print=True)
        return xml

    def _extension(self, valideur: PartieAEcrire) -> None:
        """``FactureExtension``: the cadre where callers of the real service put it, and the valideur."""
        noeud = self.racine
        for nom in ("UBLExtensions", "UBLExtension", "ExtensionContent"):
            noeud = etree.SubElement(noeud, f"{{{EXT}}}{nom}", nsmap={"ext": EXT})
        noeud = etree.SubElement(noeud, f"{{{AIFE}}}FactureExtension", nsmap={"aife": AIFE})
        etree.SubElement(noeud, f"{{{AIFE}}}CategoryCode").text = self.facture.cadre
        tiers = etree.SubElement(noeud, f"{{{AIFE}}}InvoiceeParty")
        prive, _ = SCHEMAS.get(valideur.type_identifiant, SCHEMA_PARTICULIER)
        _cbc(_cac(tiers, "PartyIdentification"), "ID", valideur.siret).set("schemeID", prive)
        _cbc(_cac(tiers, "PartyLegalEntity"), "RegistrationName", valideur.nom)

    def _entete(self) -> None:
        facture, racine = self.facture, self.racine
        _cbc(racine, "CustomizationID", GUIDE_EN16931)
        _cbc(racine, "ProfileID", facture.cadre)
        _cbc(racine, "ID", facture.numero)
        _cbc(racine, "IssueDate", facture.date_facture.isoformat())
        if not facture.est_avoir and facture.echeance is not None:
            _cbc(racine, "DueDate", facture.echeance.isoformat())
        _cbc(racine, "CreditNoteTypeCode" if facture.est_avoir else "InvoiceTypeCode", facture.type_document)
        if facture.commentaire:
            _cbc(racine, "Note", facture.commentaire)
        _cbc(racine, "DocumentCurrencyCode", facture.devise)
        if facture.code_service:
            _cbc(racine, "BuyerReference", facture.code_service)
        if facture.sur_encaissement:
            _cbc(_cac(racine, "InvoicePeriod"), "DescriptionCode", TVA_SUR_ENCAISSEMENT)

    def _references(self) -> None:
        facture, racine = self.facture, self.racine
        if facture.numero_engagement:
            _cbc(_cac(racine, "OrderReference"), "ID", facture.numero_engagement)
        if facture.facture_origine:
            _cbc(_cac(racine, "BillingReference/InvoiceDocumentReference"), "ID", facture.facture_origine)
        if facture.numero_marche:
            _cbc(_cac(racine, "ContractDocumentReference"), "ID", facture.numero_marche)
        for rang, piece in enumerate((p for p in facture.pieces if p.mime), start=1):
            self._piece(_cac(racine, "AdditionalDocumentReference"), rang, piece)

    def _piece(self, noeud: Element, rang: int, piece: PieceAEcrire) -> None:
        _cbc(noeud, "ID", f"PJ{rang:02d}")
        if piece.designation:
            _cbc(noeud, "DocumentDescription", piece.designation)
        contenu = base64.b64encode(piece.contenu).decode("ascii")
        objet = _cbc(_cac(noeud, "Attachment"), "EmbeddedDocumentBinaryObject", contenu)
        objet.set("mimeCode", piece.mime)
        objet.set("filename", propre(piece.nom))

    def _partie(
        self, role: str, partie: PartieAEcrire, *, avec_tva: bool = False, service: str = "", emetteur: str = ""
    ) -> None:
        noeud = _cac(self.racine, f"{role}/Party")
        prive, legal = SCHEMAS.get(partie.type_identifiant, SCHEMA_PARTICULIER)
        _cbc(_cac(noeud, "PartyIdentification"), "ID", partie.siret).set("schemeID", prive)
        adresse = _cac(noeud, "PostalAddress")
        champs = (
            ("StreetName", partie.adresse),
            ("AdditionalStreetName", partie.complement),
            ("CityName", partie.ville),
            ("PostalZone", partie.code_postal),
        )
        for nom, valeur in champs:
            if valeur:
                _cbc(adresse, nom, valeur)
        _cbc(_cac(adresse, "Country"), "IdentificationCode", partie.pays)
        if avec_tva:
            regime = _cac(noeud, "PartyTaxScheme")
            numero = partie.numero_tva
            _cbc(regime, "CompanyID", numero or partie.siret)
            _cbc(_cac(regime, "TaxScheme"), "ID", "VAT" if numero else "FC")
        entite = _cac(noeud, "PartyLegalEntity")
        _cbc(entite, "RegistrationName", partie.nom)
        _cbc(entite, "CompanyID", partie.siret).set("schemeID", legal)
        if service:
            _cbc(_cac(noeud, "Contact"), "Name", service)
        if emetteur:
            _cbc(_cac(noeud, "Contact"), "ID", emetteur)

    def _paiement(self) -> None:
        facture = self.facture
        moyen = _cac(self.racine, "PaymentMeans")
        _cbc(moyen, "PaymentMeansCode", facture.code_paiement)
        if facture.est_avoir and facture.echeance is not None:
            _cbc(moyen, "PaymentDueDate", facture.echeance.isoformat())
        if facture.iban:
            compte = _cac(moyen, "PayeeFinancialAccount")
            _cbc(compte, "ID", facture.iban)
            if facture.bic:
                _cbc(_cac(compte, "FinancialInstitutionBranch"), "ID", facture.bic)
        if facture.conditions:
            _cbc(_cac(self.racine, "PaymentTerms"), "Note", facture.conditions)

    def _remise(self, parent: Element, montant: Decimal, motif: str, *, charge: bool) -> Element:
        noeud = _cac(parent, "AllowanceCharge")
        _cbc(noeud, "ChargeIndicator", "true" if charge else "false")
        _cbc(noeud, "AllowanceChargeReason", motif)
        self._montant(noeud, "Amount", arrondir(montant))
        return noeud

    def _categorie(self, parent: Element, nom: str, categorie: str, taux: Decimal, *, motif: bool = False) -> None:
        noeud = _cac(parent, nom)
        _cbc(noeud, "ID", categorie)
        if categorie != "O":
            _cbc(noeud, "Percent", texte(taux))
        code, mots = self.facture.exoneration(categorie) if motif else ("", "")
        if code:
            _cbc(noeud, "TaxExemptionReasonCode", code)
        if mots:
            _cbc(noeud, "TaxExemptionReason", mots)
        _cbc(_cac(noeud, "TaxScheme"), "ID", "VAT")

    def _tva(self) -> None:
        total = _cac(self.racine, "TaxTotal")
        self._montant(total, "TaxAmount", self.facture.montant_tva)
        for tva in self.facture.lignes_tva:
            noeud = _cac(total, "TaxSubtotal")
            self._montant(noeud, "TaxableAmount", tva.base)
            self._montant(noeud, "TaxAmount", tva.montant)
            self._categorie(noeud, "TaxCategory", tva.categorie, tva.taux, motif=True)

    def _totaux(self) -> None:
        facture = self.facture
        noeud = _cac(self.racine, "LegalMonetaryTotal")
        self._montant(noeud, "LineExtensionAmount", facture.montant_lignes)
        self._montant(noeud, "TaxExclusiveAmount", facture.montant_ht)
        self._montant(noeud, "TaxInclusiveAmount", facture.montant_ttc)
        if facture.total_remises:
            self._montant(noeud, "AllowanceTotalAmount", facture.total_remises)
        if facture.total_charges:
            self._montant(noeud, "ChargeTotalAmount", facture.total_charges)
        if facture.deja_paye:
            self._montant(noeud, "PrepaidAmount", facture.deja_paye)
        self._montant(noeud, "PayableAmount", facture.montant_a_payer)

    def _ligne(self, numero: int, ligne: LigneAEcrire) -> None:
        avoir = self.facture.est_avoir
        noeud = _cac(self.racine, "CreditNoteLine" if avoir else "InvoiceLine")
        _cbc(noeud, "ID", str(numero))
        if ligne.commentaire:
            _cbc(noeud, "Note", ligne.commentaire)
        quantite = _cbc(noeud, "CreditedQuantity" if avoir else "InvoicedQuantity", texte(ligne.quantite_ecrite))
        quantite.set("unitCode", ligne.unite)
        self._montant(noeud, "LineExtensionAmount", ligne.montant_ht)
        if remise := arrondir(ligne.remise):
            self._remise(noeud, abs(remise), "Remise" if remise > 0 else "Charge", charge=remise < 0)
        article = _cac(noeud, "Item")
        _cbc(article, "Name", ligne.designation)
        if ligne.reference:
            _cbc(_cac(article, "SellersItemIdentification"), "ID", ligne.reference)
        self._categorie(article, "ClassifiedTaxCategory", ligne.categorie_tva, ligne.taux_tva)
        prix = _cbc(_cac(noeud, "Price"), "PriceAmount", texte(ligne.prix_ecrit))
        prix.set("currencyID", self.facture.devise)

    def _montant(self, parent: Element, nom: str, montant: Decimal) -> None:
        _cbc(parent, nom, str(montant)).set("currencyID", self.facture.devise)


def _cac(parent: Element, chemin: str) -> Element:
    for nom in chemin.split("/"):
        parent = etree.SubElement(parent, f"{{{CAC}}}{nom}")
    return parent


def _cbc(parent: Element, nom: str, contenu: str) -> Element:
    noeud = etree.SubElement(parent, f"{{{CBC}}}{nom}")
    noeud.text = propre(contenu)
    return noeud
