"""Time per request of the main screens, against a bare authenticated page of 25 rows behind the same middleware."""

from datetime import timedelta

from _commun import alterner, meilleur, ms, poste, preparer, rapport, tableau, verdict

TOURS, PAR_TOUR, FACTURES, CIBLE = 9, 20, 60, 2.0


def main() -> None:
    preparer()
    from django.conf import settings
    from django.urls import reverse

    from invoices.models import Facture
    from invoices.services import deposer
    from sandbox.events import engine
    from structures import queries
    from tests import factories
    from tests.conftest import client_au_poste, connecter

    settings.ROOT_URLCONF = "_page_nue"
    settings.ALLOWED_HOSTS = ["testserver"]
    settings.CELERY_TASK_ALWAYS_EAGER = False
    deposer.publish = lambda *a, **k: None  # no document drawn up in the background of the measure
    cohort = factories.cohort(places=12)
    compte, entreprise = poste(cohort, 1)
    valmoran = factories.publique(cohort)
    for rang in range(FACTURES):
        facture = factories.brouillon(entreprise, valmoran, compte=compte, numero=f"F{rang:03d}")
        if rang % 6:
            with cohort.monde():
                deposer.envoyer(facture.pk, compte=compte, droits=queries.droits(compte))
    cohort.refresh_from_db()
    engine.advance(cohort, cohort.simulated_now() + timedelta(days=9))
    with cohort.monde():
        suivie = Facture.objects.envoyees().latest("pk").pk
    client = connecter(client_au_poste(cohort), compte)
    adresses = {
        "page nue": "/page-nue/",
        "accueil": reverse("accounts:accueil"),
        "Synthèse": reverse("invoices:synthese"),
        "Rechercher, 25 lignes": reverse("invoices:rechercher"),
        "facture": reverse("invoices:facture", args=[suivie]),
        "Saisir facture": reverse("invoices:saisir"),
    }

    def demander(adresse: str):
        def tour() -> None:
            for _ in range(PAR_TOUR):
                reponse = client.get(adresse)
                assert reponse.status_code == 200, (adresse, reponse.status_code)

        return tour

    assert client.get("/page-nue/").content.count(b"<tr>") == 25
    mesures = [meilleur(t) / PAR_TOUR for t in alterner(TOURS, *(demander(a) for a in adresses.values()))]
    lignes = [["page nue", ms(mesures[0]), "1,00", "", ""]]
    for nom, mesure in list(zip(adresses, mesures, strict=True))[1:]:
        ratio = mesure / mesures[0]
        lignes.append([nom, ms(mesure), rapport(ratio), "≤ 2,0", verdict(ratio <= CIBLE)])
    tableau("pages : temps par requête", ["", "temps", "rapport", "cible", ""], lignes)


if __name__ == "__main__":
    main()
