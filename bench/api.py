"""Deposits by the API, from the call to IN_INTEGRE, against the same parsing and validation in a bare loop.

Real processes: a web server, a beat, workers; with DATABASE_URL and REDIS_URL, on those, else on SQLite and the queue
on disk (one worker). Three measures: one Factur-X at a time (``--depots``); ``--factures`` in ``--lots`` tar.gz at
once, invoices per second at least half of the bare loop's (``RAPPORT``); the memory of the workers over ``--flux``
flows.
"""

import argparse
import base64
import contextlib
import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
import urllib.parse
import urllib.request
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from itertools import count
from pathlib import Path

from _commun import meilleur, ms, preparer, rapport, tableau, verdict

RAPPORT = 0.5
CROISSANCE = 1.10
"""Memory of the workers at the end, against that of the middle: above, it grows."""
TEMOIN = 60
"""Invoices of the bare loop, twice: before the lots and after, the better one."""
FENETRE = 40
"""Flows waiting at once in the measure of memory: the service takes 100."""
FINAUX = {"IN_INTEGRE", "IN_INTEGRE_PARTIEL", "IN_REJETE", "IN_INCIDENTE"}
ARCHITECTE = "ATELIER MIRANDOL ARCHITECTES 01"
"""Supplier that has its access from the start of a session."""
VALMORAN = "00020001400017"
PATIENCE = 600


@dataclass
class Service:
    """A sandbox that runs, and the pids of its workers."""

    adresse: str
    env: dict[str, str]
    travailleurs: list[int]

    def manage(self, *arguments: str) -> str:
        fini = subprocess.run(
            [sys.executable, "-m", "sandbox.launcher", "manage", *arguments],
            env=self.env,
            capture_output=True,
            text=True,
            check=True,
        )
        return fini.stdout.strip().splitlines()[-1] if fini.stdout.strip() else ""


@contextlib.contextmanager
def service(dossier: Path, travailleurs: int):
    """Start it, leave nothing of it."""
    from tests.lanceur import environment, free_port, get, own_services

    serveur = os.environ["DATABASE_URL"].startswith("postgres") and "REDIS_URL" in os.environ
    roles = ["beat", *["worker"] * travailleurs] if serveur else ["worker --beat"]
    with own_services() as services, contextlib.ExitStack() as pile:
        if not serveur:
            services = {"DATABASE_URL": "", "REDIS_URL": ""}
        secret = {"SECRET_KEY": "mesure", "API_REQUETES_PAR_SECONDE": "2000"}
        env = environment(dossier / "donnees", **services, **secret)
        port = free_port()

        def lancer(role: str) -> int:
            journal = pile.enter_context((dossier / f"{role.split()[0]}.log").open("a"))
            commande = [sys.executable, "-m", "sandbox.launcher", *role.split()]
            processus = subprocess.Popen(commande, env=env, stdout=journal, stderr=journal)
            pile.callback(processus.wait, 30)
            pile.callback(processus.terminate)
            return processus.pid

        lancer(f"web --preparer --port {port} --host 127.0.0.1")
        attendre(lambda: get(port, "/")[0] == 200, "la première page")
        pids = [(role, lancer(role)) for role in roles]
        yield Service(f"http://127.0.0.1:{port}", env, [pid for role, pid in pids if role.startswith("worker")])


def attendre(condition, quoi: str) -> None:
    fin = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > fin:
            raise SystemExit(f"api : {quoi} n'est pas venu en {PATIENCE} s")
        time.sleep(0.05)


class Appelant:
    """A program with the access of the session."""

    def __init__(self, adresse: str, faits: dict):
        self.adresse = adresse
        self.siret = next(s["siret"] for s in faits["structures"] if s["nom"] == ARCHITECTE)
        technique = next(t for t in faits["comptes_techniques"] if t["siret"] == self.siret)
        application = next(a for a in faits["applications_piste"] if a["place"] == 1)
        champs = {"grant_type": "client_credentials", "scope": "openid"}
        champs |= {nom: application[nom] for nom in ("client_id", "client_secret")}
        jeton = self._envoyer("/api/oauth/token", urllib.parse.urlencode(champs).encode(), {})["access_token"]
        self.entetes = {
            "Authorization": f"Bearer {jeton}",
            "cpro-account": technique["cpro_account"],
            "Content-Type": "application/json;charset=utf-8",
        }

    def _envoyer(self, chemin: str, corps: bytes, entetes: dict[str, str]) -> dict:
        requete = urllib.request.Request(self.adresse + chemin, data=corps, headers=entetes)  # noqa: S310 -- ours
        with urllib.request.urlopen(requete, timeout=60) as reponse:  # noqa: S310
            return json.load(reponse)

    def appeler(self, operation: str, corps: dict) -> dict:
        recu = self._envoyer(f"/cpro/{operation}", json.dumps(corps).encode(), self.entetes)
        assert recu["codeRetour"] == 0, recu
        return recu

    def deposer(self, nom: str, contenu: bytes) -> str:
        corps = {"fichierFlux": base64.b64encode(contenu).decode(), "nomFichier": nom}
        corps["syntaxeFlux"] = "IN_DP_E2_CII_FACTURX"
        return self.appeler("factures/v1/deposer/flux", corps)["numeroFluxDepot"]

    def etat(self, numero: str) -> str:
        recu = self.appeler("transverses/v1/consulterCRDetaille", {"numeroFluxDepot": numero})
        etat = recu["etatCourantDepotFlux"]
        assert etat not in FINAUX - {"IN_INTEGRE"}, recu
        return etat

    def suivre(self, numeros: list[str], pause: float) -> None:
        """Until all of them are integrated."""
        reste = list(numeros)
        fin = time.monotonic() + PATIENCE
        while reste and time.monotonic() < fin:
            reste = [n for n in reste if self.etat(n) not in FINAUX]
            if reste:
                time.sleep(pause)
        assert not reste, f"{len(reste)} flux ne sont pas intégrés en {PATIENCE} s"


