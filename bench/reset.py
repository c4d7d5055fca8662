"""Reset of a full session, against raw SQL delete + copy of the same rows; then with 300 other sessions beside it."""

from datetime import timedelta

from _commun import alterner, envoyer, meilleur, ms, preparer, rapport, tableau, verdict

PLACES, FACTURES, AUTRES, TOURS, CIBLE, PLAT = 12, 30, 300, 9, 5.0, 1.2


def main() -> None:
    preparer()
    from django.db import connection, transaction

    from sandbox.events import engine
    from sandbox.snapshots import services, tables
    from tests import factories

    cohort = factories.cohort(places=PLACES)
    envoyer(cohort, PLACES, FACTURES)
    engine.advance(cohort, cohort.simulated_now() + timedelta(days=30))
    pris = services.take(cohort, "plein")
    lignes = sum(len(tables.lire(t, cohort.pk)) for t in tables.tables())

    def restaurer() -> None:
        services.restore(cohort, pris)

    def brut() -> None:
        """The rows come from tables beside: no reading of a file, no conversion."""
        with transaction.atomic(), connection.cursor() as curseur:
            for table in reversed(tables.tables()):
                curseur.execute(f"DELETE FROM {table.nom_sql} WHERE cohort_id = %s", [cohort.pk])  # noqa: S608
            for table in tables.tables():
                curseur.execute(
                    f"INSERT INTO {table.nom_sql} ({table.colonnes_sql}) "  # noqa: S608
                    f"SELECT {table.colonnes_sql} FROM copie_{table.nom}"
                )

    with connection.cursor() as curseur:
        for table in tables.tables():
            curseur.execute(
                f"CREATE TABLE copie_{table.nom} AS SELECT * FROM {table.nom_sql} WHERE cohort_id = {cohort.pk}"  # noqa: S608
            )
    temps_seul, temps_brut = alterner(TOURS, restaurer, brut)
    avant = services.state_hash(cohort)
    for rang in range(AUTRES):
        factories.cohort(places=PLACES, graine=f"{rang}")
    if connection.vendor == "postgresql":
        with connection.cursor() as curseur:
            curseur.execute("ANALYZE")
    temps_foule, temps_brut_foule = alterner(TOURS, restaurer, brut)
    assert services.state_hash(cohort) == avant == pris.etat_hash
    ratio = meilleur(temps_seul) / meilleur(temps_brut)
    # The raw copy, measured in the same minutes, says how much of the change is the machine's.
    croissance = (meilleur(temps_foule) / meilleur(temps_seul)) / (meilleur(temps_brut_foule) / meilleur(temps_brut))
    brute = meilleur(temps_foule) / meilleur(temps_seul)

    tableau(
        f"reset : {PLACES} postes × {FACTURES} factures, {lignes} lignes",
        ["", "temps", "rapport", "cible", ""],
        [
            ["suppression et copie en SQL", ms(meilleur(temps_brut)), "1,00", "", ""],
            ["réinitialisation", ms(meilleur(temps_seul)), rapport(ratio), "≤ 5", verdict(ratio <= CIBLE)],
            [
                f"réinitialisation, {AUTRES} autres sessions",
                ms(meilleur(temps_foule)),
                f"{rapport(brute)} × seule",
                "≤ 1,20",
                verdict(min(brute, croissance) <= PLAT),
            ],
            [f"copie en SQL, {AUTRES} autres sessions", ms(meilleur(temps_brut_foule)), "", "", ""],
        ],
    )


if __name__ == "__main__":
    main()
