"""Read a UBL Invoice or CreditNote."""

from __future__ import annotations

import re
from decimal import Decimal

from invoices.formats import codes
from invoices.formats.curseur import ATTENDU_JOUR_UBL, Curseur, compact, contenu
from invoices.formats.lecture_cii import nom_de_piece
from invoices.formats.modele import FactureLue, LigneLue, LigneTva, Partie, PieceLue, RemiseLue
from invoices.formats.parties import choisir_identifiant
from invoices.formats.xml import DocumentXml, Element, Syntaxe

_CADRE = re.compile(r"[A-Z]\d{1,2}", re.ASCII)


def lire_ubl(document: DocumentXml) -> FactureLue:
    return _LecteurUbl(document).facture()


class _LecteurUbl:
    def __init__(self, document: DocumentXml) -> None:
        self.document = document
        self.racine = document.racine
        self.avoir = document.syntaxe is Syntaxe.UBL_AVOIR
        c = self.c = Curseur(document.racine, "", ATTENDU_JOUR_UBL)
        self.acheteur = c.un(self.racine, "AccountingCustomerParty/Party")
        self.totaux = c.un(self.racine, "LegalMonetaryTotal")
        self.devise = self._devise()

    def facture(self) -> FactureLue:
        c, racine = self.c, self.racine
        type_document = c.texte(racine, "CreditNoteTypeCode" if self.avoir else "InvoiceTypeCode")
        cadre = self._cadre()
        taxe = self._taxe_totale()
        lignes_tva = tuple(self._ligne_tva(n) for n in c.tous(taxe, "TaxSubtotal"))
        moyens = c.tous(racine, "PaymentMeans")
        code_paiement = next((v for m in moyens if (v := c.texte(m, "PaymentMeansCode"))), "")
        tva_declaree = c.decimal(taxe, "TaxAmount", "BT-110")
        montants = [t.montant for t in lignes_tva if t.montant is not None]
        ligne = "CreditNoteLine" if self.avoir else "InvoiceLine"
        remises = c.tous(racine, "AllowanceCharge")
        return FactureLue(
            syntaxe=self.document.syntaxe,
            profil=self.document.profil,
            numero=c.texte(racine, "ID"),
            type_facture=self._type_facture(type_document),
            type_document=type_document or ("381" if self.avoir else ""),
            date_facture=c.jour(racine, "IssueDate", "BT-2"),
            cadre=cadre or "A1",
            cadre_declare=cadre,
            devise=self.devise,
            fournisseur=self._partie(c.un(racine, "AccountingSupplierParty/Party")) or Partie(),
            destinataire=self._partie(self.acheteur) or Partie(),
            code_service=self._code_service(),
            nom_service=c.texte(self.acheteur, "Contact/Name"),
            service_emetteur=c.texte(racine, "AccountingSupplierParty/Party/Contact/ID"),
            numero_engagement=c.texte(racine, "OrderReference/ID"),
            numero_marche=c.texte(racine, "ContractDocumentReference/ID"),
            factures_origine=tuple(
                t for n in c.tous(racine, "BillingReference/InvoiceDocumentReference/ID") if (t := contenu(n))
            ),
            mode_paiement=codes.mode_paiement(code_paiement, absent="VIREMENT"),
            code_paiement=code_paiement,
            type_tva=codes.type_tva([t.categorie for t in lignes_tva], self._exigibilite(taxe)),
            motif_exoneration=next((t.motif_exoneration for t in lignes_tva if t.motif_exoneration), ""),
            iban=compact(self._premier(moyens, "PayeeFinancialAccount/ID")),
            bic=self._premier(
                moyens,
                "PayeeFinancialAccount/FinancialInstitutionBranch/ID",
                "PayeeFinancialAccount/FinancialInstitutionBranch/FinancialInstitution/ID",
            ),
            date_echeance=c.jour(racine, "PaymentMeans/PaymentDueDate" if self.avoir else "DueDate", "BT-9"),
            conditions_paiement=c.texte(racine, "PaymentTerms/Note"),
            periode_debut=c.jour(racine, "InvoicePeriod/StartDate", "BT-73"),
            periode_fin=c.jour(racine, "InvoicePeriod/EndDate", "BT-74"),
            commentaire="\n".join(t for n in c.tous(racine, "Note") if (t := contenu(n))),
            valideur=self._partie(self._extension("InvoiceeParty")),
            encaisseur=self._partie(c.un(racine, "PayeeParty")),
            lignes=tuple(self._ligne(n) for n in c.tous(racine, ligne)),
            lignes_tva=lignes_tva,
            remises=tuple(self._remise(n) for n in remises),
            montant_lignes=c.decimal(self.totaux, "LineExtensionAmount", "BT-106"),
            montant_remises=c.decimal(self.totaux, "AllowanceTotalAmount", "BT-107"),
            montant_charges=c.decimal(self.totaux, "ChargeTotalAmount", "BT-108"),
            montant_ht=c.decimal(self.totaux, "TaxExclusiveAmount", "BT-109"),
            montant_tva=tva_declaree if tva_declaree is not None else (sum(montants, Decimal(0)) if montants else None),
            montant_tva_declare=tva_declaree is not None,
            montant_ttc=c.decimal(self.totaux, "TaxInclusiveAmount", "BT-112"),
            acompte=c.decimal(self.totaux, "PrepaidAmount", "BT-113"),
            arrondi=c.decimal(self.totaux, "PayableRoundingAmount", "BT-114"),
            montant_a_payer=c.decimal(self.totaux, "PayableAmount", "BT-115"),
            devises_citees=self._devises_citees(),
            pieces_jointes=tuple(self._pieces()),
            anomalies=tuple(c.anomalies),
        )

    def _type_facture(self, code: str) -> str:
        """A CreditNote is an avoir whatever type it states, as long as that type is one that is taken."""
        if self.avoir:
            return "AVOIR" if code in ("", "381") else ""
        return codes.TYPES_DOCUMENT.get(code, "")

    def _devise(self) -> str:
        declaree = self.c.texte(self.racine, "DocumentCurrencyCode")
        if declaree:
            return declaree
        citees = [n.get("currencyID") for n in self.c.tous(self.totaux, "*") if n.get("currencyID")]
        return str(citees[0]) if citees else "EUR"

    def _devises_citees(self) -> tuple[str, ...]:
        devises = {self.c.texte(self.racine, "DocumentCurrencyCode")}
        devises |= {n.get("currencyID", "") for n in self.c.tous(self.totaux, "*")}
        return tuple(sorted(d for d in devises if d))

    def _cadre(self) -> str:
        profil = self.c.texte(self.racine, "ProfileID")
        if _CADRE.fullmatch(profil):
            return profil
        etendu = contenu(self._extension("CategoryCode"))
        if _CADRE.fullmatch(etendu):
            return etendu
        return "" if profil.lower().startswith("urn:") else profil

    def _taxe_totale(self) -> Element | None:
        """The VAT total in the currency of the invoice; a second one may be given in another."""
        taxes = self.c.tous(self.racine, "TaxTotal")
        for taxe in taxes:
            montant = self.c.un(taxe, "TaxAmount")
            if montant is not None and montant.get("currencyID", self.devise) == self.devise:
                return taxe
        return taxes[0] if taxes else None

    def _extension(self, nom: str) -> Element | None:
        """First element of this name in the extensions, whatever their namespace and depth."""
        extensions = self.c.un(self.racine, "UBLExtensions")
        return None if extensions is None else extensions.find(f".//{{*}}{nom}")

    def _exigibilite(self, taxe: Element | None) -> str:
        code = self.c.texte(self.racine, "InvoicePeriod/DescriptionCode")
        return code or self.c.texte(taxe, "TaxSubtotal/TaxCategory/TaxScheme/TaxTypeCode")

    def _premier(self, noeuds: list[Element], *chemins: str) -> str:
        return next((valeur for noeud in noeuds if (valeur := self.c.texte(noeud, *chemins))), "")

    def _code_service(self) -> str:
        for noeud in self.c.tous(self.acheteur, "PartyIdentification/ID"):
            if noeud.get("schemeID") == codes.SCHEMA_SERVICE and contenu(noeud):
                return contenu(noeud)
        return self.c.texte(self.racine, "BuyerReference") or self.c.texte(self.acheteur, "Contact/ID")

    def _partie(self, noeud: Element | None) -> Partie | None:
        if noeud is None:
            return None
        c = self.c
        noeuds = c.tous(noeud, "PartyIdentification/ID") + c.tous(noeud, "PartyLegalEntity/CompanyID")
        noeuds += [n for n in c.tous(noeud, "EndpointID") if n.get("schemeID") == "0009"]
        candidats = [(n.get("schemeID") or n.get("schemeName") or "", contenu(n)) for n in noeuds]
        identifiant, type_identifiant, schema = choisir_identifiant(candidats)
        adresse = c.un(noeud, "PostalAddress")
        lignes = [c.texte(adresse, nom) for nom in ("StreetName", "AdditionalStreetName", "AddressLine/Line")]
        return Partie(
            identifiant=identifiant,
            type_identifiant=type_identifiant,
            schema=schema,
            nom=c.texte(noeud, "PartyLegalEntity/RegistrationName", "PartyName/Name"),
            nom_commercial=c.texte(noeud, "PartyName/Name"),
            tva=self._tva(noeud),
            adresse="\n".join(ligne for ligne in lignes if ligne),
            code_postal=c.texte(adresse, "PostalZone"),
            ville=c.texte(adresse, "CityName"),
            pays=c.texte(adresse, "Country/IdentificationCode"),
        )

    def _tva(self, noeud: Element) -> str:
        for regime in self.c.tous(noeud, "PartyTaxScheme"):
            if self.c.texte(regime, "TaxScheme/ID") in ("VAT", "TVA", ""):
                return self.c.texte(regime, "CompanyID")
        return ""

    def _ligne_tva(self, noeud: Element) -> LigneTva:
        c = self.c
        taux = "TaxCategory/Percent" if c.un(noeud, "TaxCategory/Percent") is not None else "Percent"
        return LigneTva(
            categorie=c.texte(noeud, "TaxCategory/ID"),
            taux=c.decimal(noeud, taux, "BT-119"),
            base=c.decimal(noeud, "TaxableAmount", "BT-116"),
            montant=c.decimal(noeud, "TaxAmount", "BT-117"),
            motif_exoneration=c.texte(noeud, "TaxCategory/TaxExemptionReason"),
            code_exoneration=c.texte(noeud, "TaxCategory/TaxExemptionReasonCode"),
        )

    def _ligne(self, noeud: Element) -> LigneLue:
        c = self.c
        nom_quantite = "CreditedQuantity" if self.avoir else "InvoicedQuantity"
        quantite = c.un(noeud, nom_quantite)
        remises = [self._remise(n) for n in c.tous(noeud, "AllowanceCharge")]
        totaux = [-r.montant if r.charge else r.montant for r in remises if r.montant is not None]
        return LigneLue(
            numero=c.texte(noeud, "ID"),
            reference=c.texte(noeud, "Item/StandardItemIdentification/ID", "Item/SellersItemIdentification/ID"),
            reference_standard=c.texte(noeud, "Item/StandardItemIdentification/ID"),
            designation=c.texte(noeud, "Item/Name"),
            description=c.texte(noeud, "Item/Description"),
            quantite=c.decimal(noeud, nom_quantite, "BT-129"),
            unite=quantite.get("unitCode", "") if quantite is not None else "",
            prix_unitaire=c.decimal(noeud, "Price/PriceAmount", "BT-146"),
            remise=sum(totaux, Decimal(0)) if totaux else None,
            montant_ht=c.decimal(noeud, "LineExtensionAmount", "BT-131"),
            taux_tva=c.decimal(noeud, "Item/ClassifiedTaxCategory/Percent", "BT-152"),
            categorie_tva=c.texte(noeud, "Item/ClassifiedTaxCategory/ID"),
            commentaire=c.texte(noeud, "Note"),
        )

    def _remise(self, noeud: Element) -> RemiseLue:
        c = self.c
        return RemiseLue(
            charge=c.texte(noeud, "ChargeIndicator").lower() in ("true", "1"),
            montant=c.decimal(noeud, "Amount", "BT-92"),
            motif=c.texte(noeud, "AllowanceChargeReason"),
            categorie_tva=c.texte(noeud, "TaxCategory/ID"),
            taux_tva=c.decimal(noeud, "TaxCategory/Percent", "BT-96"),
        )

    def _pieces(self) -> list[PieceLue]:
        c = self.c
        pieces: list[PieceLue] = []
        for noeud in c.tous(self.racine, "AdditionalDocumentReference"):
            objet = c.un(noeud, "Attachment/EmbeddedDocumentBinaryObject")
            lien = c.texte(noeud, "Attachment/ExternalReference/URI")
            if objet is None and not lien:
                continue
            mime = objet.get("mimeCode", "") if objet is not None else ""
            fichier = objet.get("filename", "") if objet is not None else ""
            type_piece = c.texte(noeud, "DocumentType")
            pieces.append(
                PieceLue(
                    nom=fichier or nom_de_piece(c.texte(noeud, "ID"), mime, len(pieces) + 1),
                    designation=c.texte(noeud, "DocumentDescription"),
                    type_piece=type_piece if type_piece in ("01", "02") else "",
                    mime=mime,
                    contenu=c.binaire(objet, "BT-125"),
                    lien=lien,
                )
            )
        return pieces
