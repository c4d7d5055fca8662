"""The `sftp` command that everybody has, unmodified: deposit and collect, by password then by key."""

import asyncio
import os
import shutil
import subprocess

import pytest

from edi.models import FichierSortant
from edi.services import acces as services
from invoices.models import Flux
from tests.edi.conftest import cii, laisser_passer, nom

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.enable_socket,
    pytest.mark.skipif(shutil.which("sftp") is None, reason="client sftp absent (paquet openssh-client)"),
]


@pytest.fixture
def sftp(boucle, partenaire, tmp_path):
    """Run commands of a batch against a server; gives what it printed."""

    def faire(commandes, *options, secret=None):
        demande = tmp_path / "demande.sh"
        demande.write_text(f"#!/bin/sh\necho '{secret}'\n")
        demande.chmod(0o700)
        env = {**os.environ, "SSH_ASKPASS": str(demande), "SSH_ASKPASS_REQUIRE": "force", "DISPLAY": ":0"}
        lot = tmp_path / "lot"
        lot.write_text("\n".join(commandes) + "\n")
        fixes = ["-F", "none", "-o", "StrictHostKeyChecking=no", "-o", f"UserKnownHostsFile={tmp_path / 'hotes'}"]

        async def essai(port):
            # Before -b, which forbids to ask: the first value given is the one that counts.
            connexion = ["-o", "BatchMode=no", "-o", "PubkeyAuthentication=no"] if secret else []
            arguments = ["sftp", *fixes, *connexion, *options, "-P", str(port), "-b", str(lot)]
            processus = await asyncio.create_subprocess_exec(
                *arguments,
                f"{partenaire.identifiant}@127.0.0.1",
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
            )
            sortie, _ = await processus.communicate()
            return processus.returncode, sortie.decode()

        return boucle(essai)

    return faire


def test_deposer_par_mot_de_passe_puis_relever_par_cle(sftp, acces_et_mot_de_passe, cohort, tmp_path):
    partenaire, secret = acces_et_mot_de_passe
    (tmp_path / "facture").write_bytes(cii())
    commandes = ["cd in", f"put -p {tmp_path / 'facture'} {nom()}.part", f"rename {nom()}.part {nom()}", "ls -l", "pwd"]
    code, sortie = sftp(commandes, secret=secret)
    assert code == 0, sortie
    assert f"{nom()}\n" in sortie
    assert "Remote working directory: /in" in sortie
    laisser_passer(cohort)
    subprocess.run(
        ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", tmp_path / "cle"], check=True, stdin=subprocess.DEVNULL
    )
    with cohort.monde():
        assert Flux.objects.get().nom_flux == nom()
        services.ajouter_cle(partenaire, (tmp_path / "cle.pub").read_text())
    cr = nom().replace("FSO", "CSO")
    releve = [f"get out/{cr} {tmp_path / 'cr'}", f"rm out/{cr}", "ls out"]
    code, sortie = sftp(releve, "-i", str(tmp_path / "cle"), "-o", "IdentitiesOnly=yes")
    assert code == 0, sortie
    assert b"IN_INTEGRE" in (tmp_path / "cr").read_bytes()
    with cohort.monde():
        assert FichierSortant.objects.get(nom=cr).releve_le is not None


def test_un_mot_de_passe_faux_est_refuse(sftp, partenaire):
    code, sortie = sftp(["ls"], "-o", "NumberOfPasswordPrompts=1", secret="faux")
    assert code != 0
    assert "Permission denied" in sortie
