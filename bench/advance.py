"""Due events played per second, against a plain loop of one UPDATE + one INSERT per event in a transaction each."""

from datetime import timedelta

from _commun import alterner, envoyer, meilleur, preparer, rapport, tableau, verdict

PLACES, FACTURES, JOURS, TOURS, CIBLE = 12, 10, 30, 3, 0.4


def main() -> None:
    preparer()
    from django.db import transaction

    from invoices.models import Facture, HistoriqueStatut
    from sandbox.events import engine
    from sandbox.snapshots import services
    from tests import factories

    cohort = factories.cohort(places=PLACES)
    envoyer(cohort, PLACES, FACTURES)
    pris = services.take(cohort, "depart")
    but = cohort.simulated_now() + timedelta(days=JOURS)
    nombre = engine.preview(cohort, but).joues
    with cohort.monde():
        factures = list(Facture.objects.all())

    def moteur() -> None:
        assert engine.advance(cohort, but).joues == nombre

    def boucle() -> None:
        with cohort.monde():
            for rang in range(nombre):
                facture = factures[rang % len(factures)]
                with transaction.atomic():
                    Facture.objects.filter(pk=facture.pk).update(statut="SERVICE_FAIT")
                    HistoriqueStatut.objects.create(
                        cohort=cohort,
                        place=facture.place,
                        facture=facture,
                        action="mandater",
                        statut="SERVICE_FAIT",
                        acteur="DESTINATAIRE",
                        auteur="boucle",
                    )

    def remettre() -> None:
        services.restore(cohort, pris)

    temps_moteur, _, temps_boucle, _ = alterner(TOURS, moteur, remettre, boucle, remettre)
    du_moteur, de_la_boucle = nombre / meilleur(temps_moteur), nombre / meilleur(temps_boucle)
    ratio = du_moteur / de_la_boucle
    tableau(
        f"advance : {nombre} évènements, {PLACES} postes × {FACTURES} factures, {JOURS} jours",
        ["", "évènements/s", "rapport", "cible", ""],
        [
            ["boucle nue (UPDATE + INSERT)", f"{de_la_boucle:.0f}", "1,00", "", ""],
            ["moteur", f"{du_moteur:.0f}", rapport(ratio), "≥ 0,4", verdict(ratio >= CIBLE)],
        ],
    )


if __name__ == "__main__":
    main()
