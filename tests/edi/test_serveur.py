"""The SFTP server, through the network: who comes in, what is deposited, what is collected (flux-edi.md §4)."""

import asyncio
import stat

import asyncssh
import pytest

from edi import boite, hote, seances
from edi.base import en_base
from edi.models import AccesSftp, FichierSortant
from edi.services import acces as services
from edi.services import presence, reception
from invoices.enums import EtatFlux
from invoices.models import Facture, Flux
from sandbox.documents import store
from sandbox.snapshots import services as instantanes
from structures.enums import EtatRaccordement
from structures.models import FicheRaccordement
from tests.edi.conftest import cii, client, deposer, laisser_passer, nom

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.enable_socket]


MAUVAIS = [
    ("facture.xml", cii(), ["IRR_FORM"]),
    (nom(1) + ".xml", cii(), ["IRR_FORM"]),
    ("n'importe quoi", b"x", ["IRR_FORM", "IRR_TYPE"]),
    (nom(2, interface="9999"), cii(), ["IRR_CODE_INTER"]),
    (nom(3, interface="1100"), b"<a/>", ["IRR_CODE_INTER", "IRR_SYNTAX"]),
    (nom(4, code="CPP001"), cii(), ["IRR_CODE_APP"]),
    (nom(5), b"", ["IRR_VIDE_F"]),
    ("x" * 200, cii(), ["IRR_FORM"]),
]
"""Name, content, codes of the compte rendu."""
HORS_DE_TOUT = (
    *("/etc/passwd", "../../etc/passwd", "/in/../../etc/passwd", "/in/a/b"),
    *("/out/../../../x", "/autre", "/in/a\x00b"),
)


@pytest.fixture(autouse=True)
def _sans_attendre(monkeypatch):
    monkeypatch.setattr(seances, "ATTENTE", 0.0)


def _flux(cohort):
    with cohort.monde():
        return list(Flux.objects.order_by("pk"))


def _sortant(acces):
    """A file that waits in ``out``."""
    FichierSortant.objects.create(
        cohort=acces.cohort,
        fiche=acces.fiche,
        nature="CR",
        nom="CR1",
        cle="x",
        empreinte=store.store(b"cr"),
        taille=2,
    )


async def _noms(sftp, chemin):
    return sorted(n for n in await sftp.listdir(chemin) if n not in (".", ".."))