def fabrique(siret: str, jour: date):
    """Factur-X of the architect for the town, each with its own number; twenty lines."""
    from invoices.formats.cii import FactureAEcrire, LigneAEcrire, PartieAEcrire, ecrire_cii
    from invoices.formats.exemples import pdf_texte
    from invoices.formats.facturx import composer_facturx

    modele = FactureAEcrire(
        numero="MODELE",
        date_facture=jour,
        fournisseur=PartieAEcrire(siret, ARCHITECTE),
        destinataire=PartieAEcrire(VALMORAN, "COMMUNE DE VALMORAN"),
        lignes=tuple(LigneAEcrire(f"Visite {n}", Decimal(n), Decimal("412.50")) for n in range(1, 21)),
    )
    page, numeros = pdf_texte(modele, pdfa=True), count(1)
    while True:
        yield composer_facturx(page, ecrire_cii(replace(modele, numero=f"B-{next(numeros):06d}")))


def lot(factures: list[bytes]) -> bytes:
    sortie = io.BytesIO()
    with tarfile.open(fileobj=sortie, mode="w:gz") as archive:
        for rang, contenu in enumerate(factures, 1):
            info = tarfile.TarInfo(f"facture-{rang:04d}.pdf")
            info.size = len(contenu)
            archive.addfile(info, io.BytesIO(contenu))
    return sortie.getvalue()


def boucle_nue(factures: list[bytes], jour: date) -> float:
    """Seconds an invoice: the file read, its rules and those of EN 16931 run, and nothing else."""
    from invoices.formats.avertissements import avertir
    from invoices.formats.chorus import controler_chorus
    from invoices.formats.saxon import valider_en16931
    from invoices.services import recevabilite
    from invoices.syntaxes import FACTURX

    debut = time.perf_counter()
    for contenu in factures:
        lu = recevabilite.lire_document(contenu, "f.pdf", FACTURX, strict=False)
        assert not controler_chorus(lu.facture, aujourd_hui=jour, en_pdf=True)
        assert valider_en16931(lu.document).valide
        assert not avertir(lu.facture)
    return (time.perf_counter() - debut) / len(factures)


def memoire(pids: list[int]) -> int:
    """Resident memory of these processes, in kB."""
    total = 0
    for pid in pids:
        lignes = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
        total += next(int(ligne.split()[1]) for ligne in lignes if ligne.startswith("VmRSS"))
    return total


def pente(points: list[tuple[int, int]]) -> float:
    """Least squares: kB a flow."""
    n = len(points)
    mx, my = sum(x for x, _ in points) / n, sum(y for _, y in points) / n
    return sum((x - mx) * (y - my) for x, y in points) / max(1, sum((x - mx) ** 2 for x, _ in points))


