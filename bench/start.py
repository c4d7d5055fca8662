"""Second start of the launcher to its first page, against a bare gunicorn on the same application and database."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

TOURS = 3


def premiere_page(port: int, fin: float) -> None:
    while time.monotonic() < fin:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5) as reponse:
                if reponse.status == 200:
                    return
        except OSError:
            time.sleep(0.02)
    raise SystemExit("La première page n'est pas venue.")


def mesurer(commande: list[str], env: dict[str, str], port: int) -> float:
    debut = time.monotonic()
    processus = subprocess.Popen(commande, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        premiere_page(port, debut + 120)
        return time.monotonic() - debut
    finally:
        processus.send_signal(signal.SIGINT)
        processus.wait(30)


def main() -> None:
    from tests.lanceur import environment, free_port

    dossier = Path(tempfile.mkdtemp(prefix="mesure-"))
    os.environ.pop("DATABASE_URL", None)
    env = environment(dossier / "donnees", SECRET_KEY="mesure")  # noqa: S106 -- a throwaway instance
    try:
        temps: dict[str, list[float]] = {"premier": [], "second": [], "nu": []}
        for tour in range(TOURS + 1):
            port = free_port()
            lanceur = [sys.executable, "-m", "sandbox.launcher", "--port", str(port), "--host", "127.0.0.1"]
            temps["premier" if not tour else "second"].append(mesurer(lanceur, env, port))
            port = free_port()
            nu = [sys.executable, "-m", "gunicorn", "sandbox.wsgi", "-b", f"127.0.0.1:{port}", "--threads", "4"]
            temps["nu"].append(mesurer(nu, env, port))
    finally:
        shutil.rmtree(dossier, ignore_errors=True)
    second, bare = (sorted(temps[nom])[len(temps[nom]) // 2] for nom in ("second", "nu"))
    print("\nstart : jusqu'à la première page (SQLite, web + worker + beat)")
    for nom, valeur, rapport in (
        ("gunicorn seul, même application", bare, "1,00"),
        ("premier démarrage (migrations, démonstration)", temps["premier"][0], ""),
        ("second démarrage", second, f"{second / bare:.2f}".replace(".", ",")),
    ):
        print(f"{nom:<48}{valeur:>8.2f} s{rapport:>8}".replace(".", ","))


if __name__ == "__main__":
    main()
