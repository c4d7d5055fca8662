"""« Rechercher » among 1,000,000 invoices of 1,000 sessions, against the same search with one session of 1,000 alone.

PostgreSQL only: the same tables stand twice in one database, in two schemas between which each round goes back and
forth. Then the export of 10,000 rows: time and peak of memory.
"""

import os
import sys
import tempfile
import time
import tracemalloc

from _commun import alterner, duree, meilleur, ms, preparer, rapport, tableau, verdict

SESSIONS = int(os.environ.get("SEARCH_SESSIONS", "1000"))
FACTURES, TOURS, PAR_TOUR, PAGE, CIBLE = 1000, 40, 1, 25, 1.3
ENSEMBLE = 10
"""Sessions that write at the same time: their rows are mixed in the pages of the table."""
ECART = 100_000
"""Between the ids of the structures of two sessions."""
EXPORT = 10_000
STATUTS = ["MISE_A_DISPOSITION", "SUSPENDUE", "REJETEE", "MANDATEE", "MISE_EN_PAIEMENT", "COMPLETEE", "COMPTABILISEE"]
TABLES = ("cohorts_cohort", "structures_structure", "structures_motannuaire", "invoices_facture")


def colonnes(curseur, table):
    curseur.execute(
        "SELECT column_name FROM information_schema.columns WHERE table_schema = 'public' AND table_name = %s", [table]
    )
    return [nom for (nom,) in curseur.fetchall()]


def copier(curseur, table, suite, **changees):
    """Rows of the table again, with some columns written otherwise."""
    noms = [nom for nom in colonnes(curseur, table) if changees.get(nom) != ""]
    valeurs = ", ".join(changees.get(nom, f't."{nom}"') for nom in noms)
    liste = ", ".join(f'"{nom}"' for nom in noms)
    curseur.execute(f'INSERT INTO "{table}" ({liste}) SELECT {valeurs} FROM "{table}" t {suite}')  # noqa: S608


def remplir(curseur, cohort, modele, mesuree):
    """The sessions, their structures and words, then the invoices; ``mesuree`` is the one that is searched."""
    autres = f"CROSS JOIN generate_series(1, {SESSIONS}) n WHERE t.{{}} = {cohort.pk}"
    curseur.execute("SET session_replication_role = replica")  # foreign keys are true by construction
    copier(
        curseur,
        "cohorts_cohort",
        autres.format("id"),
        id=f"{cohort.pk} + n",
        code="'S' || lpad(n::text, 7, '0')",
    )
    copier(
        curseur,
        "structures_structure",
        autres.format("cohort_id"),
        id=f"t.id + n * {ECART}",
        cohort_id=f"{cohort.pk} + n",
        origine_id="NULL",
    )
    copier(
        curseur,
        "structures_motannuaire",
        autres.format("cohort_id"),
        id="",
        cohort_id=f"{cohort.pk} + n",
        structure_id=f"t.structure_id + n * {ECART}",
    )
    # One invoice of a session after that of its neighbour, as in rooms that work at the same time.
    ordre = f"ORDER BY (n - 1) / {ENSEMBLE}, r, n"
    statuts = "(ARRAY[" + ", ".join(f"'{s}'" for s in STATUTS) + f"])[1 + r % {len(STATUTS)}]"
    jours = "(r * 7919 % 300) * interval '1 day' + (r % 600) * interval '1 minute'"
    curseur.execute("SELECT id FROM structures_structure WHERE cohort_id = %s AND nature = 'PUBLIQUE'", [cohort.pk])
    publiques = [pk for (pk,) in curseur.fetchall()]
    destinataire = f"(ARRAY[{', '.join(map(str, publiques))}])[1 + r * 31 % {len(publiques)}] + n * {ECART}"
    copier(
        curseur,
        "invoices_facture",
        f"CROSS JOIN generate_series(1, {SESSIONS}) n CROSS JOIN generate_series(1, {FACTURES}) r "
        f"WHERE t.id = {modele.pk} {ordre}",
        id="",
        cohort_id=f"{cohort.pk} + n",
        numero="'F-' || lpad(r::text, 6, '0')",
        fournisseur_id=f"t.fournisseur_id + n * {ECART}",
        destinataire_id=destinataire,
        valideur_id=f"t.fournisseur_id + n * {ECART}",
        cree_par_id="NULL",
        statut=statuts,
        date_depot=f"t.date_depot - {jours}",
        statut_depuis=f"t.date_depot - {jours}",
        montant_ht="(r * 104729 % 900000) / 100.0",
        montant_ttc="(r * 104729 % 900000) / 100.0 * 1.2",
        montant_a_payer="(r * 104729 % 900000) / 100.0 * 1.2",
    )
    curseur.execute("CREATE SCHEMA seule")
    for table in TABLES:
        curseur.execute(f'CREATE TABLE seule."{table}" (LIKE public."{table}" INCLUDING ALL)')
        cle = "id" if table == "cohorts_cohort" else "cohort_id"
        curseur.execute(
            f'INSERT INTO seule."{table}" SELECT * FROM public."{table}" WHERE {cle} = %s ORDER BY id',  # noqa: S608
            [mesuree],
        )
    curseur.execute("SET session_replication_role = DEFAULT")
    curseur.execute("VACUUM ANALYZE")