class TestDepot:
    def test_un_depot_devient_une_facture_et_son_compte_rendu_se_releve(self, boucle, acces_et_mot_de_passe, cohort):
        acces, secret = acces_et_mot_de_passe

        async def envoyer(port):
            async with client(port, acces, secret) as sftp:
                assert await _noms(sftp, "/") == ["in", "out"]
                await deposer(sftp, f"in/{nom()}", cii())
                assert await _noms(sftp, "in") == [nom()]
                assert (await sftp.stat(f"in/{nom()}")).size == len(cii())
                assert await _noms(sftp, "/out") == []

        boucle(envoyer)
        (flux,) = _flux(cohort)
        assert (flux.nom_flux, flux.syntaxe, flux.mode) == (nom(), "IN_DP_E1_CII_16B", "EDI")
        assert flux.raccordement_id == acces.fiche_id
        laisser_passer(cohort)
        with cohort.monde():
            assert Flux.objects.get().etat == EtatFlux.INTEGRE
            assert Facture.objects.get(numero="FX-1").mode_depot == "EDI"

        async def relever(port):
            async with client(port, acces, secret) as sftp:
                assert await _noms(sftp, "/in") == []
                (cr,) = [n for n in await _noms(sftp, "/out") if n.startswith("CSO")]
                assert cr == nom().replace("FSO", "CSO")
                async with sftp.open(f"/out/{cr}", "rb") as fichier:
                    lu = await fichier.read()
                assert (await sftp.stat(f"/out/{cr}")).size == len(lu)
                await sftp.remove(f"/out/{cr}")
                assert cr not in await _noms(sftp, "/out")
                with pytest.raises(asyncssh.SFTPNoSuchFile):
                    await sftp.remove(f"/out/{cr}")
                return lu

        assert b"<EtatCourantDepotFlux>IN_INTEGRE</EtatCourantDepotFlux>" in boucle(relever)

    def test_un_nom_provisoire_puis_le_bon(self, boucle, acces_et_mot_de_passe, cohort):
        acces, secret = acces_et_mot_de_passe
        fin = ".filepart"

        async def essai(port):
            async with client(port, acces, secret) as sftp:
                await deposer(sftp, f"/in/{nom()}{fin}", cii())
                assert await _noms(sftp, "/in") == [nom() + fin]
                await sftp.rename(f"/in/{nom()}{fin}", "/in/autre.tmp")
                await sftp.posix_rename("/in/autre.tmp", f"/in/{nom()}")
                with pytest.raises(asyncssh.SFTPNoSuchFile):
                    await sftp.rename("/in/autre.tmp", f"/in/{nom()}")

        boucle(essai)
        assert [f.nom_flux for f in _flux(cohort)] == [nom()]

    def test_un_provisoire_jamais_renomme_n_est_pas_un_flux(self, boucle, acces_et_mot_de_passe, cohort):
        acces, secret = acces_et_mot_de_passe

        async def essai(port):
            async with client(port, acces, secret) as sftp:
                await deposer(sftp, "/in/a.part", cii())
                await deposer(sftp, "/in/a.part", cii())
                await sftp.remove("/in/a.part")
                with pytest.raises(asyncssh.SFTPNoSuchFile):
                    await sftp.remove("/in/a.part")
                await deposer(sftp, "/in/b.part", cii())
                await deposer(sftp, "/in/c.part", cii())
                await sftp.rename("/in/b.part", "/in/c.part")
            async with client(port, acces, secret) as sftp:
                assert await _noms(sftp, "/in") == []

        boucle(essai)
        assert _flux(cohort) == []

    @pytest.mark.parametrize("comment", ["coupe", "canal"])
    def test_coupe_au_milieu_rien_n_est_garde(self, boucle, acces_et_mot_de_passe, cohort, comment):
        acces, secret = acces_et_mot_de_passe

        async def essai(port):
            async with client(port, acces, secret) as sftp:
                fichier = await sftp.open(f"/in/{nom()}", "wb")
                await fichier.write(cii()[:100])
                async with client(port, acces, secret) as autre:
                    assert await _noms(autre, "/in") == [nom()]
                if comment == "coupe":
                    sftp.conn.abort()
                else:
                    sftp.exit()
                await asyncio.sleep(0.05)
            async with client(port, acces, secret) as sftp:
                for _ in range(100):
                    if not await _noms(sftp, "/in"):
                        break
                    await asyncio.sleep(0.02)
                assert await _noms(sftp, "/in") == []

        boucle(essai)
        assert _flux(cohort) == []

    def test_le_meme_envoi_deux_fois_d_un_coup_fait_un_flux(self, boucle, acces_et_mot_de_passe, cohort):
        acces, secret = acces_et_mot_de_passe

        async def essai(port):
            async def envoyer():
                async with client(port, acces, secret) as sftp:
                    await deposer(sftp, f"/in/{nom()}", cii())

            await asyncio.gather(envoyer(), envoyer(), envoyer())

        boucle(essai)
        assert len(_flux(cohort)) == 1

    def test_le_meme_nom_deux_fois_le_second_est_irrecevable(self, boucle, acces_et_mot_de_passe, cohort):
        acces, secret = acces_et_mot_de_passe

        async def essai(port):
            async with client(port, acces, secret) as sftp:
                await deposer(sftp, f"/in/{nom()}", cii())
                await deposer(sftp, f"/in/{nom()}", cii("FX-2"))

        boucle(essai)
        laisser_passer(cohort)
        with cohort.monde():
            premier, second = Flux.objects.order_by("pk")
            assert (premier.etat, second.etat) == (EtatFlux.INTEGRE, EtatFlux.REJETE)
            assert [c["code"] for c in second.compte_rendu] == ["IRR_UNICITE"]
            crs = FichierSortant.objects.filter(nature="CR").order_by("pk").values_list("nom", flat=True)
            attendu = nom().replace("FSO", "CSO")
            assert list(crs) == [attendu, f"{attendu}_2"]

    def test_rien_ne_se_perd_sans_un_mot(self, boucle, acces_et_mot_de_passe, cohort):
        acces, secret = acces_et_mot_de_passe

        async def essai(port):
            async with client(port, acces, secret) as sftp:
                for donne, contenu, _ in MAUVAIS:
                    await deposer(sftp, f"/in/{donne}", contenu)

        boucle(essai)
        laisser_passer(cohort)
        with cohort.monde():
            recus = list(Flux.objects.order_by("pk"))
            assert [[c["code"] for c in flux.compte_rendu] for flux in recus] == [codes for *_, codes in MAUVAIS]
            for flux in recus:
                lu = store.open_bytes(FichierSortant.objects.get(flux=flux).empreinte)
                assert flux.etat == EtatFlux.REJETE
                for constat in flux.compte_rendu:
                    assert f"<CodeErreur>{constat['code']}</CodeErreur>".encode() in lu

    def test_trop_gros_s_arrete_pendant_l_envoi(self, boucle, acces_et_mot_de_passe, cohort, monkeypatch):
        monkeypatch.setattr(reception, "TAILLE_MAXIMUM", 50_000)
        monkeypatch.setattr(boite, "SEANCE_MAXIMUM", 60_000)
        acces, secret = acces_et_mot_de_passe

        async def essai(port):
            async with client(port, acces, secret) as sftp:
                with pytest.raises(asyncssh.SFTPFailure, match="pèse au plus"):
                    await deposer(sftp, f"/in/{nom()}", b"x" * 50_001)
                trou = await sftp.open(f"/in/{nom(2)}", "wb")
                with pytest.raises(asyncssh.SFTPFailure):
                    await trou.write(b"x", 10**15)
                with pytest.raises(asyncssh.SFTPFailure, match="pèse au plus"):
                    await trou.close()
                await deposer(sftp, "/in/a.part", b"x" * 40_000)
                with pytest.raises(asyncssh.SFTPFailure, match="en cours"):
                    await deposer(sftp, "/in/b.part", b"x" * 30_000)

        boucle(essai)
        assert _flux(cohort) == []

    def test_disque_plein(self, boucle, acces_et_mot_de_passe, cohort, monkeypatch):
        acces, secret = acces_et_mot_de_passe

        class Plein:
            def seek(self, _):
                return 0

            def write(self, _):
                raise OSError(28, "plein")

            def close(self):
                pass

        monkeypatch.setattr(boite.tempfile, "TemporaryFile", lambda **_: Plein())

        async def essai(port):
            async with client(port, acces, secret) as sftp:
                with pytest.raises(asyncssh.SFTPFailure, match="plus de place"):
                    await deposer(sftp, f"/in/{nom()}", b"x")

        boucle(essai)

        def panne(*_, **__):
            raise OSError(28, "plein")

        monkeypatch.undo()
        monkeypatch.setattr(seances, "ATTENTE", 0.0)
        monkeypatch.setattr(reception, "recevoir", panne)
        boucle_ = boucle

        async def encore(port):
            async with client(port, acces, secret) as sftp:
                with pytest.raises(asyncssh.SFTPFailure, match="prévenez votre formateur"):
                    await deposer(sftp, f"/in/{nom()}", b"x")

        boucle_(encore)
        assert _flux(cohort) == []

    def test_personne_pour_signer(self, boucle, acces_et_mot_de_passe, cohort):
        acces, secret = acces_et_mot_de_passe
        with cohort.monde():
            AccesSftp.objects.update(cree_par=None)
            acces.fiche.structure.rattachements.all().delete()

        async def essai(port):
            async with client(port, acces, secret) as sftp:
                with pytest.raises(asyncssh.SFTPFailure, match="gestionnaire principal"):
                    await deposer(sftp, f"/in/{nom()}", cii())

        boucle(essai)
        assert _flux(cohort) == []