def mesurer_depots(appelant: Appelant, factures, jour: date, nombre: int) -> None:
    nu = boucle_nue([next(factures) for _ in range(3)], jour)  # the stylesheet is compiled once
    nu = boucle_nue([next(factures) for _ in range(max(nombre, 10))], jour)
    reponses, entiers = [], []
    for _ in range(nombre):
        debut = time.perf_counter()
        numero = appelant.deposer("facture.pdf", next(factures))
        reponses.append(time.perf_counter() - debut)
        appelant.suivre([numero], 0.02)
        entiers.append(time.perf_counter() - debut)
    entiers.sort()
    tableau(
        f"api : {nombre} Factur-X, un à la fois, délai des flux à 0 s",
        ["", "par facture", "rapport"],
        [
            ["lecture et contrôles, boucle nue", ms(nu), "1,00"],
            ["réponse de deposer/flux", ms(meilleur(reponses)), rapport(meilleur(reponses) / nu)],
            ["de l'appel à IN_INTEGRE (médiane)", ms(entiers[nombre // 2]), rapport(entiers[nombre // 2] / nu)],
        ],
    )


def mesurer_lots(appelant: Appelant, factures, jour: date, combien: int, lots: int, travailleurs: int) -> bool:
    combien -= combien % lots
    temoins = [[next(factures) for _ in range(TEMOIN)] for _ in range(2)]
    boucle_nue([next(factures)], jour)
    nu = [boucle_nue(temoins[0], jour)]
    archives = [lot([next(factures) for _ in range(combien // lots)]) for _ in range(lots)]
    debut = time.perf_counter()
    numeros = [appelant.deposer(f"lot-{rang}.tar.gz", archive) for rang, archive in enumerate(archives)]
    deposes = time.perf_counter() - debut
    appelant.suivre(numeros, 1.0)  # a program that asks more often slows what it waits for
    par_facture = (time.perf_counter() - debut) / combien
    nu.append(boucle_nue(temoins[1], jour))
    ratio = meilleur(nu) / par_facture
    tableau(
        f"api : {combien} factures en {lots} lots, {travailleurs} travailleur(s), {os.cpu_count()} cœurs",
        ["", "factures/s", "rapport", "cible", ""],
        [
            ["lecture et contrôles, boucle nue", f"{1 / meilleur(nu):.1f}", "1,00", "", ""],
            [
                "du premier dépôt au dernier intégré",
                f"{1 / par_facture:.1f}",
                rapport(ratio),
                "≥ 0,50",
                verdict(ratio >= RAPPORT),
            ],
            [f"les dépôts seuls ({rapport(deposes)} s)", f"{combien / deposes:.1f}", "", "", ""],
        ],
    )
    return ratio >= RAPPORT


def mesurer_memoire(appelant: Appelant, factures, pids: list[int], flux: int) -> bool:
    points, attente = [(0, memoire(pids))], []
    pas = max(1, flux // 20)
    for rang in range(1, flux + 1):
        attente.append(appelant.deposer("facture.pdf", next(factures)))
        if len(attente) >= FENETRE or rang == flux:
            appelant.suivre(attente, 0.1)
            attente = []
        if rang % pas == 0:
            points.append((rang, memoire(pids)))
    points.append((flux, memoire(pids)))
    milieu = next(point for point in points if point[0] >= flux / 2)
    seconde = [point for point in points if point[0] >= flux / 2]
    croissance = points[-1][1] / milieu[1]
    tableau(
        f"api : mémoire des travailleurs, {flux} flux d'une facture",
        ["", "mémoire", "", "cible", ""],
        [
            ["avant le premier", f"{points[0][1] // 1024} Mo", "", "", ""],
            [f"après {milieu[0]}", f"{milieu[1] // 1024} Mo", "", "", ""],
            [
                f"après {flux}",
                f"{points[-1][1] // 1024} Mo",
                f"{rapport(croissance)} × ; {pente(seconde):+.1f} ko par flux".replace(".", ","),
                f"≤ {rapport(CROISSANCE)}",
                verdict(croissance <= CROISSANCE),
            ],
        ],
    )
    return croissance <= CROISSANCE


def main() -> None:
    lecteur = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    lecteur.add_argument("--depots", type=int, default=10, help="dépôts un à la fois (0 : pas de mesure)")
    lecteur.add_argument("--factures", type=int, default=200, help="factures des lots (1 000 pour la mesure complète)")
    lecteur.add_argument("--lots", type=int, default=10)
    lecteur.add_argument("--travailleurs", type=int, default=2)
    lecteur.add_argument("--flux", type=int, default=200, help="flux de la mesure de mémoire (5 000 pour la complète)")
    choix = lecteur.parse_args()
    preparer()
    dossier = Path(tempfile.mkdtemp(prefix="mesure-api-"))
    try:
        with service(dossier, choix.travailleurs) as tourne:
            creee = json.loads(tourne.manage("cohort", "create", "--pack", "novices-7h", "--places", "1", "--json"))
            sans_delai = "from sandbox.cohorts.models import Cohort; Cohort.objects.update(delai_flux=0)"
            tourne.manage("shell", "--verbosity", "0", "--command", sans_delai)
            faits = json.loads(tourne.manage("cohort", "show", creee["code"], "--json"))
            jour = date.fromisoformat(faits["date_simulee"][:10])
            appelant = Appelant(tourne.adresse, faits)
            factures = fabrique(appelant.siret, jour)
            tenus = []
            if choix.depots:
                mesurer_depots(appelant, factures, jour, choix.depots)
            if choix.factures:
                combien = (choix.factures, choix.lots, len(tourne.travailleurs))
                tenus.append(mesurer_lots(appelant, factures, jour, *combien))
            if choix.flux:
                tenus.append(mesurer_memoire(appelant, factures, tourne.travailleurs, choix.flux))
    finally:
        shutil.rmtree(dossier, ignore_errors=True)
    if not all(tenus):
        raise SystemExit("api : une promesse n'est pas tenue.")


if __name__ == "__main__":
    main()
