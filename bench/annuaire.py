"""Search of the annuaire among 100,000 structures, against an indexed read that returns as many rows."""

import random

from _commun import alterner, meilleur, ms, preparer, rapport, tableau, verdict

STRUCTURES, LIGNES, TOURS, PAR_TOUR, CIBLE = 100_000, 25, 9, 20, 3.0
NOMS = ["COMMUNE DE", "DÉPARTEMENT DE", "CENTRE HOSPITALIER DE", "LYCÉE DE", "SYNDICAT DES EAUX DE", "ÉCOLE DE"]
SYLLABES = ["VAL", "MONT", "OR", "BEL", "LON", "AU", "BRAC", "SER", "TOUR", "NI", "COL", "RIV", "HA", "PEY", "GUI"]


def main() -> None:
    preparer()
    from django.db import connection

    from structures.enums import EtatStructure, Nature, TypeIdentifiant
    from structures.models import Structure
    from structures.queries_annuaire import Recherche, chercher, mots_cherches, premieres, simple
    from structures.services.annuaire import indexer
    from tests import factories

    hasard = random.Random(2026)
    cohort = factories.cohort()

    def structure(rang: int) -> Structure:
        """Each 4,000th is a school of a town of its own, so that a rare word names 25 of them."""
        ville = f"RARISSIME-{rang % 7}" if rang % 4000 == 0 else "".join(hasard.choices(SYLLABES, k=3))
        return Structure(
            cohort=cohort,
            type_identifiant=TypeIdentifiant.SIRET,
            identifiant=f"0002{rang:010d}",
            raison_sociale=f"{hasard.choice(NOMS) if rang % 4000 else 'ÉCOLE DE'} {ville}",
            nature=Nature.PUBLIQUE,
            ville=ville,
            code_postal=f"{rang // LIGNES:05d}",
            adresse="1 place de la Mairie",
        )

    with cohort.monde():
        Structure.objects.bulk_create([structure(rang) for rang in range(STRUCTURES)], batch_size=5000)
        indexer(Structure.objects.all())
    if connection.vendor == "postgresql":
        with connection.cursor() as curseur:
            curseur.execute("ANALYZE")

    publiques = {"nature": Nature.PUBLIQUE, "etat": EtatStructure.ACTIF}
    recherches = {
        "mot rare": simple("rarissime", conditions=publiques),
        "mot fréquent (25 premières)": simple("commune", conditions=publiques),
        "deux mots": simple("école rarissime", conditions=publiques),
        "deux mots fréquents (25 premières)": simple("commune valmont", conditions=publiques),
        "mot de la ville seule": Recherche(mots=mots_cherches("rarissime", "V"), conditions=publiques),
        "code postal": simple("01234", conditions=publiques),
        "SIRET (1 ligne)": simple(f"0002{4321:010d}", conditions=publiques),
        "début de SIRET (25 premières)": simple("00020000012", conditions=publiques),
    }

    def trouver(recherche: Recherche):
        """What « Saisir facture » does: the first rows, in the order of their names."""

        def tour() -> None:
            with cohort.monde():
                for _ in range(PAR_TOUR):
                    premieres(recherche, LIGNES)

        return tour

    def lire(nombre: int):
        """As many rows by an index: those of a post code, which is that of 25 structures."""

        def tour() -> None:
            with cohort.monde():
                for _ in range(PAR_TOUR):
                    lues = Structure.objects.filter(code_postal="01234", **publiques).order_by("code_postal", "pk")
                    assert len(list(lues[:nombre])) == nombre

        return tour

    lignes = []
    for nom, recherche in recherches.items():
        with cohort.monde():
            nombre = len(chercher(recherche, LIGNES).pks)
        assert nombre, nom
        temps, etalon = (meilleur(t) / PAR_TOUR for t in alterner(TOURS, trouver(recherche), lire(nombre)))
        ratio = temps / etalon
        lignes.append([nom, f"{nombre}", ms(etalon), ms(temps), rapport(ratio), verdict(ratio <= CIBLE)])

    def jusqu_a_trop() -> None:
        with cohort.monde():
            for _ in range(PAR_TOUR):
                assert chercher(simple("commune")).trop

    (trop,) = alterner(TOURS, jusqu_a_trop)
    lignes.append(["mot fréquent, « trop de résultats »", "201", "", ms(meilleur(trop) / PAR_TOUR), "", ""])
    tableau(
        f"annuaire : {STRUCTURES} structures, cible ≤ 3",
        ["", "lignes", "lecture indexée", "recherche", "rapport", ""],
        lignes,
    )


if __name__ == "__main__":
    main()