class TestCloison:
    @pytest.mark.parametrize(
        "chemin",
        [
            "/etc/passwd",
            "../../etc/passwd",
            "/in/../../etc/passwd",
            "/in/a/b",
            "/out/../../../x",
            "/autre",
            "/in/a\x00b",
        ],
    )
    def test_hors_de_in_et_out_rien_n_existe(self, boucle, acces_et_mot_de_passe, chemin):
        acces, secret = acces_et_mot_de_passe

        async def essai(port):
            async with client(port, acces, secret) as sftp:
                for geste in (sftp.stat, sftp.lstat, sftp.remove, sftp.listdir):
                    with pytest.raises(asyncssh.SFTPNoSuchFile):
                        await geste(chemin)
                for mode in ("rb", "wb"):
                    with pytest.raises(asyncssh.SFTPNoSuchFile):
                        await sftp.open(chemin, mode)

        boucle(essai)

    def test_ce_que_les_dossiers_refusent(self, boucle, acces_et_mot_de_passe, cohort, partenaire):
        acces, secret = acces_et_mot_de_passe
        with cohort.monde():
            FichierSortant.objects.create(
                cohort=cohort,
                fiche=acces.fiche,
                nature="CR",
                nom="CR1",
                cle="x",
                empreinte=store.store(b"cr"),
                taille=2,
            )

        async def essai(port):
            async with client(port, acces, secret) as sftp:
                await deposer(sftp, f"/in/{nom()}", cii())
                gestes = [
                    sftp.open("/out/CR1", "wb"),
                    sftp.open("/out/neuf", "wb"),
                    sftp.open("/in", "wb"),
                    sftp.open(f"/in/{nom()}", "rb"),
                    sftp.open(f"/in/{nom(2)}", "ab"),
                    sftp.open(f"/in/{nom(2)}", "r+b"),
                    sftp.mkdir("/in/a"),
                    sftp.rmdir("/in"),
                    sftp.remove("/in"),
                    sftp.remove(f"/in/{nom()}"),
                    sftp.rename("/out/CR1", "/in/CR1"),
                    sftp.rename("/in/a.part", "/out/a"),
                ]
                for geste in gestes:
                    with pytest.raises((asyncssh.SFTPPermissionDenied, asyncssh.SFTPNoSuchFile)):
                        await geste
                for geste in (
                    sftp.symlink("/etc/passwd", "/in/l"),
                    sftp.readlink("/out/CR1"),
                    sftp.link("/out/CR1", "/in/l"),
                ):
                    with pytest.raises(asyncssh.SFTPError):
                        await geste
                with pytest.raises(asyncssh.SFTPNoSuchFile):
                    await sftp.open("/out/absent", "rb")
                with pytest.raises(asyncssh.SFTPNoSuchFile):
                    await sftp.stat("/in/absent")
                assert await sftp.realpath("../..") == "/"
                attributs = await sftp.stat("/out")
                assert stat.S_ISDIR(attributs.permissions)
                await sftp.setstat(f"/in/{nom()}", asyncssh.SFTPAttrs(mtime=1, atime=1))
                with pytest.raises(asyncssh.SFTPNoSuchFile):
                    await sftp.setstat("/in/absent", asyncssh.SFTPAttrs(mtime=1, atime=1))
                async with sftp.open(f"/in/{nom(3)}", "w+b") as fichier:
                    await fichier.write(b"abcdef")
                    await fichier.fsync()
                    await fichier.setstat(asyncssh.SFTPAttrs(size=3))
                    assert (await fichier.stat()).size == 3
                    with pytest.raises(asyncssh.SFTPPermissionDenied):
                        await fichier.read(3, 0)
                async with sftp.open("/out/CR1", "rb") as fichier:
                    assert (await fichier.stat()).size == 2
                    with pytest.raises(asyncssh.SFTPPermissionDenied):
                        await fichier.write(b"x")
                    await fichier.setstat(asyncssh.SFTPAttrs(size=0))
                    assert await fichier.read() == b"cr"

        boucle(essai)
        assert [f.taille for f in _flux(cohort)] == [len(cii()), 3]

    def test_ni_commande_ni_tunnel(self, boucle, acces_et_mot_de_passe, tmp_path):
        acces, secret = acces_et_mot_de_passe

        async def essai(port):
            async with client(port, acces, secret) as sftp:
                for essaye in (
                    sftp.conn.run("id"),
                    sftp.conn.run(),
                    sftp.conn.create_process(subsystem="autre"),
                    sftp.conn.open_connection("127.0.0.1", 22),
                    sftp.conn.open_unix_connection("/run/x"),
                    sftp.conn.start_server(lambda *_: None, "127.0.0.1", 0),
                ):
                    with pytest.raises((asyncssh.ChannelOpenError, asyncssh.ChannelListenError)):
                        await essaye
                with pytest.raises(asyncssh.Error):
                    await asyncssh.scp((sftp.conn, "/etc/passwd"), tmp_path)

        boucle(essai)

    def test_trop_de_fichiers_ouverts(self, boucle, acces_et_mot_de_passe, monkeypatch):
        monkeypatch.setattr(boite, "OUVERTS_MAXIMUM", 2)
        acces, secret = acces_et_mot_de_passe

        async def essai(port):
            async with client(port, acces, secret) as sftp:
                ouverts = [await sftp.open(f"/in/{i}", "wb") for i in range(2)]
                with pytest.raises(asyncssh.SFTPFailure, match="à la fois"):
                    await sftp.open("/in/3", "wb")
                assert len(ouverts) == 2

        boucle(essai)

    def test_chacun_ne_voit_que_sa_fiche(self, boucle, acces_et_mot_de_passe, fiche, ouvrir, cohort):
        un, secret = acces_et_mot_de_passe
        deux, autre_secret = ouvrir(fiche(code_partenaire="XYZ789"))
        with cohort.monde():
            _sortant(un)

        async def essai(port):
            async with client(port, un, secret) as sftp:
                await deposer(sftp, f"/in/{nom()}", cii())
            async with client(port, deux, autre_secret) as sftp:
                assert (await _noms(sftp, "/in"), await _noms(sftp, "/out")) == ([], [])
                for geste in (sftp.stat, sftp.remove):
                    with pytest.raises(asyncssh.SFTPNoSuchFile):
                        await geste("/out/CR1")
                with pytest.raises(asyncssh.SFTPNoSuchFile):
                    await sftp.open("/out/CR1", "rb")

        boucle(essai)


