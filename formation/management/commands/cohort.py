"""``manage.py cohort …``: everything that can be done to a session from a shell, each with ``--json``."""

import json
from datetime import date, datetime, time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from formation.services import exports, packs, sessions
from sandbox.cohorts.enums import ModeHorloge, Regime
from sandbox.cohorts.models import Cohort
from sandbox.events import engine, horloge
from sandbox.snapshots import services as snapshots
from sandbox.snapshots.models import Snapshot


def _date(texte: str) -> date:
    for forme in ("%Y-%m-%d", "%d/%m/%Y"):
        try:
            return datetime.strptime(texte, forme).date()  # noqa: DTZ007 -- a day, without hour nor zone
        except ValueError:
            continue
    raise CommandError(f"« {texte} » n'est pas une date : AAAA-MM-JJ ou JJ/MM/AAAA.")


class Command(BaseCommand):
    help = "Sessions de formation : créer, lister, avancer, réinitialiser, exporter, purger."

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)

        def action(nom: str, aide: str, *, code: bool = True) -> CommandParser:
            sous: CommandParser = actions.add_parser(nom, help=aide)
            if code:
                sous.add_argument("code")
            sous.add_argument("--json", action="store_true")
            return sous

        creer = action("create", "Crée une session.", code=False)
        creer.add_argument("--pack", required=True)
        creer.add_argument("--places", type=int, required=True)
        creer.add_argument("--seed", default="")
        creer.add_argument("--anchor", type=_date)
        creer.add_argument("--regime", choices=Regime.values, default=Regime.HISTORIQUE)
        creer.add_argument("--titre", default="")
        action("list", "Liste les sessions.", code=False)
        action("show", "Postes, PIN, comptes, SIRET d'une session.")
        regler = action("clock", "Règle l'horloge.")
        regler.add_argument("--mode", choices=ModeHorloge.values, required=True)
        regler.add_argument("--speed", type=int, help="Jours simulés par heure (mode accelerated).")
        avancer = action("advance", "Avance dans le temps, et joue ce qui est dû.")
        but = avancer.add_mutually_exclusive_group(required=True)
        but.add_argument("--days", type=int)
        but.add_argument("--to", type=_date)
        but.add_argument("--next", action="store_true")
        avancer.add_argument("--preview", action="store_true", help="Dit ce qui se passerait, sans rien changer.")
        remettre = action("reset", "Remet une session, ou un poste, dans son état initial.")
        remettre.add_argument("--place", type=int)
        action("snapshot", "Prend un instantané.").add_argument("--name", required=True)
        action("restore", "Restaure un instantané.").add_argument("--name", required=True)
        action("export", "Écrit tout le contenu d'une session (JSON).")
        action("purge", "Supprime une session et ses données.")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            faits = getattr(self, f"faire_{options['action']}")(options)
        except (packs.PackInvalide, sessions.SessionRefusee, horloge.SautImpossible) as refus:
            raise CommandError(str(refus)) from refus
        except snapshots.InstantaneIncompatible as refus:
            raise CommandError(str(refus)) from refus
        if options["json"] or options["action"] == "export":
            self.stdout.write(json.dumps(faits, ensure_ascii=False, indent=None if options["json"] else 1))
        else:
            self._ecrire(faits)

    def _ecrire(self, faits: Any) -> None:
        for element in faits if isinstance(faits, list) else [faits]:
            self.stdout.write("\n".join(f"{cle} : {valeur}" for cle, valeur in element.items()) + "\n")

    def _cohort(self, options: dict[str, Any]) -> Cohort:
        cohort = Cohort.objects.filter(code=options["code"].upper()).first()
        if cohort is None:
            raise CommandError(f"Aucune session n'a le code « {options['code']} ».")
        return cohort

    def faire_create(self, options: dict[str, Any]) -> dict[str, Any]:
        cohort = sessions.creer(
            pack=options["pack"],
            places=options["places"],
            graine=options["seed"],
            ancrage=options["anchor"],
            regime=options["regime"],
            titre=options["titre"],
        )
        return sessions.resume(cohort)

    def faire_list(self, options: dict[str, Any]) -> list[dict[str, Any]]:
        return [sessions.resume(cohort) for cohort in Cohort.objects.order_by("pk")]

    def faire_show(self, options: dict[str, Any]) -> dict[str, Any]:
        return exports.montrer(self._cohort(options))

    def faire_clock(self, options: dict[str, Any]) -> dict[str, Any]:
        cohort = self._cohort(options)
        horloge.regler(cohort, options["mode"], options["speed"])
        return sessions.resume(cohort)

    def faire_advance(self, options: dict[str, Any]) -> dict[str, Any]:
        cohort = self._cohort(options)
        le = options["to"] and datetime.combine(options["to"], time(9), tzinfo=cohort.zone)
        but = horloge.cible(cohort, jours=options["days"], date=le, suivant=options["next"])
        bilan = engine.preview(cohort, but) if options["preview"] else engine.advance(cohort, but)
        return sessions.resume(cohort) | {"joues": bilan.joues, "effets": dict(sorted(bilan.effets.items()))}

    def faire_reset(self, options: dict[str, Any]) -> dict[str, Any]:
        cohort = self._cohort(options)
        if options["place"] is None:
            snapshots.reset(cohort)
        elif 1 <= options["place"] <= cohort.places:
            snapshots.reset_place(cohort, options["place"])
        else:
            raise CommandError(f"Le poste {options['place']} n'existe pas : la session en compte {cohort.places}.")
        return sessions.resume(cohort)

    def faire_snapshot(self, options: dict[str, Any]) -> dict[str, Any]:
        instantane = snapshots.take(self._cohort(options), options["name"], "Ligne de commande")
        return {"nom": instantane.nom, "taille": instantane.taille, "etat": instantane.etat_hash}

    def faire_restore(self, options: dict[str, Any]) -> dict[str, Any]:
        cohort = self._cohort(options)
        with cohort.monde():
            instantane = Snapshot.objects.filter(nom=options["name"]).first()
            connus = ", ".join(Snapshot.objects.order_by("nom").values_list("nom", flat=True))
        if instantane is None:
            raise CommandError(f"Aucun instantané « {options['name']} ». Il y a : {connus or 'aucun'}.")
        snapshots.restore(cohort, instantane)
        return sessions.resume(cohort)

    def faire_export(self, options: dict[str, Any]) -> dict[str, Any]:
        return exports.exporter(self._cohort(options))

    def faire_purge(self, options: dict[str, Any]) -> dict[str, Any]:
        cohort = self._cohort(options)
        code = cohort.code
        sessions.purger(cohort)
        return {"code": code, "purgee": True}