def index_lus(curseur, factures):
    """Names of the indexes of the invoices that the plan of a page reads."""
    sql, parametres = factures.query.sql_with_params()
    curseur.execute(f"EXPLAIN {sql}", parametres)
    plan = "\n".join(ligne for (ligne,) in curseur.fetchall())
    if "Seq Scan on invoices_facture" in plan:
        return "parcours entier"
    noms = {mot for mot in plan.replace("(", " ").split() if mot.startswith(("facture_", "invoices_facture_"))}
    return ", ".join(sorted(noms))


def pages_lues(curseur, factures, schema):
    """Blocks of the database that the page of results reads: what no busy moment of the machine changes."""
    sql, parametres = factures.query.sql_with_params()
    curseur.execute(f"SET search_path TO {schema}")
    curseur.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {sql}", parametres)
    (((plan,),),) = curseur.fetchall()
    return plan["Plan"]["Shared Hit Blocks"] + plan["Plan"]["Shared Read Blocks"]


def exporter(factures, espace):
    """Seconds and peak of memory of the export of these rows, in CSV then in XLSX."""
    from invoices import queries_export as export
    from sandbox.web.csv import stream_csv
    from sandbox.web.xlsx import Feuille
    from sandbox.web.xlsx_flux import stream_xlsx

    def en_csv():
        with tempfile.TemporaryFile() as sortie:
            stream_csv(sortie, export.entetes(espace), export.lignes(factures, espace))

    def en_xlsx():
        with tempfile.TemporaryFile() as sortie:
            stream_xlsx(sortie, Feuille("Export", export.entetes(espace), export.lignes(factures, espace)))

    lignes = []
    for nom, ecrire in (("CSV", en_csv), ("XLSX", en_xlsx)):
        calcul = time.process_time()
        temps = duree(ecrire)
        calcul = time.process_time() - calcul
        tracemalloc.start()
        ecrire()
        _, pic = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        lignes.append([nom, ms(temps), ms(calcul), f"{pic / 1_048_576:.1f} Mo"])
    return lignes


