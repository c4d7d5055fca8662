"""Read an invoice XML of any accepted syntax, tolerantly."""

from __future__ import annotations

from invoices.formats.erreurs import FichierIllisible
from invoices.formats.lecture_cii import lire_cii
from invoices.formats.lecture_ubl import lire_ubl
from invoices.formats.modele import FactureLue
from invoices.formats.xml import DocumentXml, Syntaxe, ouvrir


def lire(source: bytes | DocumentXml) -> FactureLue:
    """The invoice, values that cannot be read listed in `anomalies`. FichierIllisible when it is no invoice XML."""
    document = ouvrir(source) if isinstance(source, bytes) else source
    if document.syntaxe is Syntaxe.ORDERX:
        raise FichierIllisible("XML_COMMANDE", "Le fichier est une commande Order-X, pas une facture.")
    return lire_ubl(document) if document.syntaxe.est_ubl else lire_cii(document)
