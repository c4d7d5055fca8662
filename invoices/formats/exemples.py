"""Sample files for the demonstration and the tests: fictional, and marked so on every page."""

from __future__ import annotations

import html
import io
import time
import warnings
from datetime import date, datetime
from decimal import Decimal

from invoices.formats.cii import FactureAEcrire, LigneAEcrire, PartieAEcrire, ecrire_cii
from invoices.formats.facturx import composer_facturx
from invoices.formats.pdf import examine
from invoices.formats.pdfium import image_de_page

MENTION = "FORMATION – SANS VALEUR"
INSECABLE = "\u00a0"

_STYLE = """
@page { size: A4; margin: 18mm 16mm 20mm; @bottom-center { content: "%s"; font: bold 9pt sans-serif; color: #555 } }
body { font: 10pt sans-serif; color: #111 }
h1 { font-size: 17pt; margin: 0 0 4mm }
h2 { font-size: 11pt; margin: 6mm 0 1mm }
p { margin: 0 0 1mm }
table { border-collapse: collapse; width: 100%%; margin-top: 6mm }
th, td { border-bottom: .3mm solid #999; padding: 1.2mm 2mm; text-align: left }
td.n, th.n { text-align: right }
.totaux { margin: 6mm 0 0 auto; width: 80mm }
.parties { display: flex; gap: 20mm }
"""


def facture_exemple() -> FactureAEcrire:
    """A valid invoice of two rates, cadre A1, service and engagement given."""
    return FactureAEcrire(
        numero="F2026-00042",
        date_facture=date(2026, 11, 5),
        fournisseur=PartieAEcrire("00088357900013", "Papeterie Fictive SARL"),
        destinataire=PartieAEcrire(
            "00096585500018", "Commune de Bac-à-Sable", "1 place de la Mairie", "35000", "Rennes"
        ),
        lignes=(
            LigneAEcrire("Ramettes papier A4", Decimal(100), Decimal("34.74")),
            LigneAEcrire("Livres", Decimal(3), Decimal("12.50"), Decimal("5.5")),
        ),
        code_service="SERV-ACHATS",
        numero_engagement="1501966748",
    )


def pdf_texte(facture: FactureAEcrire, *, pdfa: bool = False) -> bytes:
    """An invoice with native text, the key words of the recognition beside their values."""
    import weasyprint  # noqa: PLC0415

    options = {"pdf_variant": "pdf/a-3b"} if pdfa else {}
    with warnings.catch_warnings():
        # WeasyPrint leaves the colour profile of PDF/A to the garbage collector to close.
        warnings.simplefilter("ignore", ResourceWarning)
        page: bytes = weasyprint.HTML(string=_page_html(facture)).write_pdf(pdf_identifier=b"formation", **options)
    return page


def pdf_facturx(facture: FactureAEcrire, *, instant: datetime | None = None) -> bytes:
    """A Factur-X of profile EN 16931: the page above with its XML."""
    return composer_facturx(pdf_texte(facture, pdfa=True), ecrire_cii(facture), instant=instant)


def pdf_scan(pdf: bytes) -> bytes:
    """The pages of a PDF as pictures, as a scanner would give them: no text to read."""
    pages = [image_de_page(pdf, numero, 1240).convert("1") for numero in range(1, examine(pdf).pages + 1)]
    sortie = io.BytesIO()
    sans_heure = {"creationDate": time.gmtime(0), "modDate": time.gmtime(0)}  # the same page gives the same bytes
    pages[0].save(sortie, "PDF", resolution=150.0, save_all=True, append_images=pages[1:], **sans_heure)
    return sortie.getvalue()


def pdf_chiffre(pdf: bytes, mot_de_passe: str = "formation") -> bytes:
    """The same PDF that only opens with a password."""
    import pikepdf  # noqa: PLC0415

    sortie = io.BytesIO()
    with pikepdf.open(io.BytesIO(pdf)) as document:
        document.save(sortie, encryption=pikepdf.Encryption(owner=mot_de_passe, user=mot_de_passe, R=6))
    return sortie.getvalue()


def montant_francais(montant: Decimal) -> str:
    """« 1 234,50 » with no-break spaces."""
    return f"{montant:,.2f}".replace(",", INSECABLE).replace(".", ",")


def _nombre(valeur: Decimal) -> str:
    return f"{valeur.normalize():f}".replace(".", ",")


def _titre(facture: FactureAEcrire) -> str:
    return f"{'Avoir' if facture.type_document == '381' else 'Facture'} n° {facture.numero}"


def _references(facture: FactureAEcrire) -> list[str]:
    references = [f"Date de facture : {facture.date_facture:%d/%m/%Y}"]
    if facture.code_service:
        references.append(f"Code service : {facture.code_service}")
    if facture.numero_engagement:
        references.append(f"N° d'engagement : {facture.numero_engagement}")
    if facture.numero_marche:
        references.append(f"N° de marché : {facture.numero_marche}")
    if facture.facture_origine:
        references.append(f"Facture d'origine : {facture.facture_origine}")
    return references


def _totaux(facture: FactureAEcrire) -> list[tuple[str, Decimal]]:
    lignes = [("Total HT", facture.montant_ht)]
    lignes += [(f"TVA {_nombre(t.taux)} %", t.montant) for t in facture.lignes_tva]
    if len(facture.lignes_tva) > 1:
        lignes.append(("Total TVA", facture.montant_tva))
    return [*lignes, ("Total TTC", facture.montant_ttc), ("Net à payer", facture.montant_a_payer)]


def _page_html(facture: FactureAEcrire) -> str:
    e = html.escape
    devise = "€" if facture.devise == "EUR" else facture.devise

    def argent(montant: Decimal) -> str:
        return f"{montant_francais(montant)}{INSECABLE}{devise}"

    def partie(titre: str, nom: str, adresse: str, ville: str, siret: str) -> str:
        return f"<div><h2>{titre}</h2><p>{e(nom)}</p><p>{e(adresse)}</p><p>{e(ville)}</p><p>{e(siret)}</p></div>"

    f, d = facture.fournisseur, facture.destinataire
    parties = partie("Fournisseur", f.nom, f.adresse, f"{f.code_postal} {f.ville}", f"SIRET : {f.siret}")
    parties += partie("Client", d.nom, d.adresse, f"{d.code_postal} {d.ville}", f"SIRET client : {d.siret}")
    lignes = "".join(
        f"<tr><td>{e(ligne.designation)}</td><td class='n'>{_nombre(ligne.quantite)}</td>"
        f"<td class='n'>{argent(ligne.prix_unitaire)}</td><td class='n'>{_nombre(ligne.taux_tva)} %</td>"
        f"<td class='n'>{argent(ligne.montant_ht)}</td></tr>"
        for ligne in facture.lignes
    )
    totaux = "".join(
        f"<tr><td>{e(nom)} :</td><td class='n'>{argent(montant)}</td></tr>" for nom, montant in _totaux(facture)
    )
    return f"""<!doctype html><html lang="fr"><head><meta charset="utf-8"><title>{e(_titre(facture))}</title>
<style>{_STYLE % MENTION}</style></head><body><h1>{e(_titre(facture))}</h1>
{"".join(f"<p>{e(r)}</p>" for r in _references(facture))}
<div class="parties">{parties}</div>
<table><thead><tr><th>Désignation</th><th class="n">Quantité</th><th class="n">Prix unitaire</th><th class="n">Taux</th>
<th class="n">Montant</th></tr></thead><tbody>{lignes}</tbody></table>
<table class="totaux"><tbody>{totaux}</tbody></table>
<p>{e(facture.commentaire)}</p></body></html>"""