def main() -> None:
    if not os.environ.get("DATABASE_URL", "").startswith("postgres"):
        sys.exit("Cette mesure demande PostgreSQL : DATABASE_URL=postgres://…")
    preparer()
    from django.db import connection
    from django.db.models import Count
    from django.http import QueryDict

    from accounts.enums import Niveau
    from invoices import queries_espaces as espaces
    from invoices import queries_suivi as suivi
    from invoices.enums import Espace, Statut
    from invoices.forms.recherche import FILTRES
    from sandbox.cohorts.models import Cohort
    from structures.queries import Droit, Droits
    from tests import factories

    cohort = factories.cohort()
    entreprise, valmoran = factories.structure(cohort), factories.publique(cohort)
    modele = factories.facture(entreprise, valmoran, statut=Statut.MISE_A_DISPOSITION)
    rang = max(1, SESSIONS // 2)
    debut = time.perf_counter()
    with connection.cursor() as curseur:
        remplir(curseur, cohort, modele, cohort.pk + rang)
    print(f"{SESSIONS * FACTURES} factures en {time.perf_counter() - debut:.0f} s")
    mesuree = Cohort.objects.get(pk=cohort.pk + rang)
    mienne, publique = entreprise.pk + rang * ECART, valmoran.pk + rang * ECART

    def droits(espace, structure):
        return Droits((Droit(structure, espaces.PROFILS[espace], Niveau.MODIFICATION),), frozenset())

    roles = {
        Espace.EMISES: droits(Espace.EMISES, mienne),
        Espace.RECUES: droits(Espace.RECUES, publique),
        Espace.A_VALIDER: droits(Espace.A_VALIDER, mienne),
    }
    criteres = {
        "sans critère": ("", "-date_depot"),
        "par numéro": ("numero=F-00042", "-date_depot"),
        "par destinataire et statut": ("destinataire=Valmoran&statut=SUSPENDUE&statut=REJETEE", "-date_depot"),
        "par fournisseur et statut": ("fournisseur=menuiserie&statut=SUSPENDUE", "-date_depot"),
        "par montants": ("ttc_min=1000&ttc_max=2000", "-date_depot"),
        "triées par montant": ("", "-montant_a_payer"),
        "dernière page": ("", "date_depot"),
    }

    def recherche(espace, texte, tri):
        visibles = espaces.visibles(roles[espace], espace)
        if espace == Espace.EMISES:
            visibles = visibles.envoyees()
        filtre = FILTRES[espace](QueryDict(texte), queryset=visibles, structures=[], regime=mesuree.regime)
        return filtre.qs, filtre.qs.order_by(tri, "-pk" if tri.startswith("-") else "pk")

    def tour(schema, trouvees, page):
        def jouer() -> None:
            with connection.cursor() as curseur:
                curseur.execute(f"SET search_path TO {schema}")
            with mesuree.monde():
                for _ in range(PAR_TOUR):
                    trouvees.aggregate(nombre=Count("pk"), total=suivi.TOTAL_A_PAYER)
                    assert suivi.page_de_liste(page, slice(0, PAGE))

        return jouer

    lignes = []
    for espace in Espace:
        for nom, (texte, tri) in criteres.items():
            inutile = "destinataire=" if espace == Espace.RECUES else "fournisseur="
            if inutile in texte:
                continue
            with mesuree.monde():
                trouvees, page = recherche(espace, texte, tri)
                nombre = trouvees.count()
                with connection.cursor() as curseur:
                    index = index_lus(curseur, page.values_list("pk")[:PAGE])
            assert nombre, (espace, nom)
            seule, toutes = (
                meilleur(t) / PAR_TOUR
                for t in alterner(TOURS, tour("seule", trouvees, page), tour("public", trouvees, page))
            )
            ratio = toutes / seule
            with mesuree.monde(), connection.cursor() as curseur:
                lues = [
                    str(pages_lues(curseur, page.values_list("pk")[:PAGE], schema)) for schema in ("seule", "public")
                ]
            temps = [ms(seule), ms(toutes), rapport(ratio), verdict(ratio <= CIBLE)]
            lignes.append([f"{espace.label}, {nom}", f"{nombre}", *temps, " / ".join(lues), index])
    tableau(
        f"recherche : {SESSIONS * FACTURES} factures de {SESSIONS} sessions, contre une session seule, cible ≤ 1,3",
        ["", "trouvées", "seule", "parmi toutes", "rapport", "", "blocs lus", "index de la page"],
        lignes,
    )

    # A session of its own, ten times bigger than the others, for the export.
    grande = Cohort.objects.get(pk=cohort.pk + rang + 1 if SESSIONS > 1 else mesuree.pk)
    siens = grande.pk - cohort.pk
    with connection.cursor() as curseur:
        curseur.execute("SET search_path TO public")
        curseur.execute("SET session_replication_role = replica")
        copier(
            curseur,
            "invoices_facture",
            f"CROSS JOIN generate_series(1, {EXPORT - FACTURES}) n "
            f"WHERE t.cohort_id = {grande.pk} AND t.numero = 'F-000001'",
            id="",
            numero="'G-' || n",
        )
        copier(
            curseur,
            "invoices_historiquestatut",
            f"JOIN invoices_facture f ON f.cohort_id = {grande.pk} WHERE t.facture_id = {modele.pk}",
            id="",
            cohort_id=f"{grande.pk}",
            facture_id="f.id",
        )
        curseur.execute("SET session_replication_role = DEFAULT")
        curseur.execute("ANALYZE")
    droits_grande = droits(Espace.EMISES, entreprise.pk + siens * ECART)
    with grande.monde():
        factures = espaces.visibles(droits_grande, Espace.EMISES).envoyees().order_by("-date_depot", "-pk")
        assert factures.count() == EXPORT
        tableau(
            f"export de {EXPORT} factures",
            ["", "temps", "dont Python", "pic de mémoire"],
            exporter(factures, Espace.EMISES),
        )


if __name__ == "__main__":
    main()
