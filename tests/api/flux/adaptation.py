"""Files of the public corpus as a caller of this session would send them: its supplier, recipient, number and day.

Only what names somebody, or somewhen, is changed; what cannot be parsed is sent as it is.
"""

from io import BytesIO

import pikepdf
from lxml import etree

from invoices.formats.xml import CAC, CBC, RAM

AVANT_L_ORGANISATION = ("Name", "RoleCode", "Description")
AVANT_L_IDENTIFIANT = ("MarkCareIndicator", "MarkAttentionIndicator", "WebsiteURI", "LogoReferenceID")
ORGANISATION = f"{{{RAM}}}SpecifiedLegalOrganization"


def adapter(contenu, *, numero, fournisseur, destinataire, jour):
    """An XML or a PDF with its parties, number and day changed, its service and engagement taken away.

    A valideur named in it becomes the recipient.
    """
    qui = {"numero": numero, "fournisseur": fournisseur, "destinataire": destinataire, "jour": jour}
    if contenu[:1024].find(b"%PDF-") >= 0:
        return _pdf(contenu, qui)
    return _xml(contenu, qui)


def _pdf(contenu, qui):
    """The embedded XML is rewritten; a PDF that cannot be opened, or carries none, stays what it is."""
    try:
        with pikepdf.open(BytesIO(contenu)) as document:
            fichiers = [document.attachments[cle].get_file() for cle in document.attachments if cle.endswith(".xml")]
            for fichier in fichiers:
                fichier.obj.write(_xml(fichier.read_bytes(), qui))
            sortie = BytesIO()
            document.save(sortie)
            return sortie.getvalue() if fichiers else contenu
    except (pikepdf.PdfError, pikepdf.PasswordError):
        return contenu


def _xml(contenu, qui):
    try:
        racine = etree.fromstring(contenu, etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False))
    except (etree.XMLSyntaxError, ValueError):
        return contenu
    if racine.getroottree().docinfo.doctype:
        return contenu
    nom = etree.QName(racine).localname
    if nom in ("Invoice", "CreditNote"):
        _ubl(racine, qui)
    elif nom == "CrossIndustryInvoice":
        _cii(racine, qui)
    encodage = racine.getroottree().docinfo.encoding or "UTF-8"
    return etree.tostring(racine, xml_declaration=True, encoding=encodage)


def _texte(noeud, valeur):
    for enfant in list(noeud):
        noeud.remove(enfant)
    noeud.text = valeur


def _cii(racine, qui):
    for noeud in racine.iterfind("{*}ExchangedDocument/{*}ID"):
        _texte(noeud, qui["numero"])
    for noeud in racine.iterfind("{*}ExchangedDocument/{*}IssueDateTime/{*}DateTimeString"):
        if (noeud.text or "").strip()[:8].isdigit():
            _texte(noeud, f"{qui['jour']:%Y%m%d}")
    for accord in racine.iterfind("{*}SupplyChainTradeTransaction/{*}ApplicableHeaderTradeAgreement"):
        for role, siret in (("SellerTradeParty", qui["fournisseur"]), ("BuyerTradeParty", qui["destinataire"])):
            for partie in accord.iterfind(f"{{*}}{role}"):
                _partie_cii(partie, siret)
        for balise in ("BuyerReference", "BuyerOrderReferencedDocument"):
            for noeud in accord.findall(f"{{*}}{balise}"):
                accord.remove(noeud)
    for tiers in racine.iterfind(
        "{*}SupplyChainTradeTransaction/{*}ApplicableHeaderTradeSettlement/{*}InvoiceeTradeParty"
    ):
        _partie_cii(tiers, qui["destinataire"])


def _partie_cii(partie, siret):
    for balise in ("ID", "GlobalID"):
        for noeud in partie.findall(f"{{*}}{balise}"):
            partie.remove(noeud)
    organisation = partie.find(ORGANISATION)
    if organisation is None:
        avant = [n for n in partie.iterchildren("{*}*") if etree.QName(n).localname in AVANT_L_ORGANISATION]
        organisation = etree.Element(ORGANISATION)
        partie.insert(partie.index(avant[-1]) + 1 if avant else 0, organisation)
    for noeud in organisation.findall("{*}ID"):
        organisation.remove(noeud)
    identifiant = etree.Element(f"{{{RAM}}}ID", schemeID="0002")
    identifiant.text = siret
    organisation.insert(0, identifiant)


def _ubl(racine, qui):
    for noeud in racine.findall(f"{{{CBC}}}ID"):
        _texte(noeud, qui["numero"])
    for noeud in racine.findall(f"{{{CBC}}}IssueDate"):
        if (noeud.text or "").strip()[:4].isdigit() and "/" not in noeud.text:
            _texte(noeud, qui["jour"].isoformat())
    for role, siret in (
        ("AccountingSupplierParty", qui["fournisseur"]),
        ("AccountingCustomerParty", qui["destinataire"]),
    ):
        for partie in racine.iterfind(f"{{{CAC}}}{role}/{{{CAC}}}Party"):
            _partie_ubl(partie, siret)
    for noeud in [*racine.findall(f"{{{CBC}}}BuyerReference"), *racine.findall(f"{{{CAC}}}OrderReference")]:
        racine.remove(noeud)


def _partie_ubl(partie, siret):
    for noeud in [
        *partie.findall(f"{{{CAC}}}PartyIdentification"),
        *partie.findall(f"{{{CBC}}}EndpointID"),
        *partie.findall(f"{{{CAC}}}PartyLegalEntity/{{{CBC}}}CompanyID"),
        *partie.findall(f"{{{CAC}}}Contact/{{{CBC}}}ID"),
    ]:
        noeud.getparent().remove(noeud)
    bloc = etree.Element(f"{{{CAC}}}PartyIdentification")
    identifiant = etree.SubElement(bloc, f"{{{CBC}}}ID", schemeID="0009")
    identifiant.text = siret
    premiers = [n for n in partie.iterchildren("{*}*") if etree.QName(n).localname in AVANT_L_IDENTIFIANT]
    partie.insert(len(premiers), bloc)
