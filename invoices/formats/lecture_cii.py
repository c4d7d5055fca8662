"""Read CII, all Factur-X profiles, and ZUGFeRD 1 whose elements bear other names."""

from __future__ import annotations

from decimal import Decimal

from invoices.formats import codes
from invoices.formats.curseur import ATTENDU_JOUR_CII, Curseur, compact, contenu
from invoices.formats.modele import FactureLue, LigneLue, LigneTva, Partie, PieceLue, RemiseLue
from invoices.formats.parties import choisir_identifiant
from invoices.formats.xml import DocumentXml, Element, Syntaxe

SANS_MODE_DE_PAIEMENT = ("MINIMUM",)
"""Profiles that cannot carry a payment code: Virement is understood."""


def lire_cii(document: DocumentXml) -> FactureLue:
    lecteur = _LecteurCii(document)
    return lecteur.facture()


class _LecteurCii:
    def __init__(self, document: DocumentXml) -> None:
        self.document = document
        c = self.c = Curseur(document.racine, "FichierXml", ATTENDU_JOUR_CII)
        racine = document.racine
        zf1 = document.syntaxe is Syntaxe.ZUGFERD1
        self.contexte = c.un(racine, "SpecifiedExchangedDocumentContext" if zf1 else "ExchangedDocumentContext")
        self.entete = c.un(racine, "HeaderExchangedDocument" if zf1 else "ExchangedDocument")
        self.echange = c.un(racine, "SpecifiedSupplyChainTradeTransaction" if zf1 else "SupplyChainTradeTransaction")
        bloc = "ApplicableSupplyChainTrade" if zf1 else "ApplicableHeaderTrade"
        self.accord = c.un(self.echange, bloc + "Agreement")
        self.livraison = c.un(self.echange, bloc + "Delivery")
        self.reglement = c.un(self.echange, bloc + "Settlement")
        sommes = (
            "SpecifiedTradeSettlementMonetarySummation" if zf1 else "SpecifiedTradeSettlementHeaderMonetarySummation"
        )
        self.sommes = c.un(self.reglement, sommes)
        self.acheteur = c.un(self.accord, "BuyerTradeParty")

    def facture(self) -> FactureLue:
        c = self.c
        cadre = c.texte(self.contexte, "BusinessProcessSpecifiedDocumentContextParameter/ID")
        if cadre.lower().startswith("urn:"):  # a Peppol process: no cadre is stated
            cadre = ""
        type_document = c.texte(self.entete, "TypeCode")
        lignes_tva = tuple(self._ligne_tva(n) for n in c.tous(self.reglement, "ApplicableTradeTax"))
        moyens = c.tous(self.reglement, "SpecifiedTradeSettlementPaymentMeans")
        code_paiement = next((v for m in moyens if (v := c.texte(m, "TypeCode"))), "")
        absent = "VIREMENT" if self.document.profil in SANS_MODE_DE_PAIEMENT else ""
        tva_declaree = self._tva_declaree()
        return FactureLue(
            syntaxe=self.document.syntaxe,
            profil=self.document.profil,
            numero=c.texte(self.entete, "ID"),
            type_facture=codes.TYPES_DOCUMENT.get(type_document, ""),
            type_document=type_document,
            date_facture=c.jour(self.entete, "IssueDateTime/DateTimeString", "BT-2"),
            cadre=cadre or "A1",
            cadre_declare=cadre,
            devise=self._devise(),
            fournisseur=self._partie(c.un(self.accord, "SellerTradeParty")) or Partie(),
            destinataire=self._partie(self.acheteur) or Partie(),
            code_service=self._code_service(),
            nom_service=c.texte(self.acheteur, "DefinedTradeContact/DepartmentName"),
            service_emetteur=c.texte(self.reglement, "InvoiceIssuerReference"),
            numero_engagement=c.texte(
                self.accord, "BuyerOrderReferencedDocument/IssuerAssignedID", "BuyerOrderReferencedDocument/ID"
            ),
            numero_marche=c.texte(
                self.accord, "ContractReferencedDocument/IssuerAssignedID", "ContractReferencedDocument/ID"
            ),
            factures_origine=self._origines(),
            mode_paiement=codes.mode_paiement(code_paiement, absent=absent),
            code_paiement=code_paiement,
            type_tva=codes.type_tva([t.categorie for t in lignes_tva], self._exigibilite()),
            motif_exoneration=next((t.motif_exoneration for t in lignes_tva if t.motif_exoneration), ""),
            iban=compact(self._premier(moyens, "PayeePartyCreditorFinancialAccount/IBANID")),
            bic=self._premier(moyens, "PayeeSpecifiedCreditorFinancialInstitution/BICID"),
            date_echeance=c.jour(self.reglement, "SpecifiedTradePaymentTerms/DueDateDateTime/DateTimeString", "BT-9"),
            conditions_paiement=c.texte(self.reglement, "SpecifiedTradePaymentTerms/Description"),
            periode_debut=c.jour(self.reglement, "BillingSpecifiedPeriod/StartDateTime/DateTimeString", "BT-73"),
            periode_fin=c.jour(self.reglement, "BillingSpecifiedPeriod/EndDateTime/DateTimeString", "BT-74"),
            commentaire="\n".join(t for n in c.tous(self.entete, "IncludedNote/Content") if (t := contenu(n))),
            valideur=self._partie(c.un(self.reglement, "InvoiceeTradeParty")),
            encaisseur=self._partie(c.un(self.reglement, "PayeeTradeParty")),
            lignes=tuple(self._ligne(n) for n in c.tous(self.echange, "IncludedSupplyChainTradeLineItem")),
            lignes_tva=lignes_tva,
            remises=tuple(self._remise(n) for n in c.tous(self.reglement, "SpecifiedTradeAllowanceCharge")),
            montant_lignes=c.decimal(self.sommes, "LineTotalAmount", "BT-106"),
            montant_remises=c.decimal(self.sommes, "AllowanceTotalAmount", "BT-107"),
            montant_charges=c.decimal(self.sommes, "ChargeTotalAmount", "BT-108"),
            montant_ht=c.decimal(self.sommes, "TaxBasisTotalAmount", "BT-109"),
            montant_tva=tva_declaree if tva_declaree is not None else _somme(lignes_tva),
            montant_tva_declare=tva_declaree is not None,
            montant_ttc=c.decimal(self.sommes, "GrandTotalAmount", "BT-112"),
            acompte=c.decimal(self.sommes, "TotalPrepaidAmount", "BT-113"),
            arrondi=c.decimal(self.sommes, "RoundingAmount", "BT-114"),
            montant_a_payer=c.decimal(self.sommes, "DuePayableAmount", "BT-115"),
            devises_citees=self._devises_citees(),
            pieces_jointes=tuple(self._pieces()),
            anomalies=tuple(c.anomalies),
        )

    def _devise(self) -> str:
        declaree = self.c.texte(self.reglement, "InvoiceCurrencyCode")
        if declaree:
            return declaree
        citees = [n.get("currencyID") for n in self.c.tous(self.sommes, "*") if n.get("currencyID")]
        return str(citees[0]) if citees else "EUR"

    def _devises_citees(self) -> tuple[str, ...]:
        """Header currency and currencies of the totals, except the VAT total, which may be given in a second one."""
        devises = {self.c.texte(self.reglement, "InvoiceCurrencyCode")}
        for noeud in self.c.tous(self.sommes, "*"):
            if not str(noeud.tag).endswith("}TaxTotalAmount"):
                devises.add(noeud.get("currencyID", ""))
        return tuple(sorted(d for d in devises if d))

    def _tva_declaree(self) -> Decimal | None:
        """BT-110: the total in the currency of the invoice when two are given."""
        noeuds = self.c.tous(self.sommes, "TaxTotalAmount")
        devise = self._devise()
        noeuds.sort(key=lambda n: n.get("currencyID", devise) != devise)
        return self.c.decimal_de(noeuds[0], "BT-110") if noeuds else None

    def _exigibilite(self) -> str:
        return self._premier(self.c.tous(self.reglement, "ApplicableTradeTax"), "DueDateTypeCode")

    def _premier(self, noeuds: list[Element], chemin: str) -> str:
        return next((valeur for noeud in noeuds if (valeur := self.c.texte(noeud, chemin))), "")

    def _code_service(self) -> str:
        for noeud in self.c.tous(self.acheteur, "GlobalID"):
            if noeud.get("schemeID") == codes.SCHEMA_SERVICE and contenu(noeud):
                return contenu(noeud)
        return self.c.texte(self.accord, "BuyerReference")

    def _origines(self) -> tuple[str, ...]:
        c = self.c
        noeuds = c.tous(self.reglement, "InvoiceReferencedDocument")
        return tuple(t for n in noeuds if (t := c.texte(n, "IssuerAssignedID", "ID")))

    def _partie(self, noeud: Element | None) -> Partie | None:
        if noeud is None:
            return None
        c = self.c
        legal = c.un(noeud, "SpecifiedLegalOrganization/ID")
        candidats = [(n.get("schemeID", ""), contenu(n)) for n in c.tous(noeud, "GlobalID")]
        if legal is not None:
            candidats.append((legal.get("schemeID", ""), contenu(legal)))
        candidats += [(n.get("schemeID", ""), contenu(n)) for n in c.tous(noeud, "ID")]
        identifiant, type_identifiant, schema = choisir_identifiant(candidats)
        adresse = c.un(noeud, "PostalTradeAddress")
        lignes = [c.texte(adresse, nom) for nom in ("LineOne", "LineTwo", "LineThree")]
        tva = [n for n in c.tous(noeud, "SpecifiedTaxRegistration/ID") if n.get("schemeID") in ("VA", "VAT")]
        return Partie(
            identifiant=identifiant,
            type_identifiant=type_identifiant,
            schema=schema,
            nom=c.texte(noeud, "Name"),
            nom_commercial=c.texte(noeud, "SpecifiedLegalOrganization/TradingBusinessName"),
            tva=contenu(tva[0]) if tva else "",
            adresse="\n".join(ligne for ligne in lignes if ligne),
            code_postal=c.texte(adresse, "PostcodeCode"),
            ville=c.texte(adresse, "CityName"),
            pays=c.texte(adresse, "CountryID"),
        )

    def _ligne_tva(self, noeud: Element) -> LigneTva:
        c = self.c
        taux = "RateApplicablePercent" if c.un(noeud, "RateApplicablePercent") is not None else "ApplicablePercent"
        return LigneTva(
            categorie=c.texte(noeud, "CategoryCode"),
            taux=c.decimal(noeud, taux, "BT-119"),
            base=c.decimal(noeud, "BasisAmount", "BT-116"),
            montant=c.decimal(noeud, "CalculatedAmount", "BT-117"),
            motif_exoneration=c.texte(noeud, "ExemptionReason"),
            code_exoneration=c.texte(noeud, "ExemptionReasonCode"),
        )

    def _ligne(self, noeud: Element) -> LigneLue:
        c = self.c
        accord = c.un(noeud, "SpecifiedLineTradeAgreement")
        livraison = c.un(noeud, "SpecifiedLineTradeDelivery")
        reglement = c.un(noeud, "SpecifiedLineTradeSettlement")
        somme = "SpecifiedTradeSettlementLineMonetarySummation/LineTotalAmount"
        if accord is None and reglement is None:  # ZUGFeRD 1
            accord = c.un(noeud, "SpecifiedSupplyChainTradeAgreement")
            livraison = c.un(noeud, "SpecifiedSupplyChainTradeDelivery")
            reglement = c.un(noeud, "SpecifiedSupplyChainTradeSettlement")
            somme = "SpecifiedTradeSettlementMonetarySummation/LineTotalAmount"
        taxe = c.un(reglement, "ApplicableTradeTax")
        taux = "RateApplicablePercent" if c.un(taxe, "RateApplicablePercent") is not None else "ApplicablePercent"
        quantite = c.un(livraison, "BilledQuantity")
        produit = c.un(noeud, "SpecifiedTradeProduct")
        remises = [self._remise(n) for n in c.tous(reglement, "SpecifiedTradeAllowanceCharge")]
        totaux = [-r.montant if r.charge else r.montant for r in remises if r.montant is not None]
        return LigneLue(
            numero=c.texte(noeud, "AssociatedDocumentLineDocument/LineID"),
            reference=c.texte(produit, "GlobalID", "SellerAssignedID"),
            reference_standard=c.texte(produit, "GlobalID"),
            designation=c.texte(produit, "Name"),
            description=c.texte(produit, "Description"),
            quantite=c.decimal(livraison, "BilledQuantity", "BT-129"),
            unite=quantite.get("unitCode", "") if quantite is not None else "",
            prix_unitaire=c.decimal(accord, "NetPriceProductTradePrice/ChargeAmount", "BT-146"),
            remise=sum(totaux, Decimal(0)) if totaux else None,
            montant_ht=c.decimal(reglement, somme, "BT-131"),
            taux_tva=c.decimal(taxe, taux, "BT-152"),
            categorie_tva=c.texte(taxe, "CategoryCode"),
            commentaire=c.texte(noeud, "AssociatedDocumentLineDocument/IncludedNote/Content"),
        )

    def _remise(self, noeud: Element) -> RemiseLue:
        c = self.c
        indicateur = c.texte(noeud, "ChargeIndicator/Indicator", "ChargeIndicator/IndicatorString", "ChargeIndicator")
        return RemiseLue(
            charge=indicateur.lower() in ("true", "1"),
            montant=c.decimal(noeud, "ActualAmount", "BT-92"),
            motif=c.texte(noeud, "Reason"),
            categorie_tva=c.texte(noeud, "CategoryTradeTax/CategoryCode"),
            taux_tva=c.decimal(noeud, "CategoryTradeTax/RateApplicablePercent", "BT-96"),
        )

    def _pieces(self) -> list[PieceLue]:
        c = self.c
        pieces: list[PieceLue] = []
        for noeud in c.tous(self.accord, "AdditionalReferencedDocument"):
            objet = c.un(noeud, "AttachmentBinaryObject")
            lien = c.texte(noeud, "URIID")
            if objet is None and not lien:
                continue  # a reference to a document that is not joined
            identifiant, nom = c.texte(noeud, "IssuerAssignedID"), c.texte(noeud, "Name")
            mime = objet.get("mimeCode", "") if objet is not None else ""
            fichier = objet.get("filename", "") if objet is not None else ""
            pieces.append(
                PieceLue(
                    nom=fichier or nom_de_piece(identifiant, mime, len(pieces) + 1),
                    designation=nom if nom not in ("01", "02", "ZZZ") else identifiant,
                    type_piece=nom if nom in ("01", "02") else "",
                    mime=mime,
                    contenu=c.binaire(objet, "BT-125"),
                    lien=lien,
                )
            )
        return pieces


def nom_de_piece(identifiant: str, mime: str, rang: int) -> str:
    """A file name with an extension, made from what the file gives."""
    base = identifiant or f"piece-{rang}"
    extension = codes.MIME_EXTENSIONS.get(mime, "")
    return base if "." in base or not extension else f"{base}.{extension}"


def _somme(lignes: tuple[LigneTva, ...]) -> Decimal | None:
    montants = [ligne.montant for ligne in lignes if ligne.montant is not None]
    return sum(montants, Decimal(0)) if montants else None
