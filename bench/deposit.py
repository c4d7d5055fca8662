"""A whole Factur-X deposit, from bytes to « Déposée », against the libraries alone on the same file.

The libraries read the PDF, validate its XML against the schema (compiled once) and run the EN 16931 rules of CEN
(compiled once). Two things are set against them: what the portal does with the file (the same, the hostile PDF looked
for, the invoice read, the rules of Chorus Pro, the warnings), at most 2,5 times as long (``RAPPORT``); and the whole
deposit, database, history and message included.
"""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from io import BytesIO
from itertools import count

from _commun import alterner, meilleur, ms, poste, preparer, tableau

TOURS, PAR_TOUR = 7, 15
RAPPORT = 2.5


def main() -> None:
    preparer()
    import pikepdf
    from lxml import etree
    from saxonche import PySaxonProcessor

    from invoices import tasks
    from invoices.formats.avertissements import avertir
    from invoices.formats.chorus import controler_chorus
    from invoices.formats.cii import FactureAEcrire, LigneAEcrire, PartieAEcrire, ecrire_cii
    from invoices.formats.exemples import pdf_texte
    from invoices.formats.facturx import composer_facturx
    from invoices.formats.saxon import valider_en16931
    from invoices.formats.schemas import DONNEES
    from invoices.models import Facture
    from invoices.services import flux, recevabilite
    from invoices.syntaxes import FACTURX
    from tests import factories

    tasks.produire_documents.delay = lambda *a: None  # a worker draws the documents up after the deposit
    cohort = factories.cohort()
    compte, entreprise = poste(cohort, 1)
    modele = FactureAEcrire(
        numero="MODELE",
        date_facture=date(2026, 12, 7),
        fournisseur=PartieAEcrire(entreprise.identifiant, entreprise.raison_sociale),
        destinataire=PartieAEcrire(factories.VALMORAN, "COMMUNE DE VALMORAN"),
        lignes=tuple(LigneAEcrire(f"Fenêtre {n}", Decimal(n), Decimal("412.50")) for n in range(1, 21)),
    )
    page = pdf_texte(modele, pdfa=True)
    numeros = count(1)
    lots = [
        [composer_facturx(page, ecrire_cii(replace(modele, numero=f"FX-{next(numeros):05d}"))) for _ in range(PAR_TOUR)]
        for _ in range(TOURS + 1)
    ]
    xsd = DONNEES / "cii-d16b/uncefact/data/standard/CrossIndustryInvoice_100pD16B.xsd"
    schema = etree.XMLSchema(etree.parse(str(xsd)))
    saxon = PySaxonProcessor(license=False)
    regles = saxon.new_xslt30_processor().compile_stylesheet(
        stylesheet_file=str(DONNEES / "EN16931-CII-validation.xslt")
    )
    deposes, controles, lus = iter(lots), iter(lots), iter(lots)

    def controler() -> None:
        for contenu in next(controles):
            lu = recevabilite.lire_document(contenu, "f.pdf", FACTURX, strict=False)
            assert not controler_chorus(lu.facture, aujourd_hui=date(2026, 12, 7), en_pdf=True)
            rapport = valider_en16931(lu.document)
            assert rapport is not None and rapport.valide and not avertir(lu.facture)  # noqa: PT018

    def deposer() -> None:
        with cohort.monde():
            for contenu in next(deposes):
                recu = flux.deposer_flux(
                    cohort, compte=compte, fournisseur=entreprise, nom="f.pdf", contenu=contenu, place=1
                )
                assert flux.integrer(recu.pk) == "Flux intégré"

    def lire() -> None:
        for contenu in next(lus):
            with pikepdf.open(BytesIO(contenu)) as document:
                (fichier,) = document.attachments.values()
                xml = fichier.get_file().read_bytes()
            assert schema.validate(etree.fromstring(xml))
            assert "failed-assert" not in regles.transform_to_string(xdm_node=saxon.parse_xml(xml_text=xml.decode()))

    temps_depot, temps_controle, temps_lecture = alterner(TOURS, deposer, controler, lire)
    with cohort.monde():
        assert Facture.objects.count() == PAR_TOUR * (TOURS + 1)
    depot, controle, lecture = (meilleur(t) / PAR_TOUR for t in (temps_depot, temps_controle, temps_lecture))
    tableau(
        f"deposit : Factur-X EN 16931 de {len(lots[0][0]) // 1024} Kio, 20 lignes",
        ["", "par facture", "rapport"],
        [
            ["pikepdf + schéma XSD + règles EN 16931 (Saxon)", ms(lecture), "1,00"],
            ["contrôles du portail sur le fichier", ms(controle), f"{controle / lecture:.1f}".replace(".", ",")],
            [
                "dépôt entier (fichier, contrôles, base, historique, message)",
                ms(depot),
                f"{depot / lecture:.1f}".replace(".", ","),
            ],
        ],
    )
    if controle > RAPPORT * lecture:
        raise SystemExit(f"deposit : {controle / lecture:.2f} fois les bibliothèques seules, {RAPPORT} promis")


if __name__ == "__main__":
    main()