async def _refuse(port, acces, secret=None, **options):
    with pytest.raises((asyncssh.PermissionDenied, asyncssh.ConnectionLost)):
        async with client(port, acces, secret, **options):
            pass


class TestConnexion:
    def test_par_cle(self, boucle, partenaire, cohort):
        bonne, autre = (asyncssh.generate_private_key("ssh-ed25519") for _ in range(2))
        with cohort.monde():
            services.ajouter_cle(partenaire, bonne.export_public_key().decode())

        async def essai(port):
            async with client(port, partenaire, client_keys=[autre, bonne]) as sftp:
                assert await _noms(sftp, "/") == ["in", "out"]
            await _refuse(port, partenaire, client_keys=[autre])
            await _refuse(port, "inconnu-abc123", client_keys=[bonne])

        boucle(essai)
        with cohort.monde():
            assert AccesSftp.objects.get().connecte_le is not None

    def test_cinq_mots_de_passe_faux_bloquent_quinze_minutes(self, boucle, acces_et_mot_de_passe, cohort, monkeypatch):
        acces, secret = acces_et_mot_de_passe

        async def essai(port):
            for _ in range(5):
                await _refuse(port, acces, "faux")
            await _refuse(port, acces, secret)
            await _refuse(port, "inconnu", secret)

        boucle(essai)
        with cohort.monde():
            bloque = AccesSftp.objects.get()
            assert bloque.est_bloque()
            AccesSftp.objects.update(bloque_jusqua=None)

        async def ensuite(port):
            async with client(port, acces, secret):
                pass

        boucle(ensuite)

    def test_une_connexion_ne_devine_pas_longtemps(self, boucle, acces_et_mot_de_passe, monkeypatch):
        monkeypatch.setattr(seances, "ESSAIS", 2)
        acces, _ = acces_et_mot_de_passe
        essayes = []

        class Devine(asyncssh.SSHClient):
            def password_auth_requested(self):
                essayes.append(1)
                return f"faux-{len(essayes)}"

        async def essai(port):
            await _refuse(port, acces, None, client_factory=Devine)

        boucle(essai)
        assert len(essayes) <= 3

    @pytest.mark.parametrize("etat", [EtatRaccordement.VALIDEE, EtatRaccordement.CLOTUREE])
    def test_un_raccordement_qui_n_est_pas_actif_n_ouvre_pas(self, boucle, acces_et_mot_de_passe, cohort, etat):
        acces, secret = acces_et_mot_de_passe

        async def essai(port):
            async with client(port, acces, secret) as sftp:
                await en_base(_changer, cohort, etat)
                for geste in (sftp.listdir("/in"), sftp.listdir("/out"), sftp.open(f"/in/{nom()}", "wb")):
                    with pytest.raises(asyncssh.SFTPPermissionDenied, match="Accès fermé"):
                        await geste
            await _refuse(port, acces, secret)

        boucle(essai)

    def test_la_remise_a_zero_ferme_l_acces(self, boucle, acces_et_mot_de_passe, cohort):
        acces, secret = acces_et_mot_de_passe

        async def essai(port):
            async with client(port, acces, secret) as sftp:
                await en_base(instantanes.reset, cohort)
                with pytest.raises(asyncssh.SFTPPermissionDenied, match="remise à zéro"):
                    await sftp.listdir("/out")
            await _refuse(port, acces, secret)

        boucle(essai)

    def test_le_nombre_de_connexions_est_borne(self, boucle, acces_et_mot_de_passe, monkeypatch):
        acces, secret = acces_et_mot_de_passe
        monkeypatch.setattr(seances, "PAR_ACCES", 1)

        async def par_acces(port):
            async with client(port, acces, secret) as sftp:
                with pytest.raises(asyncssh.ChannelOpenError):
                    await sftp.conn.start_sftp_client()
                await _refuse(port, acces, secret)

        boucle(par_acces)
        monkeypatch.setattr(seances, "CONNEXIONS_MAXIMUM", 1)

        async def en_tout(port):
            async with client(port, acces, secret):
                with pytest.raises((asyncssh.Error, OSError)):
                    async with client(port, acces, secret):
                        pass

        boucle(en_tout)

    def test_une_connexion_qui_dort_est_fermee(self, boucle, acces_et_mot_de_passe):
        acces, secret = acces_et_mot_de_passe

        async def essai(port):
            async with client(port, acces, secret) as sftp:
                await asyncio.wait_for(sftp.conn.wait_closed(), 30)

        boucle(essai, inactivite=1.0)

    def test_la_base_absente_ne_fait_pas_tomber_le_serveur(self, boucle, acces_et_mot_de_passe, monkeypatch):
        from django.db import OperationalError

        def panne(*_):
            raise OperationalError("absente")

        acces, secret = acces_et_mot_de_passe
        monkeypatch.setattr(services, "par_mot_de_passe", panne)
        monkeypatch.setattr(presence, "battre", panne)
        monkeypatch.setattr(presence, "cesser", panne)

        async def essai(port):
            await _refuse(port, acces, secret)

        boucle(essai)


class TestHote:
    def test_la_cle_est_tiree_une_fois_et_reste_a_soi(self, tmp_path, settings):
        settings.DATA_DIR = tmp_path
        assert hote.empreinte() == ""
        cle = hote.charger()
        assert hote.empreinte() == cle.get_fingerprint() == hote.charger().get_fingerprint()
        assert stat.S_IMODE((tmp_path / "cle-hote-sftp").stat().st_mode) == 0o600
        assert sorted(p.name for p in tmp_path.iterdir()) == ["cle-hote-sftp", "cle-hote-sftp.pub"]

    def test_deux_processus_demarrent_ensemble(self, tmp_path, monkeypatch):
        premiere = hote.charger(tmp_path)
        monkeypatch.setattr(type(tmp_path), "exists", lambda self: self.suffix == ".pub")
        assert hote.charger(tmp_path).get_fingerprint() == premiere.get_fingerprint()

    def test_le_serveur_se_signale_et_se_tait(self, boucle):
        async def essai(port):
            for _ in range(200):
                if await en_base(presence.port_ouvert) == port:
                    return port
                await asyncio.sleep(0.01)
            pytest.fail("aucun signe de vie")

        boucle(essai)
        assert presence.port_ouvert() is None


def _changer(cohort, etat):
    with cohort.monde():
        FicheRaccordement.objects.update(etat=etat)
